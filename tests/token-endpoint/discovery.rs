//! From an issuer or an MCP server to the token endpoint, and to whom the credential goes.

use crate::common::Helper;
use crate::endpoint::{Endpoint, reply};
use crate::script::token;
use crate::{headers, helper};

/// A server with these documents, in which `ORIGIN` stands for its origin; its token endpoint is at /token.
fn describing(documents: &'static [(&str, &str)]) -> Endpoint {
    Endpoint::new(move |number, request, connection| {
        let host = request.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        let path = request.split(' ').nth(1).unwrap();
        match documents.iter().find(|(known, _)| *known == path) {
            Some((_, json)) => reply(connection, 200, &json.replace("ORIGIN", &format!("http://{host}"))),
            None if path == "/token" => reply(connection, 200, &token(number)),
            None => reply(connection, 404, "{}"),
        }
    })
}

/// The paths asked for so far.
fn paths(endpoint: &Endpoint) -> Vec<String> {
    endpoint.requests().iter().map(|request| request.split(' ').nth(1).unwrap().to_owned()).collect()
}

/// The last request's body.
fn body(endpoint: &Endpoint) -> String {
    endpoint.requests().last().unwrap().split_once("\r\n\r\n").unwrap().1.to_owned()
}

/// The helper of a client with a secret, which is to find its server.
fn finding() -> Helper {
    helper().args(["--client-id", "abc", "--client-secret", "file:~/secret", "--timeout", "2s"])
}

const OF_TENANT: &str = r#"{"issuer":"ORIGIN/t","token_endpoint":"ORIGIN/token"}"#;
const OF_ORIGIN: &str = r#"{"issuer":"ORIGIN","token_endpoint":"ORIGIN/token"}"#;

const INSERTED: &str = "/.well-known/oauth-authorization-server/t";
const OPENID: &str = "/.well-known/openid-configuration/t";
const APPENDED: &str = "/t/.well-known/openid-configuration";

#[test]
fn an_issuer_is_looked_for_in_three_places() {
    for (documents, looked_at) in [
        (&[(INSERTED, OF_TENANT)], &[INSERTED, "/token"][..]),
        (&[(OPENID, OF_TENANT)], &[INSERTED, OPENID, "/token"]),
        (&[(APPENDED, OF_TENANT)], &[INSERTED, OPENID, APPENDED, "/token"]),
    ] {
        let endpoint = describing(documents);
        let issuer = format!("{}/t", endpoint.origin());
        finding().args(["--issuer", &issuer]).run().prints(&headers(looked_at.len() - 1));
        assert_eq!(paths(&endpoint), looked_at);
        assert_eq!(body(&endpoint), "grant_type=client_credentials");
        assert!(!endpoint.requests()[0].to_lowercase().contains("authorization:"), "{:?}", endpoint.requests());
    }
    let endpoint = describing(&[]);
    finding().args(["--issuer", &format!("{}/t", endpoint.origin())]).run().fails(
        4,
        &format!(
            "{} does not describe an authorization server: its well-known URLs answered 404, 404, 404; check the \
             issuer, or give --token-url",
            endpoint.origin()
        ),
    );
}

