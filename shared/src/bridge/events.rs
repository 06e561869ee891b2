//! The events of one answer of type text/event-stream.

use std::collections::{HashSet, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use hyper::HeaderMap;
use hyper::header::CONTENT_TYPE;

use crate::bridge::collect::too_large;
use crate::bridge::failure::Failure;
use crate::bridge::http::{Body, Share};
use crate::bridge::relay::Relay;
use crate::bridge::sse::{Event, Parser};

/// Reads events one by one.
pub(super) struct Events {
    body: Body,
    parser: Parser,
    ready: VecDeque<Event>,
    /// Whether an event was over the limit that came with those.
    was_too_large: bool,
    /// What the event that is not whole has of the room for all.
    share: Share,
    /// What was known before this answer, of a stream that is opened again.
    before: Known,
}

/// What outlasts the connection of a stream.
#[derive(Clone, Default)]
pub(super) struct Known {
    /// The id of the last event that had one.
    pub(super) last_id: Option<String>,
    /// How long the server wants a client to wait before it opens the stream again.
    pub(super) retry: Option<Duration>,
}

/// The ids of events that were relayed: a server may send some again when a stream is opened again.
#[derive(Default)]
pub(super) struct Seen {
    all: HashSet<Rc<str>>,
    /// The same, the oldest first.
    order: VecDeque<Rc<str>>,
}

/// The longest wait that a server may ask for: it can say weeks.
const LONGEST_RETRY: Duration = Duration::from_secs(5 * 60);

/// How many ids are kept.
const KEPT: usize = 1000;

impl Seen {
    /// Whether an event was not seen before. One without an id is always new.
    pub(super) fn is_new(&mut self, event: &Event) -> bool {
        let Some(id) = event.id.as_ref().filter(|_| event.has_own_id) else { return true };
        let id = Rc::from(id.as_str());
        if !self.all.insert(Rc::clone(&id)) {
            return false;
        }
        self.order.push_back(id);
        if self.order.len() > KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.all.remove(&oldest);
        }
        true
    }
}

/// How a stream ends.
pub(super) enum End {
    /// It was closed, or its connection broke.
    Cut,
    /// It has an event in it that cannot be relayed. What follows that can be.
    Unusable(Failure),
}

impl Events {
    /// Those of `body`, none of them longer than `--max-message`.
    pub(super) fn new(body: Body, relay: &Relay) -> Self {
        Self::resumed(body, relay, Known::default())
    }

    /// Those of `body`, which goes on with an earlier one.
    pub(super) fn resumed(body: Body, relay: &Relay, before: Known) -> Self {
        let (parser, share) = (Parser::new(relay.max_message), relay.bodies.share());
        Self { body, parser, ready: VecDeque::new(), was_too_large: false, share, before }
    }

    /// The next one. It waits for no more than it needs.
    pub(super) async fn next(&mut self) -> Result<Event, End> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(event);
            }
            if std::mem::take(&mut self.was_too_large) {
                return Err(End::Unusable(too_large()));
            }
            if self.parser.pending() > 0 {
                self.share.has_room().await;
            }
            let Some(Ok(chunk)) = self.body.chunk().await else { return Err(End::Cut) };
            let mut events = Vec::new();
            self.was_too_large = self.parser.push(&chunk, &mut events).is_err();
            self.share.set(self.parser.pending());
            self.ready.extend(events);
        }
    }

    /// What is known by now.
    pub(super) fn known(&self) -> Known {
        let last_id = self.parser.last_event_id().map(str::to_owned);
        Known {
            last_id: last_id.or_else(|| self.before.last_id.clone()),
            retry: self.parser.retry().map(|retry| retry.min(LONGEST_RETRY)).or(self.before.retry),
        }
    }
}

/// Whether an answer with these headers is a stream of events.
pub(super) fn is_stream(headers: &HeaderMap) -> bool {
    media_type(headers).as_deref() == Some("text/event-stream")
}

/// The media type in lower case, without parameters.
pub(super) fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::sse::EventKind;

    fn event(id: Option<&str>, has_own_id: bool) -> Event {
        Event { kind: EventKind::Message, data: Vec::new(), id: id.map(str::to_owned), has_own_id }
    }

    #[test]
    fn an_event_is_seen_by_its_own_id_until_a_thousand_others_were() {
        let mut seen = Seen::default();
        for _ in 0..2 {
            assert!(seen.is_new(&event(None, false)) && seen.is_new(&event(Some("0"), false)));
        }
        let mut is_new = |id: usize| seen.is_new(&event(Some(&id.to_string()), true));
        assert!(is_new(0) && !is_new(0));
        assert!((1..1000).all(&mut is_new));
        assert!(!is_new(0) && !is_new(999));
        // The oldest one is forgotten, however often it was seen.
        assert!(is_new(1000) && is_new(0) && !is_new(2) && is_new(1));
        assert_eq!((seen.all.len(), seen.order.len()), (1000, 1000));
    }

    #[test]
    fn a_media_type_is_compared_without_parameters_and_case() {
        let is = |value: &'static str| is_stream(&HeaderMap::from_iter([(CONTENT_TYPE, value.parse().unwrap())]));
        assert!(is("text/event-stream") && is("Text/Event-Stream ; charset=utf-8") && is(" text/event-stream;"));
        assert!(
            !is("text/event-streams") && !is("application/json") && !is("") && !is("text/plain; text/event-stream")
        );
        assert!(!is_stream(&HeaderMap::new()));
    }
}
