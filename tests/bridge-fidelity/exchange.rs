//! What the client writes, what the server is to read of it, what it answers, and what the client is to read.

use crate::draw::Draw;
use crate::message::{self, Ids, as_line, one_line};
use crate::wire::{self, Framing};

/// One message of the client, and what comes of it.
pub(super) struct Exchange {
    /// The line without its end, which is the body that the server gets.
    pub(super) line: String,
    /// The end of the line.
    pub(super) end: &'static str,
    /// The whole answer of HTTP.
    pub(super) answer: Vec<u8>,
    /// The lines that the client gets.
    pub(super) expected: Vec<String>,
}

impl Exchange {
    /// A request that is answered so.
    pub(super) fn of_request(line: String, answer: Vec<u8>, expected: Vec<String>) -> Self {
        Self { line, end: "\n", answer, expected }
    }

    /// A message that needs no answer.
    pub(super) fn of_notification(line: String) -> Self {
        Self::of_request(line, wire::http(202, "text/plain", b"", &Framing::Length), Vec::new())
    }

    /// Any exchange; no other one has this number.
    pub(super) fn draw(draw: &mut Draw, number: usize) -> Self {
        let exchange = match draw.below(10) {
            0 => Self::of_notification(as_line(&message::notification(draw, number))),
            1 => {
                let ids = Ids::draw(draw, number);
                let is_error = draw.one_in(2);
                Self::of_notification(as_line(&message::reply(draw, &ids.request, is_error)))
            }
            2 => Self::batch(draw, number),
            _ => Self::request(draw, number),
        };
        Self { end: draw.pick(&["\n", "\n", "\r\n", "\r\n\r\n\n"]), ..exchange }
    }

    /// A request, answered by JSON or by events, of which others may come before the answer.
    fn request(draw: &mut Draw, number: usize) -> Self {
        let ids = Ids::draw(draw, number);
        let line = as_line(&message::request(draw, &ids.request));
        let is_error = draw.one_in(4);
        let text = message::reply(draw, &ids.answer, is_error);
        if draw.one_in(2) {
            let media = draw.pick(&["application/json", "application/json; charset=utf-8", "Application/JSON"]);
            let status = if is_error { draw.pick(&[200, 400, 404, 500]) } else { 200 };
            // A byte order mark is no part of JSON.
            let sent = if draw.one_in(8) { format!("\u{feff}{text}") } else { text.clone() };
            return Self::of_request(line, body(draw, status, media, sent.as_bytes()), vec![one_line(&text)]);
        }
        let mut texts: Vec<_> = (0..draw.below(3)).map(|_| message::notification(draw, number)).collect();
        if draw.one_in(4) {
            let id = Ids::draw(draw, number).request;
            texts.push(message::request(draw, &id));
        }
        texts.push(text);
        Self::of_request(line, stream(draw, &texts), texts.iter().map(|text| one_line(text)).collect())
    }

    /// Several messages in an array, and several answers in another one.
    fn batch(draw: &mut Draw, number: usize) -> Self {
        let ids: Vec<_> = (0..=draw.below(3)).map(|one| Ids::draw(draw, number * 10 + one)).collect();
        let mut messages: Vec<_> = ids.iter().map(|ids| message::request(draw, &ids.request)).collect();
        messages.insert(draw.below(messages.len()), message::notification(draw, number));
        let replies: Vec<_> = ids.iter().rev().map(|ids| message::reply(draw, &ids.answer, false)).collect();
        let line = as_line(&format!("[{}]", messages.join(",")));
        let text = format!("{}[{}]{}", draw.blank(), replies.join(","), draw.blank());
        let expected = vec![one_line(&text)];
        if draw.one_in(2) {
            return Self::of_request(line, body(draw, 200, "application/json", text.as_bytes()), expected);
        }
        Self::of_request(line, stream(draw, &[text]), expected)
    }
}

/// The messages that the server sends by itself, and the stream that they are sent on.
pub(super) fn own_stream(draw: &mut Draw, count: usize) -> (Vec<u8>, Vec<String>) {
    let texts: Vec<_> = (0..count).map(|number| message::notification(draw, number)).collect();
    (stream(draw, &texts), texts.iter().map(|text| one_line(text)).collect())
}

fn stream(draw: &mut Draw, texts: &[String]) -> Vec<u8> {
    let media = draw.pick(&["text/event-stream", "text/event-stream;charset=UTF-8", "Text/Event-Stream"]);
    let events = wire::events(draw, texts);
    body(draw, 200, media, &events)
}

fn body(draw: &mut Draw, status: u16, media: &str, body: &[u8]) -> Vec<u8> {
    let framing = Framing::draw(draw, body.len());
    if draw.one_in(6) { wire::gzip(status, media, body, &framing) } else { wire::http(status, media, body, &framing) }
}
