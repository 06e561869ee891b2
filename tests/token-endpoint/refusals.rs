//! Errors of the authorization server: those that pass are waited out, those that last are final and say what to change.

use std::time::{Duration, Instant};

use crate::common::CANARY;
use crate::endpoint::{Endpoint, reply};
use crate::hostile::assert_fails;
use crate::script::{answer, gives, json, scripted, token, url};
use crate::{asking, headers};

#[test]
fn failures_that_pass_are_waited_out_with_jitter() {
    let arrivals = std::sync::Mutex::new(Vec::new());
    let arrivals = std::sync::Arc::new(arrivals);
    let noted = std::sync::Arc::clone(&arrivals);
    let endpoint = Endpoint::new(move |number, _, connection| {
        noted.lock().unwrap().push(Instant::now());
        if number < 3 { reply(connection, 500, "{}") } else { reply(connection, 200, &token(number)) }
    });
    asking(&url(&endpoint)).run().prints(&headers(3));
    let arrivals = arrivals.lock().unwrap();
    for (pair, longest) in arrivals.windows(2).zip([200, 400, 800]) {
        let pause = pair[1].duration_since(pair[0]);
        assert!(pause >= Duration::from_millis(longest / 2), "{pause:?} of at most {longest} ms");
        assert!(pause < Duration::from_millis(longest + 500), "{pause:?} of at most {longest} ms");
    }
    assert_eq!(arrivals.len(), 4);
}

#[test]
fn every_kind_of_failure_that_passes_is_tried_again() {
    for failure in [
        json(408, "{}"),
        json(429, r#"{"error":"slow_down"}"#),
        answer(503, "Retry-After: 0\r\n", "busy"),
        json(400, r#"{"error":"temporarily_unavailable"}"#),
    ] {
        let endpoint = scripted(vec![failure, gives(1)]);
        asking(&url(&endpoint)).run().prints(&headers(1));
        assert_eq!(endpoint.requests().len(), 2);
    }
    for (status, body, said) in [
        (500, "{}", "500"),
        (408, "{}", "408"),
        (429, r#"{"error":"slow_down"}"#, "429 (slow_down)"),
        (
            400,
            r#"{"error":"temporarily_unavailable","error_description":"at lunch"}"#,
            "400 (temporarily_unavailable: at lunch)",
        ),
    ] {
        assert_fails(
            vec![json(status, body)],
            5,
            &format!("{{}} is not available: it answered {said}; try again later"),
        );
    }
}

#[test]
fn a_wish_to_wait_is_honoured_within_the_deadline() {
    let endpoint = scripted(vec![answer(429, "Retry-After: 1\r\n", ""), gives(1)]);
    let outcome = asking(&url(&endpoint)).run();
    outcome.prints(&headers(1));
    assert!(outcome.elapsed() >= Duration::from_secs(1), "{:?}", outcome.elapsed());

    let endpoint = scripted(vec![answer(429, "Retry-After: 60\r\n", ""), gives(1)]);
    let outcome = asking(&url(&endpoint)).run();
    let message = "is not available: it answered 429 and asks to wait 60s; try again later";
    outcome.fails(5, &format!("{} {message}", endpoint.origin()));
    assert!(outcome.elapsed() < Duration::from_millis(500), "{:?}", outcome.elapsed());
    assert_eq!(endpoint.requests().len(), 1);
}

#[test]
fn a_refusal_is_final_and_says_what_to_change() {
    let client = "check --client-id (abc was sent), --client-secret and --client-auth (basic was used; some servers require --client-auth post)";
    for (status, code, remedy) in [
        (400, "invalid_client", client),
        (401, "invalid_client", client),
        (200, "invalid_client", client),
        (400, "invalid_scope", "check --scope (none was requested)"),
        (400, "invalid_grant", "see what the server logs about it; --explain shows what was sent"),
        (
            400,
            "unauthorized_client",
            "configure the server to allow abc the grant client-credentials, or choose another --grant",
        ),
        (400, "invalid_target", "check --resource (none was requested) and --audience (none was requested)"),
    ] {
        let endpoint = scripted(vec![json(status, &format!(r#"{{"error":"{code}"}}"#)), gives(1)]);
        let message =
            format!("{} refused the token request: it answered {status} ({code}); {remedy}", endpoint.origin());
        asking(&url(&endpoint)).run().fails(4, &message);
        assert_eq!(endpoint.requests().len(), 1);
    }
    let missing = "{} refused the token request: it answered 404 with an HTML page; check --token-url: it is not a token endpoint";
    assert_fails(vec![answer(404, "", "<html>hunter2")], 4, missing);
}

#[test]
fn the_secret_is_cut_out_of_what_the_server_says() {
    for (text, shown) in [
        (format!("no client abc with secret {CANARY}"), "no client abc with secret [redacted]"),
        (format!("Basic {}", pair()), "Basic [redacted]"),
    ] {
        let body = format!(r#"{{"error":"invalid_client","error_description":"{text}"}}"#);
        assert_fails(
            vec![json(401, &body)],
            4,
            &format!(
                "{{}} refused the token request: it answered 401 (invalid_client: {shown}); check --client-id (abc was sent), --client-secret and --client-auth (basic was used; some servers require --client-auth post)"
            ),
        );
    }
    let long = format!(r#"{{"error":"invalid_scope","error_description":"{}"}}"#, "\\u001b[31m\u{e9}".repeat(90));
    let shown: String = "?[31m??".chars().cycle().take(200).collect();
    let message = format!(
        "{{}} refused the token request: it answered 400 (invalid_scope: {shown}); check --scope (none was requested)"
    );
    assert_fails(vec![json(400, &long)], 4, &message);
}

/// What an Authorization header of this client holds.
fn pair() -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(format!("abc:{CANARY}"))
}
