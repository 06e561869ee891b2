//! The session with a server of revision 2025-11-25 or earlier: what is sent with each message, and what a new session has
//! to be told when the server has lost it.

#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use hyper::header::{HeaderName, HeaderValue};

use crate::bridge::failure::Failure;
use crate::bridge::message::{Call, Message};

/// The header with the session's id.
pub(super) const SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");

/// The header with the revision.
pub(super) const PROTOCOL_VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");

/// The first revision with streamable HTTP.
const STREAMABLE: &str = "2025-03-26";

/// The first revision that is named in a header.
const NAMED: &str = "2025-06-18";

/// What the client and the server have agreed on.
#[derive(Default)]
pub(super) struct Session {
    agreed: RefCell<Agreed>,
    /// How many sessions there were before.
    number: Cell<u64>,
    /// One recovery at a time, and why the last one failed.
    pub(super) recovery: Arc<tokio::sync::Mutex<Option<Failure>>>,
    /// How many recoveries have ended.
    recoveries: Cell<u64>,
}

#[derive(Default)]
struct Agreed {
    id: Option<HeaderValue>,
    version: Option<String>,
    initialize: Option<Message>,
    initialized: Option<Message>,
    log_level: Option<Message>,
    /// The resources that the client listens to, by their URIs.
    subscriptions: Vec<(String, Message)>,
}

impl Session {
    /// A session that the server has begun in answer to `initialize`: its id, and the revision in the result.
    pub(super) fn begin(&self, initialize: Message, id: Option<HeaderValue>, version: Option<String>) {
        let begun = Agreed { id, version, initialize: Some(initialize), ..Agreed::default() };
        self.agreed.replace(begun);
        self.number.set(self.number.get().saturating_add(1));
    }

    /// The same session of the client with another of the server's.
    pub(super) fn renew(&self, id: Option<HeaderValue>) {
        self.agreed.borrow_mut().id = id;
        self.number.set(self.number.get().saturating_add(1));
    }

    /// Tells one session of the server from the next.
    pub(super) fn number(&self) -> u64 {
        self.number.get()
    }

    /// How many recoveries have ended.
    pub(super) fn recoveries(&self) -> u64 {
        self.recoveries.get()
    }

    /// Takes note that a recovery has ended.
    pub(super) fn end_recovery(&self) {
        self.recoveries.set(self.recoveries.get().saturating_add(1));
    }

    /// Waits until no new session is being begun: until the server knows all that it has to, it may refuse requests.
    pub(super) async fn settled(&self) {
        drop(self.recovery.lock().await);
    }

    /// Whether there is one.
    pub(super) fn has_begun(&self) -> bool {
        self.agreed.borrow().initialize.is_some()
    }

    pub(super) fn id(&self) -> Option<HeaderValue> {
        self.agreed.borrow().id.clone()
    }

    pub(super) fn version(&self) -> Option<String> {
        self.agreed.borrow().version.clone()
    }

    /// Whether the client has begun to use it.
    pub(super) fn is_initialized(&self) -> bool {
        self.agreed.borrow().initialized.is_some()
    }

    /// Whether the server may send messages on a stream that a GET opens, which can be resumed.
    pub(super) fn has_streams(&self) -> bool {
        self.agreed.borrow().version.as_deref().is_some_and(|version| version >= STREAMABLE)
    }

    /// The headers of every request of the session.
    pub(super) fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        let agreed = self.agreed.borrow();
        let version = agreed.version.as_deref().filter(|version| *version >= NAMED);
        let version = version.and_then(|version| HeaderValue::from_str(version).ok());
        let id = agreed.id.clone().map(|id| (SESSION_ID, id));
        id.into_iter().chain(version.map(|version| (PROTOCOL_VERSION, version))).collect()
    }

    /// Remembers what a new session has to be told: `message` is one that the server has accepted.
    pub(super) fn remember(&self, call: &Call, message: &Message) {
        let mut agreed = self.agreed.borrow_mut();
        match (call.method.as_str(), &call.uri) {
            ("notifications/initialized", _) => agreed.initialized = Some(message.clone()),
            ("logging/setLevel", _) => agreed.log_level = Some(message.clone()),
            ("resources/subscribe", Some(uri)) => {
                agreed.subscriptions.retain(|(known, _)| known != uri);
                agreed.subscriptions.push((uri.clone(), message.clone()));
            }
            ("resources/unsubscribe", Some(uri)) => agreed.subscriptions.retain(|(known, _)| known != uri),
            _ => {}
        }
    }

    /// The client's own `initialize`, and what follows it in a new session, in this order.
    pub(super) fn messages(&self) -> Option<(Message, Vec<Message>)> {
        let agreed = self.agreed.borrow();
        let subscriptions = agreed.subscriptions.iter().map(|(_, message)| message);
        let rest = agreed.initialized.iter().chain(&agreed.log_level).chain(subscriptions);
        Some((agreed.initialize.clone()?, rest.cloned().collect()))
    }
}
