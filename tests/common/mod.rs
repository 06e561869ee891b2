//! Running a helper as MCP clients run it, and the contract that every helper keeps.
//!
//! Each test crate says at its root how to run its helper:
//! - `with_key(source)`: the helper with its secret from `source`, and nothing else;
//! - `OWN`: the placeholder that it adds to templates;
//! - `EXPLAINED`: what `--explain` says of [`contract::minimal`] before it comes to the headers.

mod contract;
mod helper;
mod outcome;
mod process;

pub(crate) use helper::Helper;

/// A secret that no message may show. Long enough for every algorithm that a helper might use it with.
pub(crate) const CANARY: &str = "canary-0123456789abcdef0123456789abcdef0123456789abcdef-canary";
