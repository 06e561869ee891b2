//! Client certificates that cannot be shown: said before the first message, with the remedy.

use super::{URL, bridge};
use crate::common::Helper;

/// A certificate of a key on P-256, another key, and the first one encrypted.
fn with_certificates(arguments: &[&str]) -> Helper {
    let made = "cd ~
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=a -keyout key.pem -out cert.pem 2>/dev/null
        openssl ecparam -name prime256v1 -genkey -noout -out other.pem
        openssl pkcs8 -topk8 -in key.pem -passout pass:x -out encrypted.pem
        chmod 600 *.pem";
    bridge(&[&[URL], arguments].concat()).prepared_by(made)
}

#[test]
fn files_that_are_none_are_told() {
    bridge(&[URL, "--cert", "~/none.pem"]).run().fails(
        2,
        "--tls-cert ~/none.pem cannot be used: it does not exist; name a regular file that this user can read",
    );
    let outcome = bridge(&[URL, "--tls-cert", "~/a.pem"]).file("a.pem", "no certificate", 0o600).run();
    assert_eq!(outcome.code(), Some(2), "{}", outcome.stderr());
    assert!(outcome.stderr().starts_with("hdr-bridge: --tls-cert ~/a.pem "), "{}", outcome.stderr());
    let outcome = bridge(&[URL, "--ca-cert", "~/none.pem"]).run();
    assert_eq!(outcome.code(), Some(2), "{}", outcome.stderr());
    assert!(outcome.stderr().starts_with("hdr-bridge: --ca-cert ~/none.pem "), "{}", outcome.stderr());
}

#[test]
fn a_key_that_is_not_of_the_certificate_is_told() {
    for (line, fact) in [
        (
            &["--cert", "~/cert.pem", "--key", "~/other.pem"][..],
            "--tls-cert ~/cert.pem is not of --tls-key ~/other.pem: ",
        ),
        (
            &["--cert", "~/cert.pem", "--key", "~/encrypted.pem"],
            "--tls-key is not a usable key: it is an encrypted PEM file; give a copy without encryption: openssl pkey -in KEY -out \
             COPY\n",
        ),
        (&["--cert", "~/cert.pem", "--key", "~/none.pem"], "--tls-key ~/none.pem cannot be read: "),
        (
            &["--cert", "~/cert.pem"],
            "--tls-key has no private key: --tls-cert ~/cert.pem contains certificates only; give the file of the key with \
             --tls-key\n",
        ),
    ] {
        let outcome = with_certificates(line).run();
        let said = outcome.stderr();
        assert_eq!((outcome.code(), outcome.stdout()), (Some(3), &b""[..]), "{line:?}: {said}");
        assert!(said.starts_with(&format!("hdr-bridge: {fact}")) && said.contains("; "), "{line:?}: {said}");
    }
}

#[test]
fn a_key_alone_is_a_mistake_on_the_command_line() {
    let outcome = with_certificates(&["--key", "~/key.pem"]).run();
    assert_eq!((outcome.code(), outcome.stdout()), (Some(2), &b""[..]), "{}", outcome.stderr());
    assert!(outcome.stderr().contains("--tls-cert <FILE>"), "{}", outcome.stderr());
}
