//! Command lines that a client's shell runs, for `--check`.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{Finished, Limits, Start, child};
use crate::os::clock::{Deadline, monotonic};

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
    /// How long it may take.
    pub(crate) patience: Duration,
}

/// Runs all lines at once, each to its end or for as long as it may take; nothing of them is left then.
///
/// # Errors
/// Those of the system; of one line, where only that cannot be started.
pub(crate) fn run_all(lines: &[ShellLine<'_>]) -> io::Result<Vec<io::Result<Finished>>> {
    let started_at = monotonic();
    // Their other ends stay open for as long as they run.
    let mut others = Vec::new();
    let mut starts = Vec::new();
    for line in lines {
        let (stdin, other) = stdin(line.silent_stdin)?;
        others.push(other);
        let limits = Limits { stdout: line.output_limit, stderr: STDERR_LIMIT, grace: GRACE };
        let deadline = Deadline::new(started_at, line.patience);
        starts.push(Start { command: line.prepare(stdin), limits, started_at, deadline });
    }
    child::run_all(starts)
}

impl ShellLine<'_> {
    #[expect(clippy::disallowed_methods, reason = "this is the owner of child processes")]
    fn prepare(&self, stdin: Stdio) -> Command {
        let [shell, option, line] = self.words;
        let mut command = Command::new(shell);
        command.args([option, line]).env_clear().envs(self.variables.iter().map(|(name, value)| (name, value)));
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
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
