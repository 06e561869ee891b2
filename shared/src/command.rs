//! Programs that print a secret: started without a shell, without stdin, and ended with us.

use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use crate::clock::{Deadline, monotonic};
use crate::error::{Error, Report, quotable};
use crate::explain::Notes;
use crate::secret::Secret;
use crate::words;

#[cfg(not(unix))]
#[path = "command/portable.rs"]
mod child;
#[cfg(unix)]
#[path = "command/unix.rs"]
mod child;

/// The most that a program may print: 64 KiB.
const OUTPUT_LIMIT: usize = 64 << 10;

/// A program and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    program: String,
    arguments: Vec<String>,
}

impl CommandLine {
    /// Splits what follows `cmd:` into words.
    ///
    /// # Errors
    /// [`Error::Usage`] when it cannot be split, is empty, or its program is a path relative to the working directory.
    pub fn parse(option: &str, text: &str) -> Result<Self, Error> {
        let mut words = words::split(option, text)?.into_iter();
        let program = words.next().filter(|program| !program.is_empty()).ok_or_else(|| {
            let fact = format_args!("{option}: cmd: is not followed by a command");
            Error::Usage(Report::new(fact, "it has no words", "write cmd:PROGRAM ARGUMENTS"))
        })?;
        let is_bare = !program.contains(['/', std::path::MAIN_SEPARATOR]);
        if !is_bare && !Path::new(&program).is_absolute() {
            return Err(Error::Usage(Report::new(
                format_args!("{option}: cmd:{} is a relative path", quotable(&program)),
                "clients choose the working directory",
                "write a bare name found on PATH, an absolute path or ~/…",
            )));
        }
        if text.contains('\0') {
            let fact = format_args!("{option}: the command line of cmd: cannot be split");
            return Err(Error::Usage(Report::new(fact, "it has a NUL character", "leave it out")));
        }
        Ok(Self { program, arguments: words.collect() })
    }

    /// The program as it was named.
    #[must_use]
    pub fn program(&self) -> &str {
        &self.program
    }
}

/// How a program ended that ended by itself and in time.
struct Finished {
    status: ExitStatus,
    stdout: Secret,
    /// The beginning of its stderr, where that was asked for.
    stderr: Vec<u8>,
}

impl Finished {
    /// What it wrote to stderr, where it does not repeat the secret: `sh -x` would.
    fn stderr_without_secret(&self) -> &[u8] {
        let secret = self.stdout.expose().trim_ascii();
        let repeats = |written: &[u8]| !secret.is_empty() && written.windows(secret.len()).any(|part| part == secret);
        if repeats(&self.stderr) { b"(it repeats the secret)" } else { &self.stderr }
    }
}

/// Why there is no output to speak of.
enum Failure {
    NotStarted(io::Error),
    NotWatched(io::Error),
    TooMuchOutput,
    TimedOut,
}

/// Runs a program until it exits; what it left running in its process group is ended then. Returns its stdout.
///
/// # Errors
/// [`Error::Secret`] when it cannot be started, fails or prints more than 64 KiB; [`Error::Transient`] when it is not
/// done by the deadline. Its process group is gone in each of these cases.
pub(crate) fn run(option: &str, line: &CommandLine, deadline: &Deadline, notes: &Notes) -> Result<Secret, Error> {
    let begun = monotonic();
    let program = quotable(&line.program);
    let result = child::run(&mut prepare(line, notes), OUTPUT_LIMIT, deadline);
    if let Ok(finished) = &result {
        notes.explain(|| {
            let milliseconds = begun.elapsed().as_millis();
            let stderr = quotable(finished.stderr_without_secret().trim_ascii());
            let said = if stderr.is_empty() { String::new() } else { format!("; its stderr: {stderr}") };
            format!("{option}: cmd:{program} ended with {} after {milliseconds} ms{said}", finished.status)
        });
    }
    let by_hand = "run it by hand, or see its stderr with --explain";
    match result {
        Ok(finished) if finished.status.success() => Ok(finished.stdout),
        Ok(finished) => {
            let fact = format_args!("{option}: cmd:{program} failed");
            Err(Error::Secret(Report::new(fact, finished.status.to_string(), by_hand)))
        }
        Err(Failure::NotStarted(error)) => {
            let cause = match error.kind() {
                io::ErrorKind::NotFound => "no such program".to_owned(),
                io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
                _ => error.to_string(),
            };
            let fact = format_args!("{option}: cmd:{program} cannot be started");
            Err(Error::Secret(Report::new(fact, cause, "install it, or give its whole path: clients change PATH")))
        }
        Err(Failure::TooMuchOutput) => {
            let fact = format_args!("{option}: cmd:{program} failed");
            Err(Error::Secret(Report::new(fact, "it printed more than 64 KiB", "let it print the secret alone")))
        }
        Err(Failure::TimedOut) => {
            let fact = format_args!("{option}: cmd:{program} was ended");
            let cause =
                format_args!("it was not done when the {} ms of --timeout were over", deadline.timeout().as_millis());
            Err(Error::Transient(Report::new(fact, cause, by_hand)))
        }
        Err(Failure::NotWatched(error)) => {
            let fact = format_args!("{option}: cmd:{program} was ended");
            Err(Error::Other(Report::new(fact, error.to_string(), "look for limits on processes or open files")))
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the owner of child processes")]
fn prepare(line: &CommandLine, notes: &Notes) -> Command {
    let mut command = Command::new(&line.program);
    command.args(&line.arguments).stdin(Stdio::null()).stdout(Stdio::piped());
    command.stderr(if notes.explaining() { Stdio::piped() } else { Stdio::null() });
    command
}
