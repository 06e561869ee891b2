//! The body of a request: bytes that are all there, of which the length is known; and how far it has come.

use std::cell::Cell;
use std::convert::Infallible;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::sync::Notify;

/// How much of it hyper takes at once: in TLS it copies what it takes.
const PORTION: usize = 64 << 10;

/// A body, or what is left of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Message {
    rest: Bytes,
    progress: Option<Rc<Progress>>,
}

impl Message {
    pub(super) fn new(rest: Bytes, progress: Option<Rc<Progress>>) -> Self {
        Self { rest, progress }
    }
}

/// How far a request with a body has come on its way to the server.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    stage: Cell<Stage>,
    changed: Notify,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
enum Stage {
    /// The server has seen nothing of it, or has said that it did not carry it out.
    #[default]
    Unsent,
    /// A part may have been written.
    Begun,
    /// All of it was handed to the connection.
    Written,
}

impl Progress {
    /// Whether the server may have carried it out.
    pub(crate) fn is_begun(&self) -> bool {
        self.stage.get() != Stage::Unsent
    }

    /// Whether nothing of it is left to be written.
    pub(crate) fn is_written(&self) -> bool {
        self.stage.get() == Stage::Written
    }

    /// Waits until a part may have been written.
    pub(crate) async fn begun(&self) {
        while !self.is_begun() {
            self.changed.notified().await;
        }
    }

    /// Waits until nothing of it is left to be written.
    pub(crate) async fn written(&self) {
        while !self.is_written() {
            self.changed.notified().await;
        }
    }

    /// Takes note that the server did not carry it out.
    pub(crate) fn reset(&self) {
        self.stage.set(Stage::Unsent);
    }

    /// What it is told of a request that is written at once.
    #[cfg(test)]
    pub(crate) fn set_written(&self) {
        self.advance(Stage::Written);
    }

    fn advance(&self, stage: Stage) {
        self.stage.set(stage);
        self.changed.notify_waiters();
    }
}

impl Body for Message {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let length = self.rest.len().min(PORTION);
        let portion = self.rest.split_to(length);
        if let Some(progress) = &self.progress {
            progress.advance(if self.rest.is_empty() { Stage::Written } else { Stage::Begun });
        }
        Poll::Ready((!portion.is_empty()).then(|| Ok(Frame::data(portion))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}
