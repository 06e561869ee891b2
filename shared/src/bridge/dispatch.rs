//! The order in which messages of the client are sent.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::spawn_local;
use tokio::time::sleep;

use crate::bridge::exchange::{carry_out, post};
use crate::bridge::flight::{Flight, is_modern};
use crate::bridge::id::Id;
use crate::bridge::message::{Call, Kind, Message};
use crate::bridge::relay::Relay;

/// How many requests wait for their answers at once.
const REQUESTS: usize = 100;

/// How many other messages are sent at once.
const OTHERS: usize = 4;

/// How long the messages behind `notifications/initialized` wait for its status.
const INITIALIZED: Duration = Duration::from_secs(2);

/// How many messages are read ahead of a client that does not read itself.
const MESSAGES: usize = 256;

/// How many bytes of messages wait to be sent: 8 MiB. What is on its way does not count, for a request may wait for a message
/// that is still to be read.
const WAITING: usize = 8 << 20;

/// Sends messages in their order, as many at once as is good for the server.
pub(super) struct Dispatcher {
    relay: Rc<Relay>,
    requests: Queue,
    others: Queue,
    /// Messages that all later ones wait for, but responses and pings.
    gates: Vec<u64>,
    last: u64,
    /// In messages that are not sent yet.
    waiting: usize,
    reports: (UnboundedSender<Report>, UnboundedReceiver<Report>),
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Queued>,
    running: usize,
}

struct Queued {
    number: u64,
    message: Message,
    /// The requests in it.
    flight: Option<Rc<Flight>>,
    /// The request that it cancels: it is not sent before that is.
    cancels: Option<Rc<Flight>>,
}

/// What a task says of the message with this number.
#[derive(Clone, Copy)]
pub(super) enum Report {
    /// It is done with.
    Done { number: u64, is_request: bool },
    /// Later messages wait for it no longer.
    Open(u64),
}

impl Dispatcher {
    pub(super) fn new(relay: Rc<Relay>) -> Self {
        let [requests, others] = [const { Queue { waiting: VecDeque::new(), running: 0 } }; 2];
        Self { relay, requests, others, gates: Vec::new(), last: 0, waiting: 0, reports: unbounded_channel() }
    }

    /// Takes a message that the client has sent.
    pub(super) fn admit(&mut self, message: Message) {
        let method = message.call().map(|call| call.method.clone()).unwrap_or_default();
        let flight = Flight::new(message.clone()).map(Rc::new);
        let mut cancels = None;
        if let Some((call, id)) = cancellation(&message) {
            cancels = self.cancel(id);
            let is_of_server = match &cancels {
                Some(flight) => !flight.is_modern() && !flight.is_answered(),
                // A request that is answered; before there is a session there is nobody who cancels.
                None => !is_modern(call) && self.relay.session.has_begun(),
            };
            if !is_of_server {
                return;
            }
        } else if let Kind::Batch(members) = message.kind() {
            members.iter().filter_map(cancellation).for_each(|(_, id)| drop(self.cancel(id)));
        }
        self.last = self.last.saturating_add(1);
        let number = self.last;
        if let Some(cancelled) = cancels.clone() {
            let reports = self.reports.0.clone();
            spawn_local(async move {
                cancelled.written().await;
                // Nobody waits for it once the bridge ends.
                let _ = reports.send(Report::Open(number));
            });
        }
        let is_gate = method == "initialize" && flight.is_some() || method == "notifications/initialized";
        self.waiting = self.waiting.saturating_add(message.text().len());
        if let Some(flight) = &flight {
            self.relay.flights.add(number, flight);
        }
        let queue = if flight.is_some() { &mut self.requests } else { &mut self.others };
        queue.waiting.push_back(Queued { number, message, flight, cancels });
        self.send();
        if is_gate {
            self.gates.push(number);
        }
    }

    /// What a task has to say next.
    pub(super) async fn report(&mut self) -> Option<Report> {
        self.reports.1.recv().await
    }

