//! Key files that cannot sign: each is refused with its own cause and what would fit.

use crate::common::CANARY;
use crate::{keys, openssl, signing, signing_with};

const ANY: &str = "give an unencrypted private key in PEM: RSA, EC on P-256 or P-384, or Ed25519";
const ANY_KIND: &str = "give an RSA private key, an EC one on P-256 or P-384, or an Ed25519 one";
const ANY_RSA: &str = "give an RSA private key of 2048 to 4096 bits (PEM or JWK)";
const DECRYPT: &str = "decrypt it when it is read: cmd:openssl pkey -in KEY -passin file:PASSWORD";

/// It is refused for this cause, with this remedy.
#[track_caller]
fn is_unusable(key: impl AsRef<[u8]>, options: &[&str], cause: &str, remedy: &str) {
    let message = format!("--key is not a usable key: {cause}; {remedy}");
    signing_with(key).args(options).run().fails(3, &message);
}

#[test]
fn a_file_without_a_private_key() {
    let public = "it is a public key, which cannot sign";
    let encrypted = "it is an encrypted PEM file";
    for (key, convert, cause, remedy) in [
        (keys::rsa(), "openssl pkey -pubout", public, ANY),
        (keys::rsa(), "openssl rsa -RSAPublicKey_out", public, ANY),
        (keys::p256(), "openssl pkey -pubout", public, ANY),
        (keys::ed25519(), "openssl pkey -pubout", public, ANY),
        (
            keys::rsa(),
            "openssl req -x509 -key /dev/stdin -subj /CN=x -days 1",
            "it is a certificate, which has a public key and cannot sign",
            ANY,
        ),
        ("", "openssl ecparam -name prime256v1", "it is a PEM file without a private key", ANY),
        (keys::rsa(), "openssl pkcs8 -topk8 -passout pass:x", encrypted, DECRYPT),
        (keys::rsa(), "openssl rsa -traditional -aes128 -passout pass:x", encrypted, DECRYPT),
        (keys::p256(), "openssl pkcs8 -topk8 -passout pass:x", encrypted, DECRYPT),
        (keys::p256(), "openssl ec -aes128 -passout pass:x", encrypted, DECRYPT),
        (keys::ed25519(), "openssl pkcs8 -topk8 -passout pass:x", encrypted, DECRYPT),
    ] {
        is_unusable(openssl::text(convert, &[], key), &[], cause, remedy);
    }
    // What stands between the lines: the magic of the format, encrypted or not.
    let openssh = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAAB\n\
                   -----END OPENSSH PRIVATE KEY-----\n";
    is_unusable(
        openssh,
        &[],
        "it is a key in OpenSSH format",
        "convert a copy of it: ssh-keygen -p -N '' -m PKCS8 -f COPY; then give file:COPY",
    );
}

#[test]
fn a_key_of_a_size_that_no_verifier_takes() {
    for (line, cause, remedy) in [
        ("openssl genrsa 1024", "it is an RSA key of 1024 bits", ANY_RSA),
        ("openssl genrsa 2047", "it is an RSA key of 2047 bits", ANY_RSA),
        ("openssl genrsa 4104", "it is an RSA key of 4104 bits", ANY_RSA),
        ("openssl genrsa -traditional 1024", "it is an RSA key of 1024 bits", ANY_RSA),
        (
            "openssl genrsa -3 2048",
            "it is an RSA key with a public exponent below 65537 or above 32 bits",
            "make a new one with the usual exponent, 65537",
        ),
    ] {
        is_unusable(openssl::text(line, &[], ""), &[], cause, remedy);
    }
}

