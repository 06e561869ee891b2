//! The stream that a GET opens, on which a server sends what belongs to no request.

use std::rc::Rc;
use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue};
use tokio::sync::oneshot::{Sender, channel};
use tokio::task::spawn_local;
use tokio::time::{Instant, sleep, timeout};

use crate::bridge::delivery::{Delivered, Tries, Undelivered};
use crate::bridge::events::{End, Events, Known, Seen, is_stream};
use crate::bridge::message::Message;
use crate::bridge::pauses::Pauses;
use crate::bridge::relay::Relay;
use crate::bridge::sse::EventKind;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// A stream that lived so long was a good one.
const LONG: Duration = Duration::from_secs(60);

/// The shortest pause before a stream is opened again, whatever the server asks for.
const LEAST: Duration = Duration::from_millis(100);

/// How long the client's messages wait until the stream of a new session is open.
const OPENING: Duration = Duration::from_secs(1);

/// How often a refused stream is asked for.
const REFUSALS: u8 = 5;

impl Relay {
    /// Opens the stream of the session and keeps it open. One of an earlier session ends. It is waited for, since servers
    /// lose what they ask the client before there is a stream for it, and then wait for ever.
    pub(super) async fn listen(self: &Rc<Self>) {
        if !self.session.has_streams() || self.old.is_open() || self.is_ending.get() {
            return;
        }
        let (is_open, opened) = channel();
        let task = spawn_local(keep_open(Rc::clone(self), is_open));
        if let Some(earlier) = self.listening.replace(Some(task)) {
            earlier.abort();
        }
        // Without a stream the session goes on.
        let _ = timeout(OPENING, opened).await;
    }

    /// Remembers that the client has begun to use the session, and opens its stream.
    pub(super) async fn remember_initialized(self: &Rc<Self>, message: &Message) {
        if let Some(call) = message.call() {
            self.session.remember(call, message);
            self.listen().await;
        }
    }

    /// Asks once for a stream, from behind the event `last_id` on.
    pub(super) async fn get(&self, last_id: Option<&str>, tries: &mut Tries) -> Result<Delivered, Undelivered> {
        let mut headers = self.session.headers();
        let last_id = last_id.and_then(|id| HeaderValue::from_bytes(id.as_bytes()).ok());
        headers.extend(last_id.map(|id| (LAST_EVENT_ID, id)));
        self.deliver(&mut self.get_with(headers), tries).await
    }
}

async fn keep_open(relay: Rc<Relay>, is_open: Sender<()>) {
    let session = relay.session.number();
    let mut pauses = Pauses::between(Duration::from_secs(1), Duration::from_secs(30));
    let mut known = Known::default();
    let mut seen = Seen::default();
    let mut refusals = 0;
    let mut is_open = Some(is_open);
    while relay.session.number() == session {
        let mut pause = None;
        let answer = relay.get(known.last_id.as_deref(), &mut Tries::default()).await;
        // Whatever the answer is, nobody has to wait any longer.
        drop(is_open.take());
        match answer {
            Ok(Delivered { status: 200, headers, body, .. }) if is_stream(&headers) => {
                let opened_at = Instant::now();
                refusals = 0;
                let mut events = Events::resumed(body, &relay, known);
                relay_all(&relay, &mut events, &mut seen).await;
                known = events.known();
                pause = known.retry.map(|pause| pause.max(LEAST));
                if opened_at.elapsed() >= LONG {
                    pauses.reset();
                }
            }
            Ok(Delivered { status: 405, .. }) => return,
            // What is no stream of events is none the next time either.
            Ok(Delivered { status: 200 | 400..=499, .. }) => {
                refusals = u8::saturating_add(refusals, 1);
                if refusals >= REFUSALS {
                    relay.notice("the MCP server refuses a stream for its own messages; it is not asked for again");
                    return;
                }
            }
            _ => {}
        }
        let grown = pauses.next();
        sleep(pause.unwrap_or(grown)).await;
    }
}

/// Relays what is on a stream, to its end.
async fn relay_all(relay: &Rc<Relay>, events: &mut Events, seen: &mut Seen) {
    loop {
        relay.output.has_room().await;
        let event = match events.next().await {
            Ok(event) => event,
            Err(End::Cut) => return,
            Err(End::Unusable(failure)) => {
                relay.notice(&format!("an event on the MCP server's stream is dropped: {}", failure.message()));
                continue;
            }
        };
        if event.kind != EventKind::Message || !seen.is_new(&event) {
            continue;
        }
        match Message::received(event.data.into()) {
            Ok(message) => {
                relay.receive(None, &message);
            }
            Err(_) => relay.notice("an event on the MCP server's stream is no JSON-RPC message; it is dropped"),
        }
    }
}
