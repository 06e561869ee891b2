//! The headers that repeat what a message says, for those who route by them without reading bodies (MCP 2026-07-28, Streamable
//! HTTP, Request Metadata).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{HeaderName, HeaderValue};

use super::schema::Annotation;
use crate::bridge::decimal::Decimal;
use crate::bridge::json::{self, Text};
use crate::bridge::message::Message;

const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");

/// Around a value that is not sent as it is.
const BEFORE: &str = "=?base64?";
const BEHIND: &str = "?=";

/// The headers of `message`; `annotations` are those of a tool.
pub(super) fn of<'a>(
    message: &Message,
    annotations: &dyn Fn(&str) -> &'a [Annotation],
) -> Vec<(HeaderName, HeaderValue)> {
    let Some(call) = message.call() else { return Vec::new() };
    let mut headers: Vec<_> = encoded(&call.method).map(|value| (METHOD, value)).into_iter().collect();
    let name = match &*call.method {
        "tools/call" | "prompts/get" => call.name.as_deref(),
        "resources/read" => call.uri.as_deref(),
        _ => None,
    };
    headers.extend(name.and_then(encoded).map(|value| (NAME, value)));
    let annotations = name.filter(|_| call.method == "tools/call").map(annotations).unwrap_or_default();
    if let Some(arguments) = (!annotations.is_empty()).then(|| message.value_at(&["params", "arguments"])).flatten() {
        let header = |Annotation { header, path }: &Annotation| Some((header.clone(), value(arguments, path)?));
        headers.extend(annotations.iter().filter_map(header));
    }
    headers
}

/// The value of the header for the argument at `path`; `None` where there is none to send.
fn value(arguments: &str, path: &[String]) -> Option<HeaderValue> {
    let argument = json::value_at(arguments, path)?;
    match argument.as_bytes().first()? {
        b'"' => encoded(&Text::of(argument)?.unescaped()),
        b't' | b'f' => encoded(argument),
        b'-' | b'0'..=b'9' => encoded(&Decimal::of(argument).as_integer().unwrap_or_else(|| argument.to_owned())),
        // `null`, or what no annotated parameter is.
        _ => None,
    }
}

/// The value of a header that says `text`.
fn encoded(text: &str) -> Option<HeaderValue> {
    let is_visible = text.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
    let has_blanks_around = text.starts_with([' ', '\t']) || text.ends_with([' ', '\t']);
    let looks_encoded = text.starts_with(BEFORE) && text.ends_with(BEHIND);
    let is_plain = is_visible && !has_blanks_around && !looks_encoded;
    let value = if is_plain { text.to_owned() } else { format!("{BEFORE}{}{BEHIND}", STANDARD.encode(text)) };
    HeaderValue::from_str(&value).ok()
}
