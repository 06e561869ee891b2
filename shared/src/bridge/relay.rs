//! What all exchanges share: the client, the server, and what is known of both.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::time::Duration;

use tokio::task::{AbortHandle, JoinHandle};

use crate::bridge::credentials::Credentials;
use crate::bridge::flight::Flights;
use crate::bridge::http::{Budget, Client};
use crate::bridge::id::Id;
use crate::bridge::old::OldTransport;
use crate::bridge::session::Session;
use crate::bridge::signing::Signer;
use crate::bridge::stdio::Output;
use crate::bridge::tools::Tools;

/// One client and one MCP server. What is done with them is in the modules that each have a part of it.
pub(super) struct Relay {
    pub(super) url: String,
    /// The origin of the URL, as messages name the server.
    pub(super) origin: String,
    pub(super) client: Client,
    pub(super) credentials: Credentials,
    pub(super) signer: Option<Signer>,
    pub(super) output: Output,
    pub(super) session: Session,
    pub(super) tools: RefCell<Tools>,
    pub(super) flights: Flights,
    pub(super) old: OldTransport,
    /// The bodies that are being collected.
    pub(super) bodies: Budget,
    /// What reads the stream of the session.
    pub(super) listening: RefCell<Option<JoinHandle<()>>>,
    /// What reads streams whose requests have their answers.
    pub(super) rests: RefCell<VecDeque<AbortHandle>>,
    pub(super) max_message: usize,
    pub(super) request_timeout: Option<Duration>,
    /// Whether calls of tools are repeated that say that this does no harm.
    pub(super) repeats: bool,
    pub(super) notice: Box<dyn Fn(&str)>,
    /// Whether failures that the client is told are told to people too.
    pub(super) tells_failures: bool,
    pub(super) numbers: Cell<u64>,
    /// Whether the client sends nothing more: no stream is opened then.
    pub(super) is_ending: Cell<bool>,
}

impl Relay {
    /// A line on stderr.
    pub(super) fn notice(&self, line: &str) {
        (self.notice)(line);
    }

    /// An id that no request has had before; those of clients do not look like this.
    pub(super) fn own_id(&self) -> Id {
        let number = self.numbers.get().saturating_add(1);
        self.numbers.set(number);
        Id::string(&format!("hdr-bridge-{number}"))
    }
}
