//! Whatever bytes a variable holds.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::Config;

use super::minimal;

/// Any bytes that a variable can hold; or only such as a header may, so that both outcomes are common.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let visible = prop_oneof![9 => 0x20..=0x7e_u8, 1 => Just(b'\t')];
    prop_oneof![
        vec(1..=255_u8, 1..40),
        vec(visible.clone(), 1..200),
        vec(prop_oneof![20 => visible, 1 => 1..=255_u8], 1..40)
    ]
}

/// Visible ASCII, space and tab, no blank at an end.
fn fits(value: &[u8]) -> bool {
    let visible = value.iter().all(|byte| matches!(byte, 0x20..=0x7e | b'\t'));
    visible
        && !value.starts_with(b" ")
        && !value.starts_with(b"\t")
        && !value.ends_with(b" ")
        && !value.ends_with(b"\t")
}

proptest! {
    #![proptest_config(Config { cases: 150, failure_persistence: None, ..Config::default() })]

    #[test]
    fn a_value_arrives_byte_for_byte_or_nothing_is_printed(value in bytes()) {
        // A word that is $NAME may be an unexpanded variable, which is refused; other tests say when.
        prop_assume!(!value.split(u8::is_ascii_whitespace).any(|word| word.starts_with(b"$")));
        let outcome = minimal().env("V", OsStr::from_bytes(&value)).header("X-A: {env:V}").run();
        if fits(&value) {
            let json: serde_json::Value = serde_json::from_slice(outcome.stdout()).unwrap();
            let text = String::from_utf8(value).unwrap();
            prop_assert_eq!(json, serde_json::json!({ "X-A": text }));
            prop_assert_eq!(outcome.code(), Some(0));
        } else {
            prop_assert_eq!(outcome.stdout(), b"");
            prop_assert_eq!(outcome.code(), Some(6));
        }
    }
}
