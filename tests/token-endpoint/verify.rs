//! Asking the MCP server whether a cached token is still good.

use std::time::Duration;

use crate::common::Helper;
use crate::endpoint::Endpoint;
use crate::script::{Step, answer, drip, gives, json, reset, scripted, silence};
use crate::{Home, headers};

/// A HOME with a cached `token-0`, and the endpoint that gave it.
fn cached() -> (Home, Endpoint) {
    let home = Home::new();
    let endpoint = Endpoint::minting();
    home.asking(&endpoint.url()).run().prints(&headers(0));
    (home, endpoint)
}

/// A run that asks `server` first.
fn verifying(home: &Home, endpoint: &Endpoint, server: &Endpoint) -> Helper {
    let url = format!("{}/mcp?key=hunter2", server.origin());
    home.asking(&endpoint.url()).args(["--verify", "--server-url", &url])
}

const CHALLENGE: &str = "WWW-Authenticate: Bearer realm=\"x\", error=\"invalid_token\"\r\n";

#[test]
fn a_token_that_the_mcp_server_refuses_is_replaced() {
    for refusal in [answer(401, "", ""), answer(401, CHALLENGE, "{}"), answer(403, CHALLENGE, "")] {
        let (home, endpoint) = cached();
        let server = scripted(vec![refusal]);
        verifying(&home, &endpoint, &server).run().prints(&headers(1));
        assert_eq!([server.requests().len(), endpoint.requests().len()], [1, 2]);
    }
}

#[test]
fn whatever_else_it_answers_the_token_is_served() {
    let elsewhere = Endpoint::minting();
    let location = format!("Location: {}\r\n", elsewhere.url());
    let other: Vec<Step> = vec![
        json(200, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#),
        answer(202, "", ""),
        json(400, "{}"),
        answer(403, "", ""),
        answer(403, "WWW-Authenticate: Bearer error=\"insufficient_scope\"\r\n", ""),
        answer(404, "", ""),
        answer(302, &location, ""),
        answer(500, "", ""),
        drip("HTTP/1.1 200 X\r\nContent-Type: text/event-stream\r\n\r\n", b'\n'),
    ];
    let (home, endpoint) = cached();
    for step in other {
        let server = scripted(vec![step]);
        let outcome = verifying(&home, &endpoint, &server).run();
        outcome.prints(&headers(0));
        assert!(outcome.elapsed() < Duration::from_millis(500), "{:?}", outcome.elapsed());
        assert_eq!(server.requests().len(), 1);
    }
    assert_eq!([elsewhere.requests().len(), endpoint.requests().len()], [0, 1]);
}

#[test]
fn a_server_that_does_not_answer_is_not_waited_for() {
    let check = "check the URL, the network and the proxy, then try again";
    for (step, why) in [
        (
            silence(),
            "did not answer: the 2000 ms of --verify ended before its answer was complete; try again".to_owned(),
        ),
        (reset(), format!("cannot be reached: the connection was reset; {check}")),
    ] {
        let (home, endpoint) = cached();
        let server = scripted(vec![step]);
        let outcome = verifying(&home, &endpoint, &server).run();
        let warning = format!("warning: --verify: the cached token is served unverified: {} {why}", server.origin());
        outcome.prints_saying(&headers(0), &[&warning]);
        assert!(outcome.elapsed() < Duration::from_millis(2300), "{:?}", outcome.elapsed());
    }
}

#[test]
fn the_ping_is_what_the_client_would_send() {
    let (home, endpoint) = cached();
    let server = scripted(vec![answer(202, "", "")]);
    let helper = verifying(&home, &endpoint, &server).args(["--add", "X-User: {env:WHO}"]).env("WHO", "me");
    helper.run().prints(r#"{"Authorization":"Bearer token-0","X-User":"me"}"#);
    let host = server.origin().replace("http://", "");
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    let version = env!("CARGO_PKG_VERSION");
    let expected = format!(
        "POST /mcp?key=hunter2 HTTP/1.1\r\naccept-encoding: gzip\r\ncontent-length: {}\r\n\
         user-agent: hdr/{version}\r\nhost: {host}\r\naccept: application/json, text/event-stream\r\ncontent-type: application/json\r\n\
         authorization: Bearer token-0\r\nx-user: me\r\n\r\n{body}",
        body.len()
    );
    assert_eq!(server.requests(), [expected]);
}

#[test]
fn a_token_that_is_new_needs_no_ping() {
    let home = Home::new();
    let [endpoint, server] = [Endpoint::minting(), scripted(vec![answer(401, "", "")])];
    verifying(&home, &endpoint, &server).run().prints(&headers(0));
    assert_eq!(server.requests(), Vec::<String>::new());
    let (home, endpoint) = cached();
    verifying(&home, &endpoint, &server).arg("--fresh").run().prints(&headers(1));
    assert_eq!(server.requests(), Vec::<String>::new());
}

#[test]
fn a_token_that_was_refused_is_not_served_for_want_of_another() {
    for (step, code, why) in [
        (json(503, "{}"), 5, "is not available: it answered 503; try again later"),
        (
            json(400, r#"{"error":"invalid_scope"}"#),
            4,
            "refused the token request: it answered 400 (invalid_scope); check --scope (none was requested)",
        ),
    ] {
        let home = Home::new();
        let [endpoint, server] = [scripted(vec![gives(0), step]), scripted(vec![answer(401, "", "")])];
        home.asking(&endpoint.url()).run().prints(&headers(0));
        let outcome = verifying(&home, &endpoint, &server).args(["--timeout", "700ms"]).run();
        outcome.fails(code, &format!("{} {why}", endpoint.origin()));
    }
    let home = Home::new();
    let [endpoint, server] = [scripted(vec![gives(0)]), scripted(vec![answer(401, "", "")])];
    home.asking(&endpoint.url()).run().prints(&headers(0));
    let warning = "warning: the same token is served again: the authorization server issued the same token again; it may have \
                   been refused";
    verifying(&home, &endpoint, &server).run().prints_saying(&headers(0), &[warning]);
}

#[test]
fn the_server_must_be_known_and_reached_safely() {
    let (home, endpoint) = cached();
    home.asking(&endpoint.url()).arg("--verify").run().fails(
        2,
        "--verify: the URL of the server is not known: the client did not pass it (Codex never does); give --server-url",
    );
    let plain =
        home.asking(&endpoint.url()).args(["--verify", "--server-url", "http://mcp.example.com/mcp?key=hunter2"]);
    plain.run().fails(
        2,
        "--server-url http://mcp.example.com cannot be used: plain HTTP exposes credentials to the network; write https://; \
         plain HTTP is allowed only for a loopback host",
    );
}

#[test]
fn there_is_nothing_to_verify_without_a_cache() {
    let (home, endpoint) = cached();
    let server = Endpoint::minting();
    let message = |beside: &str| {
        let cause = "it applies to cached tokens, and none is cached here";
        format!("--verify cannot be used with {beside}: {cause}; remove one of them")
    };
    verifying(&home, &endpoint, &server).arg("--no-cache").run().fails(2, &message("--no-cache"));
    let url = format!("{}/mcp", server.origin());
    let given = home.helper().args(["--token", "file:~/secret", "--verify", "--server-url", &url]);
    given.run().fails(2, &message("--token"));
    assert_eq!(server.requests(), Vec::<String>::new());
}
