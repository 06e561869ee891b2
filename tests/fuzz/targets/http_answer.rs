//! What an MCP server answers to hdr-bridge: status line, headers and body, however they are split.

use hdr::fuzz::http_answer;

use crate::random::Random;

pub(crate) const CHANGES: u64 = 25_000;
pub(crate) const WORDS: &[&str] = &[
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.0 ",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\n",
    "Content-Length: ",
    "Content-Length: 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: gzip, chunked\r\n",
    "Content-Encoding: gzip\r\n",
    "Content-Encoding: br\r\n",
    "Connection: close\r\n",
    "Connection: keep-alive\r\n",
    "Keep-Alive: timeout=",
    "\r\n\r\n",
    "\n\n",
    "\r\n ",
    "5\r\nhello\r\n",
    "0\r\n\r\n",
    "ffffffffffffffff\r\n",
    "\x1f\u{8b}\x08",
];

/// The most that a body may have here.
const LIMIT: usize = 4096;

/// All that is ever said of an answer that is none.
const CAUSES: [&str; 9] = [
    "its header is larger than 64 KiB, or has more than 200 fields",
    "it is not HTTP",
    "its chunks are not those of HTTP",
    "the connection was closed before its answer began",
    "the connection was closed before the answer was complete",
    "its content encoding is not supported",
    "its gzip is damaged",
    "it is larger than 4096 bytes",
    "the connection failed",
];

pub(crate) fn check(bytes: &[u8]) {
    let whole = http_answer(bytes, usize::MAX, LIMIT);
    match &whole {
        Ok((status, body)) => assert!((100..1000).contains(status) && body.len() <= LIMIT),
        Err(cause) => assert!(CAUSES.contains(&cause.as_str()), "{cause}"),
    }
    // It is the same one however it comes. Of one that is none, another fault may be found first.
    let portion = 1 + Random::of(bytes).below(9);
    let split = http_answer(bytes, portion, LIMIT);
    assert_eq!(split.ok(), whole.ok(), "{portion} bytes at a time");
}
