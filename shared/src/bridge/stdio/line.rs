//! Lines in a stream of bytes.

use std::collections::VecDeque;

use hyper::body::Bytes;
use memchr::memchr;

/// A line without its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// The line as it came.
    Text(Bytes),
    /// A line over the limit, of which the rest is skipped.
    TooLong {
        /// Its first 64 KiB.
        head: Bytes,
    },
}

/// What is kept of a line that is too long: 64 KiB.
const HEAD: usize = 64 << 10;

/// Takes a stream apart. A CR before the LF is dropped, empty lines are left out, and a last line needs no LF.
#[derive(Debug)]
pub(super) struct Lines {
    /// The most bytes that a line may have.
    limit: usize,
    /// The line that has not ended.
    partial: Vec<u8>,
    /// Whether it was too long, so that the rest of it is skipped.
    is_skipping: bool,
}

impl Lines {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, partial: Vec::new(), is_skipping: false }
    }

    /// Takes the next bytes, and adds the lines that they end to `lines`.
    pub(super) fn push(&mut self, bytes: &[u8], lines: &mut VecDeque<Line>) {
        let mut rest = bytes;
        while let Some((line, behind)) = memchr(b'\n', rest).and_then(|at| rest.split_at_checked(at)) {
            self.append(line, lines);
            lines.extend(self.end());
            rest = behind.get(1..).unwrap_or_default();
        }
        self.append(rest, lines);
    }

    /// Ends the line, as LF and the end of the stream do.
    pub(super) fn end(&mut self) -> Option<Line> {
        let mut line = std::mem::take(&mut self.partial);
        if std::mem::take(&mut self.is_skipping) {
            return None;
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        (!line.is_empty()).then(|| Line::Text(line.into()))
    }

    /// Adds a part of a line without its end.
    fn append(&mut self, part: &[u8], lines: &mut VecDeque<Line>) {
        if self.is_skipping {
            return;
        }
        // The last byte of a line may be a CR, which does not count.
        let most = self.limit.saturating_add(1);
        let room = most.saturating_sub(self.partial.len());
        self.partial.extend_from_slice(part.get(..room).unwrap_or(part));
        let is_over = part.len() > room || self.partial.len() == most && self.partial.last() != Some(&b'\r');
        if is_over {
            let mut head = std::mem::take(&mut self.partial);
            head.truncate(HEAD.min(self.limit));
            head.shrink_to_fit();
            lines.push_back(Line::TooLong { head: head.into() });
            self.is_skipping = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of a stream that comes in these parts.
    fn lines(limit: usize, parts: &[&[u8]]) -> Vec<Line> {
        let (mut reader, mut lines) = (Lines::new(limit), VecDeque::new());
        for part in parts {
            reader.push(part, &mut lines);
        }
        lines.extend(reader.end());
        lines.into()
    }

    fn text(bytes: &'static [u8]) -> Line {
        Line::Text(Bytes::from_static(bytes))
    }

    #[test]
    fn lines_are_the_same_wherever_the_stream_is_split() {
        let stream = b"{\"a\":1}\r\n\n\r\n{\"b\":\"\r \xff\"}\nlast\r\r";
        let expected = [text(b"{\"a\":1}"), text(b"{\"b\":\"\r \xff\"}"), text(b"last\r")];
        assert_eq!(lines(64, &[stream]), expected);
        for at in 0..stream.len() {
            let (first, second) = stream.split_at(at);
            assert_eq!(lines(64, &[first, second]), expected, "split at {at}");
        }
        let bytes: Vec<&[u8]> = stream.chunks(1).collect();
        assert_eq!(lines(64, &bytes), expected);
        assert_eq!(lines(64, &[]), []);
    }

    #[test]
    fn a_line_over_the_limit_is_skipped_and_the_next_one_is_not() {
        let too_long = |head: &'static [u8]| Line::TooLong { head: Bytes::from_static(head) };
        for at in 0..18 {
            let (first, second) = b"12345\r\n123456\r\nab\n".split_at(at);
            assert_eq!(lines(5, &[first, second]), [text(b"12345"), too_long(b"12345"), text(b"ab")], "split at {at}");
        }
        assert_eq!(lines(5, &[b"12345\r"]), [text(b"12345")]);
        assert_eq!(lines(5, &[b"12345\r\r\nab"]), [too_long(b"12345"), text(b"ab")]);
        assert_eq!(lines(5, &[b"123456"]), [too_long(b"12345")]);
    }

    #[test]
    fn of_a_line_over_the_limit_64_kib_are_kept() {
        let (mut reader, mut found) = (Lines::new(1 << 20), VecDeque::new());
        let part = vec![b'a'; 1 << 16];
        for _ in 0..1000 {
            reader.push(&part, &mut found);
            assert!(reader.partial.capacity() <= 2 << 20, "{}", reader.partial.capacity());
        }
        reader.push(b"\nnext\n", &mut found);
        assert_eq!(found, [Line::TooLong { head: part.into() }, text(b"next")]);
    }
}
