//! The transport of revision 2024-11-05: one stream for all answers, and an endpoint for messages that the stream names.

#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::time::Duration;

use clap::ValueEnum;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::bridge::failure::Failure;
use crate::bridge::id::Id;
use crate::bridge::message::Message;

/// Which transport is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, ValueEnum)]
pub enum TransportChoice {
    /// Streamable HTTP, or HTTP with SSE where the server refuses the first message.
    #[default]
    Auto,
    /// Streamable HTTP.
    Http,
    /// HTTP with SSE, of revision 2024-11-05.
    Sse,
}

/// How many answers nobody has fetched yet are kept.
const KEPT: usize = 16;

/// The stream and the endpoint, where this transport is spoken.
pub(super) struct OldTransport {
    choice: TransportChoice,
    pub(super) connect_timeout: Duration,
    /// Where messages go while the stream is open.
    endpoint: RefCell<Option<String>>,
    /// Whether it was spoken before.
    was_open: Cell<bool>,
    pub(super) connecting: tokio::sync::Mutex<()>,
    reading: RefCell<Option<JoinHandle<()>>>,
    /// How many streams there were: an answer comes on the one that was open when its request was sent, or never.
    streams: Cell<u64>,
    changed: Notify,
    /// Answers to requests of the bridge's own.
    strangers: RefCell<VecDeque<Message>>,
}

impl OldTransport {
    pub(super) fn new(choice: TransportChoice, connect_timeout: Duration) -> Self {
        Self {
            choice,
            connect_timeout,
            endpoint: RefCell::default(),
            was_open: Cell::default(),
            connecting: tokio::sync::Mutex::default(),
            reading: RefCell::default(),
            streams: Cell::default(),
            changed: Notify::new(),
            strangers: RefCell::default(),
        }
    }

    /// Whether a server that refuses the first message may speak it.
    pub(super) fn may_be_tried(&self) -> bool {
        self.choice == TransportChoice::Auto && !self.was_open.get()
    }

    /// Whether it is spoken.
    pub(super) fn is_open(&self) -> bool {
        self.endpoint.borrow().is_some()
    }

    /// Whether its stream is open, or need not be.
    pub(super) fn is_complete(&self) -> bool {
        self.is_open() || self.choice != TransportChoice::Sse && !self.was_open.get()
    }

    /// Where messages go, while its stream is open.
    pub(super) fn endpoint(&self) -> Option<String> {
        self.endpoint.borrow().clone()
    }

    /// Takes note of the stream, which `reading` reads.
    pub(super) fn open(&self, endpoint: String, reading: JoinHandle<()>) {
        self.endpoint.replace(Some(endpoint));
        self.was_open.set(true);
        self.reading.replace(Some(reading));
        self.streams.set(self.streams.get().saturating_add(1));
    }

    /// Which stream is open, where one is.
    pub(super) fn stream(&self) -> Option<u64> {
        self.is_open().then(|| self.streams.get())
    }

    /// Waits until `stream` is not open any more.
    pub(super) async fn broken(&self, stream: Option<u64>) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if !self.is_open() || self.stream() != stream {
                return;
            }
            changed.await;
        }
    }

    /// The answer to a request of the bridge's own that was sent while `stream` was open.
    pub(super) async fn answer(&self, id: &Id, stream: Option<u64>) -> Result<Message, Failure> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let is_it = |message: &Message| message.reply().is_some_and(|reply| reply.id.as_ref() == Some(id));
            let place = self.strangers.borrow().iter().position(is_it);
            if let Some(message) = place.and_then(|place| self.strangers.borrow_mut().remove(place)) {
                return Ok(message);
            }
            if !self.is_open() || self.stream() != stream {
                return Err(Failure::new("the MCP server did not answer", "its stream ended", "try again").transient());
            }
            changed.await;
        }
    }

    /// Keeps an answer to no request of the client.
    pub(super) fn keep(&self, message: Message) {
        let mut strangers = self.strangers.borrow_mut();
        if strangers.len() >= KEPT {
            strangers.pop_front();
        }
        strangers.push_back(message);
        self.changed.notify_waiters();
    }

    /// Ends the stream, whatever waits for answers on it.
    pub(super) fn abandon(&self) {
        if let Some(reading) = self.reading.take() {
            reading.abort();
        }
        self.close();
    }

    /// Takes note that the stream has ended.
    pub(super) fn close(&self) {
        self.endpoint.take();
        self.changed.notify_waiters();
    }
}
