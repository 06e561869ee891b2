//! What a wrapped helper said on stderr, as we pass it on.

use std::cell::OnceCell;
use std::fmt;
use std::process::ExitStatus;

use super::printed;
use crate::error::{Error, Report, quotable};
use crate::explain::Notes;
use crate::invocation::Invocation;
use crate::profile::HELPERS;
use crate::secret::{Parts, Secret};

/// The most bytes of a message of theirs that are passed on.
const LONGEST: usize = 2000;

/// The most bytes of any other line that are passed on.
const SHORT: usize = 200;

/// The lines of a wrapped helper.
pub(super) struct Said<'s> {
    /// The helper by its name alone.
    name: &'s str,
    /// Whether it is called like one of ours, whose lines begin with the name.
    is_ours: bool,
    stderr: &'s [u8],
    printed: &'s Secret,
    run: &'s Invocation,
    /// What no line may show; looked for only in those that are passed on.
    hidden: OnceCell<Parts>,
}

impl<'s> Said<'s> {
    /// What stands in `stderr`. A line is cut, and left out where it repeats a part of a secret that `run` knows or of
    /// what was `printed`.
    pub(super) fn new(name: &'s str, stderr: &'s [u8], printed: &'s Secret, run: &'s Invocation) -> Self {
        Self { name, is_ours: HELPERS.contains(&name), stderr, printed, run, hidden: OnceCell::new() }
    }

    fn lines(&self) -> impl Iterator<Item = &'s [u8]> {
        self.stderr.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty())
    }

    /// `line` without the name that our helpers begin each with.
    fn own<'l>(&self, line: &'l [u8]) -> Option<&'l [u8]> {
        line.strip_prefix(self.name.as_bytes())?.strip_prefix(b": ").filter(|_| self.is_ours)
    }

    /// A line, or what is left of it, as we pass it on.
    fn text(&self, line: &[u8], longest: usize) -> String {
        let shown = line.get(..longest).unwrap_or(line);
        if self.hidden.get_or_init(|| self.hidden()).are_shown_in(shown) {
            "(it repeats a secret)".to_owned()
        } else if longest == SHORT {
            quotable(shown)
        } else {
            let is_usual = |c: &char| matches!(c, ' '..='~' | '…');
            String::from_utf8_lossy(shown).chars().map(|c| if is_usual(&c) { c } else { '?' }).collect()
        }
    }

    #[cold]
    fn hidden(&self) -> Parts {
        let mut parts = Parts::default();
        self.run.add_secrets_to(&mut parts);
        match printed::headers(self.printed) {
            // Ours speak of the headers by their names.
            Ok(headers) if self.is_ours => {
                headers.iter().for_each(|(_, value)| parts.add_long(&Secret::new(value.to_vec())));
            }
            _ => parts.add(&Secret::new(self.printed.expose().trim_ascii().to_vec())),
        }
        parts
    }

    /// Passes on the warnings of a run that succeeded, and with `--explain` all else.
    pub(super) fn note(&self, notes: &Notes) {
        for line in self.lines() {
            match self.own(line).and_then(|own| own.strip_prefix(b"warning: ")) {
                Some(warning) => notes.warn(format!("{}: {}", self.name, self.text(warning, LONGEST))),
                None => self.explain(line, notes),
            }
        }
    }

    fn explain(&self, line: &[u8], notes: &Notes) {
        let text = || self.own(line).map_or_else(|| self.text(line, SHORT), |own| self.text(own, LONGEST));
        notes.explain(|| format!("{}: {}", self.name, text()));
    }

    /// The error of a run that failed: the exit code and the message are the helper's own. All before it is explained.
    pub(super) fn error(&self, status: ExitStatus, notes: &Notes) -> Error {
        // The parser of our helpers ends its complaint with how to get help.
        let usage = self.lines().position(|line| self.is_ours && line.starts_with(b"error: "));
        let message = usage.or_else(|| self.lines().count().checked_sub(1));
        for (_, line) in self.lines().enumerate().filter(|(index, _)| Some(*index) != message) {
            self.explain(line, notes);
        }
        let message = message.and_then(|index| self.lines().nth(index)).unwrap_or_default();
        let name = self.name;
        let report = if let Some(own) = self.own(message) {
            let own = self.text(own, LONGEST);
            match own.split_once(": ").and_then(|(fact, rest)| Some((fact, rest.rsplit_once("; ")?))) {
                Some((fact, (cause, remedy))) => Report::new(format_args!("{name}: {fact}"), cause, remedy),
                None => failed(name, format_args!("{status}: {own}")),
            }
        } else if usage.is_some() {
            let usage = message.strip_prefix(b"error: ").unwrap_or(message);
            Report::new(name, self.text(usage, SHORT), format_args!("see {name} --help"))
        } else if message.is_empty() {
            failed(name, format_args!("{status}"))
        } else {
            failed(name, format_args!("{status}: {}", self.text(message, SHORT)))
        };
        with_code(status.code(), report)
    }
}

fn failed(name: &str, how: fmt::Arguments<'_>) -> Report {
    Report::new(format_args!("{name} failed"), how, "run it by hand")
}

/// The error that ends us with the same code; a signal is none.
fn with_code(code: Option<i32>, report: Report) -> Error {
    match code {
        Some(1) | None => Error::Other(report),
        Some(2) => Error::Usage(report),
        Some(3) => Error::Secret(report),
        Some(4) => Error::Refused(report),
        Some(5) => Error::Transient(report),
        Some(6) => Error::Headers(report),
        Some(code) => Error::Wrapped(u8::try_from(code).unwrap_or(1), report),
    }
}
