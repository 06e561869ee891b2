//! What a wrapped helper prints, and what it writes to stderr when it fails.

use std::collections::BTreeSet;

use hdr::error::Redactor;
use hdr::fuzz::{helper_message, helper_output, run};
use serde_json::{Map, Value};

use crate::random::Random;
use crate::secrets::{SECRETS, is_seen, planted};

pub(crate) const CHANGES: u64 = 4000;
pub(crate) const WORDS: &[&str] = &[
    "\"Authorization\":",
    "\"authorization\":",
    "\"Host\":",
    "\"Mcp-Session-Id\":",
    "\"X-A\":\"b\",",
    "\"\":",
    "{}",
    "[]",
    "\\n",
    "\\t",
    "hdr-bearer-refresh: ",
    "hdr-bearer-refresh: warning: ",
    "error: ",
    ": ",
    "; ",
    "Bearer ",
];

pub(crate) fn check(bytes: &[u8]) {
    check_headers(bytes);
    check_message(bytes);
}

/// Headers are printed as they were read, and are such as every client sends.
fn check_headers(bytes: &[u8]) {
    let Ok(headers) = helper_output(bytes, &Redactor::default()) else { return };
    let members: Map<String, Value> = serde_json::from_slice(bytes).expect("an object of JSON");
    let mut names = BTreeSet::new();
    for (name, value) in headers.iter() {
        assert!(names.insert(name.to_ascii_lowercase()), "{name} twice");
        assert!(
            !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"(),/:;<=>?@[\\]{}".contains(&byte))
        );
        assert!(!value.is_empty() && value.trim_ascii() == value);
        assert!(value.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\t')));
        assert_eq!(members[name].as_str().map(str::as_bytes), Some(value));
        let lower = name.to_ascii_lowercase();
        assert!(
            !lower.starts_with("mcp-") && !["host", "connection", "content-length", "te"].contains(&lower.as_str())
        );
    }
    assert_eq!(names.len(), members.len());
    if let Ok(json) = headers.to_json() {
        assert!(json.expose().len() <= 64 << 10 && json.expose().is_ascii());
        assert_eq!(serde_json::from_slice::<Map<String, Value>>(json.expose()).expect("JSON"), members);
    }
}

/// What a helper says of its failure shows neither what it printed nor what the run knows.
fn check_message(bytes: &[u8]) {
    let mut random = Random::of(bytes);
    let [known, printed] = [random.below(3), random.below(3) + 3].map(|index| SECRETS[index]);
    let stderr = planted(printed, &planted(known, bytes, &mut random), &mut random);
    let stdout = match random.below(2) {
        0 => Value::from(Map::from_iter([("Authorization".to_owned(), Value::from(printed))])).to_string(),
        _ => printed.to_owned(),
    };
    let run = run(&["--explain"]).expect("a run");
    run.notes().redactor().add(known.as_bytes());
    let name = *random.one_of(&["hdr-bearer-refresh", "other"]);
    let code = random.byte().max(1);
    let error = helper_message(name, stdout.as_bytes(), &stderr, code, &run);
    assert_eq!(error.exit_code(), code);
    let shown = run.notes().steps().into_iter().chain(run.notes().warnings()).chain([error.to_string()]);
    for line in shown {
        assert!(!is_seen(known, &line), "{known} in {line}");
        assert!(!is_seen(printed, &line), "{printed} in {line}");
    }
}
