//! Streams of bytes to the server, whatever layers they have, and the socket below.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// TCP, or TLS above it, or TLS in a tunnel.
pub(super) type Stream = Box<dyn Duplex>;

/// Both directions of a stream.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Duplex for T {}

/// What there is to read at a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrived {
    Nothing,
    Bytes,
    /// The server has closed it, or it is gone.
    End,
}

/// The socket below a stream, for as long as the stream lives.
#[derive(Debug, Default)]
pub(super) struct Socket(Weak<RefCell<TcpStream>>);

/// The stream above it.
#[derive(Debug)]
struct Tcp(Rc<RefCell<TcpStream>>);

impl Socket {
    /// A stream, and the socket below it.
    pub(super) fn split(stream: TcpStream) -> (Stream, Self) {
        let stream = Rc::new(RefCell::new(stream));
        let socket = Self(Rc::downgrade(&stream));
        (Box::new(Tcp(stream)), socket)
    }

    /// What there is to read, asked of the system itself: tokio knows it only after it has waited.
    #[cfg(unix)]
    pub(super) fn arrived(&self) -> Arrived {
        use rustix::io::Errno;
        use rustix::net::{RecvFlags, recv};
        let Some(stream) = self.0.upgrade() else { return Arrived::End };
        let peeked = recv(&*stream.borrow(), &mut [0; 1], RecvFlags::PEEK | RecvFlags::DONTWAIT);
        match peeked {
            Ok((_, 0)) => Arrived::End,
            Ok(_) => Arrived::Bytes,
            Err(Errno::AGAIN | Errno::INTR) => Arrived::Nothing,
            Err(_) => Arrived::End,
        }
    }

    /// What hyper has noticed by itself is all that is known.
    #[cfg(not(unix))]
    pub(super) fn arrived(&self) -> Arrived {
        if self.0.strong_count() == 0 { Arrived::End } else { Arrived::Nothing }
    }
}

impl AsyncRead for Tcp {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_read(context, buffer)
    }
}

impl AsyncWrite for Tcp {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_shutdown(context)
    }
}
