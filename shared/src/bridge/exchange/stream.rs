//! An answer that is a stream of events, and its resumption.

use std::fmt::Display;
use std::rc::Rc;
use std::time::Duration;

use tokio::task::spawn_local;
use tokio::time::{sleep, timeout};

use super::{Exchange, Step};
use crate::bridge::delivery::{Delivered, Tries, Undelivered};
use crate::bridge::events::{End, Events, Known, Seen, is_stream};
use crate::bridge::failure::Failure;
use crate::bridge::flight::LATE;
use crate::bridge::http::Body;
use crate::bridge::inbound::Received;
use crate::bridge::message::Message;
use crate::bridge::relay::Relay;
use crate::bridge::sse::{Event, EventKind};

/// How long to wait before a stream is opened again, unless the server says.
const RETRY: Duration = Duration::from_secs(1);

/// How often a stream is opened again without a new event on it.
const CONNECTIONS: u8 = 10;

/// How many streams are left open whose requests have their answers: a server may close none of them.
const RESTS: usize = 16;

impl Exchange {
    /// Relays what is on the stream, until every request has its answer.
    pub(super) async fn stream(&mut self, body: Body) -> Result<Step, Failure> {
        let mut events = Events::new(body, &self.relay);
        if self.flight.is_none() {
            // Others wait for what its status says.
            self.leave(events);
            return Ok(Step::Done);
        }
        let mut seen = Seen::default();
        let mut connections = 0;
        loop {
            self.relay.output.has_room().await;
            match events.next().await {
                Ok(event) => {
                    let is_new = seen.is_new(&event);
                    if is_new && event.has_own_id {
                        connections = 0;
                    }
                    if is_new && event.kind == EventKind::Message {
                        self.event(event)?;
                    }
                    if self.is_answered() {
                        self.leave(events);
                        return Ok(Step::Done);
                    }
                }
                Err(End::Unusable(failure)) => return Err(failure.may_have_run()),
                Err(End::Cut) => {
                    let failure = ended(&"the connection was closed");
                    let known = events.known();
                    let may_resume = !self.is_modern() && self.relay.session.has_streams();
                    if known.last_id.is_none() || !may_resume {
                        return Ok(Step::Cut(failure));
                    }
                    match self.resume(failure, known, &mut connections).await? {
                        Ok(resumed) => events = resumed,
                        Err(failure) => return Ok(Step::Cut(failure)),
                    }
                }
            }
        }
    }

    /// Opens the stream again, which ended with `failure`; `Ok(Err(_))` where the server knows nothing of it, and is not asked
    /// again.
    async fn resume(
        &self,
        mut failure: Failure,
        known: Known,
        connections: &mut u8,
    ) -> Result<Result<Events, Failure>, Failure> {
        // Shared, so that a server that cannot be reached is tried no longer than for any request.
        let mut tries = Tries::default();
        loop {
            if *connections >= CONNECTIONS || self.relay.is_ending.get() {
                return Err(failure.may_have_run());
            }
            *connections = connections.saturating_add(1);
            sleep(known.retry.unwrap_or(RETRY)).await;
            if self.relay.is_ending.get() {
                return Err(failure.may_have_run());
            }
            match self.relay.get(known.last_id.as_deref(), &mut tries).await {
                Ok(Delivered { refusal: Some(refusal), .. }) => return Err(refusal.may_have_run()),
                Ok(Delivered { status: 200, headers, body, .. }) if is_stream(&headers) => {
                    return Ok(Ok(Events::resumed(body, &self.relay, known)));
                }
                Ok(Delivered { status, .. }) => {
                    let cause = format_args!("the GET that resumes it is answered with HTTP {status}");
                    failure = ended(&cause).with_status(status);
                    if matches!(status, 404 | 405) {
                        return Ok(Err(failure));
                    }
                }
                Err(Undelivered::Broken(broken)) => failure = broken,
                Err(Undelivered::Refused(failure)) => return Err(failure.may_have_run()),
            }
        }
    }

    /// Leaves a stream that nobody waits for to be read to its end; of too many, the oldest is closed.
    fn leave(&self, events: Events) {
        let reading = spawn_local(rest(Rc::clone(&self.relay), events)).abort_handle();
        let mut rests = self.relay.rests.borrow_mut();
        rests.retain(|reading| !reading.is_finished());
        if rests.len() >= RESTS
            && let Some(oldest) = rests.pop_front()
        {
            oldest.abort();
        }
        rests.push_back(reading);
    }

    /// Waits for the answers that come on the stream of revision 2024-11-05.
    pub(super) async fn wait_for_stream(&self) -> Result<Step, Failure> {
        let Some(flight) = &self.flight else { return Ok(Step::Done) };
        tokio::select! {
            biased;
            () = flight.answered() => Ok(Step::Done),
            () = self.relay.old.broken(self.old_stream) => {
                let fact = "the MCP server closed its stream without an answer";
                Ok(Step::Cut(Failure::new(fact, "the connection was closed", "try again").transient()))
            }
        }
    }

    /// Relays one event.
    fn event(&mut self, event: Event) -> Result<(), Failure> {
        let Ok(message) = Message::received(event.data.into()) else {
            let fact = "the MCP server's answer cannot be used";
            let failure =
                Failure::new(fact, "an event on its stream is no JSON-RPC message", "report this to its operator");
            return Err(failure.may_have_run());
        };
        if let Some(flight) = &self.flight
            && message.reply().is_none()
        {
            flight.touch(self.relay.request_timeout);
        }
        let message = self.addressed(&message);
        if self.relay.receive(self.flight.as_ref(), &message) == Received::Stranger {
            self.relay.notice("an answer of the MCP server has the id of no request; it is dropped");
        }
        Ok(())
    }
}

/// That a stream ended before its time.
fn ended(cause: &dyn Display) -> Failure {
    Failure::new("the MCP server ended its stream without an answer", cause, "try again").transient()
}

/// Relays what follows the answers on their stream.
async fn rest(relay: Rc<Relay>, mut events: Events) {
    let all = async {
        loop {
            relay.output.has_room().await;
            let Ok(event) = events.next().await else { return };
            if event.kind == EventKind::Message
                && let Ok(message) = Message::received(event.data.into())
            {
                relay.receive(None, &message);
            }
        }
    };
    // A server has no more to say there.
    let _ = timeout(LATE, all).await;
}
