//! The ways in which a body goes over the wire.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::draw::Draw;

/// How the end of a body is known.
pub(super) enum Framing {
    Length,
    /// In chunks of these sizes, the last of them over and over.
    Chunked(Vec<usize>),
    /// By the end of the connection.
    Close,
}

impl Framing {
    pub(super) fn draw(draw: &mut Draw, length: usize) -> Self {
        match draw.below(12) {
            0..4 => Self::Length,
            4 => Self::Close,
            5..8 if length < 2000 => Self::Chunked(vec![1]),
            _ => Self::Chunked((0..5).map(|_| draw.below(40) + 1).chain([1000]).collect()),
        }
    }
}

/// An answer as it is written to the socket.
pub(super) fn http(status: u16, media: &str, body: &[u8], framing: &Framing) -> Vec<u8> {
    encoded(status, &format!("Content-Type: {media}\r\n"), body, framing)
}

/// An answer whose body is in gzip.
pub(super) fn gzip(status: u16, media: &str, body: &[u8], framing: &Framing) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).unwrap();
    let headers = format!("Content-Type: {media}\r\nContent-Encoding: gzip\r\n");
    encoded(status, &headers, &encoder.finish().unwrap(), framing)
}

fn encoded(status: u16, headers: &str, body: &[u8], framing: &Framing) -> Vec<u8> {
    let (framed, body) = match framing {
        Framing::Length => (format!("Content-Length: {}", body.len()), body.to_vec()),
        Framing::Close => ("Connection: close".to_owned(), body.to_vec()),
        Framing::Chunked(sizes) => ("Transfer-Encoding: chunked".to_owned(), chunked(body, sizes)),
    };
    [format!("HTTP/1.1 {status} Any\r\n{headers}{framed}\r\n\r\n").into_bytes(), body].concat()
}

fn chunked(body: &[u8], sizes: &[usize]) -> Vec<u8> {
    let last = sizes.last().copied().unwrap();
    let mut sizes = sizes.iter().copied();
    let (mut rest, mut all) = (body, Vec::new());
    while !rest.is_empty() {
        let (chunk, behind) = rest.split_at(sizes.next().unwrap_or(last).min(rest.len()));
        all.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
        all.extend([chunk, b"\r\n"].concat());
        rest = behind;
    }
    all.extend(b"0\r\n\r\n");
    all
}

/// A stream of events, one for each of the texts, with what else a stream may have in it.
pub(super) fn events(draw: &mut Draw, texts: &[String]) -> Vec<u8> {
    let end = draw.pick(&["\n", "\r", "\r\n"]);
    let mut stream = if draw.one_in(3) { "\u{feff}".to_owned() } else { String::new() };
    let mut line = |text: &str| stream.push_str(&(text.to_owned() + end));
    for (number, text) in texts.iter().enumerate() {
        if draw.one_in(4) {
            line(": data: {\"comment\":1}");
        }
        match draw.below(6) {
            0 => line("event: message"),
            1 => line(&format!("id: {number} ü")),
            2 => line("retry: 1000"),
            3 => ["event: other", "data: {\"method\":\"x/other\"}", ""].into_iter().for_each(&mut line),
            4 => ["id:", "data", ""].into_iter().for_each(&mut line),
            _ => {}
        }
        for part in text.replace("\r\n", "\n").split(['\r', '\n']) {
            // One space behind the colon is not part of the data.
            let is_bare = !part.starts_with(' ') && draw.one_in(2);
            line(&format!("data:{}{part}", if is_bare { "" } else { " " }));
            if draw.one_in(10) {
                line(":");
            }
        }
        line("");
    }
    stream.into_bytes()
}
