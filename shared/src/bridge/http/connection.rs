//! One connection: hyper speaks HTTP/1.1 over it, in a task that ends with it.

use std::rc::Rc;
use std::time::Instant;

use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::task::{AbortHandle, spawn_local, yield_now};

use super::failure::{Failure, SendError, is_refused_certificate};
use super::message::Message;
use super::stream::{Arrived, Socket, Stream};
use super::traffic::{Counted, Traffic};
use crate::oauth::failure::Peer;

/// The most that a header may take, and that is read at once: 64 KiB. Left alone, hyper's buffer grows to 400 KiB for each
/// connection.
const BUFFER: usize = 64 << 10;

/// How often its task is given a chance to take what TLS itself has sent: with much else to do, session tickets may come one
/// by one.
const ROUNDS: u8 = 16;

/// The most fields that a header may have.
const FIELDS: usize = 200;

/// A connection, which is closed when this is dropped.
#[derive(Debug)]
pub(super) struct Connection {
    sender: SendRequest<Message>,
    traffic: Rc<Traffic>,
    socket: Socket,
    has_tls: bool,
    task: AbortHandle,
}

impl Connection {
    /// Speaks HTTP over `stream`.
    pub(super) async fn start(stream: Stream, socket: Socket, has_tls: bool, peer: &Peer<'_>) -> Result<Self, Failure> {
        let (counted, traffic) = Counted::new(stream);
        let mut builder = Builder::new();
        builder.max_buf_size(BUFFER).max_header_size(BUFFER).max_headers(FIELDS);
        let started = builder.handshake(TokioIo::new(counted)).await;
        let (sender, connection) = started.map_err(|error| Failure::of_exchange(&error, has_tls, peer))?;
        // Its error is that of the exchange, too.
        let task = spawn_local(async move { drop(connection.await) }).abort_handle();
        Ok(Self { sender, traffic, socket, has_tls, task })
    }

    /// When the last byte was read from it.
    pub(super) fn last_read(&self) -> Instant {
        self.traffic.last_read()
    }

    /// Sends a request, to a server that `asks_for_certificate` or does not; resolves with the head of its answer.
    pub(super) async fn exchange(
        &mut self,
        request: Request<Message>,
        asks_for_certificate: bool,
        peer: &Peer<'_>,
    ) -> Result<Response<Incoming>, SendError> {
        let before = self.traffic.written();
        self.sender.send_request(request).await.map_err(|error| {
            // In TLS 1.3 a server judges our certificate when we think the handshake over. One that refuses it reads no request.
            let is_silent = !self.traffic.was_read();
            let is_unread = is_refused_certificate(&error) && is_silent;
            let failure = Failure::of_exchange(&error, self.has_tls, peer);
            let failure = if is_silent { failure.of_silence(asks_for_certificate, peer) } else { failure };
            SendError { written: self.traffic.written() > before && !is_unread, failure }
        })
    }

    /// Whether another request can be sent: the server has not closed it, and nothing came that no request asked for.
    pub(super) async fn is_usable(&self) -> bool {
        for _ in 0..ROUNDS {
            if self.sender.is_closed() {
                return false;
            }
            match self.socket.arrived() {
                Arrived::Nothing if self.sender.is_ready() => return true,
                Arrived::End => return false,
                Arrived::Bytes if !self.has_tls => return false,
                // Its task has something to do first: to take what TLS itself has sent, or to end the exchange before.
                Arrived::Nothing | Arrived::Bytes => yield_now().await,
            }
        }
        false
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}
