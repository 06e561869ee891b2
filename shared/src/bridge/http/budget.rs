//! How much the bodies that are being collected may take together. Beyond it only the oldest is read on, so that one of them
//! is always completed. One that gets nothing from the server does not keep the others waiting.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::time::timeout;

use crate::os::clock::{elapsed, monotonic};

/// 24 MiB.
const LIMIT: usize = 24 << 20;

/// After how long without a byte from the server a body is passed over.
const STALLED: Duration = Duration::from_secs(1);

/// The room for all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Budget(Rc<State>);

#[derive(Debug, Default)]
struct State {
    /// What each body has that has anything, the oldest first.
    shares: RefCell<BTreeMap<u64, Part>>,
    total: Cell<usize>,
    next: Cell<u64>,
    freed: Notify,
}

/// What one body has.
#[derive(Clone, Copy, Debug)]
struct Part {
    bytes: usize,
    /// Since when it waits for the server; `None` while it waits for room.
    reading_since: Option<Instant>,
}

/// The part of one body, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    state: Rc<State>,
    /// `None` while it has nothing: whoever waits for its first byte must not keep the others waiting.
    number: Option<u64>,
}

impl Budget {
    /// Begins a body.
    pub(crate) fn share(&self) -> Share {
        Share { state: Rc::clone(&self.0), number: None }
    }
}

impl Share {
    /// Waits until more of this body may be read.
    pub(crate) async fn has_room(&self) {
        while self.state.total.get() >= LIMIT && !self.is_first() {
            self.note(None);
            // Another one may have stalled meanwhile.
            let _ = timeout(STALLED, self.state.freed.notified()).await;
        }
        self.note(Some(monotonic()));
    }

    fn note(&self, reading_since: Option<Instant>) {
        let mut shares = self.state.shares.borrow_mut();
        if let Some(part) = self.number.and_then(|number| shares.get_mut(&number)) {
            part.reading_since = reading_since;
        }
    }

    /// Takes note of how many bytes it has now.
    pub(crate) fn set(&mut self, bytes: usize) {
        let State { shares, total, next, freed } = &*self.state;
        let before = self.number.and_then(|number| shares.borrow_mut().remove(&number)).map_or(0, |part| part.bytes);
        total.set(total.get().saturating_sub(before).saturating_add(bytes));
        if bytes == 0 {
            self.number = None;
        } else {
            let number = self.number.unwrap_or_else(|| next.replace(next.get().saturating_add(1)));
            self.number = Some(number);
            shares.borrow_mut().insert(number, Part { bytes, reading_since: Some(monotonic()) });
        }
        if bytes < before {
            freed.notify_waiters();
        }
    }

    /// Whether it is the oldest of those that have not stalled.
    fn is_first(&self) -> bool {
        let shares = self.state.shares.borrow();
        let is_stalled = |part: &Part| part.reading_since.is_some_and(|since| elapsed(since) >= STALLED);
        let first = shares.iter().find(|(_, part)| !is_stalled(part)).map(|(number, _)| *number);
        first.is_none() || first == self.number
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.set(0);
        // The next one may be the oldest now.
        self.state.freed.notify_waiters();
    }
}
