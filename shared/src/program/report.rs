//! How a run ends: lines on stderr, and one in the log.

use std::io::{self, Write};
use std::time::Instant;

use crate::client::mark::Marks;
use crate::error::Error;
use crate::os::clock::elapsed;
use crate::program::inquiry::Inquiry;
use crate::program::log;
use crate::program::options::Options;
use crate::server::Server;

/// What a run says besides its headers.
#[derive(Default)]
pub(crate) struct RunReport {
    /// The name of the profile in use.
    pub(crate) profile: Option<String>,
    /// What the user is to do, whole lines.
    pub(crate) instructions: String,
    /// The steps of `--explain`.
    pub(crate) steps: Vec<String>,
    /// Warnings, each without a word before it.
    pub(crate) warnings: Vec<String>,
    /// Warnings that are not for stderr.
    pub(crate) log_only_warnings: Vec<String>,
    /// Whether it is one of a check, which leaves no trace.
    pub(crate) is_check: bool,
}

impl RunReport {
    /// The report of a run that has done nothing yet.
    pub(crate) fn new(marks: &Marks) -> Self {
        Self { is_check: marks.is_check(), ..Self::default() }
    }

    /// Writes to stderr and to the log how a run of the helper `name` ended; returns the exit code.
    pub(crate) fn end(mut self, name: &str, options: &Options, result: Result<u8, Error>, started_at: Instant) -> u8 {
        let (code, message) = match result {
            Ok(code) => (code, None),
            Err(error) => (error.exit_code(), Some(error.to_string())),
        };
        let warnings = [self.warnings.as_slice(), &self.log_only_warnings].concat();
        // To ask about a command line is not to run it.
        let is_run = Inquiry::of(options).is_none() && !self.is_check;
        if is_run && (message.is_some() || !warnings.is_empty() || options.log_successes) {
            let entry = log::Entry {
                helper: name,
                profile: self.profile.as_deref().or(options.profile.as_deref()),
                server: &Server::known(options.server_name.as_deref(), options.server_url.as_deref()),
                exit_code: code,
                message: message.as_deref(),
                warnings: &warnings,
                took: elapsed(started_at),
            };
            if let Err(error) = entry.append(options.log.as_deref()) {
                self.warnings.push(format!("nothing is logged: {error}"));
            }
        }
        if self.is_check && !options.explain {
            self.warnings.append(&mut self.log_only_warnings);
        }
        let last = match message {
            Some(message) => vec![message],
            None => self.warnings.into_iter().map(|warning| format!("warning: {warning}")).collect(),
        };
        write(name, &self.instructions, self.steps.iter().chain(&last));
        code
    }
}

/// Writes a line to stderr, behind the program's `name`.
#[cfg(feature = "bridge")]
pub(crate) fn write_line(name: &str, line: &str) {
    write(name, "", std::iter::once(&line.to_owned()));
}

/// Writes instructions, and a line for each step, warning or error. There is nobody to tell when that fails.
#[expect(clippy::disallowed_methods, reason = "this is the owner of stderr")]
fn write<'a>(name: &str, instructions: &str, lines: impl Iterator<Item = &'a String>) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(instructions.as_bytes());
    for line in lines {
        let _ = stderr.write_all(format!("{name}: {line}\n").as_bytes());
    }
}
