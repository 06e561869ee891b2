//! Command lines that a client's shell runs, for `--check`.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{Finished, Limits, child};
use crate::clock::Deadline;

/// How much of what it says is kept: 64 KiB.
const STDERR_LIMIT: usize = 64 << 10;

/// How long a helper has to end what it started.
const GRACE: Duration = Duration::from_secs(1);

/// A command line and all that a client gives it.
#[derive(Debug)]
pub(crate) struct ShellLine<'a> {
    /// The shell, its option, and the line.
    pub(crate) words: [&'a str; 3],
    /// Where it runs; `None` for where we do.
    pub(crate) directory: Option<PathBuf>,
    /// All its variables.
    pub(crate) variables: Vec<(OsString, OsString)>,
    /// Whether stdin is a socket on which nothing comes; else it is the null device.
    pub(crate) silent_stdin: bool,
    /// The most that it may print.
    pub(crate) output_limit: usize,
}

impl ShellLine<'_> {
    /// Runs it to its end or to the deadline; nothing of it is left then.
    ///
    /// # Errors
    /// Those of the system, where it cannot be started.
    #[expect(clippy::disallowed_methods, reason = "this is the owner of child processes")]
    pub(crate) fn run(&self, deadline: &Deadline) -> io::Result<Finished> {
        let [shell, option, line] = self.words;
        let mut command = Command::new(shell);
        command.args([option, line]).env_clear().envs(self.variables.iter().map(|(name, value)| (name, value)));
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        let (stdin, _open) = stdin(self.silent_stdin)?;
        command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        let limits = Limits { stdout: self.output_limit, stderr: STDERR_LIMIT, grace: GRACE };
        child::run(&mut command, &limits, deadline)
    }
}

/// A child's stdin, and the other end of it, which keeps it from ending.
#[cfg(unix)]
fn stdin(silent: bool) -> io::Result<(Stdio, Option<std::os::unix::net::UnixStream>)> {
    if !silent {
        return Ok((Stdio::null(), None));
    }
    let (theirs, ours) = std::os::unix::net::UnixStream::pair()?;
    Ok((Stdio::from(std::os::fd::OwnedFd::from(theirs)), Some(ours)))
}

/// A child's stdin; there is no silent one.
#[cfg(not(unix))]
fn stdin(_: bool) -> io::Result<(Stdio, ())> {
    Ok((Stdio::null(), ()))
}

/// Lets signals to us wait while this lives, so that what several threads run is ended before we are. Nothing waits where
/// there are no signals.
#[cfg(unix)]
pub(crate) fn defer_signals() -> io::Result<impl Drop> {
    crate::signals::Deferral::begin()
}

#[cfg(not(unix))]
pub(crate) fn defer_signals() -> io::Result<()> {
    Ok(())
}
