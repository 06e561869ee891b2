//! What can go wrong, sorted by what the reader does next.

mod outside;

use std::fmt::{self, Write};

pub use self::outside::{OutsideText, Redactor};

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

/// `line` with each control character replaced by `?`.
pub(crate) fn one_line(line: &str) -> String {
    line.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

/// Text from outside as a message may quote it: at most 200 characters of visible ASCII and space, `?` for any other. Of a
/// URL it has neither user name nor password.
#[must_use]
pub fn quotable(text: impl AsRef<[u8]>) -> String {
    let visible = |byte: &u8| if matches!(byte, b' '..=b'~') { char::from(*byte) } else { '?' };
    let (before, after) = without_userinfo(text.as_ref());
    before.iter().chain(after).take(200).map(visible).collect()
}

/// What stands before and behind the userinfo of the first URL in `text`.
fn without_userinfo(text: &[u8]) -> (&[u8], &[u8]) {
    const BEGIN: &[u8] = b"://";
    let begin = text.windows(BEGIN.len()).position(|window| window == BEGIN);
    let split = begin.and_then(|begin| text.split_at_checked(begin.saturating_add(BEGIN.len())));
    let Some((before, rest)) = split else { return (text, &[]) };
    let authority = rest.iter().take_while(|byte| !matches!(byte, b'/' | b'?' | b'#' | b'\\')).count();
    let user = rest.iter().take(authority).rposition(|byte| *byte == b'@').map_or(0, |at| at.saturating_add(1));
    (before, rest.get(user..).unwrap_or_default())
}

/// Whether `text` is a short word that looks like no token, a mistyped name say, which a message may repeat.
#[must_use]
pub fn is_plain_word(text: &str) -> bool {
    const LONGEST: usize = 40;
    let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
    let is_short = (1..=LONGEST).contains(&text.len()) && text.bytes().all(is_usual);
    is_short && OutsideText::new(text).shown(&Redactor::default()) == text
}

/// Whether the option `name` stands in `text`, and not only as a part of a longer one.
pub(crate) fn names(text: &str, name: &str) -> bool {
    let is_whole = |(at, _): (usize, &str)| {
        let after = text.get(at.saturating_add(name.len())..).unwrap_or_default();
        !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-')
    };
    text.match_indices(name).any(is_whole)
}

/// The name among `known` that `name` was probably meant to be, if one is near.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |candidate: &&str| strsim::osa_distance(name, candidate);
    let near = known.into_iter().min_by_key(distance);
    near.filter(|near| distance(near).saturating_mul(2) <= name.len().max(near.len()))
}

/// The name among `known` that `name` is but for one or two edits, whatever its case.
pub fn mistyped<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_ascii_lowercase();
    let distances = known.into_iter().map(|candidate| (strsim::osa_distance(&lower, candidate), candidate));
    distances.min_by_key(|(edits, _)| *edits).filter(|(edits, _)| *edits <= 2).map(|(_, near)| near)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_line() {
        let error = Error::Usage(Report::new("a\nb", "c\r\u{1b}[31m", "d"));
        assert_eq!(error.to_string(), "a?b: c??[31m; d");
    }

    #[test]
    fn quoted_text_is_short_and_visible() {
        assert_eq!(quotable("caf\u{e9}\t\u{1}"), "caf????");
        assert_eq!(quotable("x".repeat(300)).len(), 200);
        assert_eq!(quotable("file:https://u:p@q@host/a@b"), "file:https://host/a@b");
        assert_eq!(quotable("https://host/a@b"), "https://host/a@b");
        assert_eq!(quotable("u@host"), "u@host");
    }

    #[test]
    fn the_nearest_name_is_found() {
        assert_eq!(nearest("timestmap", ["uuid", "timestamp"]), Some("timestamp"));
        assert_eq!(nearest("evn", ["uuid", "env"]), Some("env"));
        assert_eq!(nearest("zzz", ["uuid", "timestamp"]), None);
    }
}
