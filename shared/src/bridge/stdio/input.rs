//! Lines from stdin, which only hdr-bridge reads: it is where its client sends messages.

use std::collections::VecDeque;
use std::io;

use super::line::{Line, Lines};
use super::source::Source;

/// Lines of a stream. What follows a line is left in the stream until it is asked for, but for what was read with it.
#[derive(Debug)]
pub(crate) struct Input {
    source: Source,
    lines: Lines,
    /// Lines that were read and not yet asked for.
    read: VecDeque<Line>,
    portion: Vec<u8>,
    has_ended: bool,
}

impl Input {
    /// The lines of stdin, which have at most `limit` bytes each.
    ///
    /// # Errors
    /// Those of the system.
    pub(crate) fn stdin(limit: usize) -> io::Result<Self> {
        Source::stdin().map(|source| Self::new(source, limit))
    }

    pub(super) fn new(source: Source, limit: usize) -> Self {
        Self { source, lines: Lines::new(limit), read: VecDeque::new(), portion: Vec::new(), has_ended: false }
    }

    /// The next line, `None` after the last. Nothing is lost where the future is dropped.
    pub(crate) async fn next(&mut self) -> Option<Line> {
        loop {
            if let Some(line) = self.read.pop_front() {
                return Some(line);
            }
            if self.has_ended {
                return None;
            }
            self.source.read(&mut self.portion).await;
            if self.portion.is_empty() {
                self.has_ended = true;
                self.read.extend(self.lines.end());
            } else {
                self.lines.push(&self.portion, &mut self.read);
            }
        }
    }
}
