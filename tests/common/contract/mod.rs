//! What every helper does alike. These tests run in each test crate, against its helper.
//!
//! The crate says at its root how to run it:
//! - `minimal()`: the helper with what it needs, and nothing else;
//! - `with_key(source)`: the same with a secret from `source`;
//! - `SECRET`: where messages say that the secret belongs;
//! - `MINIMAL`: the words of [`minimal`];
//! - `GIVEN`: how a usage line shows the option of [`minimal`];
//! - `VERB`: what a usage line ends with, behind the options;
//! - `STRAY`: what clap says of a stray word, and of two, without showing them;
//! - `OWN`: the placeholders that it adds to templates, the one without argument first;
//! - `EXPLAINED`: what `--explain` says of [`minimal`] before it comes to the headers.
//!
//! Helpers with an option for a secret run `secret_option.rs` too.

mod byte_order_marks;
mod check;
mod commands;
#[cfg(feature = "completions")]
mod completions;
mod credentials;
mod env_files;
mod explain;
mod headers;
mod help;
mod json_sources;
mod links;
mod logs;
#[cfg(feature = "completions")]
mod manual;
mod options;
mod output;
mod print_config;
mod profile_errors;
pub(crate) mod profile_mistakes;
mod profiles;
mod property;
mod secrecy;
mod servers;
mod sources;
mod templates;

use crate::common::{CANARY, Helper};

/// The helper with what it needs and nothing else, and a secret in `K`.
fn minimal() -> Helper {
    crate::minimal().env("K", CANARY)
}

/// What `--explain` says of [`minimal`] and then of its headers.
fn explained<'a>(of_the_headers: &[&'a str]) -> Vec<&'a str> {
    [crate::EXPLAINED, of_the_headers].concat()
}
