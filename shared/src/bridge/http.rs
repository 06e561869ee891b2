//! HTTP/1.1 with one origin: connections, and one exchange on each at a time.

mod body;
mod budget;
mod connection;
mod dial;
mod failure;
#[cfg(all(feature = "fuzz", unix))]
pub(crate) mod fuzz;
mod gzip;
mod message;
mod pool;
mod route;
mod socks;
mod stream;
mod tls;
mod traffic;
mod tunnel;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use hyper::body::Bytes;
use hyper::header::{HOST, HeaderName, HeaderValue, USER_AGENT as AGENT};
use hyper::http::uri::PathAndQuery;
use hyper::{HeaderMap, Method, Uri};
use tokio::sync::Notify;

pub(crate) use self::body::Body;
pub(crate) use self::budget::{Budget, Share};
use self::connection::Connection;
pub(crate) use self::failure::{Failure, Kind, SendError};
use self::message::Message;
pub(crate) use self::message::Progress;
use self::pool::Pool;
use self::route::Route;
pub(crate) use self::tls::CertificateFiles;
use self::tls::Tls;
use crate::error::{Error, Redactor};
use crate::oauth::proxy::Proxy;
use crate::oauth::trust::Trust;
use crate::oauth::url::Endpoint;

const USER_AGENT: &str = concat!("hdr-bridge/", env!("CARGO_PKG_VERSION"));

/// How the server is reached.
#[derive(Debug)]
pub(crate) struct Way<'a> {
    /// Whose origin it is.
    pub(crate) url: &'a Endpoint,
    pub(crate) trust: Trust,
    pub(crate) proxy: Option<Proxy>,
    pub(crate) certificate: Option<CertificateFiles>,
    /// How long a connection may take until a request can be written, its name, proxy and TLS included.
    pub(crate) connect_timeout: Duration,
    /// What knows the secrets that others may repeat.
    pub(crate) redactor: Rc<Redactor>,
}

/// Sends requests to one origin. All clones share the connections.
#[derive(Clone, Debug)]
pub(crate) struct Client(Rc<State>);

#[derive(Debug)]
struct State {
    route: Rc<Route>,
    tls: Rc<Tls>,
    host: HeaderValue,
    pool: Rc<Pool>,
    /// Whether a first connection is being made ahead of its request, and why the last one was not made.
    is_preparing: Cell<bool>,
    unprepared: RefCell<Option<Failure>>,
    prepared: Notify,
}

/// What connections are kept for: one lane never takes those of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// POSTs that wait for an answer.
    Request,
    /// Notifications, responses and cancellations.
    Other,
    /// GETs.
    Stream,
}

/// The path and query of a request.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Target(PathAndQuery);

/// A request: `headers` are all but `Host`, `User-Agent` and `Content-Length`.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) target: Target,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Option<Bytes>,
    /// What is told how far the body has come.
    pub(crate) progress: Option<Rc<Progress>>,
}

/// The head of an answer, and the body that follows.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
}

impl Client {
    /// A client that has no connection yet. The files that options name are read.
    ///
    /// # Errors
    /// [`Error::Usage`] when one holds no certificate; [`Error::Secret`] when the client certificate cannot be shown, or is
    /// not valid now.
    pub(crate) fn new(way: Way<'_>) -> Result<Self, Error> {
        let Way { url, trust, proxy, certificate, connect_timeout, redactor } = way;
        let tls = Rc::new(Tls::new(trust, certificate)?);
        let authority = url.origin().split_once("://").map_or("", |(_, authority)| authority);
        // A host is ASCII.
        let host = HeaderValue::from_str(authority).unwrap_or(HeaderValue::from_static(""));
        let route = Rc::new(Route::new(url, proxy, Rc::clone(&tls), connect_timeout, redactor));
        let pool = Rc::new(Pool::default());
        let (is_preparing, unprepared, prepared) = (Cell::new(false), RefCell::new(None), Notify::new());
        Ok(Self(Rc::new(State { route, tls, host, pool, is_preparing, unprepared, prepared })))
    }

    /// Through which proxy, if any, as messages say it behind the origin: ` through http://HOST:PORT`.
    pub(crate) fn through(&self) -> String {
        self.0.route.through()
    }

    /// What should be mended though all goes on; each is told once.
    pub(crate) fn take_warnings(&self) -> Vec<String> {
        self.0.tls.take_warnings()
    }

