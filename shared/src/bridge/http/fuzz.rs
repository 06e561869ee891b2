//! The door to answers of servers, as they come through a connection.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use hyper::Method;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::runtime::Builder;
use tokio::task::LocalSet;

use super::budget::Budget;
use super::connection::Connection;
use super::stream::Socket;
use super::{Client, Failure, Lane, Request, Target, Way};
use crate::oauth::trust::Trust;
use crate::oauth::url::Endpoint;

/// The status and body of an answer whose bytes come `portion` at a time, and why it is none. Its body has at most `limit` bytes.
///
/// # Errors
/// The cause, in words.
pub fn http_answer(bytes: &[u8], portion: usize, limit: usize) -> Result<(u16, Vec<u8>), String> {
    let exchanged = exchange(bytes.to_vec(), portion, limit);
    let runtime = Builder::new_current_thread().build().map_err(|_| "no runtime")?;
    let exchanged = LocalSet::new().block_on(&runtime, exchanged);
    exchanged.map_err(|failure| failure.cause.into_owned())
}

async fn exchange(bytes: Vec<u8>, portion: usize, limit: usize) -> Result<(u16, Vec<u8>), Failure> {
    let no_client = |_| Failure::new(super::Kind::Setup, "there is no client");
    let url = Endpoint::typed("URL", "http://127.0.0.1:1/mcp").map_err(no_client)?;
    let way = Way {
        url: &url,
        trust: Trust::default(),
        proxy: None,
        certificate: None,
        connect_timeout: Duration::ZERO,
        redactor: Rc::default(),
    };
    let client = Client::new(way).map_err(no_client)?;
    let given = Given { bytes, at: 0, portion, reader: None, is_asked: false };
    let peer = client.0.route.peer();
    let connection = Connection::start(Box::new(given), Socket::default(), false, &peer).await?;
    let Some(target) = Target::of(url.as_str()) else { unreachable!() };
    let request = Request { method: Method::POST, target, headers: Vec::new(), body: None, progress: None };
    let answer = client.exchange(connection, &request, Lane::Request).await.map_err(|error| error.failure)?;
    let body = answer.body.collect(limit, &Budget::default()).await?;
    Ok((answer.status, body.to_vec()))
}

/// A server that answers with these bytes when it was asked.
struct Given {
    bytes: Vec<u8>,
    at: usize,
    portion: usize,
    reader: Option<Waker>,
    is_asked: bool,
}

impl AsyncRead for Given {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.is_asked {
            self.reader = Some(context.waker().clone());
            return Poll::Pending;
        }
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let portion = rest.get(..self.portion.min(buffer.remaining())).unwrap_or(rest);
        buffer.put_slice(portion);
        let length = portion.len();
        self.at = self.at.saturating_add(length);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Given {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.is_asked = true;
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
