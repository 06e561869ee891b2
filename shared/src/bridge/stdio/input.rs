//! Lines from stdin, which only hdr-bridge reads: it is where its client sends messages.

use std::collections::VecDeque;
use std::io;

use super::line::{Line, Lines};
#[cfg(unix)]
use super::polled::Polled;
use super::thread::Thread;

/// How much is read at once: 64 KiB, what a pipe holds.
pub(super) const PORTION: usize = 64 << 10;

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

/// How a stream is read without blocking the thread.
#[derive(Debug)]
pub(super) enum Source {
    /// The system says when there is something to read.
    #[cfg(unix)]
    Polled(Polled),
    /// Another thread waits for it.
    Thread(Thread),
}

impl Input {
    /// The lines of stdin, which have at most `limit` bytes each.
    ///
    /// # Errors
    /// Those of the system.
    pub(crate) fn stdin(limit: usize) -> io::Result<Self> {
        #[cfg(unix)]
        let source = super::descriptor::source(super::descriptor::stdin()?)?;
        #[cfg(not(unix))]
        let source = Source::Thread(Thread::stdin()?);
        Ok(Self::new(source, limit))
    }

    pub(super) fn new(source: Source, limit: usize) -> Self {
        let portion = Vec::with_capacity(PORTION);
        Self { source, lines: Lines::new(limit), read: VecDeque::new(), portion, has_ended: false }
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
            self.portion.clear();
            // A stream that cannot be read on has ended: a terminal that hung up, a socket that was reset.
            let read = match &mut self.source {
                #[cfg(unix)]
                Source::Polled(polled) => polled.read(&mut self.portion).await.unwrap_or(0),
                Source::Thread(thread) => thread.read(&mut self.portion).await,
            };
            if read > 0 {
                self.lines.push(&self.portion, &mut self.read);
            } else {
                self.has_ended = true;
                self.read.extend(self.lines.end());
            }
        }
    }
}
