use std::future::{Future, ready};

use hyper::body::Bytes;
use tokio::runtime;

use super::*;

fn run<T>(future: impl Future<Output = T>) -> T {
    runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

fn flight(text: &str) -> Option<Flight> {
    Flight::new(Message::parse(Bytes::copy_from_slice(text.as_bytes())).expect("a message"))
}

fn single(id: &str) -> Flight {
    flight(&format!(r#"{{"id":{id},"method":"a"}}"#)).expect("a request")
}

fn modern(id: &str) -> Flight {
    let meta = r#"{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}"#;
    flight(&format!(r#"{{"id":{id},"method":"a","params":{meta}}}"#)).expect("a request")
}

fn batch() -> Flight {
    flight(r#"[{"id":1,"method":"a"},{"method":"b"},{"id":"2","method":"c"},{"id":9,"result":{}},3]"#)
        .expect("requests")
}

fn id(json: &str) -> Id {
    Id::parse(json).expect("a value")
}

fn failure() -> Failure {
    Failure::new("a", "b", "c")
}

/// What is written of a flight that fails: its line, with an error for each of these ids.
fn failed(flight: &Flight, fail: impl Fn(&Flight, &Output)) -> Option<Bytes> {
    let output = Output::kept();
    fail(flight, &output);
    fail(flight, &output);
    assert!(flight.is_answered());
    let mut lines = run(async {
        let mut lines = Vec::new();
        while let Some(line) =
            tokio::select! { biased; line = output.next_line() => Some(line), () = ready(()) => None }
        {
            lines.push(line);
        }
        lines
    });
    assert!(lines.len() <= 1, "{lines:?}");
    lines.pop()
}

fn fail(flight: &Flight, output: &Output) {
    flight.fail(&failure(), output);
}

#[test]
fn a_flight_is_a_message_with_requests() {
    for text in [
        r#"{"method":"a"}"#,
        r#"{"id":1,"result":{}}"#,
        r#"[{"method":"a"},{"id":1,"result":{}},5]"#,
        r#"{"id":1,"error":{}}"#,
    ] {
        assert!(flight(text).is_none(), "{text}");
    }
    let batch = batch();
    assert!(batch.is_batch() && !batch.is_modern() && batch.only_id().is_none());
    assert_eq!(batch.open_ids(), [id("1"), id("\"2\"")]);
    let single = single("1");
    assert!(!single.is_batch() && !single.is_modern() && !single.is_answered());
    assert_eq!(single.only_id(), Some(id("1")));
    assert!(modern("1").is_modern());
    let older = r#"{"id":1,"method":"a","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2025-11-25"}}}"#;
    assert!(!flight(older).unwrap().is_modern());
}

#[test]
fn each_request_is_closed_once_by_an_id_of_the_same_value() {
    let flight = batch();
    assert!(!flight.close(&id("2")), "the number is not the string");
    assert!(flight.close(&id("1.0e0")) && !flight.close(&id("1")));
    assert!(flight.open_message(&id("1")).is_none() && flight.request(&id("1")).is_some());
    assert!(!flight.is_answered());
    assert_eq!(flight.open_message(&id(r#""\u0032""#)).unwrap().text(), r#"{"id":"2","method":"c"}"#);
    assert!(flight.close(&id("\"2\"")) && flight.is_answered());
    // The same id twice in a batch is owed two answers.
    let twice = self::flight(r#"[{"id":1,"method":"a"},{"id":1,"method":"b"}]"#).unwrap();
    assert!(twice.close(&id("1")) && !twice.is_answered() && twice.close(&id("1")) && twice.is_answered());
}

#[test]
fn a_failure_answers_what_is_owed_an_answer_once() {
    assert_eq!(failed(&single("1.0"), fail), Some(failure().answer(&id("1.0"))));
    assert_eq!(failed(&batch(), fail), Some(failure().batch_answer([id("1"), id("\"2\"")].iter())));
    let flight = batch();
    flight.close(&id("1"));
    assert_eq!(failed(&flight, fail), Some(failure().batch_answer([id("\"2\"")].iter())));
    let flight = single("1");
    flight.close(&id("1"));
    assert_eq!(failed(&flight, fail), None);
}

#[test]
fn what_the_server_has_seen_may_have_been_carried_out() {
    let midway = |flight: &Flight, output: &Output| flight.fail_midway(&failure(), output);
    let flight = single("1");
    assert_eq!(failed(&flight, midway), Some(failure().answer(&id("1"))));
    let flight = single("1");
    flight.progress().set_written();
    assert_eq!(failed(&flight, midway), Some(failure().may_have_run().answer(&id("1"))));
    let flight = single("1");
    flight.progress().set_written();
    flight.set_unsent();
    assert_eq!(failed(&flight, midway), Some(failure().answer(&id("1"))));
}

#[test]
fn a_cancelled_request_is_over_unless_the_server_has_it() {
    for (flight, is_sent, is_over) in
        [(single("1"), false, true), (single("1"), true, false), (modern("1"), true, true)]
    {
        if is_sent {
            flight.progress().set_written();
        }
        flight.cancel(&id("2"));
        assert!(!flight.is_cancelled() && !flight.is_answered());
        flight.cancel(&id("1"));
        assert_eq!((flight.is_cancelled(), flight.is_answered()), (true, is_over));
        // A late answer is still known.
        assert_eq!(flight.open_message(&id("1")).is_some(), !is_over);
        assert_eq!(failed(&flight, fail), None);
    }
}

#[test]
fn one_that_the_server_did_not_carry_out_is_over_when_it_is_cancelled() {
    let flight = single("1");
    flight.progress().set_written();
    flight.cancel(&id("1"));
    assert!(!flight.is_answered());
    flight.set_unsent();
    assert!(flight.is_answered());
}

#[test]
fn a_cancelled_member_of_a_batch_is_owed_nothing_and_the_others_are() {
    for is_sent in [false, true] {
        let flight = batch();
        if is_sent {
            flight.progress().set_written();
        }
        flight.cancel(&id("1"));
        assert!(!flight.is_cancelled() && !flight.is_answered());
        assert_eq!(failed(&flight, fail), Some(failure().batch_answer([id("\"2\"")].iter())));
        let flight = batch();
        flight.cancel(&id("1"));
        flight.cancel(&id("\"2\""));
        assert!(flight.is_cancelled() && !flight.is_answered(), "the batch is sent as it is");
        assert_eq!(failed(&flight, fail), None);
    }
}

#[test]
fn whoever_waits_is_woken() {
    run(async {
        let flight = Rc::new(single("1"));
        let wait = async { tokio::join!(flight.written(), flight.answered()) };
        let act = async {
            tokio::task::yield_now().await;
            flight.progress().set_written();
            tokio::task::yield_now().await;
            flight.close(&id("1"));
        };
        tokio::join!(wait, act);
        // One that needs no answer is not waited for.
        let flight = single("1");
        flight.cancel(&id("1"));
        flight.written().await;
    });
}

#[test]
fn the_time_for_an_answer_begins_anew_unless_it_is_cancelled() {
    run(async {
        let flight = single("1");
        assert!(!is_expired(&flight).await);
        flight.touch(Some(Duration::ZERO));
        assert!(is_expired(&flight).await);
        flight.touch(Some(Duration::from_secs(60)));
        assert!(!is_expired(&flight).await);
        flight.progress().set_written();
        flight.cancel(&id("1"));
        flight.touch(Some(Duration::ZERO));
        assert!(!is_expired(&flight).await, "a late answer has its own time");
    });
}

#[test]
fn of_requests_with_one_id_the_last_is_meant() {
    let flights = Flights::default();
    let [first, second, third] = [single("1"), single("1"), batch()].map(Rc::new);
    for (number, flight) in [(1, &first), (2, &second), (3, &third)] {
        flights.add(number, flight);
    }
    let one = id("1");
    let is = |found: Option<Rc<Flight>>, flight: &Rc<Flight>| found.is_some_and(|found| Rc::ptr_eq(&found, flight));
    assert!(is(flights.find_uncancelled(&one), &third) && flights.find_sent(&one).is_none());
    first.progress().set_written();
    assert!(is(flights.find_sent(&one), &first));
    third.cancel(&one);
    assert!(is(flights.find_uncancelled(&one), &second));
    second.progress().set_written();
    second.cancel(&one);
    assert!(is(flights.find_uncancelled(&one), &first) && is(flights.find_sent(&one), &second));
    second.close(&one);
    assert!(is(flights.find_sent(&one), &first));
    flights.remove(1);
    assert!(flights.find_uncancelled(&one).is_none() && flights.find_sent(&one).is_none());
}

/// Whether the time of `flight` is over at this moment.
async fn is_expired(flight: &Flight) -> bool {
    tokio::select! { biased; () = flight.expired() => true, () = ready(()) => false }
}
