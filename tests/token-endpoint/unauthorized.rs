//! What an MCP server's 401 says before anything else is asked: where its metadata is, and which scope it wants.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::common::{CANARY, Helper};
use crate::endpoint::{Endpoint, reply};
use crate::script::{drip, silence, token};
use crate::{headers, helper};

const METADATA: &str =
    r#"{"resource":"ORIGIN/mcp","authorization_servers":["ORIGIN"],"scopes_supported":["listed","too"]}"#;
const ISSUER: &str = r#"{"issuer":"ORIGIN","token_endpoint":"ORIGIN/token"}"#;

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource/mcp";
const AT_ROOT: &str = "/.well-known/oauth-protected-resource";
const OF_ISSUER: &str = "/.well-known/oauth-authorization-server";

/// An MCP server and issuer with the metadata at this path that answers a POST to /mcp with `refuse`; `ORIGIN` stands for its
/// origin.
fn serving(at: &'static str, refuse: impl Fn(&mut TcpStream, &str) + Send + Sync + 'static) -> Endpoint {
    Endpoint::new(move |_, request, connection| {
        let origin = request.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        let origin = format!("http://{origin}");
        match request.split(' ').nth(1).unwrap() {
            "/mcp" => refuse(connection, &origin),
            OF_ISSUER => reply(connection, 200, &ISSUER.replace("ORIGIN", &origin)),
            "/token" => reply(connection, 200, &token(0)),
            path if path == at => reply(connection, 200, &METADATA.replace("ORIGIN", &origin)),
            _ => reply(connection, 404, "{}"),
        }
    })
}

/// One whose refusal has these header lines.
fn refusing(at: &'static str, lines: &str) -> Endpoint {
    let lines = lines.to_owned();
    serving(at, move |connection, origin| {
        let lines = lines.replace("ORIGIN", origin);
        refuse(connection, &lines);
    })
}

fn refuse(connection: &mut TcpStream, lines: &str) {
    let head = format!("HTTP/1.1 401 X\r\nConnection: close\r\nContent-Length: 0\r\n{lines}\r\n");
    let _ = connection.write_all(head.as_bytes());
}

/// The helper of a public client that asks this server.
fn discovering(server: &Endpoint) -> Helper {
    let url = format!("{}/mcp", server.origin());
    helper().args(["--discover", "--client-auth", "none", "--client-id", "abc", "--server-url", &url])
}

fn paths(server: &Endpoint) -> Vec<String> {
    server.requests().iter().map(|request| request.split(' ').nth(1).unwrap().to_owned()).collect()
}

/// The scope in the token request, which is the last one.
fn scope(server: &Endpoint) -> Option<String> {
    let last = server.requests().last().unwrap().clone();
    let (head, body) = last.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /token "), "{last}");
    body.split('&').find_map(|pair| pair.strip_prefix("scope=").map(str::to_owned))
}

