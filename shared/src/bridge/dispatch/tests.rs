use hyper::body::Bytes;

use super::*;

fn message(text: &str) -> Message {
    Message::parse(Bytes::copy_from_slice(text.as_bytes())).expect("a message")
}

fn queued(number: u64, text: &str) -> Queued {
    let message = message(text);
    Queued { number, flight: Flight::new(message.clone()).map(Rc::new), message, cancels: None }
}

/// The numbers of all messages that may be sent.
fn sent(queue: &mut Queue, limit: usize, gates: &[u64]) -> Vec<u64> {
    std::iter::from_fn(|| queue.next(limit, gates)).map(|queued| queued.number).collect()
}

const CALL: &str = r#"{"id":1,"method":"tools/call"}"#;
const PING: &str = r#"{"id":2,"method":"ping"}"#;
const NOTE: &str = r#"{"method":"notifications/x"}"#;
const RESPONSE: &str = r#"{"id":3,"result":{}}"#;

fn queue(texts: &[&str]) -> Queue {
    let numbered = (1..).zip(texts).map(|(number, text)| queued(number, text));
    Queue { waiting: numbered.collect(), running: 0 }
}

#[test]
fn messages_are_sent_in_order_as_far_as_there_is_room() {
    let mut queue = queue(&[CALL, CALL, PING, CALL]);
    assert_eq!(sent(&mut queue, 3, &[]), [1, 2, 3]);
    assert_eq!((queue.running, queue.waiting.len()), (3, 1));
    queue.running = 1;
    assert_eq!(sent(&mut queue, 3, &[]), [4]);
}

#[test]
fn behind_a_gate_only_responses_and_pings_pass() {
    let mut all = queue(&[CALL, NOTE, RESPONSE, PING, CALL, RESPONSE]);
    // What was there before passes, and so does the gate.
    assert_eq!(sent(&mut all, 100, &[2]), [1, 2, 3, 4, 6]);
    assert!(sent(&mut all, 100, &[3]).is_empty());
    assert_eq!(sent(&mut all, 100, &[]), [5]);
    // Of two gates the first one counts.
    assert_eq!(sent(&mut queue(&[NOTE, NOTE, NOTE]), 100, &[2, 1]), [1]);
}

#[test]
fn a_cancellation_waits_until_its_request_is_written_and_lets_others_pass() {
    let flight = Rc::new(Flight::new(message(CALL)).expect("a request"));
    let mut queue = queue(&[NOTE, RESPONSE, NOTE]);
    queue.waiting[0].cancels = Some(Rc::clone(&flight));
    assert_eq!(sent(&mut queue, 100, &[]), [2, 3]);
    flight.progress().set_written();
    assert_eq!(sent(&mut queue, 100, &[]), [1]);
    // One that needs no answer is never written.
    let flight = Rc::new(Flight::new(message(CALL)).expect("a request"));
    flight.cancel(&Id::parse("1").unwrap());
    queue.waiting.push_back(Queued { cancels: Some(flight), ..queued(4, NOTE) });
    assert_eq!(sent(&mut queue, 100, &[]), [4]);
}

#[test]
fn a_cancellation_is_a_notification_that_names_a_request() {
    let named = |text: &str| cancellation(&message(text)).map(|(_, id)| id.as_json().to_owned());
    let cancelled = |rest: &str| format!(r#"{{"method":"notifications/cancelled"{rest}}}"#);
    assert_eq!(named(&cancelled(r#","params":{"requestId":1.0}"#)).as_deref(), Some("1.0"));
    assert_eq!(named(&cancelled(r#","params":{"requestId":"a"}"#)).as_deref(), Some("\"a\""));
    assert_eq!(named(&cancelled("")), None);
    assert_eq!(named(&cancelled(r#","id":5,"params":{"requestId":1}"#)), None);
    assert_eq!(named(r#"{"method":"notifications/x","params":{"requestId":1}}"#), None);
}
