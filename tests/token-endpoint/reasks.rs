//! Clients that come back for the same server, since the token that they got was refused.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::script::{answer, gives, later, scripted};
use crate::{EXECUTABLE, Home, credentials, headers, tell};

#[test]
fn a_client_that_comes_back_gets_another_token() {
    let home = Home::new();
    let endpoint = Endpoint::minting();
    let url = endpoint.url();
    let [claude, other] = [(); 2].map(|()| Client::claude(&home, &credentials(&url)));
    claude.ask("").prints(0);
    other.ask("").prints(0);
    claude.ask("").prints(1);
    claude.ask("").prints(2);
    // What replaced the token of one client is new to the other.
    other.ask("").prints(2);
    home.asking(&url).run().prints(&headers(2));
    assert_eq!(endpoint.requests().len(), 3);
}

#[test]
fn codex_is_known_by_the_null_device() {
    let home = Home::new();
    let endpoint = Endpoint::minting();
    let server = scripted(vec![answer(401, "", "")]);
    let codex = Client::codex(&home, &credentials(&endpoint.url()));
    let [a, b] = ["a", "b"].map(|name| format!("--server-name {name} --server-url {}/{name}", server.origin()));
    codex.ask(&a).prints(0);
    codex.ask(&b).prints(0);
    codex.ask(&a).prints(1);
}

#[test]
fn another_server_is_no_second_time() {
    let home = Home::new();
    let endpoint = Endpoint::minting();
    let claude = Client::claude(&home, &credentials(&endpoint.url()));
    claude.ask("").prints(0);
    claude.ask("--server-name other").prints(0);
    claude.ask("--server-url https://mcp.example.com").prints(0);
    claude.ask("--server-name other").prints(1);
    // For these it is a token that they have not had.
    claude.ask("").prints(1);
    claude.ask("").prints(2);
}

#[test]
fn two_that_come_back_at_once_cost_one_token() {
    let home = Home::new();
    let endpoint = scripted(vec![later(200, gives(0)), later(200, gives(1)), gives(2)]);
    let claude = Client::claude(&home, &credentials(&endpoint.url()));
    for number in 0..2 {
        let [one, two] = [claude.begin(""), claude.begin("")];
        one.end().prints(number);
        two.end().prints(number);
        assert_eq!(endpoint.requests().len(), number + 1);
    }
}

#[test]
fn a_run_that_began_before_the_token_was_printed_is_the_same_ask() {
    let home = Home::new();
    let endpoint = Endpoint::minting();
    // The first to read the secret waits with it.
    home.write("slow", "if mkdir ~/first; then until test -e ~/go; do sleep 0.01; done; fi 2>/dev/null; cat ~/secret");
    let url = endpoint.url();
    let mut arguments = credentials(&url);
    arguments[5] = "cmd:sh ~/slow";
    let claude = Client::claude(&home, &arguments);
    let slow = claude.begin("");
    while !home.path().join("first").exists() {
        std::thread::sleep(Duration::from_millis(2));
    }
    claude.ask("").prints(0);
    home.write("go", "");
    slow.end().prints(0);
    claude.ask("").prints(1);
    assert_eq!(endpoint.requests().len(), 2);
}

#[test]
fn who_counts_can_be_chosen() {
    let home = Home::new();
    let endpoint = Endpoint::minting();
    let url = endpoint.url();
    let claude = Client::claude(&home, &credentials(&url));
    claude.ask("").prints(0);
    claude.ask("--on-reask reuse").prints(0);
    claude.ask("--on-reask auto").prints(1);

    // Without its variable it is any program.
    let program = Client::named("claude", &home, &credentials(&url), &[]);
    program.ask("").prints(1);
    program.ask("").prints(1);
    program.ask("--on-reask mint").prints(1);
    program.ask("--on-reask mint").prints(2);
}

#[test]
fn a_check_is_given_a_token_that_counts_for_nobody() {
    let home = Home::new();
    let endpoint = Endpoint::minting();
    let claude = Client::claude(&home, &credentials(&endpoint.url()));
    let ways = ["claude-code project", "claude-code user", "claude-code plugin", "codex -"];
    for options in ["", "--on-reask mint"] {
        claude.ask(&format!("--check {options}")).passes(&ways);
        claude.ask(&format!("--check=codex,claude-code:user {options}")).passes(&[ways[1], ways[3]]);
    }
    assert_eq!(endpoint.requests().len(), 1);
    // The client has not had the token yet; and when it has, a check is no return of it.
    claude.ask("").prints(0);
    claude.ask("--check").passes(&ways);
    assert_eq!(endpoint.requests().len(), 1);
    claude.ask("").prints(1);
}

/// As for `apiKeyHelper`, which is told of no server, where a repository's settings name one.
#[test]
fn a_bare_token_is_shown_to_no_mcp_server() {
    let home = Home::new();
    let endpoint = Endpoint::minting();
    let server = scripted(vec![answer(200, "", "")]);
    let (url, mcp) = (endpoint.url(), format!("{}/mcp", server.origin()));
    let variables = [("CLAUDE_CODE_MCP_SERVER_NAME", "srv"), ("CLAUDE_CODE_MCP_SERVER_URL", &*mcp)];
    let claude = Client::named("claude", &home, &credentials(&url), &variables);
    for number in 0..2 {
        claude.ask("--format token").prints_headers(&format!("token-{number}"));
    }
    assert!(server.requests().is_empty());
}

#[test]
fn a_terminal_never_counts() {
    let home = Home::new();
    let endpoint = Endpoint::minting();
    let url = endpoint.url();
    let words = [&[EXECUTABLE], &credentials(&url)[..]].concat().join(" ");
    let line = format!("{words} >~/out; {words} >>~/out; {words} >>~/out </dev/null 2>&1");
    let mut script = Command::new("script");
    script.args(["-qec", &line, "/dev/null"]).stdin(Stdio::null()).stdout(Stdio::null());
    script.env("HOME", home.path()).env("CLAUDE_CODE_MCP_SERVER_NAME", "srv").env("SHELL", "/bin/sh");
    match script.status() {
        Ok(status) => assert!(status.success(), "{status}"),
        Err(error) => {
            assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
            tell("skipped: script(1), which makes a terminal, is not installed");
            return;
        }
    }
    let printed = std::fs::read_to_string(home.path().join("out")).unwrap();
    assert_eq!(printed, [headers(0), headers(0), headers(0), String::new()].join("\n"));
}
