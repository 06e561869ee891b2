//! `hdr-tenant` as clients run it.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests start programs, write their files and end at the first surprise"
)]

#[path = "hdr-tenant/choosing.rs"]
mod choosing;
#[path = "hdr-tenant/client_directory.rs"]
mod client_directory;
mod common;
#[path = "common/contract/mod.rs"]
mod contract;
#[path = "hdr-tenant/file.rs"]
mod file;
#[path = "hdr-tenant/headers.rs"]
mod headers;
#[path = "hdr-tenant/list.rs"]
mod list;
#[path = "common/process.rs"]
mod process;
#[path = "hdr-tenant/root.rs"]
mod root;
#[path = "hdr-tenant/said.rs"]
mod said;
#[path = "common/user.rs"]
mod user;
#[path = "hdr-tenant/verbs.rs"]
mod verbs;
#[path = "hdr-tenant/wrapping.rs"]
mod wrapping;
#[path = "hdr-tenant/wrapping_failures.rs"]
mod wrapping_failures;

use common::Helper;

/// What the contract needs to know of this helper.
const EXECUTABLE: &str = env!("CARGO_BIN_EXE_hdr-tenant");
const NAME: &str = "hdr-tenant";
const SECRET: &str = "-H X-K";
const MINIMAL: &str = "--tenant acme";
const GIVEN: &str = "--tenant <NAME>";
const VERB: &str = " [VERB] [NAME] [-- <HELPER>...]";
const STRAY: [&str; 2] =
    ["invalid value '(not shown, it may be a secret)' for '[VERB]'\n  [possible values: show, list, use]"; 2];
const OWN: [&str; 2] = ["{tenant}", "{tenant:…}"];
const EXPLAINED: &[&str] = &[];
const OPTIONS: &[&str] = &["--tenant", "--from", "--project-dir"];

/// The helper with a header that has its value from `source`.
fn with_key(source: &str) -> Helper {
    minimal().header(&format!("X-K: {{{source}}}"))
}

/// The helper with a tenant.
fn minimal() -> Helper {
    Helper::new(EXECUTABLE).args(["--tenant", "acme"])
}

/// The helper without arguments, which finds its tenant itself: `~/p` is the project, and HOME ends the search.
fn searching() -> Helper {
    Helper::new(EXECUTABLE).prepared_by("mkdir -p ~/p ~/.config/hdr").args(["--project-dir", "~/p"])
}

/// The same with this `tenants.toml`.
fn knowing(tenants: &str) -> Helper {
    searching().file(".config/hdr/tenants.toml", tenants, 0o600)
}

/// The header of a tenant.
fn of(tenant: &str) -> String {
    format!(r#"{{"X-Tenant-ID":"{tenant}"}}"#)
}

/// Tells whoever runs the tests why one of them tests nothing.
#[expect(clippy::print_stderr, reason = "it is the only way to tell")]
fn skipped(reason: &str) {
    eprintln!("skipped: {reason}");
}