    /// Goes on after a report.
    pub(super) fn go_on(&mut self, report: Report) {
        let number = match report {
            Report::Open(number) => number,
            Report::Done { number, is_request } => {
                let queue = if is_request { &mut self.requests } else { &mut self.others };
                queue.running = queue.running.saturating_sub(1);
                number
            }
        };
        self.gates.retain(|gate| *gate != number);
        self.send();
    }

    /// Whether there is room for more messages of the client, which reads what it is sent, or does not.
    pub(super) fn has_room(&self, is_read: bool) -> bool {
        self.waiting < WAITING && (is_read || self.count() < MESSAGES)
    }

    /// How many messages are not done with.
    pub(super) fn count(&self) -> usize {
        let count = |queue: &Queue| queue.waiting.len().saturating_add(queue.running);
        count(&self.requests).saturating_add(count(&self.others))
    }

    /// Cancels the request `id`, if there is one. Where nothing of it is sent, nothing is.
    fn cancel(&mut self, id: &Id) -> Option<Rc<Flight>> {
        let flight = self.relay.flights.find_uncancelled(id)?;
        flight.cancel(id);
        let is_it = |queued: &Queued| queued.flight.as_ref().is_some_and(|queued| Rc::ptr_eq(queued, &flight));
        let place = self.requests.waiting.iter().position(is_it).filter(|_| flight.is_answered());
        if let Some(queued) = place.and_then(|place| self.requests.waiting.remove(place)) {
            self.waiting = self.waiting.saturating_sub(queued.message.text().len());
            self.relay.flights.remove(queued.number);
            self.gates.retain(|gate| *gate != queued.number);
            self.send();
        }
        Some(flight)
    }

    /// Sends what may be sent.
    fn send(&mut self) {
        while let Some(queued) = self.requests.next(REQUESTS, &self.gates) {
            self.start(queued);
        }
        while let Some(queued) = self.others.next(OTHERS, &self.gates) {
            self.start(queued);
        }
    }

    fn start(&mut self, queued: Queued) {
        let Queued { number, message, flight, .. } = queued;
        let (relay, reports) = (Rc::clone(&self.relay), self.reports.0.clone());
        let is_request = flight.is_some();
        self.waiting = self.waiting.saturating_sub(message.text().len());
        if message.call().is_some_and(|call| call.method == "notifications/initialized") {
            let reports = reports.clone();
            spawn_local(async move {
                sleep(INITIALIZED).await;
                // Nobody waits for it once the bridge ends.
                let _ = reports.send(Report::Open(number));
            });
        }
        spawn_local(async move {
            if let Some(flight) = flight {
                carry_out(Rc::clone(&relay), flight).await;
                relay.flights.remove(number);
            } else {
                post(relay, message).await;
            }
            let _ = reports.send(Report::Done { number, is_request });
        });
    }
}

impl Queue {
    /// The next message that may be sent, of which at most `limit` are on their way.
    fn next(&mut self, limit: usize, gates: &[u64]) -> Option<Queued> {
        if self.running >= limit {
            return None;
        }
        let place = self.waiting.iter().position(|queued| queued.may_pass(gates))?;
        self.running = self.running.saturating_add(1);
        self.waiting.remove(place)
    }
}

impl Queued {
    fn may_pass(&self, gates: &[u64]) -> bool {
        let is_ping = self.message.call().is_some_and(|call| call.method == "ping");
        let is_written = |flight: &Rc<Flight>| flight.progress().is_written() || flight.is_answered();
        self.cancels.as_ref().is_none_or(is_written)
            && (is_ping
                || matches!(self.message.kind(), Kind::Response(_))
                || gates.iter().all(|gate| *gate >= self.number))
    }
}

/// A notification that cancels a request, and the id of that.
fn cancellation(message: &Message) -> Option<(&Call, &Id)> {
    let call = message.call().filter(|call| call.id.is_none() && call.method == "notifications/cancelled")?;
    Some((call, call.cancels.as_ref()?))
}
