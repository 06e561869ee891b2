//! Tokens of every algorithm and from every form of key, verified by `openssl`.

use tempfile::TempDir;

use crate::common::Helper;
use crate::{keys, openssl, signing_with, unsigned, with_key};

const CLAIMS: &str = r#"{"exp":1700003600,"iat":1700000000}"#;

/// The folder is $1, the public key $2, the signature $3, the bits of the hash $4; what is signed comes on stdin.
const PREPARE: &str = "cd \"$1\"; cat >message; printf %s \"$2\" >public; s=$(printf %s \"$3\" | tr -- -_ +/); \
                       while [ $((${#s} % 4)) -ne 0 ]; do s=$s=; done; printf %s \"$s\" | openssl base64 -d -A >signature; ";
const RS: &str = "openssl dgst -sha$4 -verify public -signature signature message";
const PS: &str = "openssl dgst -sha$4 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest -verify public \
                  -signature signature message";
const ED: &str = "openssl pkeyutl -verify -pubin -inkey public -rawin -in message -sigfile signature";
/// JOSE writes both numbers one after the other, `openssl` wants them in DER.
const ES: &str = "half=$(($(wc -c <signature) / 2)); hex() { od -An -v -tx1 | tr -d ' \\n'; }; \
                  printf 'asn1=SEQUENCE:both\\n[both]\\nr=INTEGER:0x%s\\ns=INTEGER:0x%s\\n' \
                  $(head -c $half signature | hex) $(tail -c $half signature | hex) >numbers; \
                  openssl asn1parse -genconf numbers -noout -out der; \
                  openssl dgst -sha$4 -verify public -signature der message";

/// It prints a token with this algorithm, and its signature is that of the private key to `public`.
#[track_caller]
fn signs(helper: Helper, algorithm: &str, public: &str) {
    let outcome = helper.args(["--format", "token"]).run();
    let token = String::from_utf8_lossy(outcome.stdout()).into_owned();
    outcome.ends(0, &token, "");
    let (message, signature) = token.trim_end().rsplit_once('.').unwrap_or_default();
    assert_eq!(message, unsigned(&format!(r#"{{"typ":"JWT","alg":"{algorithm}"}}"#), CLAIMS));
    let verify = match algorithm.get(..2) {
        Some("RS") => RS,
        Some("PS") => PS,
        Some("ES") => ES,
        _ => ED,
    };
    let folder = TempDir::new().expect("a temporary folder");
    let folder = folder.path().to_str().expect("its path");
    let bits = algorithm.get(2..).unwrap_or_default();
    openssl::shell(&format!("{PREPARE}{verify}"), &[folder, public, signature, bits], message);
}

#[test]
fn each_algorithm() {
    for (key, algorithms) in [
        (keys::rsa(), ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"].as_slice()),
        (keys::p256(), &["ES256"]),
        (keys::p384(), &["ES384"]),
        (keys::ed25519(), &["EdDSA", "Ed25519"]),
    ] {
        let public = keys::public(key);
        for algorithm in algorithms {
            signs(signing_with(key).args(["--alg", algorithm]), algorithm, &public);
        }
        // The first of them is the one that needs no option.
        signs(signing_with(key), algorithms.first().unwrap(), &public);
    }
}

#[test]
fn each_form_of_a_key_file() {
    let in_one_line = "openssl pkey | awk '{printf \"%s\\\\n\", $0}'";
    for (algorithm, key, convert) in [
        ("RS256", keys::rsa(), "openssl rsa -traditional"),
        ("RS256", keys::rsa(), "openssl pkey | sed 's/$/\\r/'"),
        ("RS256", keys::rsa(), "printf 'Bag Attributes\\n    friendlyName: x\\n'; openssl pkey; echo trailing text"),
        ("RS256", keys::rsa(), in_one_line),
        ("RS256", keys::rsa(), "openssl rsa -traditional | awk '{printf \"%s\\\\r\\\\n\", $0}'"),
        ("ES256", keys::p256(), "openssl ec"),
        ("ES256", keys::p256(), "openssl ecparam -name prime256v1; openssl ec"),
        ("ES256", keys::p256(), in_one_line),
        ("ES384", keys::p384(), "openssl ec"),
        ("EdDSA", keys::ed25519(), "openssl pkey | sed 's/$/ /'"),
        ("EdDSA", keys::ed25519(), in_one_line),
    ] {
        let converted = openssl::text(convert, &[], key);
        signs(signing_with(converted), algorithm, &keys::public(key));
    }
    let certified =
        openssl::text("openssl req -x509 -key /dev/stdin -subj /CN=x -days 1", &[], keys::rsa()) + keys::rsa();
    signs(signing_with(certified), "RS256", &keys::public(keys::rsa()));
    signs(signing_with(keys::ED25519_V2), "EdDSA", keys::ED25519_V2_PUBLIC);
}

#[test]
fn a_key_in_a_variable_with_its_line_breaks_written_out() {
    for key in [keys::rsa(), keys::p256(), keys::ed25519()] {
        let algorithm = if key == keys::rsa() {
            "RS256"
        } else if key == keys::p256() {
            "ES256"
        } else {
            "EdDSA"
        };
        let helper = with_key("env:PEM").env("PEM", key.replace('\n', "\\n")).args(["--now", "1700000000"]);
        signs(helper, algorithm, &keys::public(key));
    }
}

/// The signer checks the private half against the public one. The remedy is tried as it stands in the message.
#[test]
fn an_ec_key_without_the_whole_of_its_public_half() {
    for (algorithm, curve, key) in [("ES256", "P-256", keys::p256()), ("ES384", "P-384", keys::p384())] {
        for without in ["openssl ec -no_public", "openssl ec -conv_form compressed"] {
            let incomplete = openssl::text(without, &[], key);
            signing_with(&incomplete).run().fails(
                3,
                &format!(
                    "--key is not a usable key: it is an EC key on {curve} without its complete public part; have openssl \
                     complete it when it is read: cmd:openssl ec -conv_form uncompressed -in KEY"
                ),
            );
            let remedy = with_key("cmd:openssl ec -conv_form uncompressed -in ~/incomplete");
            let completed = remedy.file("incomplete", &incomplete, 0o600).args(["--now", "1700000000"]);
            signs(completed, algorithm, &keys::public(key));
        }
    }
}

#[test]
fn a_google_service_account() {
    let account = serde_json::json!({
        "type": "service_account", "private_key": keys::rsa(), "client_email": "a@b.iam.gserviceaccount.com",
    });
    signs(signing_with(account.to_string()), "RS256", &keys::public(keys::rsa()));
}
