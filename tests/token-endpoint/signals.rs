//! Signals that end a run while its answer is on the way.

use std::time::Duration;

use crate::rotation::{self, Manner, Rotating, refreshing};
use crate::script::{scripted, silence, wait_for};
use crate::{Home, headers};

const SIGNALS: [(&str, i32); 3] = [("TERM", 15), ("INT", 2), ("HUP", 1)];

#[test]
fn signals_wait_until_the_next_refresh_token_is_kept() {
    for (name, number) in SIGNALS {
        let home = rotation::home();
        let server = Rotating::new(Manner { strict: true, pause: Duration::from_millis(200), first_life: 3600 });
        let running = refreshing(&home, &server).start();
        wait_for(&server.endpoint, 1);
        running.signal(name);
        let outcome = running.finish();
        outcome.is_ended_by(number);
        assert!(outcome.elapsed() >= Duration::from_millis(400), "{:?}", outcome.elapsed());
        refreshing(&home, &server).run().prints(&headers(2));
        assert_eq!(server.presented(), [0, 1]);
    }
}

#[test]
fn signals_do_not_wait_past_the_deadline() {
    let home = rotation::home();
    let endpoint = scripted(vec![silence()]);
    let running = home.helper().args(rotation::arguments(&endpoint.url())).args(["--timeout", "700ms"]).start();
    wait_for(&endpoint, 1);
    running.signal("TERM");
    let outcome = running.finish();
    outcome.is_ended_by(15);
    assert!((700..1000).contains(&outcome.elapsed().as_millis()), "{:?}", outcome.elapsed());
}

#[test]
fn signals_end_a_run_at_once_that_loses_nothing() {
    for (name, number) in SIGNALS {
        let endpoint = scripted(vec![silence()]);
        let home = Home::new();
        let running = home.asking(&endpoint.url()).start();
        wait_for(&endpoint, 1);
        running.signal(name);
        let outcome = running.finish();
        outcome.is_ended_by(number);
        assert!(outcome.elapsed() < Duration::from_secs(1), "{:?}", outcome.elapsed());
    }
}
