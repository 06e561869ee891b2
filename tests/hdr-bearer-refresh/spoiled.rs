//! Files that somebody spoiled: a token that cannot be read is a miss, a rotated refresh token is exit 3.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::Helper;
use crate::kept::{CACHE, STATE, names, only};
use crate::spoil::{Spoil, WAYS};
use crate::{Endpoint, asking, bearer, refreshing, rotating};

/// A bit that a disk turned over, in the middle of a file.
const FLIPPED: (&str, Spoil) = ("flipped", |path| {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
});

const REMOVED: Spoil = |path| fs::remove_file(path).unwrap();
const SHORTENED: Spoil = |path| fs::write(path, "short").unwrap();

fn all_ways() -> impl Iterator<Item = (&'static str, Spoil)> {
    WAYS.into_iter().chain([FLIPPED])
}

/// What is wrong with a file that was spoiled in one of these ways, where that is told.
fn cause(what: &str) -> &'static str {
    match what {
        "grown" => "it is larger than 1 MiB",
        "mode 0644" => "group or others can open it",
        "a directory" | "a pipe" => "it is not a regular file",
        "a link" => "it is a symbolic link",
        "of another user" => "it belongs to another user",
        _ => "it is damaged, or was written by another version",
    }
}

/// Whether this way cannot be tried: then the file is empty instead.
fn is_skipped(what: &str, path: &Path) -> bool {
    what == "of another user" && fs::metadata(path).is_ok_and(|file| file.len() == 0)
}

#[test]
fn a_token_that_was_spoiled_is_a_miss_and_replaced() {
    for (what, spoil) in all_ways() {
        let endpoint = Endpoint::minting();
        let helper = asking(&endpoint);
        helper.again().run().prints(&bearer("token-0"));
        let token = only(&helper, CACHE, ".token");
        spoil(&token);
        if what == "a directory" {
            let warning =
                "warning: the token is not cached: HOME/.cache/hdr cannot be written: Is a directory (os error 21)";
            helper.again().run().prints_saying(&bearer("token-1"), &[warning]);
            helper.again().arg("forget").run().fails(
                1,
                "tokens in HOME/.cache/hdr cannot be removed: Is a directory (os error 21); give this user write access",
            );
            continue;
        }
        helper.again().run().prints(&bearer("token-1"));
        helper.again().run().prints(&bearer("token-1"));
        assert_eq!(endpoint.requests().len(), 2, "{what}");
    }
}

#[test]
fn a_token_of_another_request_is_a_miss() {
    let endpoint = Endpoint::minting();
    let helper = asking(&endpoint);
    let with = |scope: &str| helper.again().args(["--scope", scope]).run();
    with("a").prints(&bearer("token-0"));
    with("b").prints(&bearer("token-1"));
    let [one, other]: [PathBuf; 2] = names(&helper, CACHE, ".token")
        .into_iter()
        .map(|name| helper.path(CACHE).join(name))
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    let (first, second) = (fs::read(&one).unwrap(), fs::read(&other).unwrap());
    fs::write(&one, second).unwrap();
    fs::write(&other, first).unwrap();
    with("a").prints(&bearer("token-2"));
    with("b").prints(&bearer("token-3"));
}

#[test]
fn a_lock_that_was_spoiled_locks_nobody_out() {
    for (what, spoil) in WAYS.into_iter().skip(3) {
        let endpoint = Endpoint::minting();
        let helper = asking(&endpoint);
        helper.again().run().prints(&bearer("token-0"));
        let lock = only(&helper, CACHE, ".lock");
        spoil(&lock);
        if is_skipped(what, &lock) {
            continue;
        }
        let cause = if what == "a directory" { "Is a directory (os error 21)" } else { cause(what) };
        let name = lock.file_name().unwrap().to_string_lossy().into_owned();
        let warning = format!(
            "warning: other runs may request the same token: the lock HOME/.cache/hdr/{name} cannot be taken: {cause}; make its \
             directory writable and the lock a file of this user with mode 0600"
        );
        helper.again().run().prints(&bearer("token-0"));
        helper.again().arg("--fresh").run().prints_saying(&bearer("token-1"), &[&warning]);
    }
}

#[test]
fn hand_outs_that_were_spoiled_are_nobodys() {
    for (what, spoil) in all_ways() {
        let endpoint = Endpoint::minting();
        let helper = asking(&endpoint).args(["--on-reask", "mint"]);
        helper.again().run().prints(&bearer("token-0"));
        let handouts = only(&helper, CACHE, ".handouts");
        spoil(&handouts);
        let name = handouts.file_name().unwrap().to_string_lossy().into_owned();
        let warning = format!(
            "warning: this client may get the same token when it retries: HOME/.cache/hdr/{name} cannot be written: Is a \
             directory (os error 21); free space there, and give this user write access"
        );
        let warnings = [&*warning];
        let is_told = what == "a directory";
        helper.again().run().prints_saying(&bearer("token-0"), if is_told { &warnings } else { &[] });
        helper
            .again()
            .run()
            .prints_saying(&bearer(if is_told { "token-0" } else { "token-1" }), if is_told { &warnings } else { &[] });
    }
}

