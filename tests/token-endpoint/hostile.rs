//! Token endpoints that hang, break off, flood, mislead or speak no HTTP.

use std::time::Duration;

use crate::script::{Step, answer, drip, gives, json, raw, reset, scripted, silence, url};
use crate::{asking, headers, openssl};

/// What a run of 700 ms says of a server that takes these steps; `{}` stands for the server's origin.
#[track_caller]
pub(crate) fn assert_fails(steps: Vec<Step>, code: i32, message: &str) {
    let endpoint = scripted(steps);
    let outcome = asking(&url(&endpoint)).args(["--timeout", "700ms"]).run();
    outcome.fails(code, &message.replace("{}", &endpoint.origin()));
    assert!(outcome.elapsed() < Duration::from_secs(1), "it took {:?}: {message}", outcome.elapsed());
}

const TOO_LATE: &str = "{} did not answer: the 700 ms of --timeout ended before its answer was complete; try again, \
                        or raise --timeout";

#[test]
fn silence_ends_at_the_deadline() {
    assert_fails(vec![silence()], 5, TOO_LATE);
}

#[test]
fn a_byte_now_and_then_does_not_outlive_the_deadline() {
    assert_fails(vec![drip("", b'H')], 4, NOT_HTTP);
    assert_fails(vec![drip("HTTP/1.1 200 X\r\nX: ", b'a')], 5, TOO_LATE);
    assert_fails(vec![drip("HTTP/1.1 200 X\r\nContent-Length: 9999\r\n\r\n", b' ')], 5, TOO_LATE);
    assert_fails(vec![drip("HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n", b'0')], 5, TOO_LATE);
}

const NOT_HTTP: &str = "{} gave an answer that cannot be used: it is not HTTP; check the URL: another service may answer there; write https:// if it speaks TLS";

