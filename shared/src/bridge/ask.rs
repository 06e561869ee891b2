//! Requests of the bridge's own, and those of the client that it sends a second time: their answers are not relayed.

use std::rc::Rc;

use hyper::HeaderMap;
use tokio::time::sleep;

use crate::bridge::collect::Uncollected;
use crate::bridge::delivery::{Tries, Undelivered};
use crate::bridge::events::{End, Events, is_stream};
use crate::bridge::failure::Failure;
use crate::bridge::http::Lane;
use crate::bridge::message::Message;
use crate::bridge::pauses::Pauses;
use crate::bridge::relay::Relay;
use crate::bridge::tools::list_request;
use crate::error::Redactor;

/// The most pages of a list of tools.
const PAGES: usize = 100;

/// How often one is sent again.
const REPEATS: usize = 2;

/// What came of one.
pub(super) struct Asked {
    /// The answer, where the message is a request.
    pub(super) answer: Option<Message>,
    pub(super) headers: HeaderMap,
    /// Knows the secrets that the server was sent, and may repeat.
    pub(super) redactor: Redactor,
}

impl Relay {
    /// Sends a message and waits for the answer to its request, if it is one; again where the connection broke, for it is one
    /// that may be repeated. What else comes meanwhile is relayed.
    pub(super) async fn ask(self: &Rc<Self>, message: &Message, is_first: bool) -> Result<Asked, Failure> {
        let mut pauses = Pauses::default();
        for _ in 0..REPEATS {
            match self.ask_once(message, is_first).await {
                Ok(answer) => return Ok(answer),
                Err(Undelivered::Refused(failure)) => return Err(failure),
                Err(Undelivered::Broken(_)) => sleep(pauses.next()).await,
            }
        }
        self.ask_once(message, is_first).await.map_err(|undelivered| match undelivered {
            Undelivered::Refused(failure) | Undelivered::Broken(failure) => failure,
        })
    }

    async fn ask_once(self: &Rc<Self>, message: &Message, is_first: bool) -> Result<Asked, Undelivered> {
        let id = message.call().and_then(|call| call.id.clone());
        let lane = if id.is_some() { Lane::Request } else { Lane::Other };
        let stream = self.old.stream();
        let mut parcel = self.post_of(message, is_first, lane);
        let delivered = self.deliver(&mut parcel, &mut Tries::default()).await?;
        if let Some(refusal) = delivered.refusal {
            return Err(Undelivered::Refused(refusal));
        }
        let redactor = delivered.redactor();
        let (status, headers) = (delivered.status, delivered.headers);
        if !(200..300).contains(&status) {
            let fact = format_args!("{} answered with HTTP {status}", self.origin);
            let method = message.call().map_or("a response", |call| &call.method);
            let cause = format_args!("it refuses {method}");
            let failure = Failure::new(fact, cause, "restart the server in the client").with_status(status);
            let is_passing = matches!(status, 502..=504);
            return Err(if is_passing { Undelivered::Broken } else { Undelivered::Refused }(failure));
        }
        let Some(id) = id else { return Ok(Asked { answer: None, headers, redactor }) };
        if stream.is_some() {
            let answer = self.old.answer(&id, stream).await.map_err(Undelivered::Refused)?;
            return Ok(Asked { answer: Some(answer), headers, redactor });
        }
        let no_answer = |cause| {
            let failure = Failure::new("the MCP server did not answer", cause, "try again");
            Undelivered::Broken(failure.transient())
        };
        let is_answer = |message: &Message| message.reply().is_some_and(|reply| reply.id.as_ref() == Some(&id));
        if !is_stream(&headers) {
            let text =
                self.collect(delivered.body, self.max_message).await.map_err(|uncollected| match uncollected {
                    Uncollected::Cut(failure) => Undelivered::Broken(failure),
                    Uncollected::TooLarge(failure) => Undelivered::Refused(failure),
                })?;
            let answer = Message::received(text).ok().filter(is_answer);
            let answer = answer.ok_or_else(|| no_answer("its body is not the answer"))?;
            return Ok(Asked { answer: Some(answer), headers, redactor });
        }
        let mut events = Events::new(delivered.body, self);
        loop {
            let event = events.next().await.map_err(|end| match end {
                End::Unusable(failure) => Undelivered::Refused(failure),
                End::Cut => no_answer("its stream ended"),
            })?;
            let Ok(message) = Message::received(event.data.into()) else { continue };
            if is_answer(&message) {
                return Ok(Asked { answer: Some(message), headers, redactor });
            }
            self.receive(None, &message);
        }
    }

    /// Lists all tools anew, as the request `cause` would have it: what its headers are made of has changed.
    pub(super) async fn list_all_tools(self: &Rc<Self>, cause: &Message) -> Result<(), Failure> {
        let mut cursor = None;
        for _ in 0..PAGES {
            let unusable = |_| {
                let fact = "a list of tools cannot be asked for";
                Failure::new(fact, "the _meta of the request cannot be used again", "report this to the client's maker")
            };
            let text = list_request(cause, &self.own_id(), cursor.as_deref());
            let request = Message::parse(text).map_err(unusable)?;
            let Asked { answer, .. } = self.ask(&request, false).await?;
            let (Some(answer), Some(call)) = (answer, request.call()) else { return Ok(()) };
            cursor = self.list_tools(call, &request, &answer).next_cursor;
            if cursor.is_none() {
                return Ok(());
            }
        }
        Ok(())
    }
}
