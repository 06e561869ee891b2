//! What has passed through a stream, above its TLS: bytes that the session took count as written, though they may not have
//! left this machine. Who takes them for unsent might repeat what the server carries out.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::stream::Stream;
use crate::os::clock::monotonic;

/// What has passed.
#[derive(Debug)]
pub(super) struct Traffic {
    written: Cell<u64>,
    read: Cell<u64>,
    last_read: Cell<Instant>,
}

impl Traffic {
    /// How many bytes were written.
    pub(super) fn written(&self) -> u64 {
        self.written.get()
    }

    /// Whether anything was ever read.
    pub(super) fn was_read(&self) -> bool {
        self.read.get() > 0
    }

    /// When the last byte was read; before the first, when the connection was made.
    pub(super) fn last_read(&self) -> Instant {
        self.last_read.get()
    }

    fn wrote(&self, bytes: usize) {
        self.written.set(self.written.get().saturating_add(bytes as u64));
    }
}

/// A stream of which the traffic is counted.
pub(super) struct Counted {
    stream: Stream,
    traffic: Rc<Traffic>,
}

impl Counted {
    /// Counts what passes through `stream` from now on.
    pub(super) fn new(stream: Stream) -> (Self, Rc<Traffic>) {
        let traffic = Traffic { written: Cell::new(0), read: Cell::new(0), last_read: Cell::new(monotonic()) };
        let traffic = Rc::new(traffic);
        (Self { stream, traffic: Rc::clone(&traffic) }, traffic)
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let read = buffer.filled().len().saturating_sub(before);
        if read > 0 {
            self.traffic.read.set(self.traffic.read.get().saturating_add(read as u64));
            self.traffic.last_read.set(monotonic());
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes))?;
        self.traffic.wrote(written);
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(context, parts))?;
        self.traffic.wrote(written);
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
