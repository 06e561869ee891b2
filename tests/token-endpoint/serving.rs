//! When a cached token is served, renewed ahead of time, or no longer good for anything.

use std::thread;
use std::time::Duration;

use crate::rotation::{self, Manner, Rotating, refreshing};
use crate::script::{gives, json, later, reset, scripted, silence};
use crate::{Home, headers};

/// Arguments by which every token of an hour is to be renewed.
const EARLY: [&str; 2] = ["--min-life", "2h"];

#[test]
fn a_token_is_renewed_ahead_of_time() {
    let home = Home::new();
    let endpoint = scripted(vec![gives(0), gives(1), gives(2)]);
    home.asking(&endpoint.url()).run().prints(&headers(0));
    home.asking(&endpoint.url()).run().prints(&headers(0));
    home.asking(&endpoint.url()).args(EARLY).run().prints(&headers(1));
    home.asking(&endpoint.url()).args(["--min-life", "50m"]).run().prints(&headers(1));
    assert_eq!(endpoint.requests().len(), 2);
}

#[test]
fn a_renewal_that_fails_leaves_the_old_token_and_is_not_repeated_at_once() {
    let check = "check the URL, the network and the proxy, then try again";
    for (failure, attempts, why) in [
        (
            silence(),
            1,
            "did not answer: the 2000 ms of a renewal ended before its answer was complete; try again".to_owned(),
        ),
        (reset(), 4, format!("cannot be reached: the connection was reset; {check}")),
        (json(500, "{}"), 4, "is not available: it answered 500; try again later".to_owned()),
        (
            json(400, r#"{"error":"invalid_client"}"#),
            1,
            "refused the token request: it answered 400 (invalid_client); check --client-id (abc was sent), --client-secret and --client-auth (basic was used; some servers require --client-auth post)"
                .to_owned(),
        ),
    ] {
        let home = Home::new();
        let endpoint = scripted(vec![gives(0), failure]);
        let url = endpoint.url();
        home.asking(&url).run().prints(&headers(0));
        let failed = format!("{} {why}", endpoint.origin());
        let outcome = home.asking(&url).args(EARLY).run();
        let warning = format!("warning: the cached token is served because no new one was issued: {failed}");
        outcome.prints_saying(&headers(0), &[&warning]);
        assert!(outcome.elapsed() < Duration::from_millis(2300), "{:?}", outcome.elapsed());

        let warning = format!("warning: the cached token is served because its last renewal failed: {failed}");
        let outcome = home.asking(&url).args(EARLY).run();
        outcome.prints_saying(&headers(0), &[&warning]);
        assert!(outcome.elapsed() < Duration::from_millis(500), "{:?}", outcome.elapsed());
        assert_eq!(endpoint.requests().len(), 1 + attempts);
    }
}

#[test]
fn a_refresh_ahead_of_time_is_waited_for() {
    let home = rotation::home();
    let server = Rotating::new(Manner { strict: true, pause: Duration::from_millis(1050), first_life: 3600 });
    refreshing(&home, &server).run().prints(&headers(1));
    let outcome = refreshing(&home, &server).args(EARLY).run();
    outcome.prints(&headers(2));
    assert!(outcome.elapsed() > Duration::from_secs(2), "{:?}", outcome.elapsed());
    assert_eq!(server.presented(), [0, 1]);
}

#[test]
fn a_renewal_that_hangs_keeps_nobody_waiting_who_needs_none() {
    let home = Home::new();
    let endpoint = scripted(vec![gives(0), later(1000, gives(1))]);
    home.asking(&endpoint.url()).run().prints(&headers(0));
    let renewing = home.asking(&endpoint.url()).args(EARLY).start();
    crate::script::wait_for(&endpoint, 2);
    let outcome = home.asking(&endpoint.url()).run();
    outcome.prints(&headers(0));
    assert!(outcome.elapsed() < Duration::from_millis(500), "{:?}", outcome.elapsed());
    renewing.finish().prints(&headers(1));
}

#[test]
fn what_has_expired_is_never_served() {
    let home = Home::new();
    let short = r#"{"access_token":"token-0","expires_in":1}"#;
    let endpoint = scripted(vec![json(200, short), json(500, "{}")]);
    home.asking(&endpoint.url()).run().prints(&headers(0));
    thread::sleep(Duration::from_millis(1001));
    let outcome = home.asking(&endpoint.url()).args(["--timeout", "700ms"]).run();
    outcome.fails(5, &format!("{} is not available: it answered 500; try again later", endpoint.origin()));
}

#[test]
fn a_refusal_is_remembered_for_a_while() {
    let home = Home::new();
    let endpoint = scripted(vec![json(401, r#"{"error":"invalid_client"}"#), gives(1)]);
    let refusal = format!(
        "{} refused the token request: it answered 401 (invalid_client); check --client-id (abc was sent), --client-secret and --client-auth (basic was used; some servers require --client-auth post)",
        endpoint.origin()
    );
    home.asking(&endpoint.url()).run().fails(4, &refusal);
    let again = home.asking(&endpoint.url()).run();
    let seconds = u8::from(again.stderr().contains(" 1s ago"));
    again.fails(
        4,
        &format!(
            "the token request is not repeated: the authorization server refused the same request {seconds}s ago ({refusal}); correct \
             that, then wait 30 s or add --fresh"
        ),
    );
    assert_eq!(endpoint.requests().len(), 1);
    // Another request is another matter.
    home.asking(&endpoint.url()).args(["--scope", "s"]).run().prints(&headers(1));
    home.asking(&endpoint.url()).arg("--fresh").run().prints(&headers(1));
    home.asking(&endpoint.url()).run().prints(&headers(1));
    assert_eq!(endpoint.requests().len(), 3);
}

#[test]
fn a_failure_that_passes_is_not_remembered() {
    let home = Home::new();
    let endpoint = scripted(vec![json(503, "{}"), gives(1)]);
    let message = format!("{} is not available: it answered 503; try again later", endpoint.origin());
    home.asking(&endpoint.url()).args(["--timeout", "100ms"]).run().fails(5, &message);
    home.asking(&endpoint.url()).run().prints(&headers(1));
}
