//! The token request against servers that misbehave.

use std::time::{Duration, Instant};

use super::*;
use crate::header::Headers;
use crate::oauth::authorization_server::AuthorizationServer;
use crate::oauth::client::{Client, Credentials};
use crate::oauth::form::Encoding;
use crate::oauth::parameters::Parameters;
use crate::oauth::scripted::{Server, Step, answer, drip, json, raw, reset, silence, transport};
use crate::os::clock::elapsed;

const TOKEN: &str = r#"{"access_token":"t0ken","token_type":"Bearer","expires_in":3600}"#;

/// What a token request to `server` brings within `timeout`, and how long it takes.
fn ask(server: &Server, timeout: Duration) -> (Result<Answer, Error>, Duration) {
    let started_at: Instant = monotonic();
    let outcome = granted(server, timeout).and_then(|granted| granted.answer);
    (outcome, elapsed(started_at))
}

fn granted(server: &Server, timeout: Duration) -> Result<Reply, Error> {
    let credentials = Credentials {
        id: Some("abc".to_owned()),
        secret: Some(Secret::new(b"hunter2".to_vec())),
        ..Credentials::default()
    };
    let request = TokenRequest {
        server: &AuthorizationServer::at(server.endpoint.clone()),
        client: &Client::new(None, &[], credentials).unwrap(),
        grant: &Grant::ClientCredentials,
        parameters: &Parameters::new(vec!["mcp".to_owned()], Vec::new(), Vec::new()),
        encoding: Encoding::Form,
        headers: &Headers::default(),
        binding: None,
        reading: &Reading::default(),
    };
    request.send(&transport(timeout), &Notes::default())
}

/// Asserts the whole message and the exit code of a request that has 700 ms; `{}` stands for the server's origin.
#[track_caller]
fn assert_fails(script: Vec<Step>, code: u8, message: &str) {
    let server = Server::new(script);
    let (outcome, taken) = ask(&server, Duration::from_millis(700));
    let error = outcome.unwrap_err();
    assert_eq!((error.to_string(), error.exit_code()), (message.replace("{}", server.origin()), code));
    assert!(taken < Duration::from_secs(1), "it took {taken:?}");
}

#[test]
fn a_token_is_asked_for_once() {
    let server = Server::new(vec![json(200, TOKEN)]);
    let (outcome, _) = ask(&server, Duration::from_secs(5));
    let found = outcome.unwrap();
    assert_eq!(found.access_token.expose(), b"t0ken");
    assert_eq!((found.expires_at - found.issued_at).num_seconds(), 3600);
    let requests = server.requests();
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, "grant_type=client_credentials&scope=mcp");
    assert!(head.starts_with("POST /token?tenant=hunter3 HTTP/1.1\r\n"), "{head}");
    for line in [
        "authorization: Basic YWJjOmh1bnRlcjI=",
        "content-type: application/x-www-form-urlencoded",
        "accept: application/json",
        concat!("user-agent: hdr/", env!("CARGO_PKG_VERSION")),
    ] {
        assert!(head.lines().any(|found| found == line), "{line} in {head}");
    }
}

const TOO_LATE: &str = "{} did not answer: the 700 ms of --timeout ended before its answer was complete; try again, \
                        or raise --timeout";

#[test]
fn silence_ends_at_the_deadline() {
    assert_fails(vec![silence()], 5, TOO_LATE);
}

#[test]
fn a_byte_now_and_then_does_not_outlive_the_deadline() {
    assert_fails(vec![drip("HTTP/1.1 200 X\r\nx: ", b'a')], 5, TOO_LATE);
    assert_fails(vec![drip("HTTP/1.1 200 X\r\ncontent-length: 9999\r\n\r\n", b' ')], 5, TOO_LATE);
    assert_fails(vec![drip("HTTP/1.1 200 X\r\n\r\n", b' ')], 5, TOO_LATE);
}

#[test]
fn a_lost_connection_is_tried_again() {
    let server =
        Server::new(vec![reset(), raw("HTTP/1.1 200 X\r\ncontent-length: 99\r\n\r\n{\"acc"), json(200, TOKEN)]);
    let (outcome, _) = ask(&server, Duration::from_secs(5));
    assert_eq!(outcome.unwrap().access_token.expose(), b"t0ken");
    assert_eq!(server.requests().len(), 3);

    let remedy = "check the URL, the network and the proxy, then try again";
    assert_fails(vec![reset()], 5, &format!("{{}} cannot be reached: the connection was reset; {remedy}"));
    let closed = "the connection was closed before the answer was complete";
    let message = format!("{{}} cannot be reached: {closed}; {remedy}");
    assert_fails(vec![raw("HTTP/1.1 200 X\r\ncontent-length: 99\r\n\r\n{\"acc")], 5, &message);
    assert_fails(vec![raw("")], 5, &message);
}

