//! A hundred runs at once that need the same token.

use std::thread;
use std::time::Duration;

use crate::common::Helper;
use crate::rotation::{self, Manner, Rotating, refreshing};
use crate::script::{gives, later, scripted, silence, wait_for};
use crate::{Home, headers, tell};

const HERD: usize = 100;

/// Runs `count` helpers at once, all of which print the `number`-th token within their deadline.
#[track_caller]
fn assert_all_print(number: usize, count: usize, helper: impl Fn() -> Helper, meanwhile: impl FnOnce()) {
    let herd: Vec<_> = (0..count).map(|_| helper().start()).collect();
    meanwhile();
    let mut slowest = Duration::ZERO;
    for running in herd {
        let outcome = running.finish();
        outcome.prints(&headers(number));
        slowest = slowest.max(outcome.elapsed());
    }
    assert!(slowest < Duration::from_secs(8), "{slowest:?}");
    tell(&format!("the slowest of {count} runs took {slowest:?}"));
}

#[test]
fn one_of_a_hundred_asks_for_a_token() {
    let home = Home::new();
    let endpoint = scripted(vec![later(200, gives(0)), gives(1)]);
    assert_all_print(0, HERD, || home.asking(&endpoint.url()), || ());
    assert_eq!(endpoint.requests().len(), 1);
}

#[test]
fn one_of_a_hundred_asks_for_a_token_that_is_to_be_renewed_from_birth() {
    let home = Home::new();
    // All must have looked for a token before there is one: who looks later renews it once more.
    let endpoint = scripted(vec![later(5000, gives(0)), gives(1)]);
    assert_all_print(0, HERD, || home.asking(&endpoint.url()).args(["--min-life", "2h"]), || ());
    assert_eq!(endpoint.requests().len(), 1);
}

#[test]
fn one_of_a_hundred_refreshes_what_has_expired() {
    let home = rotation::home();
    let server = Rotating::new(Manner { strict: true, pause: Duration::from_millis(100), first_life: 1 });
    refreshing(&home, &server).run().prints(&headers(1));
    thread::sleep(Duration::from_millis(1001));
    assert_all_print(2, HERD, || refreshing(&home, &server), || ());
    assert_eq!(server.presented(), [0, 1]);
}

#[test]
fn the_others_ask_when_the_one_that_asks_is_killed() {
    let home = Home::new();
    let endpoint = scripted(vec![silence(), later(200, gives(1)), gives(2)]);
    let first = home.asking(&endpoint.url()).start();
    wait_for(&endpoint, 1);
    assert_all_print(
        1,
        HERD - 1,
        || home.asking(&endpoint.url()),
        || {
            first.signal("KILL");
            first.finish().is_ended_by(9);
        },
    );
    assert_eq!(endpoint.requests().len(), 2);
}

#[test]
fn those_who_wait_for_an_answer_that_never_comes_say_so_in_time() {
    let home = Home::new();
    let endpoint = scripted(vec![silence()]);
    let asks = home.asking(&endpoint.url()).args(["--timeout", "1500ms"]).start();
    wait_for(&endpoint, 1);
    let waits = home.asking(&endpoint.url()).args(["--timeout", "700ms"]).run();
    waits.fails(
        5,
        "another run is requesting the same token: it did not finish within the 700 ms of --timeout; try again, or raise \
         --timeout",
    );
    assert!(waits.elapsed() < Duration::from_secs(1), "{:?}", waits.elapsed());
    asks.finish().fails(
        5,
        &format!(
            "{} did not answer: the 1500 ms of --timeout ended before its answer was complete; try again, or raise \
             --timeout",
            endpoint.origin()
        ),
    );
    assert_eq!(endpoint.requests().len(), 1);
}
