//! `hdr-hmac` as clients run it.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests start programs, write their files and end at the first surprise"
)]

#[path = "hdr-hmac/checks.rs"]
mod checks;
#[path = "hdr-hmac/command_lines.rs"]
mod command_lines;
mod common;
#[path = "common/contract/mod.rs"]
mod contract;
#[path = "hdr-hmac/key_files.rs"]
mod key_files;
#[path = "hdr-hmac/known_answers.rs"]
mod known_answers;
#[path = "hdr-hmac/memory.rs"]
mod memory;
#[path = "common/openssl.rs"]
mod openssl;
#[path = "hdr-hmac/options.rs"]
mod options;
#[path = "hdr-hmac/pipes.rs"]
mod pipes;
#[path = "common/process.rs"]
mod process;
#[path = "hdr-hmac/refusals.rs"]
mod refusals;
#[path = "hdr-hmac/saved_keys.rs"]
mod saved_keys;
#[path = "hdr-hmac/schemes.rs"]
mod schemes;
#[path = "common/secret_option.rs"]
mod secret_option;
#[path = "hdr-hmac/seed.rs"]
mod seed;
#[path = "common/user.rs"]
mod user;

use common::{CANARY, Helper};

/// What the contract needs to know of this helper.
const EXECUTABLE: &str = env!("CARGO_BIN_EXE_hdr-hmac");
const NAME: &str = "hdr-hmac";
const SECRET: &str = "--key";
const MINIMAL: &str = "--key env:K";
const GIVEN: &str = "--key <SOURCE>";
const VERB: &str = "";
const STRAY: [&str; 2] =
    ["unexpected argument '(not shown, it may be a secret)' found\n\nUsage: hdr-hmac [OPTIONS]"; 2];
const OWN: [&str; 1] = ["{signature}"];
const EXPLAINED: &[&str] = &["--key: read from env:K", "signed with sha256: the message"];
const OPTIONS: &[&str] = &[
    "--key",
    "--key-encoding",
    "--algorithm",
    "--encoding",
    "--message",
    "--api-key",
    "--key-id",
    "--scheme",
    "--components",
    "--expires",
    "--label",
];

fn with_key(source: &str) -> Helper {
    Helper::new(EXECUTABLE).args(["--key", source])
}

/// The helper with its secret in `K`.
fn minimal() -> Helper {
    with_key("env:K").env("K", CANARY)
}

/// A key as bytes, and how `openssl` takes it.
const KEY: &str = "Jefe, who has a key of sixty-four bytes, enough for each hash 01";
const HEX_KEY: &str = "4a6566652c2077686f206861732061206b6579206f662073697874792d666f75722062797465732c20656e6f75676820666f7220656163682068617368203031";

/// The helper with that key.
fn signing() -> Helper {
    with_key("env:K").env("K", KEY)
}

/// The HMAC of `message` under that key by `openssl`, in base64.
fn hmac(digest: &str, message: &str) -> String {
    let line = "openssl dgst -$1 -mac HMAC -macopt hexkey:$2 -binary | openssl base64 -A";
    openssl::text(line, &[digest, HEX_KEY], message)
}

/// Tells whoever runs the tests why one of them tests nothing.
#[expect(clippy::print_stderr, reason = "it is the only way to tell")]
fn skipped(reason: &str) {
    eprintln!("skipped: {reason}");
}
