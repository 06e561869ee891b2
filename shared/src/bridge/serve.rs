//! The life of the bridge: from the first line on stdin until the client is gone.

use std::rc::Rc;
use std::time::Duration;

use hyper::body::Bytes;
use tokio::task::spawn_local;
use tokio::time::{sleep, timeout};

use crate::bridge::delivery::Tries;
use crate::bridge::dispatch::Dispatcher;
use crate::bridge::failure::{Failure, Malformed};
use crate::bridge::message::{Message, Unusable, first_id};
use crate::bridge::relay::Relay;
use crate::bridge::stdio::{Input, Line, Signals};

/// How long answers are waited for after stdin has ended.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// How long the server may take to end the session.
const FAREWELL: Duration = Duration::from_millis(300);

/// How long everything may take after a signal.
const AFTER_SIGNAL: Duration = Duration::from_millis(50);

/// How long children have to end by themselves.
const CHILDREN: Duration = Duration::from_millis(20);

/// How long a refresh token that was sent outlasts a signal, or the end of stdin, behind all that.
const REFRESH_TOKEN: Duration = Duration::from_millis(380);

/// Relays until stdin ends, stdout is closed or a signal comes; returns the exit code.
pub(super) async fn serve(relay: Rc<Relay>, mut input: Input, signals: Signals) -> u8 {
    let mut dispatcher = Dispatcher::new(Rc::clone(&relay));
    spawn_local(prepare(Rc::clone(&relay)));
    let stop = async {
        tokio::select! { () = signals.next() => {}, () = relay.output.closed() => {} }
    };
    tokio::pin!(stop);
    let is_stopped = tokio::select! {
        biased;
        () = &mut stop => true,
        () = relay_all(&relay, &mut dispatcher, &mut input) => false,
    };
    let is_stopped = is_stopped
        || tokio::select! {
            biased;
            () = &mut stop => true,
            () = finish(&relay, &mut dispatcher) => false,
        };
    if is_stopped {
        let failure = Failure::new("hdr-bridge ends", "a signal, or the end of its stdout", "start it again");
        relay.flights.fail(&failure.transient(), &relay.output);
        let last = async {
            // What is not over by then is left.
            let _ = tokio::join!(timeout(AFTER_SIGNAL, end_session(&relay)), relay.output.flushed(AFTER_SIGNAL));
        };
        tokio::select! { biased; () = signals.next() => {}, () = last => {} }
    }
    // Whoever makes headers has nobody left to make them for.
    relay.credentials.close();
    signals.until_no_child_is_left(CHILDREN).await;
    relay.credentials.abandon();
    signals.until_all_is_stored(REFRESH_TOKEN).await;
    0
}

/// Relays what the client sends, to its end.
async fn relay_all(relay: &Rc<Relay>, dispatcher: &mut Dispatcher, input: &mut Input) {
    loop {
        let may_read = dispatcher.has_room(!relay.output.is_full());
        tokio::select! {
            biased;
            Some(report) = dispatcher.report() => dispatcher.go_on(report),
            line = input.next(), if may_read => match line {
                Some(line) => take(relay, dispatcher, line),
                None => return,
            },
            // Where it is the server that takes too little, a report says when there is room.
            () = relay.output.has_room(), if relay.output.is_full() => {}
        }
    }
}

/// Takes one line of the client.
fn take(relay: &Rc<Relay>, dispatcher: &mut Dispatcher, line: Line) {
    let answer = match line {
        Line::Text(text) => match Message::parse(text) {
            Ok(message) => return dispatcher.admit(message),
            Err(Unusable::NotJson) => {
                Malformed::NotJson.answer("a line is not JSON in UTF-8: MCP clients write one JSON text a line; report this to the client's maker", None)
            }
            Err(Unusable::NotMessage) => not_message("a line is no JSON-RPC message: it is neither an object with a method or an id, nor an array of them"),
            Err(Unusable::EmptyBatch) => not_message("a line is an empty array: a batch has at least one message"),
        },
        Line::TooLong { head } => too_long(&head),
    };
    relay.output.write(answer);
}

fn not_message(fact: &str) -> Bytes {
    Malformed::NotMessage.answer(&format!("{fact}; report this to the client's maker"), None)
}

fn too_long(head: &Bytes) -> Bytes {
    let message = "a message is too large: it is over --max-message; raise it, or send less";
    Malformed::NotMessage.answer(message, first_id(head).as_ref())
}

/// Waits for what is under way after stdin has ended, answers the rest, and ends the session.
async fn finish(relay: &Rc<Relay>, dispatcher: &mut Dispatcher) {
    stop_listening(relay);
    relay.flights.abandon_cancelled();
    let rest = async {
        while dispatcher.count() > 0 {
            let Some(report) = dispatcher.report().await else { return };
            dispatcher.go_on(report);
        }
    };
    if timeout(LAST_ANSWERS, rest).await.is_err() {
        let cause = format!("stdin ended {} s ago", LAST_ANSWERS.as_secs());
        let failure = Failure::new("the MCP server did not answer in time", cause, "keep stdin open for longer");
        relay.flights.fail(&failure.transient(), &relay.output);
    }
    let _ = timeout(FAREWELL, end_session(relay)).await;
    relay.output.flushed(LAST_ANSWERS).await;
}

/// Leaves the server when nobody waits for anything any more.
pub(super) async fn leave(relay: &Relay) {
    stop_listening(relay);
    let _ = timeout(FAREWELL, end_session(relay)).await;
}

fn stop_listening(relay: &Relay) {
    relay.is_ending.set(true);
    if let Some(listening) = relay.listening.take() {
        listening.abort();
    }
}

/// Ends the session at the server, which may refuse that and forgets sessions by itself.
async fn end_session(relay: &Relay) {
    if relay.session.id().is_some() && !relay.old.is_open() {
        let _ = relay.deliver(&mut relay.delete(), &mut Tries::default()).await;
    }
}

/// Makes headers and a connection before they are needed. What fails is met again by the first request.
async fn prepare(relay: Rc<Relay>) {
    let pause = sleep(Duration::ZERO);
    pause.await;
    tokio::join!(relay.credentials.prepare(), relay.client.prepare());
}
