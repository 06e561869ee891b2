//! Secrets that no message may show, and the forms in which others repeat them.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::random::Random;

/// Secrets of several kinds, each of eight or more characters.
pub(crate) const SECRETS: [&str; 6] = [
    "hunter2-hunter2",
    "p\"a/s+s %w\u{e9}rd&1",
    "kQ8vN2xW7zR4tY6uB1cD3eF5gH9jK0mL",
    "0f8e4a1c9b7d6e5f",
    "Tr0ub4dor\\&3'<>",
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln",
];

/// One of them, or any other of at least four characters.
pub(crate) fn any(random: &mut Random) -> String {
    if random.below(2) == 0 {
        return (*random.one_of(&SECRETS)).to_owned();
    }
    let length = 4 + random.below(40);
    let is_visible = |byte: &u8| matches!(byte, b'!'..=b'~');
    std::iter::repeat_with(|| random.byte() & 0x7f).filter(is_visible).map(char::from).take(length).collect()
}

/// The secret as somebody else may write it.
fn written(secret: &str, random: &mut Random) -> String {
    match random.below(9) {
        0 | 1 => secret.to_owned(),
        2 => json(secret),
        3 => percent(secret, false),
        4 => percent(secret, true),
        5 => STANDARD.encode(secret),
        6 => URL_SAFE_NO_PAD.encode(secret),
        7 => format!("Basic {}", STANDARD.encode(format!("client:{secret}"))),
        _ => {
            let longer = secret.char_indices().map(|(at, _)| at).skip(8).nth(random.below(4));
            secret[..longer.unwrap_or(secret.len())].to_owned()
        }
    }
}

/// `bytes` with the secret somewhere in them, in one of its forms.
pub(crate) fn planted(secret: &str, bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let (before, after) = bytes.split_at(random.below(bytes.len() + 1));
    [before, written(secret, random).as_bytes(), after].concat()
}

/// Whether `shown` has the secret in it, in one of its forms.
pub(crate) fn is_seen(secret: &str, shown: &str) -> bool {
    let beginning: String = secret.chars().take(8).collect();
    let visible = |text: &str| -> String {
        text.bytes().map(|byte| if matches!(byte, b' '..=b'~') { char::from(byte) } else { '?' }).collect()
    };
    let forms = [
        visible(&beginning),
        visible(secret),
        json(secret),
        percent(secret, false),
        percent(secret, true),
        STANDARD.encode(secret).trim_end_matches('=').to_owned(),
        URL_SAFE_NO_PAD.encode(secret),
    ];
    forms.iter().any(|form| shown.contains(form))
}

fn json(secret: &str) -> String {
    let quoted = serde_json::Value::from(secret).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn percent(secret: &str, form: bool) -> String {
    let write = |byte: u8| match byte {
        b' ' if form => "+".to_owned(),
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    secret.bytes().map(write).collect()
}
