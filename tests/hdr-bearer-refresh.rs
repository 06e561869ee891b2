//! `hdr-bearer-refresh` as clients run it.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests start programs, listen on loopback and end at the first surprise"
)]

#[path = "hdr-bearer-refresh/caching.rs"]
mod caching;
#[path = "hdr-bearer-refresh/command.rs"]
mod command;
#[path = "hdr-bearer-refresh/command_environment.rs"]
mod command_environment;
mod common;
#[path = "common/contract/mod.rs"]
mod contract;
#[path = "hdr-bearer-refresh/directories.rs"]
mod directories;
#[path = "hdr-bearer-refresh/elsewhere.rs"]
mod elsewhere;
#[path = "common/endpoint.rs"]
mod endpoint;
#[path = "hdr-bearer-refresh/explain.rs"]
mod explain;
#[path = "hdr-bearer-refresh/kept.rs"]
mod kept;
#[path = "hdr-bearer-refresh/kept_with_more.rs"]
mod kept_with_more;
#[path = "hdr-bearer-refresh/life.rs"]
mod life;
#[path = "common/openssl.rs"]
mod openssl;
#[path = "hdr-bearer-refresh/options.rs"]
mod options;
#[path = "common/process.rs"]
mod process;
#[path = "hdr-bearer-refresh/profiles.rs"]
mod profiles;
#[path = "hdr-bearer-refresh/pruned.rs"]
mod pruned;
#[path = "hdr-bearer-refresh/renewed.rs"]
mod renewed;
#[path = "hdr-bearer-refresh/root.rs"]
mod root;
#[path = "hdr-bearer-refresh/rotation.rs"]
mod rotation;
#[path = "common/secret_option.rs"]
mod secret_option;
#[path = "hdr-bearer-refresh/shape.rs"]
mod shape;
#[path = "hdr-bearer-refresh/slow.rs"]
mod slow;
#[path = "common/spoil.rs"]
mod spoil;
#[path = "hdr-bearer-refresh/spoiled.rs"]
mod spoiled;
#[path = "common/tenant.rs"]
mod tenant;
#[path = "hdr-bearer-refresh/token.rs"]
mod token;
#[path = "hdr-bearer-refresh/unsent.rs"]
mod unsent;
#[path = "common/user.rs"]
mod user;
#[path = "hdr-bearer-refresh/verbs.rs"]
mod verbs;
#[path = "hdr-bearer-refresh/warm.rs"]
mod warm;

use common::{CANARY, Helper};
use endpoint::{Endpoint, reply};

/// What the contract needs to know of this helper.
const EXECUTABLE: &str = env!("CARGO_BIN_EXE_hdr-bearer-refresh");
const NAME: &str = "hdr-bearer-refresh";
const SECRET: &str = "--token";
const MINIMAL: &str = "--token env:K";
const GIVEN: &str = "--token <SOURCE>";
const VERB: &str = " [VERB]";
const STRAY: [&str; 2] = [
    "invalid value '(not shown, it may be a secret)' for '[VERB]'\n  [possible values: status, forget, login, logout]",
    "unexpected argument '(not shown, it may be a secret)' found\n\nUsage: hdr-bearer-refresh [OPTIONS] [VERB]",
];
const OWN: [&str; 1] = ["{token}"];
const EXPLAINED: &[&str] = &["--token: read from env:K"];
// `shape.rs` walks the help for the others.
const OPTIONS: &[&str] = &["--json", "--all", "--refresh-token-too", "--no-revoke"];

/// The helper with a token that another program keeps.
fn with_key(source: &str) -> Helper {
    Helper::new(EXECUTABLE).args(["--token", source])
}

/// The helper with its secret in `K`.
fn minimal() -> Helper {
    with_key("env:K").env("K", CANARY)
}

/// The helper of a client that authenticates to `endpoint` with a secret.
fn asking(endpoint: &Endpoint) -> Helper {
    let arguments = ["--token-url", &endpoint.url(), "--client-id", "abc", "--client-secret", "file:~/secret"];
    Helper::new(EXECUTABLE).args(arguments).file("secret", CANARY, 0o600)
}

/// The helper of a client that has a refresh token from `endpoint`.
fn refreshing(endpoint: &Endpoint) -> Helper {
    let arguments = ["--token-url", &endpoint.url(), "--client-id", "abc", "--refresh-token", "file:~/secret"];
    Helper::new(EXECUTABLE).args(arguments).file("secret", CANARY, 0o600)
}

/// A server that gives `token-0` and `refresh-0`, `token-1` and `refresh-1`, and so on.
fn rotating() -> Endpoint {
    Endpoint::new(|number, _, connection| {
        let tokens = format!(r#""access_token":"token-{number}","refresh_token":"refresh-{number}""#);
        reply(connection, 200, &format!(r#"{{{tokens},"token_type":"Bearer","expires_in":3600}}"#));
    })
}

/// A server that gives `token-0` for an hour, and nobody anything else.
fn refusing_another() -> Endpoint {
    Endpoint::new(|number, _, connection| match number {
        0 => reply(connection, 200, r#"{"access_token":"token-0","expires_in":3600}"#),
        _ => reply(connection, 401, r#"{"error":"invalid_client"}"#),
    })
}

/// What a helper says of that server's refusal.
fn refusal(endpoint: &Endpoint) -> String {
    format!(
        "{} refused the token request: it answered 401 (invalid_client); check --client-id (abc was sent), --client-secret and --client-auth (basic was used; some servers require --client-auth post)",
        endpoint.origin()
    )
}

/// The headers with this token.
fn bearer(token: &str) -> String {
    format!(r#"{{"Authorization":"Bearer {token}"}}"#)
}

/// Tells whoever runs the tests why one of them tests nothing.
#[expect(clippy::print_stderr, reason = "it is the only way to tell")]
fn skipped(reason: &str) {
    eprintln!("skipped: {reason}");
}

/// A JWT of these claims that nobody signed.
fn jwt(claims: &str) -> String {
    let [header, claims] =
        [r#"{"alg":"none"}"#, claims].map(|part| openssl::text("openssl base64 -A | tr +/ -_ | tr -d =", &[], part));
    format!("{header}.{claims}.c2ln")
}

/// The Unix time of the clock that the helper reads.
fn now() -> u64 {
    std::time::UNIX_EPOCH.elapsed().expect("a time after 1970").as_secs()
}
