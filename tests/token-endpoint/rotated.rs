//! A refresh token that the server has replaced: kept whatever happens, and sent only where its answer can be waited for.

use std::time::Duration;

use crate::common::Helper;
use crate::endpoint::Endpoint;
use crate::headers;
use crate::rotation::{self, Manner, Rotating, arguments, refreshing};
use crate::script::{json, later, scripted, silence, wait_for};

#[test]
fn it_is_kept_although_the_rest_of_the_answer_is_of_no_use() {
    let home = rotation::home();
    let server = Rotating::new(Manner { strict: true, pause: Duration::ZERO, first_life: 3600 });
    refreshing(&home, &server).args(["--token-field", "id_tokn"]).run().fails(
        4,
        &format!(
            "{} answered without a token: it has no id_tokn, but access_token, expires_in, refresh_token, token_type; check the URL, or name the field with --token-field",
            server.endpoint.origin()
        ),
    );
    refreshing(&home, &server).run().prints(&headers(2));
    assert_eq!(server.presented(), [0, 1]);
}

#[test]
fn it_is_not_sent_when_there_is_no_time_for_the_answer() {
    let home = rotation::home();
    let tokens = r#"{"access_token":"token-1","refresh_token":"refresh-1","expires_in":3600}"#;
    let endpoint = scripted(vec![later(900, json(200, tokens))]);
    let url = endpoint.url();
    let with = |scope: &str| home.helper().args(arguments(&url)).args(["--timeout", "1s", "--scope", scope]);
    let first = with("a").start();
    wait_for(&endpoint, 1);
    with("b").run().fails(
        5,
        "the refresh token was not sent: the rest of the 1000 ms of --timeout is too short to wait for its \
         replacement; try again, or raise --timeout",
    );
    first.finish().prints(&headers(1));
    assert_eq!(endpoint.requests().len(), 1);
}

/// A run that waits for another one's renewal has nothing to lose, and is served the old token after two seconds.
#[test]
fn whoever_only_waits_for_it_does_so_for_two_seconds() {
    let home = rotation::home();
    let tokens = r#"{"access_token":"token-1","refresh_token":"refresh-1","expires_in":3600}"#;
    let endpoint = scripted(vec![json(200, tokens), silence()]);
    let url = endpoint.url();
    let run = || home.helper().args(arguments(&url));
    run().run().prints(&headers(1));
    let renewing = |helper: Helper| helper.args(["--min-life", "2h", "--timeout", "4s"]).start();
    let asks = renewing(run());
    wait_for(&endpoint, 2);
    let waits = renewing(run()).finish();
    let origin = endpoint.origin();
    let served = "warning: the cached token is served because no new one was issued:";
    let waited =
        "another run is requesting the same token: it did not finish within the 2000 ms of a renewal; try again";
    waits.prints_saying(&headers(1), &[&format!("{served} {waited}")]);
    assert!(waits.elapsed() < Duration::from_millis(2300), "{:?}", waits.elapsed());
    let over = "the 4000 ms of --timeout ended before its answer was complete";
    let late = format!("{served} {origin} did not answer: {over}; try again, or raise --timeout");
    asks.finish().prints_saying(&headers(1), &[&late]);
}

#[test]
fn a_refusal_of_a_renewal_is_remembered_as_one() {
    let home = crate::Home::new();
    let refusal = r#"{"error":"invalid_client"}"#;
    let endpoint: Endpoint = scripted(vec![crate::script::gives(0), json(401, refusal)]);
    let url = endpoint.url();
    let asking = |on_reask: &str| home.asking(&url).args(["--on-reask", on_reask]);
    asking("mint").run().prints(&headers(0));
    let renewed = asking("reuse").args(["--min-life", "2h"]).run();
    assert_eq!((renewed.code(), endpoint.requests().len()), (Some(0), 2));
    let back = asking("mint").run();
    assert_eq!((back.code(), endpoint.requests().len()), (Some(4), 2), "{}", back.stderr());
}
