//! What a helper makes, and the forms in which it is printed.

use clap::ValueEnum;

use crate::header::Headers;
use crate::secret::Secret;

/// What a helper made.
#[derive(Debug)]
pub enum Answer {
    /// What it is for.
    Headers {
        /// All headers.
        headers: Headers,
        /// The value that `--format token` prints bare.
        token: Secret,
    },
    /// What a verb has to say, whole lines.
    Text(String),
}

/// What a helper prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One JSON object of headers.
    Headers,
    /// Lines for `curl -K -`.
    Curl,
    /// The bare value that the helper made.
    Token,
}
