//! Requests of the client that have no answer yet. Each gets exactly one.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use hyper::header::HeaderValue;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::bridge::failure::Failure;
use crate::bridge::id::Id;
use crate::bridge::message::{Call, Kind, Message};
use crate::bridge::stdio::Output;

/// How long the answer to a request that the client has cancelled is still read, before revision 2026-07-28.
pub(super) const LATE: Duration = Duration::from_secs(30);

/// The first revision without sessions, in which a request says which revision it is of.
pub(super) const MODERN: &str = "2026-07-28";

/// A request, or a batch with requests in it, that was read from the client.
pub(super) struct Flight {
    message: Message,
    /// The requests in it that have no answer.
    open: RefCell<Vec<Id>>,
    is_batch: bool,
    /// Whether its revision has no sessions.
    is_modern: bool,
    written: Cell<bool>,
    cancelled: Cell<bool>,
    /// When `--request-timeout` is over.
    expires: Cell<Option<Instant>>,
    /// The session that the answer to `initialize` came with.
    session_id: RefCell<Option<HeaderValue>>,
    changed: Notify,
}

impl Flight {
    /// The requests of `message`; `None` where there are none in it.
    pub(super) fn new(message: Message) -> Option<Self> {
        let ids =
            |messages: &[Message]| messages.iter().filter_map(|message| request_of(message)?.id.clone()).collect();
        let (open, is_batch, calls): (Vec<_>, _, _) = match message.kind() {
            Kind::Request(call) => (vec![call.id.clone()?], false, vec![call]),
            Kind::Batch(messages) => (ids(messages), true, messages.iter().filter_map(request_of).collect()),
            Kind::Notification(_) | Kind::Response(_) => return None,
        };
        if open.is_empty() {
            return None;
        }
        let is_modern = calls.iter().any(|call| is_modern(call));
        Some(Self {
            open: RefCell::new(open),
            is_batch,
            is_modern,
            message,
            written: Cell::default(),
            cancelled: Cell::default(),
            expires: Cell::default(),
            session_id: RefCell::default(),
            changed: Notify::new(),
        })
    }

    pub(super) fn message(&self) -> &Message {
        &self.message
    }

    /// The request of a batch, or the single one, that has this id and no answer.
    pub(super) fn open_message(&self, id: &Id) -> Option<&Message> {
        if !self.open.borrow().contains(id) {
            return None;
        }
        let is_it = |message: &&Message| request_of(message).is_some_and(|call| call.id.as_ref() == Some(id));
        match self.message.kind() {
            Kind::Batch(messages) => messages.iter().find(is_it),
            _ => Some(&self.message).filter(is_it),
        }
    }

    /// The id of the request, where it is a single one that has no answer.
    pub(super) fn only_id(&self) -> Option<Id> {
        let open = self.open.borrow();
        if self.is_batch { None } else { open.first().cloned() }
    }

    pub(super) fn is_batch(&self) -> bool {
        self.is_batch
    }

    pub(super) fn is_modern(&self) -> bool {
        self.is_modern
    }

    /// Whether every request of it has its answer.
    pub(super) fn is_answered(&self) -> bool {
        self.open.borrow().is_empty()
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.get()
    }

    /// Takes note that the request `id` gets its answer now. What it says whether it had none.
    pub(super) fn close(&self, id: &Id) -> bool {
        let mut open = self.open.borrow_mut();
        let Some(place) = open.iter().position(|known| known == id) else { return false };
        open.remove(place);
        if open.is_empty() {
            self.changed.notify_waiters();
        }
        true
    }

    /// Answers what has no answer with `failure`. One that the client has cancelled gets none.
    pub(super) fn fail(&self, failure: &Failure, output: &Output) {
        let open = self.open.take();
        self.changed.notify_waiters();
        if open.is_empty() || self.is_cancelled() {
            return;
        }
        output.write(match open.first() {
            Some(id) if !self.is_batch => failure.answer(id),
            _ => failure.batch_answer(open.iter()),
        });
    }

    /// Takes note that the client wants no answer any more. There is none at all where the revision says so, or nothing is
    /// sent yet.
    pub(super) fn cancel(&self) {
        self.cancelled.set(true);
        if self.is_modern || !self.written.get() {
            self.open.take();
        } else {
            self.expires.set(Instant::now().checked_add(LATE));
        }
        self.changed.notify_waiters();
    }

    /// Takes note that it is on its way to the server.
    pub(super) fn set_written(&self) {
        self.written.set(true);
        self.changed.notify_waiters();
    }

    /// Waits until it is on its way to the server, or needs none.
    pub(super) async fn written(&self) {
        self.until(|| self.written.get() || self.is_answered()).await;
    }

    /// Waits until every request of it has its answer, or needs none.
    pub(super) async fn answered(&self) {
        self.until(|| self.is_answered()).await;
    }

    async fn until(&self, is_over: impl Fn() -> bool) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // From here on no change is missed.
            changed.as_mut().enable();
            if is_over() {
                return;
            }
            changed.await;
        }
    }

    /// Begins `--request-timeout` anew: it is the time without a sign of the server.
    pub(super) fn touch(&self, timeout: Option<Duration>) {
        if !self.is_cancelled() {
            self.expires.set(timeout.and_then(|timeout| Instant::now().checked_add(timeout)));
        }
    }

    /// Waits until the time for the answer is over.
    pub(super) async fn expired(&self) {
        loop {
            match self.expires.get() {
                Some(at) if at <= Instant::now() => return,
                Some(at) => {
                    tokio::select! { biased; () = self.changed.notified() => {}, () = sleep_until(at) => {} }
                }
                None => self.changed.notified().await,
            }
        }
    }

    pub(super) fn set_session_id(&self, id: Option<&HeaderValue>) {
        self.session_id.replace(id.cloned());
    }

    pub(super) fn session_id(&self) -> Option<HeaderValue> {
        self.session_id.borrow().clone()
    }
}

/// The request that a message is.
pub(super) fn request_of(message: &Message) -> Option<&Call> {
    match message.kind() {
        Kind::Request(call) => Some(call),
        _ => None,
    }
}

/// Whether a message says that its revision is one without sessions.
pub(super) fn is_modern(call: &Call) -> bool {
    call.protocol_version.as_deref().is_some_and(|version| version >= MODERN)
}

/// The requests without an answer, in the order in which they were read.
#[derive(Default)]
pub(super) struct Flights {
    all: RefCell<BTreeMap<u64, Rc<Flight>>>,
}

impl Flights {
    pub(super) fn add(&self, number: u64, flight: &Rc<Flight>) {
        self.all.borrow_mut().insert(number, Rc::clone(flight));
    }

    pub(super) fn remove(&self, number: u64) {
        self.all.borrow_mut().remove(&number);
    }

    /// The request with this id that was read last of those without an answer.
    pub(super) fn find(&self, id: &Id) -> Option<Rc<Flight>> {
        self.all.borrow().values().rev().find(|flight| flight.open_message(id).is_some()).cloned()
    }

    /// Answers all of them with `failure`.
    pub(super) fn fail(&self, failure: &Failure, output: &Output) {
        let all: Vec<_> = self.all.borrow().values().cloned().collect();
        for flight in all {
            flight.fail(failure, output);
        }
    }
}
