//! What a wrapped helper said on stderr, as we pass it on.

use std::process::ExitStatus;

use super::printed;
use crate::error::{Error, Report, one_line, quotable};
use crate::explain::Notes;
use crate::invocation::Invocation;
use crate::profile::HELPERS;
use crate::secret::{Parts, Secret};

/// The most characters of a message of ours.
const LONGEST: usize = 2000;

/// The values in what a helper printed, or all of it where those cannot be told.
fn values(printed: &Secret) -> Vec<Secret> {
    match printed::headers(printed) {
        Ok(headers) => headers.iter().map(|(_, value)| Secret::new(value.to_vec())).collect(),
        Err(_) => vec![Secret::new(printed.expose().trim_ascii().to_vec())],
    }
}

/// The lines of a wrapped helper.
pub(super) struct Said<'s> {
    /// The helper by its name alone.
    name: &'s str,
    /// Whether it is one of ours, whose messages show no secret.
    is_ours: bool,
    lines: Vec<String>,
}

impl<'s> Said<'s> {
    /// What stands in `stderr`, each line cut, and left out where it repeats a part of a secret that `run` knows or of
    /// what was `printed`.
    pub(super) fn new(name: &'s str, stderr: &[u8], printed: &Secret, run: &Invocation) -> Self {
        let mut said = Self { name, is_ours: HELPERS.contains(&name), lines: Vec::new() };
        let lines = stderr.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
        said.lines = lines.map(|line| said.cut(line)).collect();
        let hidden: Vec<Parts> = values(printed).iter().map(Secret::parts).collect();
        let repeats = |text: &str| {
            let text = text.as_bytes();
            hidden.iter().any(|parts| parts.any_in(text)) || run.is_secret_in(text)
        };
        if repeats(&said.lines.join("\n")) {
            for line in said.lines.iter_mut().filter(|line| repeats(line)) {
                "(it repeats a secret)".clone_into(line);
            }
        }
        said
    }

    /// `line` as it may be shown.
    fn cut(&self, line: &[u8]) -> String {
        let text = String::from_utf8_lossy(line);
        match self.own(&text) {
            Some(_) => one_line(&text.chars().take(LONGEST).collect::<String>()),
            None => quotable(line),
        }
    }

    /// `line` without the name that our helpers begin each with.
    fn own<'l>(&self, line: &'l str) -> Option<&'l str> {
        line.strip_prefix(self.name)?.strip_prefix(": ").filter(|_| self.is_ours)
    }

    /// Passes on the warnings of a run that succeeded, and with `--explain` all else.
    pub(super) fn note(&self, notes: &Notes) {
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
    pub(super) fn error(&self, status: ExitStatus, notes: &Notes) -> Error {
        // The parser of our helpers ends its complaint with how to get help.
        let is_usage = |line: &&String| self.is_ours && line.starts_with("error: ");
        let message = self.lines.iter().find(is_usage).or(self.lines.last());
        for line in self.lines.iter().filter(|line| message.is_none_or(|message| !std::ptr::eq(*line, message))) {
            self.explain(line, notes);
        }
        let name = self.name;
        let parts = message.and_then(|line| self.own(line)).and_then(|own| {
            let (fact, rest) = own.split_once(": ")?;
            let (cause, remedy) = rest.rsplit_once("; ")?;
            Some((fact, cause, remedy))
        });
        let usage = message.filter(is_usage).and_then(|line| line.strip_prefix("error: "));
        let report = match (parts, usage, message) {
            (Some((fact, cause, remedy)), ..) => Report::new(format_args!("{name}: {fact}"), cause, remedy),
            (None, Some(usage), _) => Report::new(name, usage, format_args!("see {name} --help")),
            (None, None, None) => Report::new(format_args!("{name} failed"), status, "run it by hand"),
            (None, None, Some(line)) => {
                Report::new(format_args!("{name} failed"), format_args!("{status}: {line}"), "run it by hand")
            }
        };
        with_code(status.code(), report)
    }
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