#[test]
fn a_connection_that_breaks_is_tried_again() {
    let endpoint =
        scripted(vec![reset(), raw("HTTP/1.1 200 X\r\nContent-Length: 99\r\n\r\n{\"acc"), raw(""), gives(3)]);
    asking(&url(&endpoint)).run().prints(&headers(3));
    assert_eq!(endpoint.requests().len(), 4);

    let remedy = "check the URL, the network and the proxy, then try again";
    assert_fails(vec![reset()], 5, &format!("{{}} cannot be reached: the connection was reset; {remedy}"));
    let closed = format!("{{}} cannot be reached: the connection was closed before the answer was complete; {remedy}");
    assert_fails(vec![raw("HTTP/1.1 200 X\r\nContent-Length: 99\r\n\r\n{\"acc")], 5, &closed);
    assert_fails(vec![raw("HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"acc")], 5, &closed);
    assert_fails(vec![raw("")], 5, &closed);
}

#[test]
fn what_is_too_large_is_not_read() {
    let refused = |cause: &str| {
        format!("{{}} gave an answer that cannot be used: {cause}; check the URL: another service may answer there")
    };
    assert_fails(vec![answer(200, "", vec![b' '; 10 << 20])], 4, &refused("it is larger than 1 MiB"));
    assert_fails(vec![drip_fast()], 4, &refused("it is larger than 1 MiB"));
    let bomb = openssl::shell("head -c 104857600 /dev/zero | tr '\\0' ' ' | gzip -1", &[], "");
    assert_fails(vec![answer(200, "Content-Encoding: gzip\r\n", bomb)], 4, &refused("it is larger than 1 MiB"));
    assert_fails(vec![answer(200, "Content-Encoding: gzip\r\n", "hunter2")], 4, &refused("its gzip is damaged"));
    let head = format!("HTTP/1.1 200 X\r\nX: {}\r\n\r\n", "x".repeat(70_000));
    assert_fails(vec![raw(head)], 4, &refused("its header is larger than 64 KiB"));
    assert_fails(vec![raw("SSH-2.0-OpenSSH_9.2\r\n\r\n")], 4, NOT_HTTP);
}

/// A body without an end, as fast as it is read.
fn drip_fast() -> Step {
    Box::new(|connection| {
        use std::io::Write;
        let _ = connection.write_all(b"HTTP/1.1 200 X\r\n\r\n");
        while connection.write_all(&[b' '; 4096]).is_ok() {}
    })
}

#[test]
fn gzip_is_understood() {
    let zipped = openssl::shell("gzip", &[], crate::script::token(7));
    let endpoint = scripted(vec![answer(200, "Content-Encoding: gzip\r\n", zipped)]);
    asking(&url(&endpoint)).run().prints(&headers(7));
}

const LOGIN: &str = "check --token-url: it redirects to a login page, so it is not a token endpoint, or a gateway is in front of \
                     it";

#[test]
fn a_redirect_takes_the_secret_nowhere() {
    let elsewhere = scripted(vec![gives(0)]);
    for status in [301, 302, 303, 307, 308] {
        let location = format!("Location: {}?secret=hunter2\r\n", elsewhere.url());
        let message = format!(
            "{{}} redirected: it answered {status}, to {}, and credentials do not follow a redirect; give the URL that it redirects to with --token-url",
            elsewhere.origin()
        );
        assert_fails(vec![answer(status, &location, ""), gives(0)], 4, &message);
    }
    assert_eq!(elsewhere.requests(), Vec::<String>::new());
    let login =
        format!("{{}} redirected: it answered 302, to {{}}/login, and credentials do not follow a redirect; {LOGIN}");
    let unusable = "{} redirected: it answered 302, with a Location that is not a usable URL; check --token-url, and ask the \
                    operator of the server for the right URL";
    assert_fails(vec![answer(302, "Location: /login?hunter2\r\n", ""), gives(0)], 4, &login);
    for target in ["http://hunter2@127.0.0.1/", "javascript:hunter2", ""] {
        assert_fails(vec![answer(302, &format!("Location: {target}\r\n"), ""), gives(0)], 4, unusable);
    }
}

#[test]
fn what_is_no_token_is_refused() {
    let html = "<!doctype html><p>hunter2";
    let no_token =
        |cause: &str| format!("{{}} answered without a token: {cause}; check --token-url: it is not a token endpoint");
    assert_fails(
        vec![answer(200, "Content-Type: text/html; charset=utf-8\r\n", html)],
        4,
        &no_token("the answer is an HTML page"),
    );
    assert_fails(vec![json(200, html)], 4, &no_token("the answer is an HTML page"));
    assert_fails(vec![json(200, "")], 4, &no_token("the answer is empty"));
    assert_fails(vec![json(200, "access_token=hunter2")], 4, &no_token("the answer is not a JSON object"));
    assert_fails(vec![json(200, r#"["hunter2"]"#)], 4, &no_token("the answer is not a JSON object"));
}

#[test]
fn a_token_that_no_client_can_use_is_refused() {
    let field = "check the URL, or name the field with --token-field";
    let plain = "configure the server to issue plain bearer tokens to this client";
    for (body, cause, remedy) in [
        ("{}", "it has no access_token", field),
        (r#"{"access_token":null,"id_token":"hunter2"}"#, "it has no access_token, but id_token", field),
        (r#"{"access_token":""}"#, "its access_token is empty", field),
        (r#"{"access_token":"t","token_type":"DPoP"}"#, "its token is of type DPoP, not Bearer", plain),
        (
            r#"{"access_token":"t","token_type":"Bearer","cnf":{"jkt":"x"}}"#,
            "its token is bound to a key (cnf), and MCP clients cannot use it",
            plain,
        ),
        (
            r#"{"access_token":"hunter2\nX-Admin: 1"}"#,
            "its token has characters that are not allowed in a header",
            "name the right field with --token-field",
        ),
        (
            r#"{"access_token":"t","expires_in":0}"#,
            "its expires_in says that its token has no lifetime",
            "name the field of its lifetime with --expiry-field, or set one with --assume-life DURATION",
        ),
    ] {
        assert_fails(vec![json(200, body)], 4, &format!("{{}} answered without a token: {cause}; {remedy}"));
    }
    let large = format!(r#"{{"access_token":"{}"}}"#, "x".repeat(70_000));
    let cause = "its token is longer than what clients send in a header";
    let remedy = "configure the server to issue a smaller one: fewer groups or claims, or an opaque token";
    assert_fails(vec![json(200, &large)], 4, &format!("{{}} answered without a token: {cause}; {remedy}"));
}
