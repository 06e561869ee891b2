//! Sending a request again that the server may have carried out: only where that does no harm.

use tokio::time::sleep;

use super::{Exchange, FIRST_PAUSE};
use crate::bridge::failure::Failure;
use crate::bridge::message::{Call, Kind, Message};

/// How often.
const MOST: u8 = 2;

/// Requests that change nothing, or the same thing twice.
const SAFE: [&str; 9] = [
    "initialize",
    "ping",
    "server/discover",
    "resources/read",
    "prompts/get",
    "completion/complete",
    "logging/setLevel",
    "resources/subscribe",
    "resources/unsubscribe",
];

impl Exchange {
    /// Prepares the next attempt after one whose answer broke off.
    ///
    /// # Errors
    /// That failure, where the server may have carried the request out and a second time would matter.
    pub(super) async fn repeat(&mut self, failure: Failure) -> Result<(), Failure> {
        if self.message.call().is_some_and(|call| call.method == "subscriptions/listen") {
            return Err(failure.transient());
        }
        let is_cancelled = || self.flight.as_ref().is_some_and(|flight| flight.is_cancelled());
        if self.repeats >= MOST || !self.is_safe() || is_cancelled() {
            return Err(if self.flight.is_some() { failure.may_have_run() } else { failure });
        }
        self.repeats = self.repeats.saturating_add(1);
        if let Some(flight) = &self.flight {
            flight.set_doubtful();
        }
        sleep(FIRST_PAUSE.saturating_mul(u32::from(self.repeats))).await;
        if is_cancelled() {
            return Err(failure);
        }
        if self.is_modern() && self.message.call().is_some() {
            let text = self.message.with_id(&self.relay.own_id());
            self.sent = Message::parse(text).unwrap_or_else(|_| self.message.clone());
        }
        Ok(())
    }

    fn is_safe(&self) -> bool {
        match self.message.kind() {
            Kind::Request(call) => self.is_safe_call(call),
            Kind::Batch(messages) => messages.iter().all(|message| match message.kind() {
                Kind::Request(call) => self.is_safe_call(call),
                _ => false,
            }),
            _ => false,
        }
    }

    fn is_safe_call(&self, call: &Call) -> bool {
        let method = call.method.as_str();
        if method == "tools/call" {
            let name = call.name.as_deref().unwrap_or_default();
            return self.relay.repeats && self.relay.tools.borrow().is_repeatable(name);
        }
        SAFE.contains(&method) || method.ends_with("/list")
    }
}
