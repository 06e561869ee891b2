//! One message of the client on its way to the server, until its requests have their answers.

mod answer;
mod post;
mod repeat;
mod stream;

use std::rc::Rc;
use std::time::Duration;

use tokio::task::spawn_local;

pub(super) use self::post::post;
use crate::bridge::delivery::{Delivered, Tries, Undelivered};
use crate::bridge::events::is_stream;
use crate::bridge::failure::Failure;
use crate::bridge::flight::{Flight, is_modern};
use crate::bridge::http::{Lane, Progress};
use crate::bridge::message::{Kind, Message};
use crate::bridge::relay::Relay;
use crate::bridge::session::SESSION_ID;
use crate::error::quotable;

/// A message on its way.
pub(super) struct Exchange {
    relay: Rc<Relay>,
    /// The message of the client.
    message: Message,
    /// Its requests; `None` where it has none.
    flight: Option<Rc<Flight>>,
    progress: Rc<Progress>,
    /// The message as it is sent: with another id where it is repeated in a revision without sessions.
    sent: Message,
    tries: Tries,
    /// The stream of revision 2024-11-05 that was open when it was sent.
    old_stream: Option<u64>,
    /// How often it was sent again although the server may have carried it out.
    repeats: u8,
    has_recovered: bool,
    has_listed_tools: bool,
}

/// What an answer leads to.
enum Step {
    /// Everything has its answer.
    Done,
    /// The answer broke off.
    Cut(Failure),
    /// The server knows nothing of the session.
    SessionLost(Failure),
    /// The headers made of the arguments are not those that the server expects.
    Mismatch,
    /// The server speaks the transport of revision 2024-11-05.
    OldTransport(Failure),
}

/// Carries `flight` out, until each of its requests has an answer or needs none.
pub(super) async fn carry_out(relay: Rc<Relay>, flight: Rc<Flight>) {
    flight.touch(relay.request_timeout);
    let mut exchange = Exchange::new(Rc::clone(&relay), flight.message().clone(), Some(Rc::clone(&flight)));
    tokio::select! {
        biased;
        () = flight.answered() => {}
        () = flight.expired() => expire(&relay, &flight),
        result = exchange.run() => {
            if let Err(failure) = result {
                let failure = if flight.is_doubtful() { failure.may_have_run() } else { failure };
                tell(&relay, &flight, &failure);
                flight.fail(&failure, &relay.output);
            }
        }
    }
}

/// Ends what has waited for longer than `--request-timeout`.
fn expire(relay: &Rc<Relay>, flight: &Rc<Flight>) {
    if !flight.is_cancelled()
        && flight.progress().is_begun()
        && let Some(id) = flight.only_id().filter(|_| !flight.is_modern())
    {
        let reason = "no answer within --request-timeout";
        let text = format!(
            "{{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{{\"requestId\":{},\"reason\":\"{reason}\"}}}}",
            id.as_json()
        );
        if let Ok(message) = Message::parse(text.into()) {
            spawn_local(post(Rc::clone(relay), message));
        }
    }
    let cause = "--request-timeout is over";
    let failure = Failure::new("the MCP server did not answer in time", cause, "try again, or raise --request-timeout");
    let failure = failure.transient();
    tell(relay, flight, &failure);
    flight.fail_midway(&failure, &relay.output);
}

/// Says on stderr what the client is told of a failure: many clients show little of it.
fn tell(relay: &Relay, flight: &Flight, failure: &Failure) {
    if relay.tells_failures && !flight.is_cancelled() {
        relay.notice(&format!("{} failed: {}", name(flight.message()), failure.message()));
    }
}

/// What people call a message.
fn name(message: &Message) -> &str {
    match message.kind() {
        Kind::Request(call) | Kind::Notification(call) => &call.method,
        Kind::Batch(_) => "a batch",
        Kind::Response(_) => "a response",
    }
}

impl Exchange {
    fn new(relay: Rc<Relay>, message: Message, flight: Option<Rc<Flight>>) -> Self {
        let sent = message.clone();
        let tries = Tries::default();
        let progress = flight.as_ref().map(|flight| Rc::clone(flight.progress())).unwrap_or_default();
        Self {
            relay,
            message,
            flight,
            progress,
            sent,
            tries,
            old_stream: None,
            repeats: 0,
            has_recovered: false,
            has_listed_tools: false,
        }
    }

