//! `hdr-bridge` leaves messages as they are: what a client writes is what the server reads, and the other way round, byte
//! for byte. Only CR and LF between tokens are taken out of what the server sends, for a message is one line.
#![cfg(unix)]
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests start programs, listen on loopback and end at the first surprise"
)]

#[path = "bridge-fidelity/draw.rs"]
mod draw;
#[path = "bridge-fidelity/exchange.rs"]
mod exchange;
#[path = "bridge-fidelity/message.rs"]
mod message;
#[path = "bridge-fidelity/relay.rs"]
mod relay;
#[path = "bridge-fidelity/server.rs"]
mod server;
#[path = "bridge-fidelity/wire.rs"]
mod wire;

use crate::draw::Draw;
use crate::exchange::{Exchange, own_stream};
use crate::message::{Ids, one_line};
use crate::relay::Script;
use crate::wire::{Framing, http};

/// How many messages go each way in one process.
const BATCH: usize = 1000;

/// How many processes there are: 10,000 messages each way, or as many as the variable says.
fn batches() -> usize {
    let wanted = std::env::var("HDR_FIDELITY_MESSAGES").ok().map(|count| count.parse().expect("a number"));
    wanted.unwrap_or(10_000_usize).div_ceil(BATCH)
}

#[test]
fn messages_come_through_as_they_are() {
    let mut draw = Draw::seeded();
    for _ in 0..batches() {
        let exchanges: Vec<_> = (1..=BATCH).map(|number| Exchange::draw(&mut draw, number)).collect();
        let stream = own_stream(&mut draw, BATCH / 10);
        Script { exchanges, stream, seed: draw.to_string() }.assert_same();
    }
}

#[test]
fn it_does_not_matter_where_an_answer_is_split() {
    let mut exchanges = Vec::new();
    let answer =
        |id: &str| format!("{{\"jsonrpc\":\"2.0\",\r\n\"id\":{id},\"result\":[\"\\u00e9é€😀\",\r-0,\n1e400 ]}}");
    let ends = ["\n", "\r", "\r\n"];
    for at in 0..200 {
        for (number, kind) in ["json", "lf", "cr", "crlf"].into_iter().enumerate() {
            let ids = Ids::plain(at * 4 + number);
            let text = answer(&ids.answer);
            let (media, body) = match number.checked_sub(1) {
                None => ("application/json", text.clone().into_bytes()),
                Some(end) => {
                    let mut lines = text
                        .split(['\r', '\n'])
                        .fold("\u{feff}:c\nid:1\n".to_owned(), |all, line| all + "data:" + line + "\n");
                    lines.push('\n');
                    ("text/event-stream", lines.replace('\n', ends[end]).into_bytes())
                }
            };
            if at <= body.len() {
                let request = format!("{{\"id\":{},\"method\":\"x/{kind}\"}}", ids.request);
                let answer = http(200, media, &body, &Framing::Chunked(vec![at.max(1), usize::MAX]));
                exchanges.push(Exchange::of_request(request, answer, vec![one_line(&text)]));
            }
        }
    }
    assert!(exchanges.len() > 400, "{}", exchanges.len());
    Script::of(exchanges).assert_same();
}

#[test]
fn deep_and_large_messages_come_through_as_they_are() {
    let deep = |open: &str, close: &str| open.repeat(100_000) + "1" + &close.repeat(100_000);
    let large = |piece: &str| format!("\"{}\"", piece.repeat((8 << 20) / piece.len()));
    let values = [
        deep("[", "]"),
        deep("{\"a\":", "}"),
        deep("[{\"\":", "}]"),
        large("a"),
        large("é€😀\\ud800\\n\\\\"),
        large("\\\""),
    ];
    let framings = [Framing::Length, Framing::Chunked(vec![10_000]), Framing::Close];
    let mut exchanges = Vec::new();
    for (number, value) in values.iter().enumerate() {
        for (kind, framing) in framings.iter().enumerate() {
            let ids = Ids::plain(number * 3 + kind);
            let request = format!("{{\"method\":\"x/large\",\"params\":{{\"value\":{value}}},\"id\":{}}}", ids.request);
            let text = format!("{{\"result\":{value},\"id\":{}}}", ids.answer);
            let (media, body) = if kind == 1 {
                ("text/event-stream", format!("data:{text}\n\n"))
            } else {
                ("application/json", text.clone())
            };
            exchanges.push(Exchange::of_request(request, http(200, media, body.as_bytes(), framing), vec![text]));
        }
    }
    Script::of(exchanges).assert_same();
}
