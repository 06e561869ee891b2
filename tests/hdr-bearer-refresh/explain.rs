//! `--explain`: what was cached, what was asked of whom, and no secret.

use crate::common::{CANARY, Helper};
use crate::endpoint::{Endpoint, reply};
use crate::{asking, bearer, refreshing, refusal, refusing_another};

const READ: &str = "--client-secret: read from file:~/secret";
const NOTHING: &str = "no token is cached: a new one is needed";

/// It prints this token and says these lines, in which `LEFT` stands for what is left of an hour.
#[track_caller]
fn explains(helper: &Helper, options: &[&str], token: &str, said: &[&str]) {
    let outcome = helper.again().arg("--explain").args(options).run();
    let left = left(&outcome.stderr());
    let said: Vec<_> = said.iter().map(|line| line.replace("LEFT", &left)).collect();
    outcome.prints_saying(&bearer(token), &said.iter().map(String::as_str).collect::<Vec<_>>());
}

/// How many seconds it says that a token of an hour is cached for.
#[track_caller]
fn left(said: &str) -> String {
    let left = said.split_once(" is cached for ").and_then(|(_, rest)| rest.split_once("s more: "));
    let seconds = left.map_or("3599", |(seconds, _)| seconds);
    assert!((3540..3600).contains(&seconds.parse::<u32>().unwrap()), "{said}");
    seconds.to_owned()
}

#[test]
fn a_run_tells_what_it_found_and_whom_it_asked() {
    let endpoint = Endpoint::minting();
    let origin = endpoint.origin();
    let helper = asking(&endpoint);
    let asked = format!("{origin} asked (client-credentials, basic): it answered 200 after N ms");
    let minted = format!("a token from {origin}, valid for 3600s");
    let cached = |what: &str| format!("a token from {origin} is cached for LEFTs more: {what}");
    explains(&helper, &[], "token-0", &[READ, NOTHING, &asked, &minted]);
    explains(&helper, &[], "token-0", &[READ, &cached("it is served")]);
    let early = cached("it is renewed early");
    explains(&helper, &["--min-life", "1h"], "token-1", &[READ, &early, &asked, &minted]);
    explains(&helper, &["--fresh"], "token-2", &[READ, &cached("--fresh requests a new one"), &asked, &minted]);
    explains(&helper, &["--no-cache"], "token-3", &[READ, &asked, &minted]);
    explains(&helper, &["--on-reask", "mint"], "token-2", &[READ, &cached("it is served")]);
    let reasked = cached("this client got it before and retried, a new one is needed");
    explains(&helper, &["--on-reask", "mint"], "token-4", &[READ, &reasked, &asked, &minted]);
}

#[test]
fn a_refresh_tells_which_token_it_used_and_that_the_next_is_kept() {
    let endpoint = Endpoint::new(|number, _, connection| {
        let rotated = if number < 2 { format!(r#","refresh_token":"{CANARY}-{number}""#) } else { String::new() };
        reply(connection, 200, &format!(r#"{{"access_token":"{CANARY}-{number}","expires_in":3600{rotated}}}"#));
    });
    let origin = endpoint.origin();
    let helper = refreshing(&endpoint);
    let read = "--refresh-token: read from file:~/secret";
    let used = "--refresh-token: its replacement in HOME/.local/state/hdr is used";
    let asked = format!("{origin} asked (refresh-token, none): it answered 200 after N ms");
    let kept = "--refresh-token: the server rotated it, and the new one is stored in HOME/.local/state/hdr";
    let minted = format!("a token from {origin}, valid for 3600s");
    let fresh = format!("a token from {origin} is cached for LEFTs more: --fresh requests a new one");
    let token = |number| format!("{CANARY}-{number}");
    explains(&helper, &[], &token(0), &[read, NOTHING, &asked, kept, &minted]);
    explains(&helper, &["--fresh"], &token(1), &[read, &fresh, used, &asked, kept, &minted]);
    explains(&helper, &["--fresh"], &token(2), &[read, &fresh, used, &asked, &minted]);
}

#[test]
fn a_failure_tells_how_far_it_came() {
    let endpoint = refusing_another();
    let (origin, refusal) = (endpoint.origin(), refusal(&endpoint));
    let helper = asking(&endpoint).arg("--explain");
    assert_eq!(helper.again().run().code(), Some(0));
    let asked = format!("{origin} asked (client-credentials, basic): it answered 401 after N ms");
    let outcome = helper.again().arg("--fresh").run();
    let fresh =
        format!("a token from {origin} is cached for {}s more: --fresh requests a new one", left(&outcome.stderr()));
    let sent = "sent: grant client-credentials, client authentication basic, client abc, a form with grant_type, headers \
                Authorization";
    outcome.fails_saying(4, &[READ, &fresh, &asked, sent, &refusal]);

    let scoped = helper.args(["--scope", "a"]);
    let sent = sent.replace("client abc, a form with grant_type", "client abc, scope a, a form with grant_type scope");
    scoped.again().run().fails_saying(4, &[READ, NOTHING, &asked, &sent, &refusal]);
    let outcome = scoped.again().run();
    let said = outcome.stderr();
    let again = said.lines().last().and_then(|line| line.split_once(" refused the same request ")).expect(&said).1;
    let ago = again.split_once("s ago ").expect(&said).0;
    let message = format!(
        "the token request is not repeated: the authorization server refused the same request {ago}s ago ({refusal}); correct that, \
         then wait 30 s or add --fresh"
    );
    let refused = "no token is cached: the authorization server has just refused this request";
    outcome.fails_saying(4, &[READ, refused, &message]);
    assert_eq!(endpoint.requests().len(), 3);
}
