//! What a program prints that is asked for a token.

use chrono::DateTime;
use hdr::error::Redactor;
use hdr::fuzz::command_output;

use super::token_answer::{check_answer, reading};
use crate::random::Random;
use crate::secrets::is_seen;

pub(crate) const CHANGES: u64 = 60_000;
pub(crate) const WORDS: &[&str] = &[
    "\"accessToken\":",
    "\"token\":",
    "\"status\":{",
    "\"auth\":{\"client_token\":",
    "\"data\":{\"token\":",
    "\"lease_duration\":0",
    "\"expiresOn\":\"2001-01-01 00:00:00.000000\"",
    "\"expiration\":",
    "\"token_type\":",
    "\"expiry\":",
    "\"expires_in_ms\":",
    "0001-01-01T00:00:00Z",
    "\"1h30m\"",
    "\"PT1H\"",
    " +0000 UTC",
    "2023-11-14T22:23:20.5+14:00",
    "ERROR: ",
];

pub(crate) fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut random = Random::of(bytes);
    // What a program prints is a secret as a whole.
    let redactor = Redactor::default();
    redactor.add_output(bytes);
    let now = DateTime::from_timestamp(1_700_000_000, 0).expect("a time");
    match command_output(text, &reading(&mut random), now, &redactor) {
        Ok(answer) => check_answer(&answer, now, "hunter2-hunter2", &redactor),
        Err(message) => assert!(!is_seen("hunter2-hunter2", &message), "{message}"),
    }
}
