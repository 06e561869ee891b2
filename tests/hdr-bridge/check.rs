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
            "ORIGIN answered with HTTP 401: the server does not accept the credentials (invalid_token); the MCP server refused the \
             headers: the same were made again when they were asked for; check that the server accepts this credential",
        ),
        (
            "HTTP/1.1 403 Forbidden\r\nWWW-Authenticate: Bearer error=\"insufficient_scope\", scope=\"a b\"\r\nContent-Length: 0\r\n\r\n",
            "ORIGIN answered with HTTP 403: the server does not accept the credentials (insufficient_scope); ask for a token with \
             the scopes \"a b\": give the helper --scope",
        ),
        (
            "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n",
            "HTTP with SSE does not work: a GET is answered with HTTP 404; check the URL and --transport; and ORIGIN answered \
             with HTTP 404: it does not take messages by POST; check the URL",
        ),
        (
            "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
            "ORIGIN answered with HTTP 500: it says nothing more; try again, or look at the server's log",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi",
            "the MCP server's answer cannot be used: it is text/html, and not JSON; check the URL",
        ),
        (
            "SSH-2.0-x\r\n",
            "ORIGIN gave no answer: it is not HTTP; check the URL: another service may answer there; write https:// if it speaks \
             TLS",
        ),
    ] {
        let server = refusing(answer);
        let origin = &server.origin;
        let expected = format!(
            "url       {origin}\nheaders   x-k (-H)\nproxy     none\ntls       none, the server is on this machine\nfailed    {}\n",
            expected.replace("ORIGIN", origin)
        );
        bridge(&[origin, "--check", "-H", "X-K: {env:K}"]).env("K", CANARY).run().ends(1, &expected, "");
    }
}

#[test]
fn a_helper_that_fails_is_told_before_the_server_is_asked() {
    let server = Server::start(with_tools);
    let failed = format!(
        "url       {}\nfailed    hdr-jwt: --key: file:~/none cannot be read: it does not exist; put the secret into a \
         regular file that this user can read, or use cmd:COMMAND LINE\n",
        server.origin
    );
    bridge(&[&server.origin, "--check", "--", "hdr-jwt", "--key", "file:~/none"]).run().ends(1, &failed, "");
    bridge(&[&server.origin, "--check", "--", "hdr-jwt", "--zzz"])
        .run()
        .fails(2, "hdr-jwt cannot be called: unexpected argument '--zzz' found; see hdr-jwt --help");
    assert_eq!(server.seen().len(), 0);
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
