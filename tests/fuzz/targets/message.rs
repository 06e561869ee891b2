//! Messages of JSON-RPC: what hdr-bridge sees of them is what `serde_json` reads, as far as it can.

use hdr::fuzz::{Envelope, are_same_id, message};
use serde::de::IgnoredAny;
use serde_json::Value;

pub(crate) const CHANGES: u64 = 60_000;
pub(crate) const WORDS: &[&str] = &[
    "{\"jsonrpc\":\"2.0\",",
    "\"id\":",
    "\"i\\u0064\":",
    "\"method\":\"tools/call\",",
    "\"params\":{",
    "\"name\":\"a\",",
    "\"uri\":\"file:///a\",",
    "\"requestId\":",
    "\"_meta\":{",
    "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"",
    "\"error\":{\"code\":-32020,\"message\":\"",
    "\"result\":",
    "1e400",
    "\"\\ud83d\\ude00\"",
    "true",
    "[[[[",
    "{\"a\":",
    "}",
    "]",
    "},{",
    " ,\r\n ",
];

pub(crate) fn check(bytes: &[u8]) {
    let seen = message(bytes);
    let text = std::str::from_utf8(bytes).ok();
    let is_json = text.is_some_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
    assert_eq!(seen.as_ref().err() != Some(&-32700), is_json, "{seen:?}");
    let first = bytes.trim_ascii_start().first();
    assert!(seen != Err(-32600) || first != Some(&b'{'), "an object is a message");
    let Ok(seen) = seen else { return };
    assert_eq!(seen.text, bytes);
    assert!(seen.line.iter().all(|byte| !matches!(byte, b'\r' | b'\n')));
    assert!(message(&seen.line).is_ok_and(|again| again.id == seen.id && again.params == seen.params));
    // What `serde_json` reads has no surrogates that stand alone, and no more than 128 levels.
    if let Ok(value) = serde_json::from_slice::<Value>(bytes) {
        check_value(&seen, &value);
    }
}

fn check_value(seen: &Envelope, value: &Value) {
    assert_eq!(serde_json::from_slice::<Value>(&seen.line).expect("JSON"), *value);
    if let Value::Array(items) = value {
        assert_eq!(seen.kind, "batch");
        let objects: Vec<_> = items.iter().filter(|item| item.is_object()).collect();
        assert_eq!(seen.members.len(), objects.len());
        seen.members.iter().zip(objects).for_each(|(seen, value)| check_value(seen, value));
        return;
    }
    let parsed = |json: &Option<String>| json.as_ref().map(|json| serde_json::from_str::<Value>(json).expect("JSON"));
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let id = value.get("id").cloned();
    if let Some(method) = value.get("method") {
        assert_eq!(seen.kind, if id.is_some() { "request" } else { "notification" });
        assert_eq!((seen.method.as_deref(), parsed(&seen.id)), (Some(method.as_str().unwrap_or_default()), id));
        let params = &value["params"];
        let version = &params["_meta"]["io.modelcontextprotocol/protocolVersion"];
        assert_eq!(seen.params, [&params["name"], &params["uri"], version].map(text));
        assert_eq!(parsed(&seen.cancels), params.get("requestId").cloned());
    } else {
        assert_eq!((seen.kind, parsed(&seen.id)), ("response", id.filter(|id| !id.is_null())));
        let error = value.get("error").filter(|error| !error.is_null());
        let expected = error.map(|error| (error["code"].as_i64(), text(&error["message"]).unwrap_or_default()));
        // A number with a point that is an integer has a code here or there.
        let is_plain =
            error.is_none_or(|error| error["code"].to_string().bytes().all(|byte| matches!(byte, b'1'..=b'9')));
        assert!(seen.error == expected || !is_plain, "{seen:?}");
        assert_eq!(seen.has_result, value.get("result").is_some());
    }
    let mut changed = value.clone();
    changed["id"] = "own".into();
    assert_eq!(serde_json::from_slice::<Value>(&seen.with_own_id).expect("JSON"), changed);
    if let Some(id) = &seen.id {
        assert_eq!(are_same_id(id, &format!(" {id}\n")), Some(true), "{id}");
        let as_string = Value::from(id.as_str()).to_string();
        assert_eq!(are_same_id(id, &as_string), Some(false), "{id}");
    }
}
