//! Lines on their way to where writing may wait for somebody else: a client that does not read stderr, another writer of the
//! log.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// The most bytes that wait. Of more, the oldest lines are dropped: the last one says why the bridge ended.
const WAITING: usize = 64 << 10;

/// A line, and the exit code that it belongs to: 0 for a process that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) exit_code: u8,
    pub(super) text: String,
}

/// A bounded queue of lines, which a thread of its own writes.
#[derive(Debug, Default)]
pub(super) struct Lines(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Line>,
    bytes: usize,
    /// How many were dropped in front of those that wait.
    dropped: usize,
    is_writing: bool,
    has_thread: bool,
}

impl Lines {
    /// Queues a line. The first one starts the thread, which calls `writer` for each; without a thread nothing is written.
    pub(super) fn push(&self, line: Line, writer: impl FnOnce() -> Box<dyn FnMut(&Line) + Send>) {
        let mut queue = self.0.lock();
        queue.push(line);
        if !queue.has_thread {
            let (shared, mut write) = (Arc::clone(&self.0), writer());
            let written = move || shared.write_all(&mut write);
            queue.has_thread = thread::Builder::new().name("lines".to_owned()).spawn(written).is_ok();
        }
        self.0.changed.notify_all();
    }

    /// Waits until all lines are written, for `limit` at most.
    pub(super) fn flush(&self, limit: Duration) {
        let queue = self.0.lock();
        let is_busy = |queue: &mut Queue| queue.has_thread && (queue.is_writing || !queue.waiting.is_empty());
        drop(self.0.changed.wait_timeout_while(queue, limit, is_busy));
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes lines as they come, to the end of the process.
    fn write_all(&self, write: &mut dyn FnMut(&Line)) {
        loop {
            let is_idle = |queue: &mut Queue| queue.waiting.is_empty();
            let waited = self.changed.wait_while(self.lock(), is_idle);
            let mut queue = waited.unwrap_or_else(PoisonError::into_inner);
            let (dropped, line) = queue.pop();
            queue.is_writing = true;
            drop(queue);
            dropped.iter().chain(&line).for_each(&mut *write);
            self.lock().is_writing = false;
            self.changed.notify_all();
        }
    }
}

impl Queue {
    fn push(&mut self, line: Line) {
        self.bytes = self.bytes.saturating_add(line.text.len());
        self.waiting.push_back(line);
        while self.bytes > WAITING && self.waiting.len() > 1 {
            if let Some(oldest) = self.waiting.pop_front() {
                self.bytes = self.bytes.saturating_sub(oldest.text.len());
                self.dropped = self.dropped.saturating_add(1);
            }
        }
    }

    /// The next line, and what is to be said before it of those that were dropped.
    fn pop(&mut self) -> (Option<Line>, Option<Line>) {
        let dropped = std::mem::take(&mut self.dropped);
        let text = format!("warning: {dropped} lines are left out here: they were written faster than they were read");
        let line = self.waiting.pop_front();
        self.bytes = self.bytes.saturating_sub(line.as_ref().map_or(0, |line| line.text.len()));
        ((dropped > 0).then_some(Line { exit_code: 0, text }), line)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    fn line(text: &str) -> Line {
        Line { exit_code: 0, text: text.to_owned() }
    }

    /// Lines whose writer waits before each one until it is allowed to.
    fn held() -> (Lines, Sender<()>, Receiver<String>, impl Fn(&Lines, &str)) {
        let ((allow, allowed), (written, seen)) = (channel::<()>(), channel());
        let writer = Mutex::new(Some((allowed, written)));
        let push = move |lines: &Lines, text: &str| {
            lines.push(line(text), || {
                let (allowed, written) = writer.lock().unwrap().take().unwrap();
                Box::new(move |line| {
                    if allowed.recv().is_ok() {
                        written.send(line.text.clone()).unwrap();
                    }
                })
            });
        };
        (Lines::default(), allow, seen, push)
    }

    #[test]
    fn a_writer_that_waits_holds_nobody_up_and_the_last_line_is_kept() {
        let (lines, allow, seen, push) = held();
        push(&lines, "first");
        while !lines.0.lock().is_writing {
            thread::yield_now();
        }
        let long = "x".repeat(WAITING / 4);
        (0..9).for_each(|_| push(&lines, &long));
        push(&lines, "last");
        // It returns although nothing is written.
        lines.flush(Duration::from_millis(20));
        assert!(seen.try_recv().is_err());
        (0..9).for_each(|_| allow.send(()).unwrap());
        lines.flush(Duration::from_secs(60));
        let warning = "warning: 6 lines are left out here: they were written faster than they were read".to_owned();
        let expected = ["first".to_owned(), warning, long.clone(), long.clone(), long, "last".to_owned()];
        assert_eq!(seen.try_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_line_that_is_too_long_for_the_queue_is_written_all_the_same() {
        let (lines, allow, seen, push) = held();
        (0..2).for_each(|_| allow.send(()).unwrap());
        let long = "x".repeat(WAITING * 2);
        push(&lines, &long);
        lines.flush(Duration::from_secs(60));
        assert_eq!(seen.try_iter().collect::<Vec<_>>(), [long]);
    }
}
