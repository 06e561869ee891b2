//! A client that asks again: its MCP server is asked first where the token is hardly to blame.

use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::script::{Step, answer, json, reset, scripted};
use crate::{Home, credentials};

/// A HOME in which `claude` was issued `token-0`, minted for it, with an MCP server that answers with `steps`.
struct Session {
    home: Home,
    endpoint: Endpoint,
    server: Endpoint,
}

impl Session {
    fn new(steps: Vec<Step>) -> Self {
        Self { home: Home::new(), endpoint: Endpoint::minting(), server: scripted(steps) }
    }

    fn claude(&self) -> Client {
        let (endpoint, url) = (self.endpoint.url(), format!("{}/mcp", self.server.origin()));
        let variables = [("CLAUDE_CODE_MCP_SERVER_NAME", "srv"), ("CLAUDE_CODE_MCP_SERVER_URL", url.as_str())];
        Client::named("claude", &self.home, &credentials(&endpoint), &variables)
    }

    /// How often the MCP server was asked, and the token endpoint.
    fn asked(&self) -> [usize; 2] {
        [self.server.requests().len(), self.endpoint.requests().len()]
    }
}

#[test]
fn a_server_that_is_down_uses_up_no_token() {
    for down in [reset(), json(503, "{}"), json(500, "{}"), json(502, ""), answer(429, "", ""), answer(408, "", "")] {
        let session = Session::new(vec![down]);
        let claude = session.claude();
        for _ in 0..5 {
            claude.ask("").prints(0);
        }
        assert_eq!(session.asked(), [4, 1]);
    }
}

#[test]
fn a_token_that_the_server_refuses_is_replaced_at_once() {
    for refusal in [answer(401, "", ""), answer(403, "", ""), json(403, r#"{"error":"insufficient_scope"}"#)] {
        let session = Session::new(vec![refusal]);
        let claude = session.claude();
        claude.ask("").prints(0);
        claude.ask("").prints(1);
        assert_eq!(session.asked(), [1, 2]);
    }
}

#[test]
fn a_session_that_the_server_lost_costs_no_token_just_after_it_was_issued() {
    for lost in [json(404, "{}"), json(400, "{}"), json(200, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#)] {
        let session = Session::new(vec![lost]);
        let claude = session.claude();
        claude.ask("").prints(0);
        let [one, two] = [claude.begin(""), claude.begin("")];
        one.end().prints(0);
        two.end().prints(0);
        assert_eq!(session.asked()[1], 1);
    }
}

#[test]
fn the_server_is_asked_once_a_run_with_all_headers() {
    let session = Session::new(vec![answer(202, "", "")]);
    let claude = session.claude();
    claude.ask("").prints(0);
    claude.ask("--verify").prints(0);
    let requests = session.server.requests();
    assert_eq!(requests.len(), 1);
    let first = requests[0].to_ascii_lowercase();
    assert!(
        first.starts_with("post /mcp http/1.1\r\n") && first.contains("authorization: bearer token-0\r\n"),
        "{first}"
    );
    assert!(requests[0].ends_with(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#), "{first}");
}

#[test]
fn a_url_that_the_client_has_hidden_is_not_asked() {
    let home = Home::new();
    let endpoint = Endpoint::minting();
    let variables =
        [("CLAUDE_CODE_MCP_SERVER_NAME", "srv"), ("CLAUDE_CODE_MCP_SERVER_URL", "https://REDACTED.example.com/mcp")];
    let claude = Client::named("claude", &home, &credentials(&endpoint.url()), &variables);
    claude.ask("").prints(0);
    claude.ask("").prints(1);
}