#[test]
fn a_key_of_a_kind_that_none_of_the_algorithms_has() {
    for (line, cause) in [
        ("openssl ecparam -genkey -name secp521r1", "it is a key on P-521"),
        ("openssl ecparam -genkey -noout -name secp521r1", "it is a key on P-521"),
        ("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521", "it is a key on P-521"),
        ("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-224", "it is a key on P-224"),
        ("openssl ecparam -genkey -name secp256k1", "it is a key on secp256k1"),
        ("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP256r1", "it is a key of an unknown kind"),
        ("openssl genpkey -algorithm ED448", "it is a key on Ed448"),
        ("openssl genpkey -algorithm X25519", "it is a key on X25519"),
        ("openssl genpkey -algorithm X448", "it is a key on X448"),
        ("openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048", "it is a key for RSASSA-PSS alone"),
    ] {
        is_unusable(openssl::text(line, &[], ""), &[], cause, ANY_KIND);
    }
    let explicit = openssl::text("openssl ec -param_enc explicit", &[], keys::p256());
    let remedy = "have openssl name its curve when it is read: cmd:openssl ec -param_enc named_curve -in KEY";
    is_unusable(explicit, &[], "it is an EC key that does not name its curve", remedy);
}

#[test]
fn a_damaged_file() {
    let broken = "it is damaged: its base64 or its END line is broken";
    let (rsa, p256) = (keys::rsa(), keys::p256());
    let empty = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    for (key, cause) in [
        (rsa.replace("\n-----END", "!\n-----END"), broken),
        (rsa.replace("END PRIVATE", "END PUBLIC"), broken),
        (rsa.split_at(900).0.to_owned(), broken),
        (p256.replace("-----END PRIVATE KEY-----", ""), broken),
        (empty.to_owned(), "it is damaged: there is no private key in its base64"),
        (empty.replace("PRIVATE KEY", "EC PRIVATE KEY"), "it is damaged: there is no private key in its base64"),
    ] {
        is_unusable(key, &[], cause, "copy the whole file again, from -----BEGIN to the last -----");
    }
    let no_rsa = empty.replace("PRIVATE KEY", "RSA PRIVATE KEY");
    is_unusable(no_rsa, &[], "it is damaged: there is no RSA private key in it", ANY_RSA);
}

#[test]
fn a_key_of_another_kind_than_the_algorithm() {
    let (rsa, p256, p384, ed25519) = (keys::rsa(), keys::p256(), keys::p384(), keys::ed25519());
    for (key, kind, usual, algorithm, fitting) in [
        (rsa, "an RSA key", "RS256", "ES256", "an EC private key on P-256 (PEM or JWK)"),
        (rsa, "an RSA key", "RS256", "EdDSA", "an Ed25519 private key (PEM or JWK)"),
        (p256, "an EC key on P-256", "ES256", "ES384", "an EC private key on P-384 (PEM or JWK)"),
        (p256, "an EC key on P-256", "ES256", "RS256", "an RSA private key of 2048 to 4096 bits (PEM or JWK)"),
        (p384, "an EC key on P-384", "ES384", "ES256", "an EC private key on P-256 (PEM or JWK)"),
        (ed25519, "an Ed25519 key", "EdDSA", "PS256", "an RSA private key of 2048 to 4096 bits (PEM or JWK)"),
        (CANARY, "a shared secret", "HS256", "RS256", "an RSA private key of 2048 to 4096 bits (PEM or JWK)"),
        (CANARY, "a shared secret", "HS256", "ES256", "an EC private key on P-256 (PEM or JWK)"),
        (CANARY, "a shared secret", "HS256", "EdDSA", "an Ed25519 private key (PEM or JWK)"),
    ] {
        let cause = format!("it is {kind}, and {algorithm} signs with another kind");
        is_unusable(key, &["--alg", algorithm], &cause, &format!("give {fitting}, or use --alg {usual}"));
    }
}

#[test]
fn a_pem_file_is_no_shared_secret() {
    for options in [["--alg", "HS256"], ["--alg", "HS512"], ["--key-encoding", "hex"], ["--key-encoding", "base64"]] {
        is_unusable(
            keys::rsa(),
            &options,
            "it is a private key in PEM, not a shared secret",
            "remove --key-encoding and the HS algorithm to sign with it; --key-encoding raw uses any bytes \
             unchanged",
        );
        is_unusable(
            keys::public(keys::rsa()),
            &options,
            "it is a public key in PEM, not a shared secret",
            "give the secret that the server has too; --key-encoding raw uses any bytes unchanged",
        );
    }
}

