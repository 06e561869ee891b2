//! `--check`: a session with the server, told line by line.

use super::bridge;
use crate::common::{CANARY, LOG};
use crate::server::{Request, Server, empty, json};

/// A server with sessions and three tools on two pages.
fn with_tools(request: &Request) -> String {
    let result = |headers: &str, result: &str| {
        json(headers, &format!("{{\"jsonrpc\":\"2.0\",\"id\":{},\"result\":{result}}}", request.id()))
    };
    let tool = |name: &str| format!("{{\"name\":\"{name}\",\"inputSchema\":{{\"type\":\"object\"}}}}");
    match &*request.method {
        "DELETE" => empty("200 OK"),
        "GET" => empty("405 Method Not Allowed"),
        _ if request.calls("initialize") => result(
            "Mcp-Session-Id: s1\r\n",
            "{\"protocolVersion\":\"2025-06-18\",\"capabilities\":{},\"serverInfo\":{\"name\":\"acme\",\"version\":\"1.2\"}}",
        ),
        _ if request.calls("notifications/initialized") => empty("202 Accepted"),
        _ if request.body.contains("cursor") => result("", &format!("{{\"tools\":[{}]}}", tool("c"))),
        _ => result("", &format!("{{\"tools\":[{},{}],\"nextCursor\":\"n\"}}", tool("a"), tool("b"))),
    }
}

/// Answers `initialize` with `text`, and nothing else.
fn refusing(text: &'static str) -> Server {
    Server::start(move |_| text.to_owned())
}

#[test]
fn a_session_is_told_line_by_line_and_ended() {
    let server = Server::start(with_tools);
    let url = format!("{}/mcp", server.origin);
    let helper =
        bridge(&[&url, "--check", "-H", "X-Api-Key: {env:K}", "--", "hdr-jwt", "--key", "env:K", "--alg", "HS256"]);
    helper.again().env("K", CANARY).run().prints(&format!(
        "url       {}\nheaders   x-api-key, authorization (-H and hdr-jwt)\nproxy     none\ntls       none, the server is on this \
         machine\nprotocol  2025-06-18, streamable HTTP\nserver    acme 1.2\ntools     3\nok",
        server.origin
    ));
    let seen = server.seen();
    let last = seen.last().unwrap();
    assert_eq!((last.method.as_str(), last.header("mcp-session-id")), ("DELETE", Some("s1")));
    assert!(seen.iter().all(|request| request.header("x-api-key") == Some(CANARY)), "{seen:?}");
    assert!(!helper.path(LOG).exists());
}

#[test]
fn what_goes_wrong_is_told_with_its_remedy() {
    let end = "check the URL, the network and the proxy, then try again\n";
    bridge(&["http://127.0.0.1:1/mcp", "--check"]).run().ends(
        1,
        &format!("url       http://127.0.0.1:1\nheaders   none\nfailed    http://127.0.0.1:1 cannot be reached: connection refused; {end}"),
        "",
    );
    for (answer, expected) in [
        (
            "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer error=\"invalid_token\"\r\nContent-Length: 0\r\n\r\n",
            " answered with HTTP 401: the server does not accept the credentials (invalid_token); ",
        ),
        (
            "HTTP/1.1 403 Forbidden\r\nWWW-Authenticate: Bearer error=\"insufficient_scope\", scope=\"a b\"\r\nContent-Length: 0\r\n\r\n",
            " answered with HTTP 403: ",
        ),
        ("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", " answered with HTTP 500"),
        ("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi", "text/html"),
        ("SSH-2.0-x\r\n", "http"),
    ] {
        let server = refusing(answer);
        let outcome = bridge(&[&server.origin, "--check", "-H", "X-K: {env:K}"]).env("K", CANARY).run();
        let stdout = String::from_utf8_lossy(outcome.stdout()).into_owned();
        let (_, failed) = stdout.split_once("\nfailed    ").unwrap_or_else(|| panic!("{answer}: {stdout}"));
        assert!(failed.contains(expected) && failed.contains("; "), "{answer}: {failed}");
        assert!(failed.ends_with('\n') && !failed.contains(CANARY) && !stdout.contains("\nok\n"), "{answer}: {failed}");
        assert_eq!(outcome.code(), Some(1), "{answer}");
    }
}

#[test]
fn a_helper_that_fails_is_told_before_the_server_is_asked() {
    let server = Server::start(with_tools);
    let outcome = bridge(&[&server.origin, "--check", "--", "hdr-jwt", "--key", "file:~/none"]).run();
    let stdout = String::from_utf8_lossy(outcome.stdout()).into_owned();
    let begin = format!("url       {}\nfailed    hdr-jwt: --key: ", server.origin);
    assert!(stdout.starts_with(&begin), "{stdout}");
    assert_eq!((outcome.code(), server.seen().len()), (Some(1), 0));
    let outcome = bridge(&[&server.origin, "--check", "--", "hdr-jwt", "--zzz"]).run();
    assert_eq!((outcome.code(), outcome.stdout(), server.seen().len()), (Some(2), &b""[..], 0));
}

#[test]
fn a_server_without_sessions_is_asked_as_it_wants_to_be() {
    let server = Server::start(|request| {
        let result =
            |result: &str| json("", &format!("{{\"jsonrpc\":\"2.0\",\"id\":{},\"result\":{result}}}", request.id()));
        match () {
            () if request.calls("server/discover") => {
                result("{\"supportedVersions\":[\"2026-07-28\"],\"serverInfo\":{\"name\":\"new\",\"version\":\"2\"}}")
            }
            () if request.calls("tools/list") => result("{\"tools\":[{\"name\":\"a\",\"inputSchema\":{}}]}"),
            () => empty("400 Bad Request"),
        }
    });
    bridge(&[&server.origin, "--check"]).run().prints(&format!(
        "url       {}\nheaders   none\nproxy     none\ntls       none, the server is on this machine\nprotocol  2026-07-28, streamable \
         HTTP\nserver    new 2\ntools     1\nok",
        server.origin
    ));
}
