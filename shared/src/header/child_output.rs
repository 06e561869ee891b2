//! What a program that makes headers said on stderr, as we pass it on.

use std::fmt;
use std::process::ExitStatus;

use crate::config::profile::HELPERS;
use crate::error::notes::Notes;
use crate::error::{Error, Redactor, Report};
use crate::header::printed;
use crate::secret::Secret;
use crate::secret::command::Finished;

/// From this length on a header's value is looked for in what a helper of ours says, which may name the shorter ones.
const LONG: usize = 8;

/// The lines of a helper.
pub(crate) struct ChildOutput<'s> {
    /// The helper by its name alone.
    name: &'s str,
    /// Whether it is called like one of ours, whose lines begin with the name.
    is_ours: bool,
    /// Without the secrets that the run knows and what was printed.
    lines: Vec<String>,
}

impl<'s> ChildOutput<'s> {
    /// What the helper `name` wrote to stderr, without the secrets that `notes` know.
    pub(crate) fn new(name: &'s str, finished: &Finished, notes: &Notes) -> Self {
        let is_ours = HELPERS.contains(&name);
        let lines = if finished.stderr.is_empty() {
            Vec::new()
        } else {
            let redactor = notes.redactor();
            add_printed(&finished.stdout, is_ours, redactor);
            if is_ours {
                finished.stderr.messages(redactor, &format!("{name}: "))
            } else {
                finished.stderr.lines(redactor)
            }
        };
        Self { name, is_ours, lines }
    }

    /// `line` without the name that our helpers begin each with.
    fn own<'l>(&self, line: &'l str) -> Option<&'l str> {
        line.strip_prefix(self.name)?.strip_prefix(": ").filter(|_| self.is_ours)
    }

    /// Passes on the warnings of a run that succeeded, and with `--explain` all else.
    pub(crate) fn note(&self, notes: &Notes) {
        for line in &self.lines {
            match self.own(line).and_then(|own| own.strip_prefix("warning: ")) {
                Some(warning) => notes.warn(format!("{}: {warning}", self.name)),
                None => self.explain(line, notes),
            }
        }
    }

    fn explain(&self, line: &str, notes: &Notes) {
        notes.explain(|| format!("{}: {}", self.name, self.own(line).unwrap_or(line)));
    }

    /// The error of a run that failed: the exit code and the message are the helper's own. All before it is explained.
    pub(crate) fn error(&self, status: ExitStatus, notes: &Notes) -> Error {
        // The parser of our helpers ends its complaint with how to get help.
        let usage = self.lines.iter().position(|line| self.is_ours && line.starts_with("error: "));
        let message = usage.or_else(|| self.lines.len().checked_sub(1));
        for (_, line) in self.lines.iter().enumerate().filter(|(index, _)| Some(*index) != message) {
            self.explain(line, notes);
        }
        let message = message.and_then(|index| self.lines.get(index)).map_or("", String::as_str);
        let name = self.name;
        let report = if let Some(own) = self.own(message) {
            if is_whole(own) { Report::of_program(name, own) } else { failed(name, format_args!("{status}: {own}")) }
        } else if usage.is_some() {
            let usage = message.strip_prefix("error: ").unwrap_or(message);
            Report::new(name, usage, format_args!("see {name} --help"))
        } else if message.is_empty() {
            failed(name, format_args!("{status}"))
        } else {
            failed(name, format_args!("{status}: {message}"))
        };
        with_code(status.code(), report)
    }
}

/// Whether a message of ours has all its parts: one that was cut has lost the last, and another program's has none.
fn is_whole(message: &str) -> bool {
    message.split_once(": ").is_some_and(|(_, rest)| rest.contains("; "))
}

/// Adds what a helper printed to the secrets.
fn add_printed(printed: &Secret, is_ours: bool, redactor: &Redactor) {
    match printed::headers(printed, redactor) {
        // Ours speak of the headers by their names.
        Ok(headers) if is_ours => {
            for (_, value) in headers.iter().filter(|(_, value)| value.len() >= LONG) {
                redactor.add(value);
            }
        }
        _ => redactor.add_output(printed.expose()),
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
