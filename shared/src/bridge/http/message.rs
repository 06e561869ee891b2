//! The body of a request: bytes that are all there, of which the length is known.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};

/// How much of it hyper takes at once: in TLS it copies what it takes.
const PORTION: usize = 64 << 10;

/// A body, or what is left of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Message(Bytes);

impl Message {
    pub(super) fn new(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl Body for Message {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let length = self.0.len().min(PORTION);
        let portion = self.0.split_to(length);
        Poll::Ready((!portion.is_empty()).then(|| Ok(Frame::data(portion))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.len() as u64)
    }
}
