//! `hdr-bearer-refresh` as clients run it.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "tests start programs, listen on loopback and end at the first surprise"
)]

#[expect(dead_code, reason = "what they have in common is more than these need")]
mod common;
#[path = "common/endpoint.rs"]
mod endpoint;
#[path = "hdr-bearer-refresh/warm.rs"]
mod warm;

use common::{CANARY, Helper};
use endpoint::Endpoint;

/// What the contract needs to know of this helper.
const EXECUTABLE: &str = env!("CARGO_BIN_EXE_hdr-bearer-refresh");

/// The helper of a client that authenticates to `endpoint` with a secret.
fn asking(endpoint: &Endpoint) -> Helper {
    let arguments = ["--token-url", &endpoint.url(), "--client-id", "abc", "--client-secret", "file:~/secret"];
    Helper::new(EXECUTABLE).args(arguments).file("secret", CANARY, 0o600)
}
