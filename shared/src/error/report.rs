//! What can go wrong, sorted by what the reader does next.

use std::fmt::{self, Write};

use crate::error::text::{names, one_line};

/// A failure of a run. The variant is what the reader does next, and decides the exit code.
#[derive(Debug)]
pub enum Error {
    /// Change the command line or the configuration.
    Usage(Report),
    /// Provide the secret or another key.
    Secret(Report),
    /// Change what the authorization server is asked: it refused, or answered what is no answer.
    Refused(Report),
    /// Try again: something took too long, or the network or the server failed.
    Transient(Report),
    /// Change what goes into a header: clients would reject the output.
    Headers(Report),
    /// Look at the machine: none of the above.
    Other(Report),
    /// Look at the program that was wrapped: it ended with this code, which none of ours do.
    Wrapped(u8, Report),
}

/// A fact, its cause and the remedy; shown as one line `fact: cause; remedy`.
#[derive(Debug)]
pub struct Report(Box<Parts>);

#[derive(Debug)]
struct Parts {
    fact: String,
    cause: String,
    remedy: String,
}

impl Report {
    /// The three parts of a message. None of them may hold a secret.
    #[must_use]
    pub fn new(fact: impl fmt::Display, cause: impl fmt::Display, remedy: impl fmt::Display) -> Self {
        Self::write(&fact, &cause, &remedy)
    }

    /// Once for all messages: they are many, and a helper should be small.
    #[cold]
    #[inline(never)]
    fn write(fact: &dyn fmt::Display, cause: &dyn fmt::Display, remedy: &dyn fmt::Display) -> Self {
        Self(Box::new(Parts { fact: fact.to_string(), cause: cause.to_string(), remedy: remedy.to_string() }))
    }
}

impl Error {
    /// The exit code, between 1 and 6; that of a wrapped program may be another one.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Other(_) => 1,
            Self::Usage(_) => 2,
            Self::Secret(_) => 3,
            Self::Refused(_) => 4,
            Self::Transient(_) => 5,
            Self::Headers(_) => 6,
            Self::Wrapped(code, _) => *code,
        }
    }

    /// Whether the fact names the option `name`, `--scope` say.
    pub(crate) fn is_about(&self, name: &str) -> bool {
        let fact = &self.report().0.fact;
        // That of a wrapped helper is about its own options.
        let is_ours = !fact.starts_with("hdr-");
        is_ours && (names(fact, name) || name == "--header" && fact.starts_with("-H"))
    }

    /// The header that the fact is about, where it begins with one.
    pub(crate) fn header(&self) -> Option<&str> {
        let named = self.report().0.fact.strip_prefix("header ")?;
        let (invalid, valid) = (named.strip_prefix("name `"), named.split(' ').next());
        invalid.map_or(valid, |named| named.split('`').next())
    }

    /// The same error, its fact followed by where the option stands.
    pub(crate) fn at(mut self, place: fmt::Arguments<'_>) -> Self {
        // Writing to a string cannot fail.
        let _ = write!(self.report_mut().0.fact, " ({place})");
        self
    }

    fn report_mut(&mut self) -> &mut Report {
        match self {
            Self::Usage(report)
            | Self::Secret(report)
            | Self::Refused(report)
            | Self::Transient(report)
            | Self::Headers(report)
            | Self::Other(report)
            | Self::Wrapped(_, report) => report,
        }
    }

    /// The same error, of what `who` made.
    #[cfg(feature = "tenant")]
    pub(crate) fn of(mut self, who: &str) -> Self {
        let fact = &mut self.report_mut().0.fact;
        *fact = format!("{who}: {fact}");
        self
    }

    fn report(&self) -> &Report {
        match self {
            Self::Usage(report)
            | Self::Secret(report)
            | Self::Refused(report)
            | Self::Transient(report)
            | Self::Headers(report)
            | Self::Other(report)
            | Self::Wrapped(_, report) => report,
        }
    }
}

impl fmt::Display for Error {
    /// One line, whatever paths and names went into it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { fact, cause, remedy } = self.report().0.as_ref();
        let line = format!("{fact}: {cause}; {remedy}");
        f.write_str(&one_line(&line))
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_line() {
        let error = Error::Usage(Report::new("a\nb", "c\r\u{1b}[31m", "d"));
        assert_eq!(error.to_string(), "a?b: c??[31m; d");
    }
}
