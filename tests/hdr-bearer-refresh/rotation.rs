//! Refresh tokens that the server replaces: the newest is kept and sent, and never one that was consumed.

use crate::common::CANARY;
use crate::endpoint::{Endpoint, reply};
use crate::kept::{CACHE, STATE, below, mode, names, only};
use crate::{bearer, refreshing, rotating};

/// The refresh tokens that were sent, in their order.
fn sent(endpoint: &Endpoint) -> Vec<String> {
    let token = |request: &String| {
        let pair = request.split(['\n', '&']).find_map(|pair| pair.strip_prefix("refresh_token="));
        pair.expect(request).to_owned()
    };
    endpoint.requests().iter().map(token).collect()
}

#[test]
fn each_is_sent_once_and_the_next_is_kept() {
    let endpoint = rotating();
    let helper = refreshing(&endpoint);
    helper.again().run().prints(&bearer("token-0"));
    helper.again().run().prints(&bearer("token-0"));
    helper.again().arg("--fresh").run().prints(&bearer("token-1"));
    helper.again().arg("--fresh").run().prints(&bearer("token-2"));
    assert_eq!(sent(&endpoint), [CANARY, "refresh-0", "refresh-1"]);

    let kept = only(&helper, STATE, ".refresh");
    let name = kept.file_stem().unwrap().to_str().unwrap();
    assert!(name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
    for path in below(&helper.path(STATE)).into_iter().chain(below(&helper.path(CACHE))) {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        let contents = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        for secret in [CANARY, "refresh-", "token-"] {
            assert!(!contents.contains(secret), "{}: {contents}", path.display());
        }
    }
}

#[test]
fn without_a_cache_it_is_kept_all_the_same() {
    let endpoint = rotating();
    let helper = refreshing(&endpoint).arg("--no-cache");
    for number in 0..3 {
        helper.again().run().prints(&bearer(&format!("token-{number}")));
    }
    assert_eq!(sent(&endpoint), [CANARY, "refresh-0", "refresh-1"]);
    assert!(!helper.path(CACHE).exists());
}

#[test]
fn a_new_value_in_its_source_begins_anew_and_the_old_one_goes_on() {
    let endpoint = rotating();
    let helper = refreshing(&endpoint).arg("--no-cache");
    let with = |original: &str| {
        std::fs::write(helper.path("secret"), original).unwrap();
        helper.again().run()
    };
    with("one").prints(&bearer("token-0"));
    with("other").prints(&bearer("token-1"));
    with("other").prints(&bearer("token-2"));
    with("one").prints(&bearer("token-3"));
    assert_eq!(sent(&endpoint), ["one", "other", "refresh-1", "refresh-0"]);
    assert_eq!(names(&helper, STATE, ".refresh").len(), 2);
}

#[test]
fn one_chain_serves_all_scopes() {
    let endpoint = rotating();
    let helper = refreshing(&endpoint);
    helper.again().args(["--scope", "a"]).run().prints(&bearer("token-0"));
    helper.again().args(["--scope", "b"]).run().prints(&bearer("token-1"));
    helper.again().args(["--scope", "a"]).run().prints(&bearer("token-0"));
    assert_eq!(sent(&endpoint), [CANARY, "refresh-0"]);
}

#[test]
fn an_answer_without_one_leaves_the_old_one_in_force() {
    let endpoint = Endpoint::new(|number, _, connection| {
        let rotated = if number == 1 { r#","refresh_token":"rotated""# } else { "" };
        reply(connection, 200, &format!(r#"{{"access_token":"token-{number}"{rotated}}}"#));
    });
    let helper = refreshing(&endpoint).arg("--no-cache");
    for number in 0..4 {
        helper.again().run().prints(&bearer(&format!("token-{number}")));
    }
    assert_eq!(sent(&endpoint), [CANARY, CANARY, "rotated", "rotated"]);
}

#[test]
fn a_refusal_loses_nothing() {
    let endpoint = Endpoint::new(|number, _, connection| match number {
        1 => reply(connection, 400, r#"{"error":"invalid_grant"}"#),
        _ => reply(
            connection,
            200,
            &format!(r#"{{"access_token":"token-{number}","refresh_token":"refresh-{number}"}}"#),
        ),
    });
    let helper = refreshing(&endpoint).arg("--no-cache");
    helper.again().run().prints(&bearer("token-0"));
    let message = format!(
        "{} refused the token request: it answered 400 (invalid_grant); the refresh token is used up, expired, revoked or issued to another client than abc: get a new one and put it where --refresh-token says",
        endpoint.origin()
    );
    helper.again().run().fails(4, &message);
    helper.again().run().prints(&bearer("token-2"));
    assert_eq!(sent(&endpoint), [CANARY, "refresh-0", "refresh-0"]);
    // The token with its lock, the key with its own, and the log.
    assert_eq!(names(&helper, STATE, "").len(), 5, "{:?}", names(&helper, STATE, ""));
}

#[test]
fn forgotten_with_the_cache_it_is_the_source_again() {
    let endpoint = rotating();
    let helper = refreshing(&endpoint);
    helper.again().run().prints(&bearer("token-0"));
    helper.again().arg("forget").run().prints("forgot 1 access token");
    helper.again().run().prints(&bearer("token-1"));
    helper
        .again()
        .args(["forget", "--refresh-token-too"])
        .run()
        .prints("forgot 1 access token\nforgot 1 refresh token");
    assert_eq!(names(&helper, STATE, ""), ["key", "key.lock"]);
    helper.again().run().prints(&bearer("token-2"));
    assert_eq!(sent(&endpoint), [CANARY, "refresh-0", CANARY]);
}
