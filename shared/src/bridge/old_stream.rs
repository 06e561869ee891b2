//! Opening and reading the stream of revision 2024-11-05.

use std::fmt::Display;
use std::rc::Rc;

use tokio::task::spawn_local;
use tokio::time::timeout;

use crate::bridge::delivery::{Delivered, Tries, Undelivered, same_origin};
use crate::bridge::events::{Events, is_stream};
use crate::bridge::failure::Failure;
use crate::bridge::inbound::Received;
use crate::bridge::message::Message;
use crate::bridge::relay::Relay;
use crate::bridge::sse::EventKind;

impl Relay {
    /// Opens the stream and waits for the endpoint on it.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) async fn connect_old(self: &Rc<Self>) -> Result<(), Failure> {
        let _one_at_a_time = self.old.connecting.lock().await;
        if self.old.is_open() {
            return Ok(());
        }
        let opened = timeout(self.old.connect_timeout, self.open_old()).await;
        let late = |_| {
            let cause = "no event named the endpoint within --connect-timeout";
            Failure::new("HTTP with SSE does not work", cause, "check the URL and --transport").transient()
        };
        let (endpoint, events) = opened.map_err(late)??;
        self.old.open(endpoint, spawn_local(read(Rc::clone(self), events)));
        Ok(())
    }

    async fn open_old(&self) -> Result<(String, Events), Failure> {
        let delivered = self.deliver(&mut self.get_with(Vec::new()), &mut Tries::default()).await;
        let Delivered { status, headers, body, refusal, .. } = delivered.map_err(|undelivered| match undelivered {
            Undelivered::Refused(failure) | Undelivered::Broken(failure) => failure,
        })?;
        if let Some(refusal) = refusal {
            return Err(refusal);
        }
        let unusable = |cause: &dyn Display| {
            Failure::new("HTTP with SSE does not work", cause, "check the URL and --transport").with_status(status)
        };
        if status != 200 {
            return Err(unusable(&format_args!("a GET is answered with HTTP {status}")));
        }
        if !is_stream(&headers) {
            return Err(unusable(&"a GET is not answered with a stream of events"));
        }
        let mut events = Events::new(body, self);
        let first = events.next().await.map_err(|_| unusable(&"the stream ended before its first event"))?;
        if first.kind != EventKind::Endpoint {
            return Err(unusable(&"the first event names no endpoint"));
        }
        let reference = String::from_utf8_lossy(&first.data).into_owned();
        let endpoint = same_origin(&self.url, reference.trim());
        let endpoint =
            endpoint.ok_or_else(|| unusable(&"the endpoint on its stream has another origin than the URL"))?;
        Ok((endpoint, events))
    }
}

/// Relays what is on the stream, to its end.
async fn read(relay: Rc<Relay>, mut events: Events) {
    loop {
        relay.output.has_room().await;
        let Ok(event) = events.next().await else { break };
        if event.kind != EventKind::Message {
            continue;
        }
        match Message::received(event.data.into()) {
            Ok(message) => {
                if message.reply().is_none() {
                    relay.flights.touch(relay.request_timeout);
                }
                if relay.receive(None, &message) == Received::Stranger {
                    relay.old.keep(message);
                }
            }
            Err(_) => relay.notice("an event on the MCP server's stream is no JSON-RPC message; it is dropped"),
        }
    }
    relay.old.close();
}