#[test]
fn metadata_of_another_issuer_is_refused() {
    for (metadata, found) in [
        (&[(INSERTED, r#"{"issuer":"ORIGIN/t/","token_endpoint":"ORIGIN/token"}"#)], "ORIGIN/t/"),
        (
            &[(INSERTED, r#"{"issuer":"https://login.example.com","token_endpoint":"ORIGIN/token"}"#)],
            "https://login.example.com",
        ),
        (
            &[(INSERTED, r#"{"issuer":"https://h/canary-7d9e/u","token_endpoint":"ORIGIN/token"}"#)],
            "https://h/canary-7d9e/u",
        ),
    ] {
        let endpoint = describing(metadata);
        finding().args(["--issuer", &format!("{}/t", endpoint.origin())]).run().fails(
            4,
            &format!(
                "the metadata of {origin} cannot be used: it names the issuer {}, not {origin}/t; {}",
                found.replace("ORIGIN", &endpoint.origin()),
                if found.starts_with("ORIGIN") {
                    format!("give --issuer {}/t/: a slash or the case of a letter differs", endpoint.origin())
                } else {
                    "give the issuer as its own server writes it, or --token-url".to_owned()
                },
                origin = endpoint.origin()
            ),
        );
        assert_eq!(paths(&endpoint), [INSERTED]);
    }
}

#[test]
fn the_way_to_authenticate_is_the_one_that_metadata_lists() {
    let endpoint = describing(&[(
        "/.well-known/oauth-authorization-server",
        r#"{"issuer":"ORIGIN","token_endpoint":"ORIGIN/token","token_endpoint_auth_methods_supported":["client_secret_post"]}"#,
    )]);
    finding().args(["--issuer", &endpoint.origin()]).run().prints(&headers(1));
    let posted = format!("grant_type=client_credentials&client_id=abc&client_secret={}", crate::CANARY);
    assert_eq!(body(&endpoint), posted);
    finding().args(["--issuer", &endpoint.origin(), "--client-auth", "basic"]).run().prints(&headers(3));
    assert_eq!(body(&endpoint), "grant_type=client_credentials");
}

#[test]
fn metadata_is_asked_for_again_after_a_failure_that_passes() {
    let endpoint = Endpoint::new(|number, request, connection| {
        let host = request.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        match number {
            0 => reply(connection, 503, "busy"),
            1 => reply(connection, 200, &OF_ORIGIN.replace("ORIGIN", &format!("http://{host}"))),
            _ => reply(connection, 200, &token(number)),
        }
    });
    finding().args(["--issuer", &endpoint.origin()]).run().prints(&headers(2));
    let known = "/.well-known/oauth-authorization-server";
    assert_eq!(paths(&endpoint), [known, known, "/token"]);

    let down = Endpoint::new(|_, _, connection| reply(connection, 500, "hunter2"));
    let message = format!("{} is not available: it answered 500; try again later", down.origin());
    finding().args(["--issuer", &down.origin()]).run().fails(5, &message);
}

const OF_PATH: &str = "/.well-known/oauth-protected-resource/mcp";
const OF_ROOT: &str = "/.well-known/oauth-protected-resource";
const SERVER: &str = "/.well-known/oauth-authorization-server";

/// A helper that asks this MCP server whom it trusts.
fn discovering(endpoint: &Endpoint) -> Helper {
    finding().args(["--discover", "--any-issuer", "--server-url", &format!("{}/mcp?key=hunter2", endpoint.origin())])
}

#[test]
fn an_mcp_server_names_its_issuer_and_itself() {
    let resource = r#"{"resource":"ORIGIN/mcp","authorization_servers":["ORIGIN"]}"#;
    let at_the_root = r#"{"resource":"ORIGIN","authorization_servers":["ORIGIN"]}"#;
    for (documents, looked_at, named) in [
        ([(OF_PATH, resource), (SERVER, OF_ORIGIN)], &["/mcp", OF_PATH, SERVER, "/token"][..], "%2Fmcp"),
        ([(OF_ROOT, at_the_root), (SERVER, OF_ORIGIN)], &["/mcp", OF_PATH, OF_ROOT, SERVER, "/token"], ""),
    ] {
        let endpoint = describing(Box::leak(Box::new(documents)));
        discovering(&endpoint).run().prints(&headers(looked_at.len() - 1));
        assert_eq!(paths(&endpoint), looked_at);
        let resource = endpoint.origin().replace(':', "%3A").replace('/', "%2F") + named;
        assert_eq!(body(&endpoint), format!("grant_type=client_credentials&resource={resource}"));
        assert!(endpoint.requests().iter().all(|request| !request.contains("hunter2")), "{:?}", endpoint.requests());
    }
}

#[test]
fn an_mcp_server_is_not_believed_everything() {
    let unusable = "the resource metadata of {} cannot be used";
    let instead = "give --issuer or --token-url instead of --discover";
    for (metadata, message) in [
        (
            r#"{"resource":"ORIGIN/other","authorization_servers":["ORIGIN"]}"#,
            format!("{unusable}: it is about another resource of the same server; {instead}"),
        ),
        (
            r#"{"resource":"https://mcp.example.com/mcp","authorization_servers":["ORIGIN"]}"#,
            format!("{unusable}: it is about another resource, at https://mcp.example.com; {instead}"),
        ),
        (r#"{"resource":"ORIGIN/mcp"}"#, format!("{unusable}: it does not name an authorization server; {instead}")),
        (r#"{"authorization_servers":["ORIGIN"]}"#, format!("{unusable}: it does not name a resource; {instead}")),
    ] {
        let endpoint = describing(Box::leak(Box::new([(OF_PATH, metadata), (SERVER, OF_ORIGIN)])));
        discovering(&endpoint).run().fails(4, &message.replace("{}", &endpoint.origin()));
        assert_eq!(paths(&endpoint), ["/mcp", OF_PATH]);
    }
    let silent = describing(&[]);
    let message = format!(
        "{} does not say which authorization server it trusts: its well-known URL answered 404; {instead}",
        silent.origin()
    );
    discovering(&silent).run().fails(4, &message);
}

#[test]
fn an_issuer_that_is_given_must_be_named() {
    let metadata = r#"{"resource":"ORIGIN/mcp","authorization_servers":["https://evil.example.com","ORIGIN"]}"#;
    let endpoint = describing(Box::leak(Box::new([(OF_PATH, metadata), (SERVER, OF_ORIGIN)])));
    let expecting = |issuer: &str| {
        let url = format!("{}/mcp?key=hunter2", endpoint.origin());
        finding().args(["--discover", "--server-url", &url, "--issuer", issuer])
    };
    expecting(&endpoint.origin()).run().prints(&headers(3));
    expecting("https://login.example.com").run().fails(
        4,
        &format!(
            "the resource metadata of {origin} cannot be used: it does not name the --issuer that is given, \
             https://login.example.com, but https://evil.example.com and {origin}; give --issuer or --token-url instead of \
             --discover",
            origin = endpoint.origin()
        ),
    );
    finding().arg("--discover").run().fails(
        2,
        "--discover: the URL of the server is not known: the client did not pass it (Codex never does); give --server-url",
    );
}
