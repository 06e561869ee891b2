//! Lists of tools, and the headers of a call of one of them: a line with the list, and one with the call.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hdr::fuzz::{ToolList, tool_list};
use serde_json::Value;

pub(crate) const CHANGES: u64 = 40_000;
pub(crate) const WORDS: &[&str] = &[
    "\"x-mcp-header\":\"Region\"",
    "\"x-mcp-header\":\"\"",
    "\"x-mcp-header\":",
    "\"type\":\"string\"",
    "\"type\":\"integer\"",
    "\"type\":\"number\"",
    "\"properties\":{",
    "\"items\":",
    "\"oneOf\":[",
    "\"default\":{",
    "\"inputSchema\":{",
    "\"nextCursor\":\"x\"",
    "\"name\":\"a\"",
    "{\"name\":\"secret_b\"},",
    "\"tools\":[",
    "\"arguments\":{",
    "\"region\":\"eu\"",
    "=?base64?",
    "},{",
];

const IGNORED: [&str; 2] = ["secret_*", "*_b"];

pub(crate) fn check(bytes: &[u8]) {
    let (listing, call) = bytes.split_at(bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len()));
    let Some(seen) = tool_list(listing, call, &IGNORED, true) else { return };
    let visible = |text: &str| text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    assert!(seen.notices.iter().all(|notice| visible(notice)), "{:?}", seen.notices);
    // A page that a client may see is seen as it is.
    let again = tool_list(&seen.text, call, &IGNORED, true).expect("a message");
    assert_eq!((&again.text, &again.next_cursor, again.notices.len()), (&seen.text, &seen.next_cursor, 0));
    assert_eq!(tool_list(listing, call, &[], false).expect("a message").text, listing);
    if let (Ok(list), Ok(call)) = (serde_json::from_slice(listing), serde_json::from_slice(call)) {
        check_list(&seen, listing, &list);
        check_headers(&seen, &call);
    }
}

/// Tools are missing in what is seen of `listing`, and nothing else.
fn check_list(seen: &ToolList, listing: &[u8], list: &Value) {
    let mut shown: Value = serde_json::from_slice(&seen.text).expect("JSON");
    let Some(tools) = list["result"]["tools"].as_array() else {
        assert_eq!(seen.text, listing);
        return;
    };
    let left = shown["result"]["tools"].as_array().expect("tools").clone();
    let is_ignored =
        |tool: &Value| tool["name"].as_str().is_some_and(|name| name.starts_with("secret_") || name.ends_with("_b"));
    assert!(!left.iter().any(is_ignored));
    let expected = tools.iter().filter(|tool| !is_ignored(tool)).count();
    assert_eq!(left.len() + seen.notices.len(), expected);
    let mut rest = tools.iter();
    assert!(left.iter().all(|tool| rest.any(|other| other == tool)), "in the same order");
    shown["result"]["tools"] = tools.clone().into();
    assert_eq!(shown, *list);
    if left.len() == tools.len() {
        assert_eq!(seen.text, listing);
    }
}

/// Each header says what stands in `call`.
fn check_headers(seen: &ToolList, call: &Value) {
    for (name, value) in &seen.headers {
        let value = std::str::from_utf8(value).expect("ASCII");
        assert!(
            value.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~')) && value.trim_matches([' ', '\t']) == value
        );
        let inner = value.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?="));
        let said = inner.map_or(value.to_owned(), |inner| {
            String::from_utf8(STANDARD.decode(inner).expect("Base64")).expect("UTF-8")
        });
        match name.as_str() {
            "mcp-method" => assert_eq!(said, call["method"].as_str().unwrap_or_default()),
            "mcp-name" => assert!([&call["params"]["name"], &call["params"]["uri"]].contains(&&Value::from(said))),
            name => {
                assert!(name.strip_prefix("mcp-param-").is_some_and(|name| !name.is_empty()), "{name}");
                assert!(is_within(&call["params"]["arguments"], &said), "{said}");
            }
        }
    }
}

/// Whether one of the values says this.
fn is_within(value: &Value, said: &str) -> bool {
    match value {
        Value::Object(members) => members.values().any(|value| is_within(value, said)),
        Value::String(text) => text == said,
        Value::Bool(is) => is.to_string() == said,
        // Numbers are written as integers where they are.
        Value::Number(number) => number.to_string() == said || number.to_string().contains(['.', 'e', 'E', '-']),
        _ => false,
    }
}
