//! Keys to sign with, each made once by `openssl`, and those that RFCs print.

use std::sync::OnceLock;

use crate::openssl::text;

/// RSA of 2048 bits, PKCS#8.
pub(crate) fn rsa() -> &'static str {
    static KEY: OnceLock<String> = OnceLock::new();
    KEY.get_or_init(|| text("openssl genrsa 2048 | openssl pkcs8 -topk8 -nocrypt", &[], ""))
}

/// EC on P-256, PKCS#8.
pub(crate) fn p256() -> &'static str {
    static KEY: OnceLock<String> = OnceLock::new();
    KEY.get_or_init(|| text("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256", &[], ""))
}

/// EC on P-384, PKCS#8.
pub(crate) fn p384() -> &'static str {
    static KEY: OnceLock<String> = OnceLock::new();
    KEY.get_or_init(|| text("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384", &[], ""))
}

/// Ed25519, PKCS#8 without the public half.
pub(crate) fn ed25519() -> &'static str {
    static KEY: OnceLock<String> = OnceLock::new();
    KEY.get_or_init(|| text("openssl genpkey -algorithm ED25519", &[], ""))
}

/// The public half of a private key, in PEM.
pub(crate) fn public(pem: &str) -> String {
    text("openssl pkey -pubout", &[], pem)
}

/// RFC 7515 appendix A.1.1.
pub(crate) const OCT_JWK: &str = r#"{"kty":"oct",
 "k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}"#;

/// RFC 7515 appendix A.3.1.
pub(crate) const P256_JWK: &str = r#"{"kty":"EC","crv":"P-256",
 "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
 "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
 "d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;

/// RFC 8037 appendix A.1.
pub(crate) const ED25519_JWK: &str = r#"{"kty":"OKP","crv":"Ed25519",
 "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
 "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

/// RFC 8410 section 10.3: with the public half, and with an attribute.
pub(crate) const ED25519_V2: &str = "-----BEGIN PRIVATE KEY-----
MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB
Z9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PRIVATE KEY-----
";

/// RFC 8410 section 10.1.
pub(crate) const ED25519_V2_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
";
