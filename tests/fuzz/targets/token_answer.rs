//! What a token endpoint answers: status, headers and body. It may repeat what it was sent.

use chrono::{DateTime, Utc};
use hdr::error::Redactor;
use hdr::fuzz::{Received, token_answer};
use hdr::oauth::answer::{Answer, Reading};
use hdr::oauth::url::Endpoint;
use serde_json::Value;

use crate::random::Random;
use crate::secrets::{SECRETS, is_seen, planted};

pub(crate) const CHANGES: u64 = 25_000;
pub(crate) const WORDS: &[&str] = &[
    "\"access_token\":",
    "\"expires_in\":",
    "\"expires_at\":",
    "\"token_type\":\"DPoP\"",
    "\"refresh_token\":",
    "\"scope\":",
    "\"error\":",
    "\"error_description\":",
    "\"cnf\":{}",
    "eyJhbGciOiJub25lIn0.eyJleHAiOjF9.",
    "Retry-After: ",
    "Date: ",
    "Location: /login?x=",
    "Location: https://",
    "Content-Type: text/html",
    "invalid_client",
    "<html><title>",
    "&access_token=",
    "\u{feff}",
    "\"errors\":[{\"message\":",
    "\"fault\":{\"faultstring\":",
    "WWW-Authenticate: Bearer error=",
    "Content-Type: application/x-www-form-urlencoded",
    "%0D%0A",
    "client_id is required",
];

pub(crate) fn check(bytes: &[u8]) {
    let mut random = Random::of(bytes);
    let secret = *random.one_of(&SECRETS);
    let bytes = planted(secret, bytes, &mut random);
    let redactor = Redactor::default();
    redactor.add(secret.as_bytes());
    let endpoint = Endpoint::typed("--token-url", "https://login.example.com/token").expect("a URL");
    let now = DateTime::from_timestamp(1_700_000_000, 0).expect("a time");
    let reading = reading(&mut random);
    let received = received(&bytes);
    let error = match token_answer(&received, &endpoint, &reading, now, &redactor) {
        Ok(reply) => match reply.answer {
            Ok(answer) => {
                assert!(reading.expiry_field.is_some() || !tells_of_no_life(received.body));
                return check_answer(&answer, now, secret, &redactor);
            }
            Err(error) => error,
        },
        Err(error) => error,
    };
    assert!(matches!(error.exit_code(), 4 | 5), "{error}");
    assert!(!is_seen(secret, &error.to_string()), "{error}");
}

/// A token is one that a header may hold, and has not expired; what is shown of the answer holds no secret.
pub(crate) fn check_answer(answer: &Answer, now: DateTime<Utc>, secret: &str, redactor: &Redactor) {
    let token = answer.access_token.expose();
    assert!(!token.is_empty() && token.len() < 64 << 10);
    assert!(token.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\t')) && token.trim_ascii() == token);
    assert!(answer.expires_at > now);
    let scope = answer.scope.as_ref().map(|scope| scope.shown(redactor)).unwrap_or_default();
    assert!(!is_seen(secret, &scope), "{scope}");
}

/// Whether its token is said to be of no use any more.
fn tells_of_no_life(body: &[u8]) -> bool {
    let told = serde_json::from_slice::<Value>(body).ok().and_then(|body| body.get("expires_in")?.as_f64());
    told.is_some_and(|seconds| seconds <= 0.0)
}

/// How answers are read: mostly as without options.
pub(crate) fn reading(random: &mut Random) -> Reading {
    let field = |random: &mut Random| match random.below(4) {
        0 => Some(random.one_of(&["id_token", "data.token", "expires_at", "expires_in", ""]).to_string()),
        _ => None,
    };
    Reading { token_field: field(random), expiry_field: field(random), ..Reading::default() }
}

/// Status, headers and body; without an empty line there are no headers.
fn received(bytes: &[u8]) -> Received<'_> {
    let end = bytes.windows(2).position(|window| window == b"\n\n");
    let (head, body) = end.map_or((&[][..], bytes), |end| (&bytes[..end], &bytes[end + 2..]));
    let mut lines = head.split(|byte| *byte == b'\n');
    let status = lines.next().and_then(|line| std::str::from_utf8(line).ok()?.split(' ').nth(1)?.parse().ok());
    Received { status: status.unwrap_or(200), headers: lines.filter_map(header).collect(), body }
}

fn header(line: &[u8]) -> Option<(&str, &[u8])> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    Some((std::str::from_utf8(&line[..colon]).ok()?, line[colon + 1..].trim_ascii()))
}
