//! `forget --refresh-token-too`: the rotated refresh token is revoked (RFC 7009) before it is forgotten.

use std::time::Duration;

use crate::assertions::{decoded, field};
use crate::common::{CANARY, Helper};
use crate::endpoint::{Endpoint, reply};
use crate::helper;
use crate::script::{Step, answer, json, silence};

const ISSUER: &str = "/.well-known/oauth-authorization-server";

/// An issuer with this metadata of its own that rotates the refresh tokens and answers revocations at /revoke with `step`.
fn rotating(metadata: &'static str, step: Step) -> Endpoint {
    Endpoint::new(move |number, request, connection| {
        let origin = request.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        let origin = format!("http://{origin}");
        match request.split(' ').nth(1).unwrap() {
            ISSUER => {
                let metadata = metadata.replace("ORIGIN", &origin);
                reply(
                    connection,
                    200,
                    &format!(r#"{{"issuer":"{origin}","token_endpoint":"{origin}/token"{metadata}}}"#),
                );
            }
            "/token" => {
                let tokens =
                    format!(r#"{{"access_token":"token","refresh_token":"refresh-{number}","expires_in":3600}}"#);
                reply(connection, 200, &tokens);
            }
            "/revoke" => step(connection),
            _ => reply(connection, 404, "{}"),
        }
    })
}

const ENDPOINT: &str = r#","revocation_endpoint":"ORIGIN/revoke""#;

/// The helper of a client whose refresh token has been rotated once by this server: `refresh-1`.
fn rotated(server: &Endpoint, client: &[&str]) -> Helper {
    let arguments = ["--issuer", &server.origin(), "--client-id", "abc", "--refresh-token", "file:~/refresh"];
    let helper = helper().file("refresh", "original", 0o600).args(arguments).args(client);
    helper.again().run().prints(r#"{"Authorization":"Bearer token"}"#);
    helper
}

/// The requests to revoke: head and body.
fn revocations(server: &Endpoint) -> Vec<(String, String)> {
    let requests = server.requests();
    let asked = requests.iter().filter(|request| request.starts_with("POST /revoke "));
    asked.map(|request| request.split_once("\r\n\r\n").unwrap()).map(|(a, b)| (a.to_owned(), b.to_owned())).collect()
}

const FORGOTTEN: &str = "forgot 1 access token\nforgot 1 refresh token";

#[test]
fn the_newest_is_revoked_with_the_authentication_of_the_client() {
    let body = "token=refresh-1&token_type_hint=refresh_token";
    for (client, listed, expected, has_header) in [
        (&["--client-secret", "file:~/secret"][..], "", body.to_owned(), true),
        (
            &["--client-secret", "file:~/secret"],
            r#","token_endpoint_auth_methods_supported":["client_secret_post"]"#,
            format!("{body}&client_id=abc&client_secret={CANARY}"),
            false,
        ),
        (&[], "", format!("{body}&client_id=abc"), false),
    ] {
        let metadata: &str = Box::leak(format!("{ENDPOINT}{listed}").into_boxed_str());
        let server = rotating(metadata, answer(200, "", ""));
        let helper = rotated(&server, client);
        let forget = helper.again().args(["forget", "--refresh-token-too"]);
        forget.again().run().prints(FORGOTTEN);
        let asked = revocations(&server);
        assert_eq!(asked.len(), 1);
        assert_eq!((asked[0].1.as_str(), asked[0].0.contains("authorization: Basic ")), (&*expected, has_header));
        let count = server.requests().len();
        forget.run().prints("forgot 0 access tokens\nforgot 0 refresh tokens");
        assert_eq!(server.requests().len(), count, "what is not kept is not revoked");
    }
}

#[test]
fn an_assertion_of_the_client_is_for_the_issuer() {
    let server = rotating(ENDPOINT, answer(200, "", ""));
    let key = "umask 077; openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ~/ec.pem 2>/dev/null";
    let arguments = ["--issuer", &server.origin(), "--client-id", "abc", "--refresh-token", "file:~/refresh"];
    let helper = helper().prepared_by(key).file("refresh", "original", 0o600).args(arguments);
    let helper = helper.args(["--client-key", "file:~/ec.pem"]);
    helper.again().run().prints(r#"{"Authorization":"Bearer token"}"#);
    helper.args(["forget", "--refresh-token-too"]).run().prints(FORGOTTEN);
    let [_, claims] = decoded(&field(&revocations(&server)[0].1, "client_assertion"));
    assert_eq!((&claims["aud"], &claims["sub"]), (&server.origin().into(), &"abc".into()));
}

#[test]
fn nothing_is_revoked_unless_it_is_to_be_forgotten() {
    for (arguments, printed) in [
        (&["forget"][..], "forgot 1 access token"),
        (&["forget", "--no-revoke"], "forgot 1 access token"),
        (&["forget", "--refresh-token-too", "--no-revoke"], FORGOTTEN),
        (&["forget", "--all", "--refresh-token-too"], FORGOTTEN),
    ] {
        let server = rotating(ENDPOINT, answer(200, "", ""));
        let helper = rotated(&server, &[]);
        let count = server.requests().len();
        helper.args(arguments).run().prints(printed);
        assert_eq!(server.requests().len(), count, "{arguments:?}");
    }
    // Only metadata says where a token is revoked.
    let server = rotating(ENDPOINT, answer(200, "", ""));
    let url = server.url();
    let arguments = ["--token-url", &url, "--client-id", "abc", "--refresh-token", "file:~/secret"];
    let helper = helper().args(arguments);
    helper.again().run().prints(r#"{"Authorization":"Bearer token"}"#);
    helper.again().args(["forget", "--refresh-token-too"]).run().prints(FORGOTTEN);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn what_cannot_be_revoked_is_forgotten_with_a_warning() {
    let by_hand = "revoke it at the server by hand";
    let unnamed =
        format!("{{}} does not revoke tokens: the metadata of its issuer has no usable revocation_endpoint; {by_hand}");
    let refused = |answer: &str| format!("{{}} did not revoke it: it answered {answer}; {by_hand}");
    let cases: Vec<(&str, Step, String)> = vec![
        ("", answer(200, "", ""), unnamed.clone()),
        (r#","revocation_endpoint":"http://login.example.com/r""#, answer(200, "", ""), unnamed.clone()),
        (r#","revocation_endpoint":["ORIGIN/revoke"]"#, answer(200, "", ""), unnamed),
        (ENDPOINT, json(400, r#"{"error":"unsupported_token_type"}"#), refused("400 (unsupported_token_type)")),
        (
            ENDPOINT,
            json(401, r#"{"error":"invalid_client","error_description":"bad refresh-1"}"#),
            refused("401 (invalid_client: bad [redacted])"),
        ),
        (ENDPOINT, json(200, r#"{"error":"invalid_request"}"#), refused("200 (invalid_request)")),
        (ENDPOINT, json(404, ""), refused("404")),
        (
            ENDPOINT,
            answer(302, "Location: https://elsewhere.example.com/x\r\n", ""),
            "{} redirected: it answered 302, to https://elsewhere.example.com, and credentials do not follow a redirect; correct \
             the URL in the metadata of the server"
                .to_owned(),
        ),
        (ENDPOINT, json(503, ""), "{} is not available: it answered 503; try again later".to_owned()),
    ];
    for (metadata, step, warning) in cases {
        let server = rotating(metadata, step);
        let helper = rotated(&server, &[]);
        let warning = warning.replace("{}", &server.origin());
        let warning = format!("the refresh token is forgotten but not revoked: {warning}");
        let said = format!("warning: {warning}");
        helper.again().args(["forget", "--refresh-token-too"]).run().prints_saying(FORGOTTEN, &[&said]);
        let log = std::fs::read_to_string(helper.path(crate::common::LOG)).unwrap();
        assert!(log.ends_with(&format!("{warning}\n")), "{log}");
        // The next run begins with the token in the source.
        helper.run().prints(r#"{"Authorization":"Bearer token"}"#);
        assert!(server.requests().last().unwrap().contains("refresh_token=original"));
    }
}

#[test]
fn a_server_that_says_nothing_takes_half_of_the_time() {
    let server = rotating(ENDPOINT, silence());
    let helper = rotated(&server, &[]);
    let outcome = helper.args(["forget", "--refresh-token-too", "--timeout", "2s"]).run();
    let said = outcome.stderr();
    assert!(said.contains("but not revoked: ") && said.contains(" did not answer: "), "{said}");
    assert_eq!(outcome.stdout(), format!("{FORGOTTEN}\n").as_bytes());
    assert!(outcome.elapsed() < Duration::from_millis(1900), "{:?}", outcome.elapsed());
}

#[test]
fn it_is_not_sent_to_an_issuer_that_the_mcp_server_alone_names() {
    let server = Endpoint::new(|number, request, connection| {
        let host = request.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        let origin = format!("http://{host}");
        match request.split(' ').nth(1).unwrap() {
            "/.well-known/oauth-protected-resource" => {
                reply(connection, 200, &format!(r#"{{"resource":"{origin}","authorization_servers":["{origin}"]}}"#));
            }
            ISSUER => {
                let endpoints = format!(r#""token_endpoint":"{origin}/token","revocation_endpoint":"{origin}/revoke""#);
                reply(connection, 200, &format!(r#"{{"issuer":"{origin}",{endpoints}}}"#));
            }
            "/token" => {
                reply(connection, 200, &format!(r#"{{"access_token":"token","refresh_token":"refresh-{number}"}}"#));
            }
            _ => reply(connection, 404, "{}"),
        }
    });
    let origin = server.origin();
    let arguments = ["--discover", "--server-url", &origin, "--client-id", "abc", "--refresh-token", "file:~/secret"];
    let helper = helper().args(arguments);
    helper.again().arg("--any-issuer").run().prints(r#"{"Authorization":"Bearer token"}"#);
    let outcome = helper.again().args(["forget", "--refresh-token-too"]).run();
    let said = outcome.stderr();
    assert!(said.contains("but not revoked: --refresh-token cannot be sent to the issuer"), "{said}");
    assert_eq!(outcome.code(), Some(0));
    assert_eq!(revocations(&server), []);
}

#[test]
fn only_a_token_of_this_client_at_this_server_is_revoked() {
    let [server, other] = [rotating(ENDPOINT, answer(200, "", "")), rotating(ENDPOINT, answer(200, "", ""))];
    let helper = rotated(&server, &[]);
    let line = ["--issuer", &other.origin(), "--client-id", "abc", "--refresh-token", "file:~/refresh"];
    helper.beside().args(line).args(["forget", "--refresh-token-too"]).run().prints_saying(
        "forgot 0 access tokens\nforgot 1 refresh token",
        &["warning: a refresh token that is for another client or authorization server is forgotten but not revoked"],
    );
    for server in [server, other] {
        assert_eq!(revocations(&server), []);
    }
}
