//! One token for many runs.

use std::time::Duration;

use crate::common::CANARY;
use crate::endpoint::{Endpoint, reply};
use crate::kept::{CACHE, STATE, below, mode, names, only};
use crate::{asking, bearer, refusal, refusing_another};

#[test]
fn the_second_run_asks_nobody() {
    let endpoint = Endpoint::minting();
    let helper = asking(&endpoint);
    for _ in 0..3 {
        helper.again().run().prints(&bearer("token-0"));
    }
    assert_eq!(endpoint.requests().len(), 1);
}

#[test]
fn one_token_serves_all_headers_and_formats() {
    let endpoint = Endpoint::minting();
    let helper = asking(&endpoint);
    for (options, printed) in [
        (vec!["--format", "token"], "token-0"),
        (vec!["-H", "X-A: {token}", "--add", "X-B: {token}!"], r#"{"X-A":"token-0","X-B":"token-0!"}"#),
        (vec!["--format", "curl"], "header = \"Authorization: Bearer token-0\""),
        (vec!["-H", "X-A: a"], r#"{"X-A":"a"}"#),
        (vec!["--server-name", "n", "--server-url", "https://h/p"], r#"{"Authorization":"Bearer token-0"}"#),
    ] {
        helper.again().args(options).run().prints(printed);
    }
    assert_eq!(endpoint.requests().len(), 1);
}

#[test]
fn files_are_private_and_their_names_tell_nothing() {
    let endpoint = Endpoint::new(|_, _, connection| {
        reply(connection, 200, &format!(r#"{{"access_token":"{CANARY}-token","expires_in":3600}}"#));
    });
    let helper = asking(&endpoint).args(["--on-reask", "mint"]);
    helper.again().run().prints(&bearer(&format!("{CANARY}-token")));

    for path in [".cache", CACHE, ".local", ".local/state", STATE] {
        assert_eq!(mode(&helper.path(path)), 0o700, "{path}");
    }
    let token = names(&helper, CACHE, ".token").remove(0);
    let name = token.strip_suffix(".token").unwrap();
    assert!(name.len() == 64 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')), "{name}");
    let beside = ["handouts", "handouts.lock", "lock", "token"].map(|extension| format!("{name}.{extension}"));
    assert_eq!(names(&helper, CACHE, ""), beside);
    assert_eq!(names(&helper, STATE, ""), ["key", "key.lock"]);
    for path in below(&helper.path(CACHE)).into_iter().chain(below(&helper.path(STATE))) {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        let contents = std::fs::read(&path).unwrap();
        let shows = contents.windows(CANARY.len()).any(|window| window == CANARY.as_bytes());
        assert!(!shows, "{}: {}", path.display(), String::from_utf8_lossy(&contents));
    }
}

#[test]
fn two_homes_name_one_request_differently() {
    let endpoint = Endpoint::minting();
    let name = || {
        let helper = asking(&endpoint);
        helper.again().run();
        names(&helper, CACHE, ".token")
    };
    assert_ne!(name(), name());
}

#[test]
fn no_cache_neither_writes_nor_reads() {
    let endpoint = Endpoint::minting();
    let helper = asking(&endpoint);
    helper.again().arg("--no-cache").run().prints(&bearer("token-0"));
    assert_eq!(below(&helper.path("")), [helper.path("secret")]);
    helper.again().run().prints(&bearer("token-1"));
    helper.again().arg("--no-cache").run().prints(&bearer("token-2"));
    helper.again().run().prints(&bearer("token-1"));
}

#[test]
fn fresh_asks_and_replaces() {
    let endpoint = Endpoint::minting();
    let helper = asking(&endpoint);
    helper.again().run().prints(&bearer("token-0"));
    helper.again().arg("--fresh").run().prints(&bearer("token-1"));
    helper.again().run().prints(&bearer("token-1"));
    assert_eq!(names(&helper, CACHE, ".token").len(), 1);
}

#[test]
fn a_token_with_less_than_min_life_is_renewed() {
    let endpoint = Endpoint::minting();
    let helper = asking(&endpoint);
    helper.again().run().prints(&bearer("token-0"));
    helper.again().args(["--min-life", "30m"]).run().prints(&bearer("token-0"));
    helper.again().args(["--min-life", "1h"]).run().prints(&bearer("token-1"));
    helper.again().args(["--min-life", "0s"]).run().prints(&bearer("token-1"));
}

#[test]
fn a_renewal_that_fails_is_no_failure_and_not_repeated_at_once() {
    let endpoint = refusing_another();
    let helper = asking(&endpoint).args(["--min-life", "1h"]);
    let refusal = refusal(&endpoint);
    helper.again().run().prints(&bearer("token-0"));
    let warning = format!("warning: the cached token is served because no new one was issued: {refusal}");
    helper.again().run().prints_saying(&bearer("token-0"), &[&warning]);
    let warning = format!("warning: the cached token is served because its last renewal failed: {refusal}");
    helper.again().run().prints_saying(&bearer("token-0"), &[&warning]);
    assert_eq!(endpoint.requests().len(), 2);
}

#[test]
fn a_token_that_has_expired_is_never_served() {
    let endpoint = Endpoint::new(|number, _, connection| match number {
        0 => reply(connection, 200, r#"{"access_token":"token-0","expires_in":1}"#),
        1 => reply(connection, 401, r#"{"error":"invalid_client"}"#),
        _ => reply(connection, 200, r#"{"access_token":"token-2"}"#),
    });
    let helper = asking(&endpoint);
    helper.again().run().prints(&bearer("token-0"));
    std::thread::sleep(Duration::from_secs(1));
    helper.again().run().fails(4, &refusal(&endpoint));
    helper.again().arg("--fresh").run().prints(&bearer("token-2"));
    // Nobody told how long it lives.
    helper.again().run().prints(&bearer("token-2"));
}

#[test]
fn a_token_that_expires_gives_way_to_the_next_and_its_file_is_gone() {
    let endpoint = Endpoint::new(|number, _, connection| {
        let life = if number == 0 { 1 } else { 3600 };
        reply(connection, 200, &format!(r#"{{"access_token":"token-{number}","expires_in":"{life}"}}"#));
    });
    let helper = asking(&endpoint);
    helper.again().args(["--scope", "old"]).run().prints(&bearer("token-0"));
    let old = only(&helper, CACHE, ".token");
    std::thread::sleep(Duration::from_secs(1));
    helper.again().run().prints(&bearer("token-1"));
    let kept = only(&helper, CACHE, ".token");
    assert_ne!(kept, old);
    assert_eq!(names(&helper, CACHE, ".lock"), [kept.with_extension("lock").file_name().unwrap().to_str().unwrap()]);
}

#[test]
fn now_reproduces_signatures_and_moves_no_cache() {
    let endpoint = Endpoint::minting();
    let helper = asking(&endpoint).args(["--param", "at={timestamp:unix}"]);
    for now in ["1", "1700000000", "2999-01-01T00:00:00Z"] {
        helper.again().args(["--now", now]).run().prints(&bearer("token-0"));
    }
    assert_eq!(endpoint.requests().len(), 1);
    assert!(endpoint.requests()[0].ends_with("&at=1"), "{:?}", endpoint.requests());
}

#[test]
fn the_directories_are_where_they_are_told_to_be() {
    let endpoint = Endpoint::minting();
    let helper = asking(&endpoint).args(["--cache-dir", "~/c/d"]).arg("--state-dir");
    let helper = {
        let state = helper.path("s");
        helper.arg(state)
    };
    helper.again().run().prints(&bearer("token-0"));
    helper.again().run().prints(&bearer("token-0"));
    only(&helper, "c/d", ".token");
    assert_eq!(names(&helper, "s", ""), ["key", "key.lock"]);
    assert_eq!([helper.path(".cache"), helper.path(".local")].map(|path| path.exists()), [false; 2]);
    assert_eq!(["c", "c/d", "s"].map(|path| mode(&helper.path(path))), [0o700; 3]);
}
