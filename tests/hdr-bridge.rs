//! `hdr-bridge` up to its first message: its command line, its files, and what it answers about itself.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    reason = "tests start programs, write their files and end at the first surprise"
)]

#[path = "hdr-bridge/certificates.rs"]
mod certificates;
#[path = "hdr-bridge/check.rs"]
mod check;
#[expect(dead_code, reason = "what it knows of helpers that run to their end is not all needed here")]
mod common;
#[path = "hdr-bridge/failures.rs"]
mod failures;
#[path = "hdr-bridge/help.rs"]
mod help;
#[path = "hdr-bridge/options.rs"]
mod options;
#[path = "hdr-bridge/print_config.rs"]
mod print_config;
#[path = "hdr-bridge/profiles.rs"]
mod profiles;
#[path = "hdr-bridge/secrets.rs"]
mod secrets;
#[path = "hdr-bridge/server.rs"]
mod server;
#[path = "hdr-bridge/serving.rs"]
mod serving;

use common::Helper;

const EXECUTABLE: &str = env!("CARGO_BIN_EXE_hdr-bridge");

const URL: &str = "https://mcp.acme.example/mcp";

/// The bridge with these arguments, in an empty HOME.
fn bridge(arguments: &[&str]) -> Helper {
    Helper::new(EXECUTABLE).args(arguments)
}
