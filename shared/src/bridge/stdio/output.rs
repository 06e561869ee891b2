//! Lines to stdout: one task writes them, whole and in order, and together where several wait.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use hyper::body::Bytes;
use tokio::sync::Notify;
use tokio::task::spawn_local;
use tokio::time::timeout;

use super::sink::Sink;

/// With less than this waiting there is room for more: 256 KiB.
const ROOM: usize = 256 << 10;

/// The most lines that are written at once, and the most bytes of several: a line is freed when those written with it are.
const LINES: usize = 32;
const BYTES: usize = 64 << 10;

/// Stdout. All clones write to the same one.
#[derive(Clone, Debug)]
pub(crate) struct Output(Rc<State>);

#[derive(Debug, Default)]
struct State {
    /// Lines that the writer has not taken.
    lines: RefCell<VecDeque<Bytes>>,
    /// How many bytes wait, also those that the writer has taken.
    waiting: Cell<usize>,
    is_closed: Cell<bool>,
    /// A line was added.
    added: Notify,
    /// Something was written, or the reader is gone.
    changed: Notify,
}

impl Output {
    /// Writes to stdout from a task of the `LocalSet` that this runs in.
    ///
    /// # Errors
    /// Those of the system.
    pub(crate) fn stdout() -> io::Result<Self> {
        Sink::stdout().map(Self::start)
    }

    pub(super) fn start(sink: Sink) -> Self {
        let state = Rc::new(State::default());
        spawn_local(write_all(Rc::clone(&state), sink));
        Self(state)
    }

    /// One whose lines nobody writes: they are taken with [`Output::next_line`].
    pub(crate) fn kept() -> Self {
        Self(Rc::default())
    }

    /// The next line of [`Output::kept`], when there is one.
    pub(crate) async fn next_line(&self) -> Bytes {
        loop {
            let line = self.0.lines.borrow_mut().pop_front();
            if let Some(line) = line {
                let waiting = self.0.waiting.get().saturating_sub(line.len()).saturating_sub(1);
                self.0.waiting.set(waiting);
                self.0.changed.notify_waiters();
                return line;
            }
            self.0.added.notified().await;
        }
    }

    /// Has a line written, whose end is added. It is dropped where stdout is closed.
    pub(crate) fn write(&self, line: Bytes) {
        if self.0.is_closed.get() {
            return;
        }
        self.0.waiting.set(self.0.waiting.get().saturating_add(line.len()).saturating_add(1));
        self.0.lines.borrow_mut().push_back(line);
        self.0.added.notify_one();
    }

    /// Waits until less than 256 KiB wait to be read by the client, or nobody reads any more.
    pub(crate) async fn has_room(&self) {
        self.until(|_| !self.is_full()).await;
    }

    /// Whether so much waits to be read by the client that there is no room for more.
    pub(crate) fn is_full(&self) -> bool {
        self.0.waiting.get() >= ROOM && !self.0.is_closed.get()
    }

    /// Whether nobody can read any more what is written.
    pub(crate) fn is_closed(&self) -> bool {
        self.0.is_closed.get()
    }

    /// Waits until nobody can read any more what is written; that is noticed while nothing is.
    pub(crate) async fn closed(&self) {
        self.until(|state| state.is_closed.get()).await;
    }

    /// Waits until all lines are written, `limit` at most; says whether they are.
    pub(crate) async fn flushed(&self, limit: Duration) -> bool {
        let all = self.until(|state| state.waiting.get() == 0 || state.is_closed.get());
        timeout(limit, all).await.is_ok() && !self.is_closed()
    }

    async fn until(&self, is_so: impl Fn(&State) -> bool) {
        while !is_so(&self.0) {
            self.0.changed.notified().await;
        }
    }
}

/// Writes lines until nobody reads them any more.
async fn write_all(state: Rc<State>, sink: Sink) {
    let mut taken = VecDeque::new();
    loop {
        if taken.is_empty() {
            std::mem::swap(&mut taken, &mut state.lines.borrow_mut());
        }
        let written = if taken.is_empty() { wait(&state, &sink).await } else { write(&mut taken, &state, &sink).await };
        if written.is_err() {
            state.is_closed.set(true);
            state.lines.take();
            state.waiting.set(0);
            state.changed.notify_waiters();
            return;
        }
    }
}

/// Waits for a line.
///
/// # Errors
/// When nobody can read it any more.
async fn wait(state: &State, sink: &Sink) -> io::Result<()> {
    let (mut added, mut closed) = (pin!(state.added.notified()), pin!(sink.closed()));
    poll_fn(|context| {
        if closed.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        added.as_mut().poll(context).map(Ok)
    })
    .await
}

/// Writes the first lines, and takes them out.
async fn write(lines: &mut VecDeque<Bytes>, state: &State, sink: &Sink) -> io::Result<()> {
    let count = together(lines);
    let mut rest: VecDeque<&[u8]> = lines.iter().take(count).flat_map(|line| [line.as_ref(), b"\n"]).collect();
    while !rest.is_empty() {
        let mut written = sink.write(rest.make_contiguous()).await?;
        state.waiting.set(state.waiting.get().saturating_sub(written));
        while let Some(part) = rest.front_mut() {
            let (_, left) = part.split_at_checked(written).unwrap_or_default();
            written = written.saturating_sub(part.len());
            if !left.is_empty() {
                *part = left;
                break;
            }
            rest.pop_front();
        }
        state.changed.notify_waiters();
    }
    drop(rest);
    lines.drain(..count);
    Ok(())
}

/// How many of the first lines are written together, one at least.
fn together(lines: &VecDeque<Bytes>) -> usize {
    let mut length = 0_usize;
    let fit = lines.iter().take(LINES).take_while(|line| {
        length = length.saturating_add(line.len());
        length <= BYTES
    });
    fit.count().max(1)
}
