//! A new session in place of one that the server has lost: the client does not notice.

use std::rc::Rc;
use std::time::Duration;

use hyper::HeaderMap;
use tokio::task::spawn_local;
use tokio::time::timeout;

use crate::bridge::failure::Failure;
use crate::bridge::inbound::protocol_version;
use crate::bridge::message::Message;
use crate::bridge::relay::Relay;
use crate::bridge::session::SESSION_ID;
use crate::error::{OutsideText, Redactor};

/// How long the server may take to begin a new session, and how long to take what it is told then.
const INITIALIZE: Duration = Duration::from_secs(60);
const REPEATED: Duration = Duration::from_secs(10);

const FACT: &str = "the session cannot be continued";

impl Relay {
    /// Opens the stream of revision 2024-11-05 again, where it has to be open, and begins a new session on it: the one
    /// before has ended with its stream.
    ///
    /// # Errors
    /// Why there is no stream, or no session.
    pub(super) async fn restore_stream(self: &Rc<Self>, is_first: bool) -> Result<(), Failure> {
        if self.old.is_complete() {
            return Ok(());
        }
        let lost = self.session.number();
        self.connect_old().await?;
        if self.session.has_begun() && !is_first { self.recover(lost).await } else { Ok(()) }
    }

    /// Begins a new session, unless that was done since the one with the number `lost`. Who waited for another one to do it
    /// shares what that came to.
    ///
    /// # Errors
    /// Why there is no new one.
    pub(super) async fn recover(self: &Rc<Self>, lost: u64) -> Result<(), Failure> {
        let (relay, seen) = (Rc::clone(self), self.session.recoveries());
        // It goes on whatever becomes of the request that found the session lost.
        let recovered = spawn_local(async move { relay.recover_in_turn(lost, seen).await }).await;
        let ending = |_| Failure::new(FACT, "hdr-bridge is ending", "start it again").transient();
        recovered.map_err(ending).flatten()
    }

    async fn recover_in_turn(self: &Rc<Self>, lost: u64, seen: u64) -> Result<(), Failure> {
        let mut earlier = self.session.recovery.lock().await;
        if self.session.number() != lost {
            return Ok(());
        }
        if let Some(failure) = earlier.as_ref().filter(|_| self.session.recoveries() != seen) {
            return Err(failure.clone());
        }
        let result = self.begin_again().await;
        self.session.end_recovery();
        *earlier = result.clone().err();
        result
    }

    async fn begin_again(self: &Rc<Self>) -> Result<(), Failure> {
        let Some((initialize, rest)) = self.session.messages() else { return Ok(()) };
        self.notice("the MCP server has lost the session; a new one is begun");
        let (answer, headers) = self.ask_in_time(&initialize, true, INITIALIZE).await?;
        let error = answer.as_ref().and_then(|answer| answer.reply()?.error.as_ref());
        if let Some(error) = error {
            let message = OutsideText::new(&error.message).shown(&Redactor::default());
            let cause = format!("the MCP server refuses a new one: \"{message}\"");
            return Err(Failure::new(FACT, cause, "restart the server in the client"));
        }
        let version = answer.as_ref().and_then(protocol_version);
        if version.is_none() || version != self.session.version() {
            let cause = "the MCP server now speaks another revision of MCP";
            return Err(Failure::new(FACT, cause, "restart the server in the client"));
        }
        self.session.renew(headers.get(SESSION_ID).cloned());
        for message in rest {
            if let Err(failure) = self.ask_in_time(&message, false, REPEATED).await {
                let method = message.call().map_or("a message", |call| &call.method);
                self.notice(&format!("{method} was not repeated in the new session: {}", failure.message()));
            }
        }
        if self.session.is_initialized() {
            self.listen().await;
        }
        Ok(())
    }

    /// Asks and waits for the answer for `limit` at most: all requests wait meanwhile.
    async fn ask_in_time(
        self: &Rc<Self>,
        message: &Message,
        is_first: bool,
        limit: Duration,
    ) -> Result<(Option<Message>, HeaderMap), Failure> {
        timeout(limit, self.ask(message, is_first)).await.unwrap_or_else(|_| {
            let method = message.call().map_or("a message", |call| &call.method);
            let cause = format!("{method} in the new session has no answer after {} s", limit.as_secs());
            Err(Failure::new(FACT, cause, "try again").transient())
        })
    }
}
