use std::time::Duration;

use super::*;
use crate::oauth::scripted::{Server, answer, json, transport};

fn endpoint(url: &str) -> Endpoint {
    Endpoint::typed("--server-url", url).unwrap()
}

fn urls(endpoints: &[Endpoint]) -> Vec<String> {
    endpoints.iter().map(|endpoint| endpoint.as_str().to_owned()).collect()
}

#[test]
fn well_known_urls_of_a_resource() {
    let root = "https://h/.well-known/oauth-protected-resource";
    assert_eq!(urls(&of_resource(&endpoint("https://h/mcp?key=hunter2"))), [&format!("{root}/mcp"), root]);
    assert_eq!(urls(&of_resource(&endpoint("https://h/mcp/"))), [&format!("{root}/mcp/"), root]);
    assert_eq!(urls(&of_resource(&endpoint("https://h/"))), [root]);
}

#[test]
fn a_resource_covers_what_is_below_it() {
    let server = endpoint("https://h/api/mcp?x=y");
    for resource in ["https://h/api/mcp", "https://h/api", "https://h/api/", "https://h", "https://H:443/"] {
        assert!(covers(resource, &server), "{resource}");
    }
    for resource in [
        "https://h/api/mcp/",
        "https://h/api/m",
        "https://h/ap",
        "https://h/api/mcp?x=y",
        "https://other/api/mcp",
        "https://h:8443/api/mcp",
        "http://h/api/mcp",
        "api",
        "",
    ] {
        assert!(!covers(resource, &server), "{resource}");
    }
}

#[test]
fn a_resource_names_its_issuer() {
    let metadata =
        r#"{"resource":"ORIGIN/mcp","authorization_servers":["https://a.example.com","https://b.example.com"]}"#;
    let found = Server::at_own_origin(|origin| {
        vec![answer(405, "", ""), answer(404, "", ""), json(200, &metadata.replace("ORIGIN", origin))]
    });
    let server = endpoint(&format!("{}/mcp?key=hunter2", found.origin()));
    let discover = |expected: Option<&Endpoint>| {
        ProtectedResource::discover(&server, expected, &transport(Duration::from_secs(5)), &Notes::default())
    };
    let resource = discover(None).unwrap();
    assert_eq!(resource.resource, format!("{}/mcp", found.origin()));
    assert_eq!(resource.issuer.as_str(), "https://a.example.com");
    assert!(found.requests().iter().all(|request| !request.contains("hunter2")));
    assert_eq!(discover(Some(&endpoint("https://b.example.com"))).unwrap().issuer.as_str(), "https://b.example.com");
    let error = discover(Some(&endpoint("https://c.example.com"))).unwrap_err();
    let expected = format!(
        "the resource metadata of {} cannot be used: it does not name the --issuer that is given, \
         https://c.example.com, but https://a.example.com and https://b.example.com; give --issuer or --token-url instead of --discover",
        found.origin()
    );
    assert_eq!((error.to_string(), error.exit_code()), (expected, 4));
}

#[test]
fn only_what_is_missing_is_looked_for_at_the_root() {
    let denied = Server::new(vec![answer(405, "", ""), answer(403, "", ""), json(200, "{}")]);
    let server = endpoint(&format!("{}/mcp", denied.origin()));
    let error = ProtectedResource::discover(&server, None, &transport(Duration::from_secs(5)), &Notes::default());
    let expected = format!(
        "{} does not say which authorization server it trusts: its well-known URL answered 403; give --issuer or \
         --token-url instead of --discover",
        denied.origin()
    );
    assert_eq!(error.unwrap_err().to_string(), expected);
    assert_eq!(denied.requests().len(), 2);
}

#[test]
fn a_scope_is_of_tokens() {
    for (words, expected) in [
        ("mcp.read mcp.write", &["mcp.read", "mcp.write"][..]),
        (" b  a b ", &["b", "a"]),
        ("a\"b c\\d \u{e9} e\tf https://h/x", &["https://h/x"]),
        ("", &[]),
    ] {
        assert_eq!(tokens(words.split(' ')), expected, "{words}");
    }
    let long = "x".repeat(LONGEST - 3);
    assert_eq!(tokens(["a", &long].into_iter()), ["a", &long]);
    assert_eq!(tokens(["aa", &long].into_iter()), [""; 0]);
}

#[test]
fn the_scope_of_the_401_comes_before_that_of_the_metadata() {
    let server = endpoint("https://h/mcp");
    let listed = |scopes: Value| {
        let issuers = ["https://login.example.com"];
        serde_json::json!({ "resource": "https://h", "authorization_servers": issuers, "scopes_supported": scopes })
    };
    for (scopes, said, expected) in [
        (serde_json::json!(["a", 7, "b"]), None, &["a", "b"][..]),
        (serde_json::json!(["a", "b"]), Some("c"), &["c"]),
        (serde_json::json!(["a", "b"]), Some(""), &["a", "b"]),
        (serde_json::json!("a"), None, &[]),
    ] {
        let metadata = listed(scopes);
        let found =
            ProtectedResource::read(&server, None, metadata.as_object().unwrap(), said, &Redactor::default()).unwrap();
        assert_eq!(found.scope, expected, "{metadata}");
    }
}