#[test]
fn it_is_asked_as_a_client_asks_but_without_a_credential() {
    let server = refusing("/meta", "WWW-Authenticate: Bearer resource_metadata=\"ORIGIN/meta\", scope=\"a b\"\r\n");
    let url = format!("{}/mcp?key={CANARY}", server.origin());
    let asking =
        helper().args(["--discover", "--any-issuer", "--client-id", "abc", "--client-secret", "file:~/secret"]);
    asking
        .args(["--server-url", &url, "--add", &format!("X-Key: {CANARY}")])
        .run()
        .prints(&format!(r#"{{"Authorization":"Bearer token-0","X-Key":"{CANARY}"}}"#));
    assert_eq!(paths(&server), ["/mcp", "/meta", OF_ISSUER, "/token"]);
    assert_eq!(scope(&server).as_deref(), Some("a+b"));
    let requests = server.requests();
    let (head, body) = requests[0].split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<_> = head.lines().filter(|line| !line.starts_with("user-agent: hdr/")).collect();
    lines.sort_unstable();
    let host = format!("host: {}", server.origin().trim_start_matches("http://"));
    let mut expected = [
        "POST /mcp HTTP/1.1",
        "accept: application/json, text/event-stream",
        "accept-encoding: gzip",
        "content-type: application/json",
        &format!("content-length: {}", body.len()),
        &host,
    ];
    expected.sort_unstable();
    assert_eq!(lines, expected);
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!((&body["jsonrpc"], &body["method"]), (&"2.0".into(), &"initialize".into()));
    assert_eq!(body["params"]["protocolVersion"], "2025-11-25");
    assert_eq!(body["params"]["clientInfo"]["name"], "hdr-bearer-refresh");
    assert!(requests[..3].iter().all(|request| !request.contains(CANARY)), "{requests:?}");
}

#[test]
fn the_challenge_is_found_however_it_is_written() {
    for lines in [
        "WWW-Authenticate: Bearer resource_metadata=\"ORIGIN/meta\", scope=\"a b\"\r\n",
        "www-authenticate: bearer realm=\"x, \\\"Basic\\\"\", SCOPE=\"a b\" , Resource_Metadata = \"ORIGIN/meta\"\r\n",
        "WWW-Authenticate: Basic realm=\"x\", BEARER error=invalid_token, scope=\"a b\", resource_metadata=ORIGIN/meta\r\n",
        "WWW-Authenticate: Negotiate\r\nWWW-Authenticate: Bearer scope=\"a b\", resource_metadata=\"ORIGIN\\/meta\"\r\n",
        "WWW-Authenticate: Basic scope=\"x\"\r\nWWW-Authenticate: Bearer scope=\"a b\"\r\nWWW-Authenticate: DPoP resource_metadata=\"ORIGIN/meta\"\r\n",
        "WWW-Authenticate: Bearer error_description=\"\u{e9}\", resource_metadata=\"ORIGIN/meta\", scope=\"a b\"\r\n",
    ] {
        let server = refusing("/meta", lines);
        discovering(&server).run().prints(&headers(0));
        assert_eq!(paths(&server), ["/mcp", "/meta", OF_ISSUER, "/token"], "{lines}");
        assert_eq!(scope(&server).as_deref(), Some("a+b"), "{lines}");
    }
}

#[test]
fn the_scope_is_the_users_then_that_of_the_401_then_the_listed() {
    let wants = "WWW-Authenticate: Bearer scope=\"a a b\"\r\n";
    for (lines, option, sent) in [
        (wants, &[][..], Some("a+b")),
        (wants, &["--scope", "mine"], Some("mine")),
        (wants, &["--scope", ""], None),
        ("WWW-Authenticate: Bearer\r\n", &[], Some("listed+too")),
        ("WWW-Authenticate: Bearer scope=\"\"\r\n", &[], Some("listed+too")),
        ("", &[], Some("listed+too")),
        // A refresh token has the scope that was consented to.
        (wants, &["--refresh-token", "file:~/secret", "--any-issuer"], None),
    ] {
        let server = refusing(WELL_KNOWN, lines);
        discovering(&server).args(option).run().prints(&headers(0));
        assert_eq!(paths(&server), ["/mcp", WELL_KNOWN, OF_ISSUER, "/token"]);
        assert_eq!(scope(&server).as_deref(), sent, "{lines} {option:?}");
    }
}

#[test]
fn other_answers_lead_to_the_well_known_urls() {
    for head in [
        "HTTP/1.1 200 X\r\nWWW-Authenticate: Bearer resource_metadata=\"ORIGIN/meta\"\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 403 X\r\nWWW-Authenticate: Bearer resource_metadata=\"ORIGIN/meta\"\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 307 X\r\nLocation: ORIGIN/meta\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 401 X\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 401 X\r\nWWW-Authenticate: Bearer resource_metadata=\"ORIGIN/meta\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 401 X\r\nWWW-Authenticate: Bearer resource_metadata=\"ORIGIN/nothing\"\r\nContent-Length: 0\r\n\r\n",
        "this is no HTTP\r\n\r\n",
    ] {
        let server = serving(WELL_KNOWN, move |connection, origin| {
            drop(connection.write_all(head.replace("ORIGIN", origin).as_bytes()));
        });
        discovering(&server).run().prints(&headers(0));
        let mut expected = vec!["/mcp", WELL_KNOWN, OF_ISSUER, "/token"];
        if head.contains("/nothing") {
            expected.insert(1, "/nothing");
        }
        assert_eq!(paths(&server), expected, "{head}");
    }
}

#[test]
fn a_server_that_is_busy_is_asked_again() {
    let attempts = AtomicUsize::new(0);
    let server = serving("/meta", move |connection, origin| match attempts.fetch_add(1, Ordering::SeqCst) {
        0 => reply(connection, 503, ""),
        _ => refuse(connection, &format!("WWW-Authenticate: Bearer resource_metadata=\"{origin}/meta\"\r\n")),
    });
    discovering(&server).run().prints(&headers(0));
    assert_eq!(paths(&server), ["/mcp", "/mcp", "/meta", OF_ISSUER, "/token"]);

    // Nobody knows what it would have said.
    let busy = serving("/meta", |connection, _| reply(connection, 503, ""));
    let message = format!("{} is not available: it answered 503; try again later", busy.origin());
    discovering(&busy).run().fails(5, &message);
    assert_eq!(paths(&busy), ["/mcp", "/mcp", "/mcp", "/mcp", WELL_KNOWN, AT_ROOT]);
}

#[test]
fn an_answer_without_an_end_costs_no_more_than_half_the_time() {
    let silent = serving(WELL_KNOWN, |connection, _| silence()(connection));
    let outcome = discovering(&silent).args(["--timeout", "2s"]).run();
    outcome.prints(&headers(0));
    assert!(outcome.elapsed() < Duration::from_millis(1900), "{:?}", outcome.elapsed());
    assert_eq!(paths(&silent), ["/mcp", WELL_KNOWN, OF_ISSUER, "/token"]);

    let endless = serving(WELL_KNOWN, |connection, _| {
        drip("HTTP/1.1 401 X\r\nWWW-Authenticate: Bearer scope=a\r\n\r\n", b'x')(connection);
    });
    let outcome = discovering(&endless).run();
    outcome.prints(&headers(0));
    assert!(outcome.elapsed() < Duration::from_secs(2), "{:?}", outcome.elapsed());
    assert_eq!(scope(&endless).as_deref(), Some("a"));

    let long = format!("WWW-Authenticate: Bearer scope=\"{}\"\r\n", "x".repeat(70_000));
    let long = refusing(WELL_KNOWN, &long);
    discovering(&long).run().prints(&headers(0));
    assert_eq!(scope(&long).as_deref(), Some("listed+too"));
}

/// A listener that only counts who connects.
fn counting() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("[::]:0").or_else(|_| TcpListener::bind("0.0.0.0:0")).unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    thread::spawn(move || listener.incoming().for_each(|_| _ = counted.fetch_add(1, Ordering::SeqCst)));
    (port, count)
}

#[test]
fn metadata_elsewhere_is_not_asked_for_in_our_own_network() {
    let (port, connections) = counting();
    let unused = "the resource_metadata in its 401 is not used";
    for (url, cause) in [
        ("https://127.0.0.1:PORT/meta", "address"),
        ("https://127.1:PORT/meta", "it is not an absolute URL with a host"),
        ("https://2130706433:PORT/meta", "it is not an absolute URL with a host"),
        ("https://0:PORT/meta", "it is not an absolute URL with a host"),
        ("https://localhost:PORT/meta", "address"),
        ("https://[::1]:PORT/meta", "address"),
        ("https://[::ffff:127.0.0.1]:PORT/meta", "address"),
        ("https://10.0.0.1:PORT/meta", "address"),
        ("https://172.16.5.5/meta", "address"),
        ("https://192.168.0.1/meta", "address"),
        ("https://169.254.169.254/latest/meta-data", "address"),
        ("https://100.100.100.200/meta", "address"),
        ("https://[fe80::1]/meta", "address"),
        ("https://[fd00::1]/meta", "address"),
        ("http://127.0.0.1:PORT/meta", "address"),
        ("http://localhost:PORT/meta", "address"),
        ("http://mcp.example.com/meta", "http://mcp.example.com is plain HTTP"),
        ("http://169.254.169.254/meta", "http://169.254.169.254 is plain HTTP"),
        ("https://user:pass@127.0.0.1:PORT/meta", "it contains a user name or password"),
        ("https://127.0.0.1:PORT/meta#x", "it has a fragment"),
        ("/meta", "it is not an absolute URL with a host"),
        ("//127.0.0.1:PORT/meta", "it is not an absolute URL with a host"),
        ("file:///etc/passwd", "it is not an absolute URL with a host"),
        ("", "it is not an absolute URL with a host"),
    ] {
        let url = url.replace("PORT", &port.to_string());
        let lines = format!("WWW-Authenticate: Bearer resource_metadata=\"{url}\"\r\n");
        let server = refusing(WELL_KNOWN, &lines);
        discovering(&server).run().prints(&headers(0));
        assert_eq!(paths(&server), ["/mcp", WELL_KNOWN, OF_ISSUER, "/token"], "{url}");

        let server = refusing("/nowhere", &lines);
        let origin = url.trim_end_matches("/meta").trim_end_matches("/latest/meta-data");
        let message = if cause == "address" {
            format!(
                "{origin} is not contacted: the MCP server names it, and its address is not public; give --issuer or --token-url \
                 instead of --discover"
            )
        } else {
            format!(
                "{} does not say which authorization server it trusts: its well-known URL answered 404, and {unused}: \
                 {cause}; give --issuer or --token-url instead of --discover",
                server.origin()
            )
        };
        discovering(&server).run().fails(4, &message);
        assert_eq!(paths(&server), ["/mcp", WELL_KNOWN, AT_ROOT], "{url}");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}

#[test]
fn a_proxy_is_not_asked_for_a_host_in_our_own_network() {
    let (proxy, connections) = counting();
    for url in
        ["https://127.0.0.1/meta", "https://localhost/meta", "https://169.254.169.254/meta", "https://[::1]/meta"]
    {
        let server = refusing(WELL_KNOWN, &format!("WWW-Authenticate: Bearer resource_metadata=\"{url}\"\r\n"));
        discovering(&server).args(["--proxy", &format!("http://127.0.0.1:{proxy}")]).run().prints(&headers(0));
    }
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}

#[test]
fn what_it_names_at_its_own_origin_is_judged_like_the_well_known() {
    let instead = "give --issuer or --token-url instead of --discover";
    for (metadata, cause) in [
        (
            r#"{"resource":"ORIGIN/other","authorization_servers":["ORIGIN"]}"#,
            "it is about another resource of the same server",
        ),
        (
            r#"{"resource":"https://a.example/mcp","authorization_servers":["ORIGIN"]}"#,
            "it is about another resource, at https://a.example",
        ),
        (r#"{"authorization_servers":["ORIGIN"]}"#, "it does not name a resource"),
        (r#"{"resource":"ORIGIN/mcp"}"#, "it does not name an authorization server"),
    ] {
        let server = Endpoint::new(move |_, request, connection| {
            let host = request.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
            let origin = format!("http://{host}");
            match request.split(' ').nth(1).unwrap() {
                "/mcp" => {
                    refuse(connection, &format!("WWW-Authenticate: Bearer resource_metadata=\"{origin}/meta\"\r\n"));
                }
                _ => reply(connection, 200, &metadata.replace("ORIGIN", &origin)),
            }
        });
        let message = format!("the resource metadata of {} cannot be used: {cause}; {instead}", server.origin());
        discovering(&server).run().fails(4, &message);
        assert_eq!(paths(&server), ["/mcp", "/meta"], "{metadata}");
    }
    let moved = Endpoint::new(|_, request, connection| {
        let host = request.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        let to_meta = format!("WWW-Authenticate: Bearer resource_metadata=\"http://{host}/meta\"\r\n");
        match request.split(' ').nth(1).unwrap() {
            "/mcp" => refuse(connection, &to_meta),
            _ => drop(connection.write_all(b"HTTP/1.1 302 X\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")),
        }
    });
    discovering(&moved).run().fails(
        4,
        &format!(
            "{0} redirected: it answered 302, to {0}/elsewhere, and metadata is not read from a redirect; give the --issuer whose \
             metadata is there, or --token-url",
            moved.origin()
        ),
    );
    assert_eq!(paths(&moved), ["/mcp", "/meta"]);
}

#[test]
fn a_warm_run_asks_nobody_whatever_the_scope_was() {
    let server = refusing("/meta", "WWW-Authenticate: Bearer resource_metadata=\"ORIGIN/meta\", scope=\"a b\"\r\n");
    let helper = discovering(&server);
    helper.again().run().prints(&headers(0));
    let count = server.requests().len();
    helper.again().run().prints(&headers(0));
    assert_eq!(server.requests().len(), count);
    // A scope of one's own is another token.
    helper.again().args(["--scope", "a b"]).run().prints(&headers(0));
    assert_eq!(server.requests().len(), 2 * count);
    let status = helper.arg("status").run();
    let rows = String::from_utf8_lossy(status.stdout()).into_owned();
    assert_eq!(rows.lines().filter(|row| row.contains("  scope a b  ")).count(), 2, "{rows}");
}

#[test]
fn what_was_asked_and_used_is_explained() {
    let secret = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJodW50ZXIyIn0.c2lnbmF0dXJl";
    let lines = format!("WWW-Authenticate: Bearer resource_metadata=\"ORIGIN/meta\", scope=\"a {secret}\"\r\n");
    let server = refusing("/meta", &lines);
    let outcome = discovering(&server).arg("--explain").run();
    let (explained, origin) = (outcome.stderr(), server.origin());
    for step in [
        format!("{origin} was asked without a credential and answered 401"),
        format!("{origin} asked for its metadata: it answered 200"),
        "the scope is the one that the MCP server requested: a [redacted]".to_owned(),
    ] {
        assert!(explained.contains(&step), "{step}: {explained}");
    }
    assert!(!explained.contains(secret), "{explained}");

    let server = refusing(WELL_KNOWN, "WWW-Authenticate: Bearer resource_metadata=\"http://a.example/x\"\r\n");
    let explained = discovering(&server).arg("--explain").run().stderr();
    let step = "the resource_metadata in its 401 is not used: http://a.example is plain HTTP";
    assert!(explained.contains(step), "{explained}");
}
