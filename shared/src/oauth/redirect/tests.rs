#![expect(clippy::disallowed_methods, reason = "the tests are the browser")]

use std::io::{Read, Write};
use std::net::TcpStream;

use super::request::{Expected, Refusal, answered};
use super::*;

fn expected() -> Expected {
    Expected { authority: "127.0.0.1:4711".to_owned(), path: "/callback".to_owned() }
}

fn judged(target: &str, headers: &str) -> Result<Vec<(String, String)>, Refusal> {
    answered(format!("GET {target} HTTP/1.1\r\n{headers}\r\n").as_bytes(), &expected())
}

const HOST: &str = "Host: 127.0.0.1:4711\r\n";

#[test]
fn an_answer_is_a_window_that_was_redirected_here() {
    let parameters = [("code", "a b&"), ("state", "s"), ("iss", "https://i")];
    let parameters: Vec<_> = parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let target = "/callback?code=a+b%26&state=s&iss=https%3A%2F%2Fi";
    let of_browser = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n";
    for headers in [HOST.to_owned(), format!("{HOST}{of_browser}"), format!("{HOST}Sec-Fetch-Mode: cors\r\n")] {
        assert_eq!(judged(target, &headers), Ok(parameters.clone()), "{headers}");
    }
    assert_eq!(judged("/callback?error=access_denied&state=s", HOST).unwrap().len(), 2);
}

#[test]
fn everything_else_is_none() {
    let bad = Refusal::Bad;
    let page = || bad("a web page sent the request, and not a window that was redirected");
    let target = "/callback?code=a&state=s";
    for (target, headers, refusal) in [
        (target, String::new(), bad("the request is for another host")),
        (target, "Host: evil.example:4711\r\n".to_owned(), bad("the request is for another host")),
        (target, "Host: localhost:4711\r\n".to_owned(), bad("the request is for another host")),
        (target, "Host: 127.0.0.1\r\n".to_owned(), bad("the request is for another host")),
        (target, format!("{HOST}Host: evil.example\r\n"), bad("the request is for another host")),
        (target, format!("{HOST}Origin: https://evil.example\r\n"), page()),
        (target, format!("{HOST}Origin: null\r\n"), page()),
        (target, format!("{HOST}Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n"), page()),
        (target, format!("{HOST}Sec-Fetch-Dest: iframe\r\n"), page()),
        ("/", HOST.to_owned(), Refusal::NotFound),
        ("/callback/?code=a&state=s", HOST.to_owned(), Refusal::NotFound),
        ("/favicon.ico", HOST.to_owned(), Refusal::NotFound),
        ("http://127.0.0.1:4711/callback?code=a&state=s", HOST.to_owned(), Refusal::NotFound),
        ("/callback", HOST.to_owned(), bad("the request has neither a code nor an error")),
        ("/callback?code=a&code=b&state=s", HOST.to_owned(), bad("a parameter is there twice")),
        ("/callback?code=a&state=s&state=t", HOST.to_owned(), bad("a parameter is there twice")),
    ] {
        assert_eq!(judged(target, &headers), Err(refusal), "{target} {headers}");
    }
    let post = format!("POST {target} HTTP/1.1\r\n{HOST}\r\n");
    assert_eq!(answered(post.as_bytes(), &expected()), Err(bad("the answer of a sign-in is a GET request")));
    assert_eq!(answered(b"\x16\x03\x01", &expected()), Err(bad("the request is not HTTP, or is too long")));
}

#[test]
fn a_redirect_url_is_on_this_machine() {
    for (text, at) in [
        ("http://127.0.0.1:8080/cb?x=1", "http://127.0.0.1:8080/cb?x=1"),
        ("http://localhost:8080", "http://localhost:8080/"),
        ("http://[::1]:8080/a", "http://[::1]:8080/a"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:4711/cb"),
    ] {
        let url = RedirectUrl::typed("--redirect-url", text).unwrap();
        assert_eq!(url.at(url.port.unwrap_or(4711)), at);
    }
    for (text, cause) in [
        ("http://192.168.1.1/cb", "plain HTTP exposes credentials to the network"),
        ("https://127.0.0.1/cb", "it is https, and the browser's answer is taken by plain HTTP on this machine"),
        ("https://example.com/cb", "its host is not 127.0.0.1, [::1] or localhost"),
        ("http://127.0.0.2/cb", "its host is not 127.0.0.1, [::1] or localhost"),
    ] {
        let error = RedirectUrl::typed("--redirect-url", text).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains(&format!(": {cause}; ")), "{error}");
    }
    let free = RedirectUrl::default();
    assert_eq!(free.with_port_of("http://127.0.0.1:4711/callback").unwrap().port, Some(4711));
    assert_eq!(free.with_port_of("http://127.0.0.1:4711/other"), None);
    assert_eq!(free.with_port_of("http://localhost:4711/callback"), None);
}

/// What the listener answers to these bytes.
fn asked(listener: &RedirectListener, request: &str) -> TcpStream {
    let mut connection = TcpStream::connect(("127.0.0.1", listener.loopback.port())).unwrap();
    connection.write_all(request.as_bytes()).unwrap();
    connection
}

fn page(mut connection: TcpStream) -> String {
    let mut page = String::new();
    connection.read_to_string(&mut page).unwrap();
    page
}

#[test]
fn one_answer_is_taken_and_the_person_is_told_what_became_of_it() {
    let listener = RedirectListener::bind(&RedirectUrl::default()).unwrap();
    let port = listener.loopback.port();
    assert_eq!(listener.url(), format!("http://127.0.0.1:{port}/callback"));
    let get = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    // A browser opens connections that it does not use.
    let _idle = TcpStream::connect(("127.0.0.1", port)).unwrap();
    assert!(page(asked(&listener, &get("/"))).starts_with("HTTP/1.1 404 Not Found\r\n"));
    let first = asked(&listener, &get("/callback?code=c&state=s"));
    let answer = listener.wait(Duration::from_secs(5)).unwrap();
    let second = page(asked(&listener, &get("/callback?code=d&state=s")));
    assert!(second.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{second}");
    assert!(second.contains("this sign-in was answered already"), "{second}");
    assert_eq!(answer.parameters[0], ("code".to_owned(), "c".to_owned()));
    answer.end::<()>(&Err(Error::Refused(Report::new("<b>", "a & b", "c"))));
    let first = page(first);
    assert!(first.contains("<p>&lt;b&gt;: a &amp; b; c</p>"), "{first}");
    assert!(first.contains("\r\nContent-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"), "{first}");
    drop(listener);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}