    /// Sends the message until it is done.
    async fn run(&mut self) -> Result<(), Failure> {
        self.check_tool()?;
        loop {
            self.relay.restore_stream(self.is_initialize()).await?;
            if self.flight.is_some() {
                self.relay.session.settled().await;
            }
            let session = self.relay.session.number();
            let step = match self.deliver().await {
                Ok(delivered) => self.read(delivered).await?,
                Err(Undelivered::Refused(failure)) => return Err(failure),
                Err(Undelivered::Broken(failure)) => Step::Cut(failure),
            };
            if matches!(step, Step::SessionLost(_) | Step::Mismatch | Step::OldTransport(_))
                && let Some(flight) = &self.flight
            {
                flight.set_unsent();
            }
            match step {
                Step::Done => return Ok(()),
                Step::Cut(failure) => self.repeat(failure).await?,
                Step::SessionLost(failure) if self.has_recovered => return Err(failure),
                Step::SessionLost(failure) => {
                    self.has_recovered = true;
                    self.relay.recover(session).await.map_err(|reason| reason.after(&failure))?;
                }
                Step::Mismatch => {
                    self.has_listed_tools = true;
                    self.relay.list_all_tools(&self.message).await?;
                }
                Step::OldTransport(failure) => {
                    self.relay.connect_old().await.map_err(|reason| reason.after(&failure))?;
                }
            }
        }
    }

    /// Refuses a call of a tool that the client does not get to see.
    fn check_tool(&self) -> Result<(), Failure> {
        let call = self.message.call().filter(|call| call.method == "tools/call");
        match call.and_then(|call| call.name.as_deref()) {
            Some(name) if self.relay.tools.borrow().is_ignored(name) => {
                let fact = format_args!("the tool \"{}\" cannot be called", quotable(name));
                Err(Failure::new(fact, "--ignore-tool hides it", "remove that option, or call another tool"))
            }
            _ => Ok(()),
        }
    }

    async fn deliver(&mut self) -> Result<Delivered, Undelivered> {
        let lane = if self.flight.is_some() { Lane::Request } else { Lane::Other };
        self.old_stream = self.relay.old.stream();
        let mut parcel = self.relay.post_of(&self.sent, self.is_initialize(), lane);
        parcel.flight.clone_from(&self.flight);
        parcel.progress = Some(Rc::clone(&self.progress));
        let delivered = self.relay.deliver(&mut parcel, &mut self.tries).await?;
        if self.is_initialize()
            && let Some(flight) = &self.flight
        {
            flight.set_session_id(delivered.headers.get(SESSION_ID));
        }
        Ok(delivered)
    }

    async fn read(&mut self, delivered: Delivered) -> Result<Step, Failure> {
        if let Some(flight) = &self.flight {
            flight.touch(self.relay.request_timeout);
        }
        let is_success = (200..300).contains(&delivered.status);
        if is_success && self.is_initialized() {
            self.relay.remember_initialized(&self.message).await;
        }
        let has_ended = self.old_stream.is_some() && self.relay.old.stream() != self.old_stream;
        if delivered.status == 202 && has_ended {
            self.wait_for_stream().await
        } else if is_success && is_stream(&delivered.headers) {
            self.stream(delivered.body).await
        } else {
            self.answer(delivered).await
        }
    }

    fn is_initialize(&self) -> bool {
        self.flight.is_some() && self.message.call().is_some_and(|call| call.method == "initialize")
    }

    fn is_initialized(&self) -> bool {
        self.message.call().is_some_and(|call| call.method == "notifications/initialized")
    }

    fn is_modern(&self) -> bool {
        match &self.flight {
            Some(flight) => flight.is_modern(),
            None => self.message.call().is_some_and(is_modern),
        }
    }

    /// Whether every request has its answer; a message without requests needs none.
    fn is_answered(&self) -> bool {
        self.flight.as_ref().is_none_or(|flight| flight.is_answered())
    }
}

/// How long the first of the pauses before a repetition is.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
