//! An answer that is one body, whatever its status.

use hyper::body::Bytes;

use super::{Exchange, Step};
use crate::bridge::collect::Uncollected;
use crate::bridge::delivery::Delivered;
use crate::bridge::events::media_type;
use crate::bridge::failure::Failure;
use crate::bridge::inbound::Received;
use crate::bridge::message::{Kind, Message, Reply};
use crate::error::{OutsideText, Redactor};

/// The most that is read of an answer that is no JSON.
const SHORT: usize = 64 << 10;

/// What a server says that expects other headers for the arguments of a tool.
const HEADER_MISMATCH: i64 = -32020;

impl Exchange {
    /// Relays the JSON-RPC message in `delivered`, or finds out what else it means.
    pub(super) async fn answer(&mut self, delivered: Delivered) -> Result<Step, Failure> {
        let status = delivered.status;
        let media_type = media_type(&delivered.headers);
        let is_success = (200..300).contains(&status);
        let is_json = media_type.as_deref().is_none_or(|media_type| media_type == "application/json");
        // Of a message nothing is quoted.
        let redactor = if is_success && is_json { Redactor::default() } else { delivered.redactor() };
        let Delivered { body, refusal, .. } = delivered;
        let limit = if is_json { self.relay.max_message } else { SHORT };
        let text = match self.relay.collect(body, limit).await {
            Ok(text) => text,
            Err(Uncollected::Cut(failure)) if is_success => return Ok(Step::Cut(failure)),
            Err(Uncollected::TooLarge(failure)) if is_success => return Err(failure.may_have_run()),
            Err(_) => Bytes::new(),
        };
        let message = if text.is_empty() || !is_json { None } else { Message::received(text.clone()).ok() };
        if self.is_lost(status, message.as_ref()) {
            let cause = "it has forgotten the session, and again after a new one was begun";
            return Ok(Step::SessionLost(self.by_status(status, cause, "restart the server in the client")));
        }
        if self.flight.is_none() && !is_success {
            // No answer is owed, and an error is one of the delivery.
            let said = message.as_ref().and_then(Message::reply).and_then(|reply| reply.error.as_ref());
            let said = said.map_or(text, |error| error.message.clone().into());
            let failed = || self.no_message(status, media_type.as_deref(), &said, &redactor);
            return refusal.map_or_else(failed, Err);
        }
        if let Some(message) = message {
            if status == 400 && self.is_mismatch(&message) {
                return Ok(Step::Mismatch);
            }
            // On the old transport a body that is no answer says nothing.
            if is_success && !self.relay.old.is_open() || is_answer(&message) {
                return self.message(&message);
            }
        }
        if let Some(refusal) = refusal {
            return Err(refusal);
        }
        if self.is_old_transport(status) {
            let failure = self.by_status(status, "it does not take messages by POST", "check the URL");
            return Ok(Step::OldTransport(failure));
        }
        if is_success && (self.flight.is_none() || self.relay.old.is_open()) {
            // The answer comes on the stream, where there is to be one.
            return self.wait_for_stream().await;
        }
        self.no_message(status, media_type.as_deref(), &text, &redactor)
    }

    /// Relays a message that is a whole answer.
    fn message(&mut self, message: &Message) -> Result<Step, Failure> {
        let received = self.relay.receive(self.flight.as_ref(), &self.addressed(message));
        if self.is_answered() {
            return Ok(Step::Done);
        }
        let cause = match received {
            Received::Stranger => "its answer has the id of no request",
            Received::Relayed => "its answer is to another request",
        };
        Err(Failure::new("the MCP server answered wrongly", cause, "report this to its operator").may_have_run())
    }

    /// The message with the id that the client has given, where the server was given another one, or names none in an error.
    /// Such an error to a batch is one to each request in it.
    pub(super) fn addressed(&self, message: &Message) -> Message {
        let Some(reply) = message.reply() else { return message.clone() };
        let is_nameless = reply.id.is_none() && reply.error.as_ref().is_some_and(|error| error.code.is_some());
        if let Some(flight) = self.flight.as_ref().filter(|flight| is_nameless && flight.is_batch()) {
            let errors: Vec<_> = flight.open_ids().iter().map(|id| message.with_id(id)).collect();
            return reparsed([b"[", errors.join(&b',').as_slice(), b"]"].concat().into(), message);
        }
        let Some(own) = self.sent.call().and_then(|call| call.id.as_ref()) else { return message.clone() };
        let Some(clients) = self.message.call().and_then(|call| call.id.as_ref()) else { return message.clone() };
        let is_ours = match &reply.id {
            Some(id) => id == own && own != clients,
            None => is_nameless,
        };
        if is_ours { reparsed(message.with_id(clients), message) } else { message.clone() }
    }

