//! What every helper does alike. These tests run in each test crate, against its helper.
//!
//! The crate says at its root how to run it:
//! - `with_key(source)`: the helper with its secret from `source`, and nothing else;
//! - `SECRET`: the option that takes it;
//! - `VERB`: what a usage line ends with, behind the options;
//! - `STRAY`: what clap says of a stray word, and of two, without showing them;
//! - `OWN`: the placeholder that it adds to templates;
//! - `EXPLAINED`: what `--explain` says of [`minimal`] before it comes to the headers.

mod commands;
#[cfg(feature = "completions")]
mod completions;
mod env_files;
mod explain;
mod headers;
mod options;
mod output;
mod print_config;
mod property;
mod secrecy;
mod sources;
mod templates;

use crate::common::{CANARY, Helper};

/// The helper with a secret and nothing else that it does not need.
fn minimal() -> Helper {
    crate::with_key("env:K").env("K", CANARY)
}

/// What `--explain` says of [`minimal`] and then of its headers.
fn explained<'a>(of_the_headers: &[&'a str]) -> Vec<&'a str> {
    [crate::EXPLAINED, of_the_headers].concat()
}
