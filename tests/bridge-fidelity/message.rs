//! Messages of JSON-RPC around values that were drawn.

use crate::draw::Draw;

/// One id as a request has it and as its answer has it: the same string or number, perhaps written in another way.
pub(super) struct Ids {
    pub(super) request: String,
    pub(super) answer: String,
}

impl Ids {
    /// A number, written in one way.
    pub(super) fn plain(number: usize) -> Self {
        Self { request: number.to_string(), answer: number.to_string() }
    }

    /// The id of the message with this number.
    pub(super) fn draw(draw: &mut Draw, number: usize) -> Self {
        let string = draw.string();
        let inner = &string[1..string.len() - 1];
        let (request, answer) = match draw.below(9) {
            0 => (format!("{number}.0"), format!("{number}")),
            1 => (format!("{number}0E-1"), format!("{number}.00e0")),
            2 => (format!("9007199254740993{number}"), format!("9007199254740993{number}")),
            3 => (format!("-{number}e+400"), format!("-{number}0e399")),
            4 => (format!("\"i{number}\""), format!("\"\\u0069{number}\"")),
            5 => (format!("\"{number}/😀{inner}\""), format!("\"{number}\\/\\uD83D\\ude00{inner}\"")),
            6 => (format!("\"{number}\""), format!("\"{number}\"")),
            _ => (format!("{number}"), format!("{number}")),
        };
        if draw.one_in(2) { Self { request, answer } } else { Self { request: answer, answer: request } }
    }
}

/// A text as the client writes it: in one line, which may end with CR LF.
pub(super) fn as_line(text: &str) -> String {
    text.replace('\n', " ").trim_end_matches('\r').to_owned()
}

/// A text as the bridge writes it.
pub(super) fn one_line(text: &str) -> String {
    text.replace(['\r', '\n'], "")
}

/// A request, which may say that it is of the revision without sessions.
pub(super) fn request(draw: &mut Draw, id: &str) -> String {
    let (method, value, more) = (method(draw), draw.value(), draw.value());
    let version = if draw.one_in(6) { "\"2026-07-28\"" } else { "1" };
    let meta = draw.object(&[("io.modelcontextprotocol/protocolVersion", version), ("a", &more)]);
    let params = match draw.below(4) {
        0 => value,
        _ => draw.object(&[("value", &value), ("_meta", &meta), ("name", &more), ("value", "1")]),
    };
    let text = draw.object(&[("jsonrpc", "\"2.0\""), ("method", &method), ("params", &params)]);
    // The last id counts.
    let (ids, end) = (format!("\"id\":0 ,\"id\":{id}"), text.rfind('}').unwrap());
    let ids = if draw.one_in(8) { ids } else { format!("\"id\":{id}") };
    format!("{},{ids}{}", &text[..end], &text[end..])
}

/// A message without an id, which has the number of the exchange in it.
pub(super) fn notification(draw: &mut Draw, number: usize) -> String {
    let (method, value) = (method(draw), draw.value());
    let params = draw.object(&[("value", &value), ("number", &number.to_string())]);
    draw.object(&[("jsonrpc", "\"2.0\""), ("method", &method), ("params", &params)])
}

/// An answer: a result, or an error where `is_error`.
pub(super) fn reply(draw: &mut Draw, id: &str, is_error: bool) -> String {
    let value = draw.value();
    if !is_error {
        return draw.object(&[("jsonrpc", "\"2.0\""), ("id", id), ("result", &value)]);
    }
    let message = draw.string();
    let error = draw.object(&[("code", "-32000"), ("message", &message), ("data", &value)]);
    draw.object(&[("jsonrpc", "\"2.0\""), ("id", id), ("error", &error)])
}

/// No method that means anything to the bridge.
fn method(draw: &mut Draw) -> String {
    let string = draw.string();
    format!("\"x/{}", &string[1..])
}