#[test]
fn nobody_listens() {
    let closed = Server::nowhere();
    let (outcome, taken) = ask(&closed, Duration::from_millis(700));
    assert_eq!(
        outcome.unwrap_err().to_string(),
        "http://127.0.0.1:1 cannot be reached: connection refused; check the URL, the network and the proxy, then try \
         again"
    );
    assert!(taken < Duration::from_secs(1), "it took {taken:?}");
}

#[test]
fn what_is_no_token_is_refused() {
    let check = "check --token-url: it is not a token endpoint";
    let html = "<!doctype html><p>hunter2";
    for (script, cause) in [
        (answer(200, "content-type: text/html; charset=utf-8\r\n", html), "the answer is an HTML page"),
        (answer(200, "", html), "the answer is an HTML page"),
        (answer(200, "", ""), "the answer is empty"),
        (answer(204, "", ""), "the answer is empty"),
        (answer(200, "", "access_token=t0ken"), "the answer is not a JSON object"),
        (json(200, "[]"), "the answer is not a JSON object"),
    ] {
        assert_fails(vec![script], 4, &format!("{{}} answered without a token: {cause}; {check}"));
    }
    assert_fails(
        vec![json(200, "{}")],
        4,
        "{} answered without a token: it has no access_token; check the URL, or name the field with --token-field",
    );
}

#[test]
fn what_is_too_large_or_damaged_is_refused() {
    let another = "check the URL: another service may answer there";
    let refused = |cause| format!("{{}} gave an answer that cannot be used: {cause}; {another}");
    let spaces = vec![b' '; 10 << 20];
    assert_fails(vec![answer(200, "", &spaces)], 4, &refused("it is larger than 1 MiB"));
    let bomb = answer(200, "content-encoding: gzip\r\n", bomb());
    assert_fails(vec![bomb], 4, &refused("it is larger than 1 MiB"));
    let damaged = answer(200, "content-encoding: gzip\r\n", "no gzip at all");
    assert_fails(vec![damaged], 4, &refused("its gzip is damaged"));
    let head = format!("HTTP/1.1 200 X\r\nx: {}\r\n\r\n", "x".repeat(70_000));
    assert_fails(vec![raw(head)], 4, &refused("its header is larger than 64 KiB"));
    let no_http = format!("{}; write https:// if it speaks TLS", refused("it is not HTTP"));
    assert_fails(vec![raw("SSH-2.0-OpenSSH_9.2\r\n\r\n")], 4, &no_http);
}

/// 100 MiB of blanks in gzip.
#[expect(clippy::disallowed_methods, reason = "the test runs gzip")]
fn bomb() -> Vec<u8> {
    let line = "head -c 104857600 /dev/zero | tr '\\0' ' ' | gzip -1";
    std::process::Command::new("sh").args(["-c", line]).output().unwrap().stdout
}

#[test]
fn gzip_is_understood() {
    let line = format!("printf %s '{TOKEN}' | gzip");
    #[expect(clippy::disallowed_methods, reason = "the test runs gzip")]
    let zipped = std::process::Command::new("sh").args(["-c", &line]).output().unwrap().stdout;
    let server = Server::new(vec![answer(200, "content-encoding: gzip\r\n", zipped)]);
    assert_eq!(ask(&server, Duration::from_secs(5)).0.unwrap().access_token.expose(), b"t0ken");
}

const LOGIN: &str = "check --token-url: it redirects to a login page, so it is not a token endpoint, or a gateway is in front of \
                     it";