/// The bytes of the file are the secret then, whatever they look like.
#[test]
fn any_bytes_are_one_where_raw_is_asked_for() {
    let der = openssl::shell("openssl pkey -outform DER", &[], keys::ed25519());
    for key in [keys::rsa().as_bytes(), keys::P256_JWK.as_bytes(), b"\xff\xfe-\0", der.as_slice()] {
        let helper = || signing_with(key).args(["--key-encoding", "raw", "--format", "token"]);
        let token = helper().args(["--alg", "HS256"]).run().stdout().to_vec();
        let token = String::from_utf8(token).expect("a token");
        assert_eq!(helper().run().stdout(), token.as_bytes());
        let (signed, signature) = token.trim_end().rsplit_once('.').expect("a signature");
        let hex = openssl::text("od -An -v -tx1 | tr -d ' \\n'", &[], key);
        let line = "openssl dgst -sha256 -mac HMAC -macopt hexkey:$1 -binary | openssl base64 -A | tr +/ -_ | tr -d =";
        assert_eq!(signature, openssl::text(line, &[hex.strip_suffix("0a").unwrap_or(&hex)], signed));
    }
}

/// Tokens signed with one of these as a shared secret could be forged by whoever has the file, and some are public.
#[test]
fn a_key_file_of_another_kind_is_no_shared_secret() {
    let not_read = "give a private key in PEM, a JWK or a shared secret; --key-encoding raw uses any bytes unchanged";
    let public = openssl::shell("openssl pkey -pubout -outform DER", &[], keys::rsa());
    is_unusable(public, &[], "it is a public key in DER, which cannot sign", not_read);
    for line in ["ssh-ed25519 AAAA me@host", "ecdsa-sha2-nistp256 AAAA"] {
        is_unusable(line, &[], "it is an OpenSSH public key, which cannot sign", not_read);
    }
    is_unusable(r#"[{"kty":"oct","k":"AA"}]"#, &[], "it is a list of JWKs", "make a JWKS of it: {\"keys\": […]}");
    let bare = openssl::text("openssl pkey -pubout -outform DER | openssl base64 -A", &[], keys::rsa());
    is_unusable(bare, &[], "it is a public key in DER, which cannot sign", not_read);
    let broken = keys::p256().replace("-----BEGIN", "----BEGIN");
    is_unusable(
        broken,
        &[],
        "it is a PEM file whose BEGIN line is broken",
        "give the original file, with a first line like -----BEGIN PRIVATE KEY-----",
    );
    // A long secret may look like DER.
    let secret = format!("0V{}", "A".repeat(86));
    assert_eq!(signing_with(secret).args(["--format", "token"]).run().stdout().split(|byte| *byte == b'.').count(), 3);
    let raw = signing_with("ssh-ed25519 AAAA").args(["--key-encoding", "raw", "--format", "token"]).run();
    assert_eq!(raw.stdout().split(|byte| *byte == b'.').count(), 3);
}

/// ring signs with moduli of whole multiples of 512 bits.
#[test]
fn an_rsa_key_of_a_size_in_between() {
    let key = openssl::text("openssl genrsa 2304", &[], "");
    let remedy = "give an RSA private key of 2048, 2560, 3072, 3584 or 4096 bits (PEM or JWK)";
    is_unusable(key, &[], "it is an RSA key of 2304 bits, which is not a multiple of 512", remedy);
}

#[test]
fn a_secret_that_cannot_be_decoded() {
    for encoding in ["hex", "base64", "base64url"] {
        let message = format!(
            "--key: the key cannot be decoded: it is not {encoding}, as --key-encoding says; name the right encoding"
        );
        signing().args(["--key-encoding", encoding]).env("K", "+_ canary").run().fails(3, &message);
    }
}
