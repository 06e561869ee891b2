//! A new session in place of one that the server has lost: the client does not notice.

use std::rc::Rc;
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;
use tokio::task::spawn_local;
use tokio::time::timeout;

use crate::bridge::ask::Asked;
use crate::bridge::failure::Failure;
use crate::bridge::inbound::protocol_version;
use crate::bridge::message::Message;
use crate::bridge::relay::Relay;
use crate::bridge::session::SESSION_ID;
use crate::error::OutsideText;

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
        let seen = self.session.recoveries();
        // No request may find the stream open before its session is begun.
        let earlier = self.session.recovery.clone().lock_owned().await;
        if self.old.is_complete() {
            return Ok(());
        }
        self.told_since(seen, earlier.as_ref())?;
        self.connect_old().await?;
        if self.session.has_begun() && !is_first { self.recover_in_turn(earlier).await } else { Ok(()) }
    }

    /// Begins a new session, unless that was done since the one with the number `lost`. Who waited for another one to do it
    /// shares what that came to.
    ///
    /// # Errors
    /// Why there is no new one.
    pub(super) async fn recover(self: &Rc<Self>, lost: u64) -> Result<(), Failure> {
        let seen = self.session.recoveries();
        let earlier = self.session.recovery.clone().lock_owned().await;
        if self.session.number() != lost {
            return Ok(());
        }
        self.told_since(seen, earlier.as_ref())?;
        self.recover_in_turn(earlier).await
    }

    /// Why the last recovery failed, where it has ended since `seen` of them had.
    fn told_since(&self, seen: u64, earlier: Option<&Failure>) -> Result<(), Failure> {
        earlier.filter(|_| self.session.recoveries() != seen).cloned().map_or(Ok(()), Err)
    }

    async fn recover_in_turn(self: &Rc<Self>, mut earlier: OwnedMutexGuard<Option<Failure>>) -> Result<(), Failure> {
        let relay = Rc::clone(self);
        // It goes on whatever becomes of the request that found the session lost.
        let recovered = spawn_local(async move {
            let result = relay.begin_again().await;
            if result.is_err() {
                // The next request has to begin with another stream: this one has no session.
                relay.old.abandon();
            }
            relay.session.end_recovery();
            *earlier = result.clone().err();
            result
        });
        let ending = |_| Failure::new(FACT, "hdr-bridge is ending", "start it again").transient();
        recovered.await.map_err(ending).flatten()
    }

    async fn begin_again(self: &Rc<Self>) -> Result<(), Failure> {
        let Some((initialize, rest)) = self.session.messages() else { return Ok(()) };
        self.notice("the MCP server has lost the session; a new one is begun");
        let Asked { answer, headers, redactor } = self.ask_in_time(&initialize, true, INITIALIZE).await?;
        let error = answer.as_ref().and_then(|answer| answer.reply()?.error.as_ref());
        if let Some(error) = error {
            let message = OutsideText::new(&error.message).shown(&redactor);
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
    ) -> Result<Asked, Failure> {
        timeout(limit, self.ask(message, is_first)).await.unwrap_or_else(|_| {
            let method = message.call().map_or("a message", |call| &call.method);
            let cause = format!("{method} in the new session has no answer after {} s", limit.as_secs());
            Err(Failure::new(FACT, cause, "try again").transient())
        })
    }
}