#[test]
fn redirects_are_refused() {
    let target = "location: https://elsewhere.example.com/?secret=hunter2\r\n";
    for status in [301, 302, 303, 307, 308] {
        let message = format!(
            "{{}} redirected: it answered {status}, to https://elsewhere.example.com, and credentials do not follow a redirect; \
             give the URL that it redirects to with --token-url"
        );
        assert_fails(vec![answer(status, target, ""), json(200, TOKEN)], 4, &message);
    }
    let login =
        format!("{{}} redirected: it answered 302, to {{}}/login, and credentials do not follow a redirect; {LOGIN}");
    let nowhere = "{} redirected: it answered 302, without a Location; check --token-url, and ask the operator of the \
                   server for the right URL";
    assert_fails(vec![answer(302, "location: /login?hunter2\r\n", ""), json(200, TOKEN)], 4, &login);
    assert_fails(vec![answer(302, "", ""), json(200, TOKEN)], 4, nowhere);
}

#[test]
fn a_refresh_token_counts_whatever_the_token_is_like() {
    for (body, is_usable) in [
        (r#"{"access_token":"t","refresh_token":"next"}"#, true),
        (r#"{"access_token":"t","refresh_token":"next","token_type":"mac"}"#, false),
        (r#"{"refresh_token":"next"}"#, false),
    ] {
        let found = granted(&Server::new(vec![json(200, body)]), Duration::from_secs(5)).unwrap();
        assert_eq!(found.refresh_token.unwrap().expose(), b"next", "{body}");
        assert_eq!(found.answer.is_ok(), is_usable, "{body}");
    }
    let found =
        granted(&Server::new(vec![json(200, r#"{"access_token":"t","refresh_token":""}"#)]), Duration::from_secs(5));
    assert!(found.unwrap().refresh_token.is_none());
}

#[test]
fn failures_that_pass_are_waited_out() {
    let script = vec![json(500, "{}"), answer(503, "", "busy"), json(400, r#"{"error":"temporarily_unavailable"}"#)];
    let server = Server::new(script.into_iter().chain([json(200, TOKEN)]).collect());
    let (outcome, taken) = ask(&server, Duration::from_secs(8));
    assert_eq!(outcome.unwrap().access_token.expose(), b"t0ken");
    assert_eq!(server.requests().len(), 4);
    assert!(taken < Duration::from_secs(2), "it took {taken:?}");

    let message = "{} is not available: it answered 500; try again later";
    assert_fails(vec![json(500, "{}")], 5, message);
}

#[test]
fn retry_after_is_honoured_inside_the_deadline() {
    let server = Server::new(vec![answer(429, "retry-after: 1\r\n", ""), json(200, TOKEN)]);
    let (outcome, taken) = ask(&server, Duration::from_secs(5));
    assert!(outcome.is_ok() && taken >= Duration::from_secs(1), "{taken:?}: {outcome:?}");

    let server = Server::new(vec![answer(429, "retry-after: 60\r\n", ""), json(200, TOKEN)]);
    let (outcome, taken) = ask(&server, Duration::from_secs(8));
    let error = outcome.unwrap_err();
    let expected =
        format!("{} is not available: it answered 429 and asks to wait 60s; try again later", server.origin());
    assert_eq!((error.to_string(), error.exit_code()), (expected, 5));
    assert!(taken < Duration::from_millis(500) && server.requests().len() == 1, "{taken:?}");
}

#[test]
fn a_refusal_is_final_and_repeats_no_secret() {
    let refusal = r#"{"error":"invalid_client","error_description":"no client abc with secret hunter2"}"#;
    let server = Server::new(vec![json(401, refusal), json(200, TOKEN)]);
    let (outcome, _) = ask(&server, Duration::from_secs(5));
    let error = outcome.unwrap_err();
    let expected = format!(
        "{} refused the token request: it answered 401 (invalid_client: no client abc with secret [redacted]); check --client-id (abc was sent), --client-secret and --client-auth (basic was used; some servers require --client-auth post)",
        server.origin()
    );
    assert_eq!((error.to_string(), error.exit_code()), (expected.clone(), 4));
    assert_eq!(server.requests().len(), 1);
    let pair = r#"{"error":"invalid_client","error_description":"bad header YWJjOmh1bnRlcjI="}"#;
    let expected = expected.replace("no client abc with secret", "bad header").replace(server.origin(), "{}");
    assert_fails(vec![json(401, pair)], 4, &expected);
    let missing = "{} refused the token request: it answered 404 with an HTML page; check --token-url: it is not a token endpoint";
    assert_fails(vec![answer(404, "", "<html>")], 4, missing);
    let quiet = "{} refused the token request: it answered 200 (bad_code: no); see what the server logs about it; --explain shows what was sent";
    assert_fails(vec![json(200, r#"{"error":"bad_code","error_description":"no"}"#)], 4, quiet);
}
