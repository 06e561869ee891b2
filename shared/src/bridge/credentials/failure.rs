//! Why a request goes without headers, in words for whoever made it.

use std::fmt;
use std::time::Duration;

use crate::error::Error;

/// Why there are no headers for a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AuthFailure {
    /// A fact, its cause and the remedy: `fact: cause; remedy`. It holds no secret.
    pub(crate) message: String,
    /// Whether another try may help without a change.
    pub(crate) transient: bool,
    /// Whether it is about options, and may not be there for another request.
    pub(super) is_of_usage: bool,
}

impl AuthFailure {
    /// The `error` of the helper `name`; of none where that is empty.
    pub(crate) fn of(name: &str, error: &Error) -> Self {
        let message = if name.is_empty() { error.to_string() } else { format!("{name}: {error}") };
        let (transient, is_of_usage) = (matches!(error, Error::Transient(_)), matches!(error, Error::Usage(_)));
        Self { message, transient, is_of_usage }
    }

    /// That the headers that were refused are all there is.
    pub(super) fn same_again() -> Self {
        let message = "the MCP server refused the headers: the same were made again when they were asked for; check that \
                       the server accepts this credential";
        Self { message: message.to_owned(), transient: false, is_of_usage: false }
    }

    /// That nobody can be asked for other headers.
    pub(super) fn nobody_to_ask() -> Self {
        let message = "the MCP server refused the request: neither a helper nor -H gives it a credential; add -H 'NAME: \
                       TEMPLATE', or -- HELPER";
        Self { message: message.to_owned(), transient: false, is_of_usage: false }
    }

    /// That others may be asked for only after `wait`, since the server refused so many.
    pub(crate) fn too_often(refused: usize, span: &str, wait: Duration) -> Self {
        let seconds = wait.as_millis().div_ceil(1000);
        let fact = "the MCP server refuses each new credential";
        let cause = format_args!("{refused} were made after refusals in the last {span}");
        let message = format!("{fact}: {cause}; check that the server accepts them, others are made in {seconds} s");
        Self { message, transient: true, is_of_usage: false }
    }

    /// That whoever was asked ended without an answer.
    pub(crate) fn cut_short() -> Self {
        let message = "the headers could not be made: hdr-bridge is ending; start it again";
        Self { message: message.to_owned(), transient: true, is_of_usage: false }
    }
}

impl fmt::Display for AuthFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
