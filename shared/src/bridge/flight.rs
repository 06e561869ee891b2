//! Requests of the client that have no answer yet. Each gets exactly one.

#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use hyper::header::HeaderValue;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::bridge::failure::Failure;
use crate::bridge::http::Progress;
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
    open: RefCell<Vec<Open>>,
    is_batch: bool,
    /// Whether its revision has no sessions.
    is_modern: bool,
    progress: Rc<Progress>,
    /// Whether the server may have carried it out in an attempt before the last.
    doubtful: Cell<bool>,
    /// Whether the client wants no answer to any of its requests any more.
    cancelled: Cell<bool>,
    /// When `--request-timeout` is over.
    expires: Cell<Option<Instant>>,
    /// The session that the answer to `initialize` came with.
    session_id: RefCell<Option<HeaderValue>>,
    changed: Notify,
}

/// A request without an answer.
struct Open {
    id: Id,
    is_cancelled: bool,
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
        let open = open.into_iter().map(|id| Open { id, is_cancelled: false }).collect();
        let is_modern = calls.iter().any(|call| is_modern(call));
        Some(Self {
            open: RefCell::new(open),
            is_batch,
            is_modern,
            message,
            progress: Rc::default(),
            doubtful: Cell::default(),
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
        let is_open = self.open.borrow().iter().any(|open| open.id == *id);
        self.request(id).filter(|_| is_open)
    }

    /// The request of a batch, or the single one, that has this id.
    pub(super) fn request(&self, id: &Id) -> Option<&Message> {
        let is_it = |message: &&Message| request_of(message).is_some_and(|call| call.id.as_ref() == Some(id));
        match self.message.kind() {
            Kind::Batch(messages) => messages.iter().find(is_it),
            _ => Some(&self.message).filter(is_it),
        }
    }

    /// The ids of the requests that have no answer.
    pub(super) fn open_ids(&self) -> Vec<Id> {
        self.open.borrow().iter().map(|open| open.id.clone()).collect()
    }

    /// The id of the request, where it is a single one that has no answer.
    pub(super) fn only_id(&self) -> Option<Id> {
        let open = self.open.borrow();
        if self.is_batch { None } else { open.first().map(|open| open.id.clone()) }
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
        let Some(place) = open.iter().position(|open| open.id == *id) else { return false };
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
        let owed: Vec<_> = open.iter().filter(|open| !open.is_cancelled).map(|open| &open.id).collect();
        match owed.first() {
            None => {}
            Some(id) if !self.is_batch => output.write(failure.answer(id)),
            Some(_) => output.write(failure.batch_answer(owed.into_iter())),
        }
    }

    /// The same with `failure` of a moment that the server has no part in: whether it has carried the request out by then
    /// depends on how far that has come.
    pub(super) fn fail_midway(&self, failure: &Failure, output: &Output) {
        let failure = failure.clone();
        let may_have_run = self.progress.is_begun() || self.is_doubtful();
        self.fail(&if may_have_run { failure.may_have_run() } else { failure }, output);
    }

    /// Takes note that the client wants no answer to the request `id` any more. There is none at all where the revision says
    /// so, or nothing is sent yet; else the server is told, and what it may still say is relayed.
    pub(super) fn cancel(&self, id: &Id) {
        let is_over = self.is_modern || !self.is_batch && !self.progress.is_begun();
        let mut open = self.open.borrow_mut();
        open.retain(|open| !is_over || open.id != *id);
        open.iter_mut().filter(|open| open.id == *id).for_each(|open| open.is_cancelled = true);
        if open.iter().all(|open| open.is_cancelled) {
            self.cancelled.set(true);
            self.expires.set(Instant::now().checked_add(LATE));
        }
        drop(open);
        self.changed.notify_waiters();
    }

    /// How far it has come on its way to the server.
    pub(super) fn progress(&self) -> &Rc<Progress> {
        &self.progress
    }

    /// Takes note that the server did not carry it out. One that was cancelled is not sent again.
    pub(super) fn set_unsent(&self) {
        self.progress.reset();
        if self.is_cancelled() {
            self.open.take();
            self.changed.notify_waiters();
        }
    }

    /// Takes note that it is sent again though the server may have carried it out.
    pub(super) fn set_doubtful(&self) {
        self.doubtful.set(true);
    }

    /// Whether the server may have carried it out in an attempt before the last.
    pub(super) fn is_doubtful(&self) -> bool {
        self.doubtful.get()
    }

    /// Waits until nothing of it is left to be written, or it needs no answer.
    pub(super) async fn written(&self) {
        tokio::select! { biased; () = self.progress.written() => {}, () = self.answered() => {} }
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

    /// The request with this id that was read last of those whose answer the client waits for.
    pub(super) fn find_uncancelled(&self, id: &Id) -> Option<Rc<Flight>> {
        self.last(|flight| flight.open.borrow().iter().any(|open| open.id == *id && !open.is_cancelled))
    }

    /// The request with this id that was read last of those that the server has seen and not answered.
    pub(super) fn find_sent(&self, id: &Id) -> Option<Rc<Flight>> {
        self.last(|flight| flight.progress.is_begun() && flight.open_message(id).is_some())
    }

    fn last(&self, is_it: impl Fn(&Flight) -> bool) -> Option<Rc<Flight>> {
        self.all.borrow().values().rev().find(|flight| is_it(flight)).cloned()
    }

    /// Answers all of them with `failure`.
    pub(super) fn fail(&self, failure: &Failure, output: &Output) {
        self.each(|flight| flight.fail_midway(failure, output));
    }

    /// Waits for those no longer whose answers nobody wants any more.
    pub(super) fn abandon_cancelled(&self) {
        self.each(|flight| {
            if flight.is_cancelled() {
                flight.open.take();
                flight.changed.notify_waiters();
            }
        });
    }

    /// Begins `--request-timeout` anew for all of them that the server has seen.
    pub(super) fn touch(&self, timeout: Option<Duration>) {
        self.each(|flight| {
            if flight.progress.is_begun() {
                flight.touch(timeout);
            }
        });
    }

    fn each(&self, act: impl Fn(&Flight)) {
        let all: Vec<_> = self.all.borrow().values().cloned().collect();
        for flight in all {
            act(&flight);
        }
    }
}
