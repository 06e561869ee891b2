//! Public keys in the place of a shared secret: whoever has the public key could forge each token.

use crate::{keys, openssl, signing_with};

const NOT_READ: &str =
    "give a private key in PEM, a JWK or a shared secret; --key-encoding raw takes any bytes as they are";

#[track_caller]
fn is_refused(key: impl AsRef<[u8]>, options: &[&str], cause: &str) {
    signing_with(key).args(options).run().fails(3, &format!("--key is not a usable key: {cause}; {NOT_READ}"));
}

#[test]
fn an_encoded_public_key_is_no_shared_secret() {
    let der = "it is a public key in DER, which cannot sign";
    let pem = "it is an encoded PEM file with a public key, which cannot sign";
    let certificate = "it is an encoded PEM file with a certificate, which has a public key and cannot sign";
    let make_certificate = "openssl req -x509 -key /dev/stdin -subj /CN=x -days 1";
    for (key, convert, cause) in [
        (keys::rsa(), "openssl pkey -pubout -outform DER", der),
        (keys::rsa(), "openssl rsa -RSAPublicKey_out -outform DER", der),
        (keys::p256(), "openssl pkey -pubout -outform DER", der),
        (keys::ed25519(), "openssl pkey -pubout -outform DER", der),
        (keys::rsa(), "openssl pkey -pubout", pem),
        (keys::ed25519(), "openssl pkey -pubout", pem),
        (keys::p256(), make_certificate, certificate),
    ] {
        for (encode, encoding) in [
            ("od -An -v -tx1 | tr -d ' \\n'", "hex"),
            ("od -An -v -tx1 | tr -d ' ' | tr a-f A-F", "hex"),
            ("openssl base64", "base64"),
            ("openssl base64 -A", "base64"),
            ("openssl base64 -A | tr -d =", "base64"),
            ("openssl base64 -A | tr +/ -_ | tr -d =", "base64url"),
        ] {
            let text = openssl::text(&format!("{convert} | {encode}"), &[], key);
            for options in [&[][..], &["--alg", "HS256"], &["--alg", "HS512"]] {
                is_refused(&text, options, cause);
            }
            let joined: String = text.split_whitespace().collect();
            is_refused(joined, &["--key-encoding", encoding], cause);
        }
    }
}

#[test]
fn a_public_key_of_openssh_and_a_public_jwk_are_none_either() {
    let ssh = "it is a public key of OpenSSH, which cannot sign";
    let blob = "AAAAC3NzaC1lZDI1NTE5AAAAIOkeVSmyMrXlTOuF4AnbLN/7lH0kuDcxu8p8wrSzbTFM";
    is_refused(blob, &[], ssh);
    is_refused(blob, &["--key-encoding", "base64"], ssh);
    is_refused(openssl::text("openssl base64", &[], format!("ssh-ed25519 {blob} me@host\n")), &[], ssh);
    let public = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    let jwk = "it is an encoded public JWK, which cannot sign";
    is_refused(openssl::text("openssl base64 -A", &[], public), &["--alg", "HS256"], jwk);
    let pem = openssl::text("openssl base64 -A | tr +/ -_ | tr -d =", &[], keys::public(keys::rsa()));
    let cause = "it is an encoded PEM file with a public key, which cannot sign";
    is_refused(format!(r#"{{"kty":"oct","k":"{pem}"}}"#), &[], cause);
}

/// However it was copied: quoted, with what stands between its digits, encoded twice.
#[test]
fn a_public_key_in_other_spellings_is_none_either() {
    let der = "it is a public key in DER, which cannot sign";
    for spelling in [
        "printf '\"'; openssl base64 -A; printf '\"'",
        "od -An -v -tx1 | tr -d '\\n' | sed 's/^ //; s/ /:/g'",
        "printf 0x; od -An -v -tx1 | tr -d ' \\n'",
        "od -An -v -tx1 | tr -d '\\n' | sed 's/ /\\\\x/g'",
        "openssl base64 | openssl base64 -A",
        "openssl base64 -A | od -An -v -tx1",
        "openssl base64 -A | sed 's/+/%2B/g; s/=/%3D/g; s|/|%2F|g'",
    ] {
        let text = openssl::text(&format!("openssl pkey -pubout -outform DER | {{ {spelling}; }}"), &[], keys::p256());
        is_refused(text, &["--alg", "HS256"], der);
    }
    let pem = "it is an encoded PEM file with a public key, which cannot sign";
    is_refused(keys::public(keys::rsa()).replace('\n', "%0A").replace(' ', "%20"), &["--alg", "HS384"], pem);
    let jwk = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    let quoted = serde_json::Value::from(jwk).to_string();
    is_refused(quoted, &["--alg", "HS256"], "it is an encoded public JWK, which cannot sign");
}

#[test]
fn a_secret_that_only_looks_encoded_signs() {
    for secret in ["0123456789abcdef".repeat(4), "QUJDREVG".repeat(8), "3059301306072a8648ce3d0201".repeat(3)] {
        assert_eq!(signing_with(secret).run().code(), Some(0));
    }
    let raw = openssl::text("openssl pkey -pubout -outform DER | openssl base64", &[], keys::rsa());
    assert_eq!(signing_with(raw).args(["--key-encoding", "raw"]).run().code(), Some(0));
}
