//! Answers as servers write them: what they are is understood, whatever form they have.

use crate::common::CANARY;
use crate::endpoint::Endpoint;
use crate::script::{answer, json, scripted, url};
use crate::{asking, headers, helper, jwt};

const TOKEN: &str = r#"{"access_token":"token-0","token_type":"Bearer","expires_in":3600}"#;

#[test]
fn an_answer_may_be_of_any_success_and_media_type() {
    let utf_16: Vec<u8> = [0xfeff].into_iter().chain(TOKEN.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for (status, head, body) in [
        (200, "Content-Type: text/html; charset=utf-8\r\n", TOKEN.as_bytes().to_vec()),
        (200, "Content-Type: text/plain\r\n", TOKEN.as_bytes().to_vec()),
        (200, "", TOKEN.as_bytes().to_vec()),
        (201, "", TOKEN.as_bytes().to_vec()),
        (203, "", TOKEN.as_bytes().to_vec()),
        (200, "Content-Type: application/json\r\n", format!("\u{feff}{TOKEN}").into_bytes()),
        (200, "Content-Type: application/json; charset=utf-16\r\n", utf_16),
        (
            200,
            "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n",
            b"access_token=token%2D0&token_type=bearer&expires_in=3600&scope=a+b".to_vec(),
        ),
    ] {
        let endpoint = scripted(vec![answer(status, head, &body)]);
        asking(&url(&endpoint)).run().prints(&headers(0));
    }
}

#[test]
fn a_token_of_any_type_serves_that_needs_no_proof() {
    for kind in [
        r#""BearerToken""#,
        r#""bearer""#,
        r#""Bearer ""#,
        r#""urn:ietf:params:oauth:token-type:access_token""#,
        r#""JWT""#,
        r#""access_token""#,
        r#""""#,
        "null",
    ] {
        let endpoint = scripted(vec![json(200, &format!(r#"{{"access_token":"token-0","token_type":{kind}}}"#))]);
        asking(&url(&endpoint)).run().prints(&headers(0));
    }
    let plain = "configure the server to issue plain bearer tokens to this client";
    for kind in ["DPoP", "dpop", "PoP", "pop", "MAC", "N_A", "urn:x:pop"] {
        let endpoint = scripted(vec![json(200, &format!(r#"{{"access_token":"token-0","token_type":"{kind}"}}"#))]);
        let message =
            format!("{} answered without a token: its token is of type {kind}, not Bearer; {plain}", endpoint.origin());
        asking(&url(&endpoint)).run().fails(4, &message);
    }
    let bound = jwt(r#"{"cnf":{"x5t#S256":"x"}}"#);
    for body in [
        r#"{"data":{"t":"token-0","token_type":"DPoP"}}"#.to_owned(),
        r#"{"token_type":"pop","data":{"t":"token-0"}}"#.to_owned(),
        r#"{"data":{"t":"token-0","cnf":{"jkt":"x"}}}"#.to_owned(),
        format!(r#"{{"data":{{"t":"{bound}"}}}}"#),
    ] {
        let endpoint = scripted(vec![json(200, &body)]);
        assert_eq!(asking(&url(&endpoint)).args(["--token-field", "data.t"]).run().code(), Some(4), "{body}");
    }
}

#[test]
fn an_exchange_may_bring_what_is_no_access_token() {
    let endpoint = scripted(vec![json(200, r#"{"access_token":"token-0","token_type":"N_A"}"#)]);
    let exchange = ["--token-url", &endpoint.url(), "--subject-token", "file:~/secret"];
    helper().args(exchange).run().prints(&headers(0));
}

#[test]
fn what_says_that_nothing_is_wrong_is_no_error() {
    for error in [r#""""#, "null", "false", "0", "[]", "{}"] {
        let endpoint =
            scripted(vec![json(200, &format!(r#"{{"access_token":"token-0","error":{error},"code":0,"msg":"ok"}}"#))]);
        asking(&url(&endpoint)).run().prints(&headers(0));
    }
    // As Feishu answers.
    let feishu = r#"{"code":0,"msg":"ok","tenant_access_token":"token-0","expire":7200}"#;
    let endpoint = scripted(vec![json(200, feishu)]);
    asking(&url(&endpoint)).args(["--token-field", "tenant_access_token"]).run().prints(&headers(0));
}

#[test]
fn a_scope_may_be_a_list() {
    for scope in [r#""a b""#, r#"["a","b"]"#] {
        let endpoint =
            scripted(vec![json(200, &format!(r#"{{"access_token":"token-0","expires_in":3600,"scope":{scope}}}"#))]);
        let asked = asking(&url(&endpoint));
        asked.again().run().prints(&headers(0));
        let status = String::from_utf8(asked.beside().arg("status").run().stdout().to_vec()).unwrap();
        assert!(status.contains("scope a b"), "{status}");
    }
}

#[test]
fn metadata_may_have_a_byte_order_mark() {
    let endpoint = Endpoint::new(|_, request, connection| {
        use std::io::Write;
        let host = request.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        let body = if request.starts_with("GET") {
            format!("\u{feff}{{\"issuer\":\"http://{host}\",\"token_endpoint\":\"http://{host}/token\"}}")
        } else {
            TOKEN.to_owned()
        };
        let _ =
            write!(connection, "HTTP/1.1 200 X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    });
    let client = ["--client-id", "abc", "--client-secret", "file:~/secret"];
    helper().args(["--issuer", &endpoint.origin()]).args(client).run().prints(&headers(0));
}

#[test]
fn what_options_say_is_shown_and_what_is_secret_is_not() {
    // It looks like a token, and is what the user typed.
    let id = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ";
    let body = format!(r#"{{"error":"invalid_client","error_description":"client {id} with {CANARY} is unknown"}}"#);
    let endpoint = scripted(vec![json(401, &body)]);
    let client = ["--client-id", id, "--client-secret", "file:~/secret"];
    let outcome = helper().args(["--token-url", &endpoint.url()]).args(client).run();
    outcome.fails(
        4,
        &format!(
            "{} refused the token request: it answered 401 (invalid_client: client {id} with [redacted] is unknown); check \
             --client-id ({id} was sent), --client-secret and --client-auth (basic was used; some servers require \
             --client-auth post)",
            endpoint.origin()
        ),
    );
    // What comes of a source is a secret, whichever option it stands in.
    let client = ["--client-id", "{file:~/secret}", "--client-secret", "file:~/secret", "--scope", "{file:~/secret}"];
    let outcome = helper().args(["--token-url", &endpoint.url(), "--explain"]).args(client).run();
    assert_eq!(outcome.code(), Some(4));
    let said = outcome.stderr();
    assert!(said.contains("client [redacted], scope [redacted],"), "{said}");
    assert!(said.contains("--client-id ([redacted] was sent)"), "{said}");
    let endpoint = scripted(vec![json(400, r#"{"error":"invalid_scope"}"#)]);
    for (scope, shown) in
        [("{file:~/secret}", "[redacted]"), ("https://h.example/auth/drive", "https://h.example/auth/drive")]
    {
        let outcome = asking(&endpoint.url()).args(["--scope", scope]).run();
        let message = "refused the token request: it answered 400 (invalid_scope); check --scope";
        outcome.fails(4, &format!("{} {message} ({shown} was requested)", endpoint.origin()));
    }
}
