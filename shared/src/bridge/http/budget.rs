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
    /// What each body has that has anything, the oldest first.
    shares: RefCell<BTreeMap<u64, usize>>,
    total: Cell<usize>,
    next: Cell<u64>,
    freed: Notify,
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
        while self.state.total.get() >= LIMIT && !self.is_oldest() {
            self.state.freed.notified().await;
        }
    }

    /// Takes note of how many bytes it has now.
    pub(crate) fn set(&mut self, bytes: usize) {
        let State { shares, total, next, freed } = &*self.state;
        let before = self.number.and_then(|number| shares.borrow_mut().remove(&number)).unwrap_or_default();
        total.set(total.get().saturating_sub(before).saturating_add(bytes));
        if bytes == 0 {
            self.number = None;
        } else {
            let number = self.number.unwrap_or_else(|| next.replace(next.get().saturating_add(1)));
            self.number = Some(number);
            shares.borrow_mut().insert(number, bytes);
        }
        if bytes < before {
            freed.notify_waiters();
        }
    }

    fn is_oldest(&self) -> bool {
        let oldest = self.state.shares.borrow().first_key_value().map(|(number, _)| *number);
        oldest.is_some() && oldest == self.number
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.set(0);
        // The next one may be the oldest now.
        self.state.freed.notify_waiters();
    }
}