    /// Sends a request; resolves with the head of its answer. Where the future is dropped, the connection is closed.
    ///
    /// # Errors
    /// When no answer began.
    pub(crate) async fn send(&self, request: &Request, lane: Lane) -> Result<Answer, SendError> {
        if lane == Lane::Request && self.0.is_preparing.get() {
            self.0.prepared.notified().await;
            if let Some(failure) = self.0.unprepared.borrow().clone() {
                return Err(failure.unwritten());
            }
        }
        while let Some(connection) = self.0.pool.take(lane).await {
            match self.exchange(connection, request, lane).await {
                // It was closed at the same moment, so another one is as good.
                Err(SendError { written: false, failure: Failure { kind: Kind::Closed, .. } }) => {}
                sent => return sent,
            }
        }
        let connection = self.connect().await.map_err(Failure::unwritten)?;
        self.exchange(connection, request, lane).await
    }

    /// Makes a connection for the first request, and keeps it. A request that is sent meanwhile waits for it, and its failure
    /// is that of those requests alone.
    pub(crate) async fn prepare(&self) {
        let preparing = Preparing::begin(&self.0);
        match self.connect().await {
            Ok(connection) => self.0.pool.keep(Lane::Request, connection, None),
            Err(failure) => *self.0.unprepared.borrow_mut() = Some(failure),
        }
        drop(preparing);
    }

    /// Makes a connection, and keeps it for the first request.
    ///
    /// # Errors
    /// Why it was not made.
    pub(crate) async fn reach(&self) -> Result<(), Failure> {
        let connection = self.connect().await?;
        self.0.pool.keep(Lane::Request, connection, None);
        Ok(())
    }

    /// Whether connections have TLS.
    pub(crate) fn has_tls(&self) -> bool {
        self.0.route.has_tls()
    }

    /// Whether the server may see a client certificate.
    pub(crate) fn has_certificate(&self) -> bool {
        self.0.tls.has_certificate()
    }

    /// Closes the connections that are kept.
    #[cfg(test)]
    pub(crate) fn close(&self) {
        self.0.pool.close();
    }

    async fn connect(&self) -> Result<Connection, Failure> {
        let route = &self.0.route;
        let (stream, socket) = route.connect().await?;
        Connection::start(stream, socket, route.has_tls(), &route.peer()).await
    }

    async fn exchange(&self, mut connection: Connection, request: &Request, lane: Lane) -> Result<Answer, SendError> {
        let State { route, pool, .. } = &*self.0;
        let asks = route.asks_for_certificate();
        let answer = connection.exchange(self.written(request), asks, &route.peer()).await?;
        let (head, incoming) = answer.into_parts();
        let body = Body::new(incoming, &head.headers, connection, (pool, lane), route);
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
    }

    /// The request as it is written.
    fn written(&self, request: &Request) -> hyper::Request<Message> {
        let body = request.body.clone().map(|body| Message::new(body, request.progress.clone())).unwrap_or_default();
        let mut written = hyper::Request::new(body);
        *written.method_mut() = request.method.clone();
        *written.uri_mut() = Uri::from(request.target.0.clone());
        let headers = written.headers_mut();
        headers.insert(HOST, self.0.host.clone());
        // Those of the request take its place.
        if request.headers.iter().all(|(name, _)| *name != AGENT) {
            headers.insert(AGENT, HeaderValue::from_static(USER_AGENT));
        }
        for (name, value) in &request.headers {
            headers.append(name, value.clone());
        }
        written
    }
}

/// While it lives a first connection is being made.
struct Preparing<'a>(&'a State);

impl<'a> Preparing<'a> {
    fn begin(state: &'a State) -> Self {
        state.is_preparing.set(true);
        state.unprepared.take();
        Self(state)
    }
}

impl Drop for Preparing<'_> {
    fn drop(&mut self) {
        self.0.is_preparing.set(false);
        self.0.prepared.notify_waiters();
    }
}

impl Target {
    /// The path and query of an absolute URL, byte for byte; `None` where they cannot stand in a request.
    pub(crate) fn of(url: &str) -> Option<Self> {
        let (_, behind) = url.split_once("://")?;
        let behind = behind.split('#').next()?;
        Self::parse(behind.find(['/', '?']).and_then(|start| behind.get(start..)).unwrap_or_default())
    }

    /// A path that may be empty, and a query; `None` where it cannot stand in a request.
    fn parse(text: &str) -> Option<Self> {
        let text = if text.starts_with('/') { text.to_owned() } else { format!("/{text}") };
        let target = PathAndQuery::try_from(text.as_str()).ok()?;
        (target.as_str() == text).then_some(Self(target))
    }

    /// As it stands in the request.
    #[cfg(test)]
    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// A query may hold a secret.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a path and query")
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
