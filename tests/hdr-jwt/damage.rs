//! Key files with a byte changed somewhere: a token or a message, and never anything else.

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::Config;

use crate::{keys, openssl, signing_with};

fn der(key: &str) -> Vec<u8> {
    openssl::shell("openssl pkey -outform DER", &[], key)
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
