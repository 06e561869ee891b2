//! `hdr-bearer-refresh` as clients run it.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "tests start programs, listen on loopback and end at the first surprise"
)]

#[expect(dead_code, reason = "what helpers have in common is more than this one needs")]
mod common;
#[path = "common/contract/mod.rs"]
mod contract;
#[path = "common/endpoint.rs"]
mod endpoint;
#[path = "common/openssl.rs"]
mod openssl;
#[path = "hdr-bearer-refresh/options.rs"]
mod options;
#[path = "common/process.rs"]
mod process;
#[path = "hdr-bearer-refresh/token.rs"]
mod token;
#[path = "hdr-bearer-refresh/warm.rs"]
mod warm;

use common::{CANARY, Helper};
use endpoint::Endpoint;

/// What the contract needs to know of this helper.
const EXECUTABLE: &str = env!("CARGO_BIN_EXE_hdr-bearer-refresh");
const NAME: &str = "hdr-bearer-refresh";
const SECRET: &str = "--token";
const VERB: &str = " [VERB]";
const STRAY: [&str; 2] = [
    "invalid value '(not shown, it may be a secret)' for '[VERB]'\n  [possible values: status, forget]",
    "unexpected argument '(not shown, it may be a secret)' found\n\nUsage: hdr-bearer-refresh [OPTIONS] [VERB]",
];
const OWN: &str = "{token}";
const EXPLAINED: &[&str] = &["--token: read from env:K"];
// `shape.rs` walks the help for the others.
const OPTIONS: &[&str] = &["--json", "--all", "--refresh-token-too"];

/// The helper with a token that another program keeps.
fn with_key(source: &str) -> Helper {
    Helper::new(EXECUTABLE).args(["--token", source])
}

/// The helper of a client that authenticates to `endpoint` with a secret.
fn asking(endpoint: &Endpoint) -> Helper {
    let arguments = ["--token-url", &endpoint.url(), "--client-id", "abc", "--client-secret", "file:~/secret"];
    Helper::new(EXECUTABLE).args(arguments).file("secret", CANARY, 0o600)
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
