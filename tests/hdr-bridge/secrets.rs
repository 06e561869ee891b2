//! What a server repeats of the credentials it was sent is in no error of the bridge, and not in its log.

use super::bridge;
use crate::common::{CANARY, LOG};
use crate::server::{Server, empty};

const SESSION: &str = concat!(
    r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}"#,
    "\n",
    r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
    "\n",
    r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"a"}}"#,
    "\n",
);

/// An answer with a body of this type.
fn answer(status: &str, headers: &str, media_type: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Type: {media_type}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

#[test]
fn what_a_server_repeats_is_not_in_an_error_of_the_bridge() {
    // One looks like a token, the other one does not.
    shows_nothing_of(CANARY, "Y2FuYXJ5LTAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZi1jYW5hcnk=");
    shows_nothing_of("open-sesame", "b3Blbi1zZXNhbWU=");
}

/// `encoded` is `token` in base64.
fn shows_nothing_of(token: &str, encoded: &str) {
    for (what, text) in [
        (
            "401",
            answer(
                "401 No",
                &format!("WWW-Authenticate: Bearer error=\"{token}\", error_description=\"{token}\"\r\n"),
                "text/plain",
                "",
            ),
        ),
        ("401 with a body", answer("401 No", "", "text/html", &format!("<title>{token}</title>"))),
        (
            "403",
            answer(
                "403 No",
                &format!("WWW-Authenticate: Bearer error=\"insufficient_scope\", scope=\"{token}\"\r\n"),
                "text/plain",
                "",
            ),
        ),
        ("400", answer("400 No", "", "text/plain", &format!("bad token {token}"))),
        ("404", answer("404 No", "", "text/html", &format!("<html><title>{token}</title>"))),
        ("500", answer("500 No", "", "application/json", &format!("{{\"error\":\"{token}\"}}"))),
        ("500 encoded", answer("500 No", "", "text/plain", encoded)),
        ("a media type", answer("200 OK", "", &format!("text/{token}"), "hi")),
        ("a page", answer("200 OK", "", "text/html", token)),
        ("no message", answer("200 OK", "", "application/json", &format!("[\"{token}\"]"))),
        (
            "a redirect",
            format!("HTTP/1.1 307 No\r\nLocation: https://{token}.example/{token}\r\nContent-Length: 0\r\n\r\n"),
        ),
        ("Retry-After", format!("HTTP/1.1 503 No\r\nRetry-After: {token}\r\nContent-Length: 0\r\n\r\n")),
        ("an event", answer("200 OK", "", "text/event-stream", &format!("data: {token}\n\n"))),
    ] {
        let server = Server::start(move |request| {
            if matches!(request.method.as_str(), "GET" | "DELETE") { empty("405 No") } else { text.clone() }
        });
        let line = "printf %s \"$MESSAGES\" | \"$@\"";
        let helper =
            bridge(&[&server.origin, "--explain", "-H", "Authorization: Bearer {env:A}", "-H", "X-Key: {env:A}"])
                .through(["sh", "-c", line, "sh"])
                .env("MESSAGES", SESSION)
                .env("A", token);
        let outcome = helper.again().run();
        let stdout = String::from_utf8_lossy(outcome.stdout()).into_owned();
        assert_eq!(stdout.lines().filter(|line| line.contains("\"code\":-31000")).count(), 2, "{what}: {stdout}");
        assert!(!stdout.contains(token) && !stdout.contains(encoded), "{what}: {stdout}");
        assert!(
            !outcome.stderr().contains(token) && !outcome.stderr().contains(encoded),
            "{what}: {}",
            outcome.stderr()
        );
        let log = String::from_utf8_lossy(&outcome.file(LOG)).into_owned();
        assert!(!log.contains(token) && !log.contains(encoded), "{what}: {log}");
    }
}