    /// Whether the server says that it does not know the session, which it was told of.
    fn is_lost(&self, status: u16, message: Option<&Message>) -> bool {
        if self.is_modern() || self.is_initialize() || self.relay.session.id().is_none() {
            return false;
        }
        let Some(reply) = message.and_then(Message::reply) else { return status == 404 };
        let says = |error: &str| {
            let error = error.to_ascii_lowercase();
            error.contains("session") || error.contains("not initialized")
        };
        let error = reply.error.as_ref().map(|error| error.message.as_str()).unwrap_or_default();
        status == 404 || status == 400 && reply.id.is_none() && says(error)
    }

    fn is_mismatch(&self, message: &Message) -> bool {
        let code = message.reply().and_then(|reply| reply.error.as_ref()?.code);
        let is_tool = self.message.call().is_some_and(|call| call.method == "tools/call");
        self.is_modern() && is_tool && !self.has_listed_tools && code == Some(HEADER_MISMATCH)
    }

    /// Whether the first message was refused as a server refuses it that only has streams.
    fn is_old_transport(&self, status: u16) -> bool {
        self.is_initialize() && matches!(status, 400 | 404 | 405) && self.relay.old.may_be_tried()
    }

    /// What an answer means that is no message.
    fn no_message(
        &self,
        status: u16,
        media_type: Option<&str>,
        text: &Bytes,
        redactor: &Redactor,
    ) -> Result<Step, Failure> {
        let is_success = (200..300).contains(&status);
        if is_success {
            let cause = match media_type {
                _ if text.is_empty() => format!("its body is empty (HTTP {status})"),
                Some("application/json") | None => "its body is no JSON-RPC message".to_owned(),
                Some(other) => format!("it is {}, and not JSON", OutsideText::new(other).shown(redactor)),
            };
            let failure = Failure::new("the MCP server's answer cannot be used", cause, "check the URL");
            return Err(failure.with_status(status).may_have_run());
        }
        let cause = match status {
            300..=399 => "the redirect leads to another origin, or once too often".to_owned(),
            _ => reason_in(text, redactor),
        };
        let failure = self.by_status(status, cause, remedy(status));
        let failure = if matches!(status, 429 | 500..) { failure.transient() } else { failure };
        match status {
            502..=504 if self.flight.is_some() => Ok(Step::Cut(failure)),
            500.. => Err(failure.may_have_run()),
            _ => Err(failure),
        }
    }

    fn by_status(&self, status: u16, cause: impl std::fmt::Display, remedy: &str) -> Failure {
        let fact = format_args!("{} answered with HTTP {status}", self.relay.origin);
        Failure::new(fact, cause, remedy).with_status(status)
    }
}

/// The text of a message of which only the id has changed.
fn reparsed(text: Bytes, original: &Message) -> Message {
    Message::parse(text).unwrap_or_else(|_| original.clone())
}

/// What a body without a message says, for the cause of a failure.
fn reason_in(text: &Bytes, redactor: &Redactor) -> String {
    let shown = OutsideText::new(text).shown(redactor);
    if shown.is_empty() { "it says nothing more".to_owned() } else { format!("it says \"{shown}\"") }
}

/// Whether a body is an answer whatever its status: other servers have objects with an `error` in them too.
fn is_answer(message: &Message) -> bool {
    let of_reply = |reply: &Reply| match &reply.error {
        Some(error) => error.code.is_some(),
        None => reply.has_result && reply.id.is_some(),
    };
    match message.kind() {
        Kind::Response(reply) => of_reply(reply),
        Kind::Batch(messages) => messages.iter().any(|message| message.reply().is_some_and(of_reply)),
        Kind::Request(_) | Kind::Notification(_) => false,
    }
}

fn remedy(status: u16) -> &'static str {
    match status {
        300..=399 => "set the URL to where the server has moved; credentials go to no other origin",
        404 | 405 => "check the URL",
        429 => "try again later",
        500.. => "try again, or look at the server's log",
        _ => "check the request and the server's documentation",
    }
}
