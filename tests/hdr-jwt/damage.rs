//! Key files with a byte changed somewhere: a token or a message, and never anything else.

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::Config;

use crate::{keys, openssl, signing_with};

fn der(key: &str) -> Vec<u8> {
    openssl::shell("openssl pkey -outform DER", &[], key)
}

/// The exponent of the first prime of an RSA key.
fn prime_exponent(key: &str) -> Vec<u8> {
    let line = r"openssl rsa -noout -text | sed -n '/^exponent1/,/^exponent2/s/^  *//p' | tr -d ':\n'";
    let digits = openssl::text(line, &[], key);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).expect("text"), 16).expect("hexadecimal");
    digits.as_bytes().chunks(2).map(byte).skip_while(|byte| *byte == 0).collect()
}

#[test]
fn an_rsa_key_whose_numbers_are_of_two_keys() {
    let exponent = prime_exponent(keys::rsa());
    let mut der = openssl::shell("openssl rsa -traditional -outform DER", &[], keys::rsa());
    let at = der.windows(exponent.len()).position(|window| window == exponent).expect("the exponent");
    let last = der.iter_mut().skip(at).nth(exponent.len().saturating_sub(1)).expect("a byte");
    *last ^= 2;
    let line = "echo '-----BEGIN RSA PRIVATE KEY-----'; openssl base64; echo '-----END RSA PRIVATE KEY-----'";
    let pem = openssl::text(line, &[], &der);
    let message = "--key is not a usable key: it is damaged: its numbers do not belong together; \
                   give the original key file, or make a new key";
    for algorithm in ["RS256", "PS512"] {
        signing_with(pem.clone()).args(["--alg", algorithm]).run().fails(3, message);
    }
}

proptest! {
    #![proptest_config(Config { cases: 60, failure_persistence: None, ..Config::default() })]

    #[test]
    fn a_changed_byte_is_told_or_does_no_harm(kind in 0..4_usize, place: Index, change in 1..=255_u8, cut: bool) {
        let mut bytes = der([keys::rsa(), keys::p256(), keys::p384(), keys::ed25519()][kind]);
        let place = place.index(bytes.len());
        bytes[place] ^= change;
        if cut {
            bytes.truncate(place);
        }
        let pem = openssl::text(
            "echo '-----BEGIN PRIVATE KEY-----'; openssl base64; echo '-----END PRIVATE KEY-----'", &[], &bytes,
        );
        let outcome = signing_with(pem).header("X-A: a").run();
        if outcome.code() == Some(0) {
            outcome.prints(r#"{"X-A":"a"}"#);
        } else {
            let said = outcome.stderr();
            prop_assert!(said.starts_with("hdr-jwt: --key is not a usable key: "), "{}", said);
            prop_assert_eq!(said.lines().count(), 1, "{}", said);
            prop_assert_eq!(outcome.stdout(), b"");
            prop_assert_eq!(outcome.code(), Some(3), "{}", said);
        }
    }
}