#[test]
fn a_rotated_token_that_was_spoiled_is_exit_3_and_nothing_is_sent() {
    for (what, spoil) in all_ways() {
        let endpoint = rotating();
        let helper = refreshing(&endpoint).arg("--no-cache");
        helper.again().run().prints(&bearer("token-0"));
        let rotated = only(&helper, STATE, ".refresh");
        spoil(&rotated);
        let cause = if is_skipped(what, &rotated) { cause("empty") } else { cause(what) };
        let name = rotated.file_name().unwrap().to_string_lossy().into_owned();
        let message = format!(
            "the rotated refresh token HOME/.local/state/hdr/{name} cannot be opened: {cause}; put a new refresh token into its \
             source, or remove this one with forget --refresh-token-too"
        );
        helper.again().run().fails(3, &message);
        assert_eq!(endpoint.requests().len(), 1, "{what}");
        if what != "a directory" {
            helper
                .again()
                .args(["forget", "--refresh-token-too"])
                .run()
                .prints("forgot 0 access tokens\nforgot 1 refresh token");
            helper.again().run().prints(&bearer("token-1"));
        }
    }
}

#[test]
fn a_key_that_is_lost_makes_every_token_a_miss() {
    for spoil in [REMOVED, SHORTENED, FLIPPED.1] {
        let endpoint = Endpoint::minting();
        let helper = asking(&endpoint);
        helper.again().run().prints(&bearer("token-0"));
        spoil(&helper.path(STATE).join("key"));
        helper.again().run().prints(&bearer("token-1"));
        helper.again().run().prints(&bearer("token-1"));
    }
}

#[test]
fn a_key_that_is_lost_beside_rotated_tokens_is_exit_3() {
    let lost = "the rotated refresh tokens in HOME/.local/state/hdr cannot be opened: the file `key` there is lost or damaged; \
                restore it, or run forget --all --refresh-token-too and put a new refresh token into its source";
    for spoil in [REMOVED, SHORTENED] {
        let endpoint = rotating();
        let helper = refreshing(&endpoint).arg("--no-cache");
        helper.again().run().prints(&bearer("token-0"));
        let key = helper.path(STATE).join("key");
        let saved = fs::read(&key).unwrap();
        spoil(&key);
        helper.again().run().fails(3, lost);
        assert_eq!(endpoint.requests().len(), 1);
        fs::write(&key, saved).unwrap();
        crate::kept::set_mode(&key, 0o600);
        helper.again().run().prints(&bearer("token-1"));
        fs::remove_file(&key).unwrap();
        helper
            .beside()
            .args(["forget", "--all", "--refresh-token-too"])
            .run()
            .prints("forgot 0 access tokens\nforgot 1 refresh token");
        helper.again().run().prints(&bearer("token-2"));
    }
}

#[test]
fn a_key_that_others_had_a_hand_in_is_not_used() {
    for (what, spoil) in WAYS.into_iter().skip(2) {
        let endpoint = rotating();
        let (cached, rotating) = (asking(&endpoint), refreshing(&endpoint));
        for helper in [&cached, &rotating] {
            helper.again().run();
            let key = helper.path(STATE).join("key");
            spoil(&key);
            if is_skipped(what, &key) {
                return;
            }
        }
        let unusable = format!(
            "the key HOME/.local/state/hdr/key cannot be used: {}; make its directory writable and the key a file of this user \
             with mode 0600",
            cause(what)
        );
        let warning = format!("warning: no token is cached: {unusable}");
        cached.run().prints_saying(&bearer("token-2"), &[&warning]);
        rotating.again().run().fails(1, &unusable);
        rotating.arg("--no-cache").run().fails(1, &unusable);
        assert_eq!(endpoint.requests().len(), 3, "{what}");
    }
}

#[test]
fn a_refusal_that_was_spoiled_is_forgotten() {
    for (what, spoil) in WAYS.into_iter().filter(|(what, _)| *what != "a directory") {
        let endpoint = Endpoint::new(|_, _, connection| crate::reply(connection, 400, r#"{"error":"invalid_scope"}"#));
        let helper: Helper = asking(&endpoint);
        let refusal = format!(
            "{} refused the token request: it answered 400 (invalid_scope); check --scope (none was requested)",
            endpoint.origin()
        );
        helper.again().run().fails(4, &refusal);
        assert_eq!(helper.again().run().code(), Some(4));
        assert_eq!(endpoint.requests().len(), 1);
        spoil(&only(&helper, CACHE, ".failure"));
        helper.again().run().fails(4, &refusal);
        assert_eq!(endpoint.requests().len(), 2, "{what}");
    }
}
