//! How much the bodies that are being collected may take together. Beyond it only the oldest is read on, so that one of them
//! is always completed.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use tokio::sync::Notify;

/// 24 MiB.
const LIMIT: usize = 24 << 20;

/// The room for all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Budget(Rc<State>);

#[derive(Debug, Default)]
struct State {
    /// What each body has, the oldest first.
    shares: RefCell<BTreeMap<u64, usize>>,
    total: Cell<usize>,
    next: Cell<u64>,
    freed: Notify,
}

/// The part of one body, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    state: Rc<State>,
    number: u64,
}

impl Budget {
    /// Begins a body.
    pub(crate) fn share(&self) -> Share {
        let number = self.0.next.get();
        self.0.next.set(number.saturating_add(1));
        self.0.shares.borrow_mut().insert(number, 0);
        Share { state: Rc::clone(&self.0), number }
    }
}

impl Share {
    /// Waits until more of this body may be read.
    pub(crate) async fn has_room(&self) {
        while self.state.total.get() >= LIMIT && !self.is_oldest() {
            self.state.freed.notified().await;
        }
    }

    /// Counts bytes that were read.
    pub(crate) fn add(&mut self, bytes: usize) {
        if let Some(share) = self.state.shares.borrow_mut().get_mut(&self.number) {
            *share = share.saturating_add(bytes);
        }
        self.state.total.set(self.state.total.get().saturating_add(bytes));
    }

    fn is_oldest(&self) -> bool {
        self.state.shares.borrow().first_key_value().is_some_and(|(oldest, _)| *oldest == self.number)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let bytes = self.state.shares.borrow_mut().remove(&self.number).unwrap_or_default();
        self.state.total.set(self.state.total.get().saturating_sub(bytes));
        self.state.freed.notify_waiters();
    }
}
