use std::time::Duration;

use super::*;
use crate::error::Redactor;
use crate::oauth::scripted::{Server, answer, json, transport};

fn endpoint(url: &str) -> Endpoint {
    Endpoint::typed("--issuer", url).unwrap()
}

fn urls(endpoints: &[Endpoint]) -> Vec<String> {
    endpoints.iter().map(|endpoint| endpoint.as_str().to_owned()).collect()
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap()
}

#[test]
fn well_known_urls_of_an_issuer() {
    for url in ["https://h/a/b", "https://h/a/b/", "https://H:443/a/b?tenant=x"] {
        assert_eq!(
            urls(&of_issuer(&endpoint(url))),
            [
                "https://h/.well-known/oauth-authorization-server/a/b",
                "https://h/.well-known/openid-configuration/a/b",
                "https://h/a/b/.well-known/openid-configuration"
            ]
        );
    }
    for url in ["https://h", "https://h/"] {
        let root = ["https://h/.well-known/oauth-authorization-server", "https://h/.well-known/openid-configuration"];
        assert_eq!(urls(&of_issuer(&endpoint(url))), root);
    }
}

#[test]
fn metadata_gives_what_is_needed() {
    let issuer = endpoint("https://login.example.com/t");
    let metadata = serde_json::json!({
        "issuer": "https://login.example.com/t",
        "token_endpoint": "https://login.example.com/t/token",
        "token_endpoint_auth_methods_supported": ["private_key_jwt", 7, "client_secret_post"],
        "mtls_endpoint_aliases": { "token_endpoint": "https://mtls.example.com/token" },
    });
    let found = AuthorizationServer::read(&issuer, object(&metadata), &Redactor::default()).unwrap();
    assert_eq!(found.issuer(), Some("https://login.example.com/t"));
    assert_eq!(found.token_endpoint(false).as_str(), "https://login.example.com/t/token");
    assert_eq!(found.token_endpoint(true).as_str(), "https://mtls.example.com/token");
    assert_eq!(found.auth_methods(), ["private_key_jwt", "client_secret_post"]);
    let known = AuthorizationServer::at(endpoint("https://h/token"));
    assert_eq!((known.issuer(), known.token_endpoint(true).as_str()), (None, "https://h/token"));
}

#[test]
fn metadata_of_another_issuer_is_refused() {
    let issuer = endpoint("https://login.example.com/t");
    let read =
        |metadata: &Value| AuthorizationServer::read(&issuer, object(metadata), &Redactor::default()).unwrap_err();
    let give = |other: &str| format!("give --issuer {other}: a slash or the case of a letter differs");
    for (other, remedy) in [
        ("https://login.example.com/t/", give("https://login.example.com/t/")),
        ("https://LOGIN.example.com/t", give("https://LOGIN.example.com/t")),
        ("https://evil.example.com", "give the issuer as its own server writes it, or --token-url".to_owned()),
    ] {
        let error = read(&serde_json::json!({ "issuer": other, "token_endpoint": "https://h/token" }));
        let expected = format!(
            "the metadata of https://login.example.com cannot be used: it names the issuer {other}, not \
             https://login.example.com/t; {remedy}"
        );
        assert_eq!((error.to_string(), error.exit_code()), (expected, 4));
    }
    let error = read(&serde_json::json!({ "issuer": "https://login.example.com/t" }));
    let expected = "the metadata of https://login.example.com cannot be used: it has no token_endpoint; give \
                    --token-url";
    assert_eq!(error.to_string(), expected);
    let plain = serde_json::json!({ "issuer": issuer.as_str(), "token_endpoint": "http://127.0.0.1/token" });
    assert_eq!(read(&plain).exit_code(), 2);
}

#[test]
fn an_issuer_is_looked_for_in_three_places() {
    let metadata = r#"{"issuer":"ORIGIN/t","token_endpoint":"ORIGIN/t/token"}"#;
    let missing = Server::new(vec![answer(404, "", ""), answer(200, "", "<html>"), answer(401, "", "")]);
    let issuer = endpoint(&format!("{}/t", missing.origin()));
    let error = AuthorizationServer::discover(&issuer, &transport(Duration::from_secs(5)), &Notes::default());
    assert_eq!(
        error.unwrap_err().to_string(),
        format!(
            "{0} does not describe an authorization server: its well-known URLs answered 404, 200 with an HTML page, 401; \
             check the issuer, or give --token-url",
            missing.origin()
        )
    );
    let paths: Vec<_> =
        missing.requests().iter().map(|request| request.split(' ').nth(1).unwrap().to_owned()).collect();
    let expected = [
        "/.well-known/oauth-authorization-server/t",
        "/.well-known/openid-configuration/t",
        "/t/.well-known/openid-configuration",
    ];
    assert_eq!(paths, expected);

    let found =
        Server::at_own_origin(|origin| vec![answer(404, "", ""), json(200, &metadata.replace("ORIGIN", origin))]);
    let issuer = endpoint(&format!("{}/t", found.origin()));
    let server = AuthorizationServer::discover(&issuer, &transport(Duration::from_secs(5)), &Notes::default()).unwrap();
    assert_eq!(server.token_endpoint(false).as_str(), format!("{}/t/token", found.origin()));
}

#[test]
fn metadata_is_not_looked_for_behind_a_redirect() {
    let moved = Server::new(vec![answer(302, "location: https://elsewhere.example.com/x\r\n", "")]);
    let error = AuthorizationServer::discover(&moved.endpoint, &transport(Duration::from_secs(5)), &Notes::default())
        .unwrap_err();
    assert_eq!(error.exit_code(), 4);
    assert_eq!(moved.requests().len(), 1);
}
