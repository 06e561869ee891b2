//! The loopback redirect of a program on the user's machine (RFC 8252 section 7.3): a port on which the browser brings one
//! answer, and a page that says what became of it. Web pages of others reach that port too, so that what they can send is no
//! answer: another method or path, another Host (DNS rebinding), an Origin, anything but the navigation of a window.

mod page;
mod request;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use self::request::{Expected, Refusal, answered, read_head};
use crate::error::{Error, Report};
use crate::oauth::url::Endpoint;
use crate::os::file::reason;
use crate::os::loopback::Loopback;

/// How many connections are read at once. A browser opens a few.
const MOST: usize = 32;

/// The URL to which a browser is redirected with the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectUrl {
    address: IpAddr,
    /// As it stands in the URL.
    host: String,
    port: Option<u16>,
    path: String,
    /// What follows the path.
    query: String,
}

impl Default for RedirectUrl {
    fn default() -> Self {
        let (address, host) = (Ipv4Addr::LOCALHOST.into(), "127.0.0.1".to_owned());
        Self { address, host, port: None, path: "/callback".to_owned(), query: String::new() }
    }
}

impl RedirectUrl {
    /// The URL that the user gave to `option`. Without a port, any free one is taken.
    ///
    /// # Errors
    /// [`Error::Usage`] for one that is not plain HTTP to a loopback address, on which alone we can listen.
    pub fn typed(option: &str, text: &str) -> Result<Self, Error> {
        let refused = |cause: &str| {
            let remedy = "write http://127.0.0.1:PORT/PATH, as it is registered for the client";
            Err(Error::Usage(Report::of(option, " cannot be used", cause, remedy)))
        };
        let endpoint = Endpoint::typed(option, text)?;
        let address: IpAddr = match endpoint.host() {
            "127.0.0.1" | "localhost" => Ipv4Addr::LOCALHOST.into(),
            "[::1]" => Ipv6Addr::LOCALHOST.into(),
            _ => return refused("its host is not 127.0.0.1, [::1] or localhost"),
        };
        if endpoint.has_tls() {
            return refused("it is https, and the browser's answer is taken by plain HTTP on this machine");
        }
        let authority = endpoint.origin().split_once("://").map_or("", |(_, authority)| authority);
        let port = authority.get(endpoint.host().len()..).and_then(|port| port.strip_prefix(':')).map(str::parse);
        let query = text.split_once('?').map_or_else(String::new, |(_, query)| format!("?{query}"));
        Ok(Self {
            address,
            host: endpoint.host().to_owned(),
            port: port.transpose().ok().flatten(),
            path: Some(endpoint.path()).filter(|path| !path.is_empty()).unwrap_or("/").to_owned(),
            query,
        })
    }

    /// The same with the port of another one, `url`, where this one has none and is the same otherwise.
    #[must_use]
    pub fn with_port_of(&self, url: &str) -> Option<Self> {
        let other = Self::typed("", url).ok()?;
        let same = Self { port: other.port, ..self.clone() };
        (self.port.is_none() && other == same).then_some(other)
    }

    fn at(&self, port: u16) -> String {
        format!("http://{}:{port}{}{}", self.host, self.path, self.query)
    }
}

/// A port on which the browser brings an answer.
#[derive(Debug)]
pub struct RedirectListener {
    /// Closed with this: the threads that read connections have none.
    loopback: Arc<Loopback>,
    shared: Arc<Shared>,
    url: String,
    answers: Receiver<RedirectAnswer>,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    expected: Expected,
    is_answered: AtomicBool,
    is_over: AtomicBool,
    connections: AtomicUsize,
}

/// What a browser brought, and waits for a page.
#[derive(Debug)]
pub struct RedirectAnswer {
    /// The parameters in the query, in their order.
    pub parameters: Vec<(String, String)>,
    connection: TcpStream,
}

impl RedirectListener {
    /// Listens where `url` leads.
    ///
    /// # Errors
    /// [`Error::Other`] when its port cannot be listened on.
    pub fn bind(url: &RedirectUrl) -> Result<Self, Error> {
        let failed = |error: io::Error| {
            let fact = format_args!("nothing can listen on {}:{}", url.host, url.port.unwrap_or_default());
            let remedy = "end the program that uses the port, or give another --redirect-url";
            Error::Other(Report::new(fact, reason(&error), remedy))
        };
        let loopback = Loopback::bind(url.address, url.port.unwrap_or(0)).map_err(failed)?;
        let port = loopback.port();
        let expected = Expected { authority: format!("{}:{port}", url.host), path: url.path.clone() };
        let loopback = Arc::new(loopback);
        let shared = Arc::new(Shared {
            expected,
            is_answered: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
            connections: AtomicUsize::new(0),
        });
        let (sender, answers) = channel();
        let (accepting, serving) = (Arc::clone(&loopback), Arc::clone(&shared));
        let acceptor = thread::Builder::new().spawn(move || accept(&accepting, &serving, &sender)).map_err(failed)?;
        Ok(Self { loopback, shared, url: url.at(port), answers, acceptor: Some(acceptor) })
    }

    /// The URL to which the browser is to be redirected.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Waits so long for the answer.
    #[must_use]
    pub fn wait(&self, time: Duration) -> Option<RedirectAnswer> {
        self.answers.recv_timeout(time).ok()
    }
}

impl Drop for RedirectListener {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        self.loopback.wake();
        // A thread that panicked has said so.
        drop(self.acceptor.take().map(JoinHandle::join));
    }
}

impl RedirectAnswer {
    /// Shows the person what became of it.
    pub fn end<T>(self, outcome: &Result<T, Error>) {
        page::outcome(self.connection, outcome);
    }
}

/// Takes connections until it is over, each in a thread of its own: a browser may open one and say nothing.
fn accept(loopback: &Loopback, shared: &Arc<Shared>, answers: &Sender<RedirectAnswer>) {
    loop {
        let accepted = loopback.accept();
        if shared.is_over.load(Ordering::SeqCst) {
            return;
        }
        let Ok(connection) = accepted else { continue };
        if shared.connections.fetch_add(1, Ordering::SeqCst) >= MOST {
            shared.connections.fetch_sub(1, Ordering::SeqCst);
            continue;
        }
        let (serving, answers) = (Arc::clone(shared), answers.clone());
        let served = thread::Builder::new().spawn(move || {
            serve(&serving, connection, &answers);
            serving.connections.fetch_sub(1, Ordering::SeqCst);
        });
        if served.is_err() {
            shared.connections.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// Reads one request: the first answer is passed on, everything else is refused.
fn serve(shared: &Shared, mut connection: TcpStream, answers: &Sender<RedirectAnswer>) {
    let Some(head) = read_head(&mut connection) else { return };
    let judged = answered(&head, &shared.expected).and_then(|parameters| {
        let is_second = shared.is_answered.swap(true, Ordering::SeqCst);
        if is_second { Err(Refusal::Bad("this sign-in was answered already")) } else { Ok(parameters) }
    });
    match judged {
        // Where nobody waits any more, the connection is closed.
        Ok(parameters) => drop(answers.send(RedirectAnswer { parameters, connection })),
        Err(refusal) => page::refusal(connection, &refusal),
    }
}

#[cfg(test)]
mod tests;
