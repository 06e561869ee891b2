//! A stdio MCP server in front of one MCP server over HTTP: it relays messages byte for byte, with headers that are right
//! for each request, and answers every request.
//!
//! Imported by the program of hdr-bridge.

mod ask;
mod challenge;
mod check;
mod collect;
pub(crate) mod credentials;
mod decimal;
mod delivery;
mod dispatch;
mod events;
mod exchange;
mod failure;
mod flight;
#[cfg(all(feature = "fuzz", unix))]
pub(crate) mod fuzz;
pub(crate) mod http;
mod id;
mod inbound;
mod json;
mod listen;
mod message;
mod old;
mod old_stream;
pub mod options;
mod parcel;
mod pauses;
mod recovery;
mod relay;
mod serve;
mod session;
pub mod signing;
mod sse;
mod stdio;
mod tools;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::task::LocalSet;

use self::credentials::Credentials;
use self::flight::Flights;
use self::http::{Budget, Client};
use self::old::OldTransport;
pub use self::old::TransportChoice;
use self::relay::Relay;
use self::session::Session;
use self::signing::Signer;
use self::stdio::{Input, Output, Signals};
use self::tools::Tools;
use crate::error::{Error, Report};

/// What the bridge is put together from.
pub struct Parts {
    /// The URL of the MCP server.
    pub url: String,
    /// Its origin.
    pub origin: String,
    /// Which transport the server speaks.
    pub transport: TransportChoice,
    /// The connections to the server.
    pub(crate) client: Client,
    /// What says who sends a request.
    pub(crate) credentials: Credentials,
    /// What signs each request, if anything does.
    pub(crate) signer: Option<Signer>,
    /// Tools that the client does not get to see, as globs.
    pub ignored_tools: Vec<String>,
    /// Whether calls of tools are repeated that say that this does no harm.
    pub repeats: bool,
    /// How long a request may wait for a sign of the server.
    pub request_timeout: Option<Duration>,
    /// How long the connection, and the first event of revision 2024-11-05, may take.
    pub connect_timeout: Duration,
    /// The longest message, in bytes.
    pub max_message: usize,
    /// Takes a line for people.
    pub notice: Box<dyn Fn(&str)>,
}

/// Serves the client on stdin and stdout until it is gone; returns the exit code.
///
/// # Errors
/// [`Error::Other`] where the system has no room for a runtime, or stdin and stdout cannot be used.
pub fn run(parts: Parts) -> Result<u8, Error> {
    block_on(async {
        let max_message = parts.max_message;
        let relay = parts.relay(Output::stdout().map_err(unusable)?, true);
        let input = Input::stdin(max_message).map_err(unusable)?;
        let signals = Signals::watch().map_err(unusable)?;
        Ok(serve::serve(relay, input, signals).await)
    })
}

/// Goes through a session with the server, in which `who` makes the headers, and tells `seen` line by line what it is about
/// and what was seen; returns whether everything worked. Nobody is served.
///
/// # Errors
/// [`Error::Other`] where the system has no room for a runtime.
pub fn check(mut parts: Parts, who: &str, seen: &dyn Fn(&str, &str)) -> Result<bool, Error> {
    parts.request_timeout.get_or_insert(check::PATIENCE);
    block_on(async { Ok(check::check(parts.relay(Output::kept(), false), who, seen).await) })
}

fn block_on<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let runtime = Builder::new_current_thread().enable_io().enable_time().build().map_err(unusable)?;
    let result = LocalSet::new().block_on(&runtime, work);
    // A helper that is still at work is not waited for; what it must not lose holds the process.
    runtime.shutdown_background();
    result
}

fn unusable(error: std::io::Error) -> Error {
    Error::Other(Report::new("hdr-bridge cannot start", error, "look at the limits of this machine"))
}

impl Parts {
    fn relay(self, output: Output, tells_failures: bool) -> Rc<Relay> {
        Rc::new(Relay {
            old: OldTransport::new(self.transport, self.connect_timeout),
            client: self.client,
            output,
            tools: RefCell::new(Tools::new(&self.ignored_tools)),
            origin: self.origin,
            url: self.url,
            credentials: self.credentials,
            signer: self.signer,
            session: Session::default(),
            flights: Flights::default(),
            bodies: Budget::default(),
            listening: RefCell::default(),
            rests: RefCell::default(),
            max_message: self.max_message,
            request_timeout: self.request_timeout,
            repeats: self.repeats,
            notice: self.notice,
            tells_failures,
            numbers: Cell::default(),
            is_ending: Cell::default(),
        })
    }
}
