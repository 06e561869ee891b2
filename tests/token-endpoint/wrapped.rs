//! Clients that run the helper inside `hdr-tenant`, and what one helper tells another through the environment.

use crate::client::Client;
use crate::common::LOG;
use crate::endpoint::Endpoint;
use crate::script::{answer, gives, later, scripted};
use crate::tenant;
use crate::{EXECUTABLE, Home, credentials, headers};

/// A client that runs the helper with `arguments` inside `hdr-tenant`.
fn wrapping(name: &str, home: &Home, arguments: &[&str], variables: &[(&str, &str)]) -> Client {
    let tenant = tenant::executable();
    let words = [&[&*tenant, "-H", "X-A: a", "--", EXECUTABLE], arguments].concat();
    Client::running(name, home, &words, variables)
}

/// What is printed with the `number`-th token then.
fn both(number: usize) -> String {
    headers(number).replacen('{', r#"{"X-A":"a","#, 1)
}

const CLAUDE: (&str, &str) = ("CLAUDE_CODE_MCP_SERVER_NAME", "srv");

#[test]
fn a_client_that_asks_again_gets_another_token() {
    let home = Home::new();
    let endpoint = Endpoint::minting();
    let url = endpoint.url();
    let claude = wrapping("claude", &home, &credentials(&url), &[CLAUDE]);
    let codex = wrapping("codex", &home, &credentials(&url), &[("ERRORS", "/dev/null")]);
    claude.ask("").prints_headers(&both(0));
    claude.ask("").prints_headers(&both(1));
    codex.ask("").prints_headers(&both(1));
    codex.ask("").prints_headers(&both(2));
    // A program that is no client gets what is there, as often as it likes.
    let program = wrapping("program", &home, &credentials(&url), &[]);
    for _ in 0..2 {
        program.ask("").prints_headers(&both(2));
    }
    assert_eq!(endpoint.requests().len(), 3);
}

#[test]
fn two_runs_at_once_cost_one_token() {
    let home = Home::new();
    let endpoint = scripted(vec![later(200, gives(0)), gives(1)]);
    let server = scripted(vec![answer(404, "", "")]);
    let (url, mcp) = (endpoint.url(), format!("{}/mcp", server.origin()));
    let claude = wrapping("claude", &home, &credentials(&url), &[CLAUDE, ("CLAUDE_CODE_MCP_SERVER_URL", &mcp)]);
    for _ in 0..3 {
        for run in [claude.begin(""), claude.begin("")] {
            run.end().prints_headers(&both(0));
        }
    }
    // That a session is gone says nothing of the token.
    assert_eq!(endpoint.requests().len(), 1);
}

#[test]
fn the_start_of_the_outermost_program_counts() {
    let home = Home::new();
    let endpoint = Endpoint::minting();
    let url = endpoint.url();
    // The first to make its own header waits with it, so that the helper inside starts late.
    home.write("slow", "if mkdir ~/first; then until test -e ~/go; do sleep 0.01; done; fi 2>/dev/null; echo a");
    let tenant = tenant::executable();
    let words = [&[&*tenant, "-H", "X-A: {cmd:sh ~/slow}", "--", EXECUTABLE], &credentials(&url)[..]].concat();
    let claude = Client::running("claude", &home, &words, &[CLAUDE]);
    let slow = claude.begin("");
    while !home.path().join("first").exists() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    claude.ask("").prints_headers(&both(0));
    home.write("go", "");
    slow.end().prints_headers(&both(0));
    assert_eq!(endpoint.requests().len(), 1);
}

/// What a repository's settings may set, and what a helper of ours set once and somebody wrote down.
#[test]
fn variables_that_no_running_helper_of_ours_set_are_no_marks() {
    let home = Home::new();
    let writes = "env | grep ^HDR_ >~/marks; echo '{}'";
    let tenant = tenant::executable();
    let once = Client::running("codex", &home, &[&tenant, "-H", "X-A: a", "--", "sh", "-c", writes], &[]);
    once.ask("").prints_headers(r#"{"X-A":"a"}"#);
    let written = std::fs::read_to_string(home.path().join("marks")).unwrap();
    let written: Vec<_> = written.lines().filter_map(|line| line.split_once('=')).collect();
    assert_eq!(written.iter().map(|(name, _)| *name).filter(|name| *name == "HDR_MARKS").count(), 1);
    assert!(written.contains(&("HDR_MCP_CLIENT", "no")), "{written:?}");

    let typed = [("HDR_MCP_CLIENT", "no"), ("HDR_CHECK", "1"), ("HDR_TIMEOUT", "1ms"), ("HDR_STARTED", "1")];
    for marks in [&typed[..], &written] {
        for wrapped in [false, true] {
            let endpoint = Endpoint::minting();
            let url = endpoint.url();
            let variables = [&[CLAUDE][..], marks].concat();
            let claude = if wrapped {
                wrapping("claude", &home, &credentials(&url), &variables)
            } else {
                Client::named("claude", &home, &credentials(&url), &variables)
            };
            let expected = |number| if wrapped { both(number) } else { headers(number) };
            claude.ask("").prints_headers(&expected(0));
            claude.ask("").prints_headers(&expected(1));
        }
    }
    // What fails is logged all the same.
    let refused = scripted(vec![answer(400, "", "{}")]);
    let url = refused.url();
    let claude = Client::named("claude", &home, &credentials(&url), &[&[CLAUDE][..], &typed].concat());
    claude.ask("");
    let log = std::fs::read_to_string(home.path().join(LOG)).unwrap();
    assert!(log.contains("hdr-bearer-refresh exit=4 "), "{log}");
}
