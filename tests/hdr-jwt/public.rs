//! Public keys in the place of a shared secret: whoever has the public key could forge each token.

use crate::{keys, openssl, signing_with};

const ANY_KIND: &str =
    "give a private key in PEM, a JWK or a shared secret; --key-encoding raw uses any bytes unchanged";
const ANY_PEM: &str = "give an unencrypted private key in PEM: RSA, EC on P-256 or P-384, or Ed25519";
const JWK: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

#[track_caller]
fn is_refused(key: impl AsRef<[u8]>, options: &[&str], cause: &str, remedy: &str) {
    signing_with(key).args(options).run().fails(3, &format!("--key is not a usable key: {cause}; {remedy}"));
}

/// It is refused as the shared secret that `options` say it is, since it has this form.
#[track_caller]
fn is_no_secret(key: impl AsRef<[u8]>, options: &[&str], form: &str) {
    let remedy = "give the secret that the server has too; --key-encoding raw uses any bytes unchanged";
    is_refused(key, options, &format!("it is {form}, not a shared secret"), remedy);
}

#[test]
fn an_encoded_public_key_is_no_shared_secret() {
    let der = ("it is a public key in DER, which cannot sign", ANY_KIND, "a public key in DER");
    let pem = ("it is a public key, which cannot sign", ANY_PEM, "a public key in PEM");
    let certificate = ("it is a certificate, which has a public key and cannot sign", ANY_PEM, "a certificate in PEM");
    let make_certificate = "openssl req -x509 -key /dev/stdin -subj /CN=x -days 1";
    for (key, convert, (cause, remedy, form)) in [
        (keys::rsa(), "openssl pkey -pubout -outform DER", der),
        (keys::rsa(), "openssl rsa -RSAPublicKey_out -outform DER", der),
        (keys::p256(), "openssl pkey -pubout -outform DER", der),
        (keys::ed25519(), "openssl pkey -pubout -outform DER", der),
        (keys::rsa(), "openssl pkey -pubout", pem),
        (keys::ed25519(), "openssl pkey -pubout", pem),
        (keys::p256(), make_certificate, certificate),
    ] {
        for (encode, encoding, coding) in [
            ("od -An -v -tx1 | tr -d ' \\n'", "hex", "in hex"),
            ("od -An -v -tx1 | tr -d ' ' | tr a-f A-F", "hex", "in hex"),
            ("openssl base64", "base64", "in base64"),
            ("openssl base64 -A", "base64", "in base64"),
            ("openssl base64 -A | tr -d =", "base64", "in base64"),
            ("openssl base64 -A | tr +/ -_ | tr -d =", "base64url", "in base64"),
        ] {
            let text = openssl::text(&format!("{convert} | {encode}"), &[], key);
            is_refused(&text, &[], cause, remedy);
            let form = format!("{form}, written {coding}");
            for options in [["--alg", "HS256"], ["--alg", "HS512"], ["--key-encoding", encoding]] {
                is_no_secret(&text, &options, &form);
            }
        }
    }
}

#[test]
fn a_public_key_of_openssh_and_a_public_jwk_are_none_either() {
    let ssh = "it is an OpenSSH public key, which cannot sign";
    let blob = "AAAAC3NzaC1lZDI1NTE5AAAAIOkeVSmyMrXlTOuF4AnbLN/7lH0kuDcxu8p8wrSzbTFM";
    is_refused(blob, &[], ssh, ANY_KIND);
    is_no_secret(blob, &["--key-encoding", "base64"], "an OpenSSH public key, written in base64");
    is_refused(openssl::text("openssl base64", &[], format!("ssh-ed25519 {blob} me@host\n")), &[], ssh, ANY_KIND);
    let encoded = openssl::text("openssl base64 -A", &[], JWK);
    for options in [&[][..], &["--alg", "HS256"]] {
        is_refused(
            &encoded,
            options,
            "it is a public JWK, which cannot sign",
            "give the private JWK, the one with `d`",
        );
    }
    let pem = openssl::text("openssl base64 -A | tr +/ -_ | tr -d =", &[], keys::public(keys::rsa()));
    is_no_secret(format!(r#"{{"kty":"oct","k":"{pem}"}}"#), &[], "a public key in PEM");
}

/// However it was copied: quoted, with what stands between its digits, encoded twice.
#[test]
fn a_public_key_in_other_spellings_is_none_either() {
    for (spelling, coding) in [
        ("printf '\"'; openssl base64 -A; printf '\"'", "as a JSON string"),
        ("od -An -v -tx1 | tr -d '\\n' | sed 's/^ //; s/ /:/g'", "in hex"),
        ("printf 0x; od -An -v -tx1 | tr -d ' \\n'", "in hex"),
        ("od -An -v -tx1 | tr -d '\\n' | sed 's/ /\\\\x/g'", "in hex"),
        ("openssl base64 | openssl base64 -A", "in base64"),
        ("openssl base64 -A | od -An -v -tx1", "in hex"),
        ("openssl base64 -A | sed 's/+/%2B/g; s/=/%3D/g; s|/|%2F|g'", "with percent-encoding"),
        ("printf \\'; openssl base64 -A; printf \\'", "in quotes"),
    ] {
        let text = openssl::text(&format!("openssl pkey -pubout -outform DER | {{ {spelling}; }}"), &[], keys::p256());
        is_no_secret(text, &["--alg", "HS256"], &format!("a public key in DER, written {coding}"));
    }
    let pem = keys::public(keys::rsa()).replace('\n', "%0A").replace(' ', "%20");
    is_no_secret(pem, &["--alg", "HS384"], "a public key in PEM, written with percent-encoding");
    let quoted = serde_json::Value::from(JWK).to_string();
    let remedy = "give the private JWK, the one with `d`";
    is_refused(quoted, &["--alg", "HS256"], "it is a public JWK, which cannot sign", remedy);
}

#[test]
fn a_secret_that_only_looks_encoded_signs() {
    for secret in ["0123456789abcdef".repeat(4), "QUJDREVG".repeat(8), "3059301306072a8648ce3d0201".repeat(3)] {
        assert_eq!(signing_with(secret).run().code(), Some(0));
    }
    let raw = openssl::text("openssl pkey -pubout -outform DER | openssl base64", &[], keys::rsa());
    assert_eq!(signing_with(raw).args(["--key-encoding", "raw"]).run().code(), Some(0));
}
