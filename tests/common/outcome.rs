//! What a run did, byte for byte.

use std::os::unix::process::ExitStatusExt;
use std::process::Output;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use super::CANARY;

/// The end of a run. Its HOME lives as long as this.
pub(crate) struct Outcome {
    name: String,
    home: Arc<TempDir>,
    command_line: String,
    elapsed: Duration,
    output: Output,
}

impl Outcome {
    /// Whatever a run does, it shows no secret on stderr or in the log.
    pub(super) fn new(
        name: String,
        home: Arc<TempDir>,
        command_line: String,
        elapsed: Duration,
        output: Output,
    ) -> Self {
        let outcome = Self { name, home, command_line, elapsed, output };
        assert!(!outcome.stderr().contains(CANARY), "{}: {}", outcome.command_line, outcome.stderr());
        let log = std::fs::read_to_string(outcome.home.path().join(super::LOG)).unwrap_or_default();
        assert!(!log.contains(CANARY), "{}: {log}", outcome.command_line);
        outcome
    }

    /// It prints this line, exits with 0 and says nothing.
    #[track_caller]
    pub(crate) fn prints(&self, line: &str) {
        self.prints_saying(line, &[]);
    }

    /// It prints this line, exits with 0 and says these lines, each behind its name.
    #[track_caller]
    pub(crate) fn prints_saying(&self, line: &str, said: &[&str]) {
        self.ends(0, &format!("{line}\n"), &self.lines(said));
    }

    /// It prints nothing, exits with `code` and says this line behind its name.
    #[track_caller]
    pub(crate) fn fails(&self, code: i32, line: &str) {
        self.fails_saying(code, &[line]);
    }

    /// It prints nothing, exits with `code` and says these lines, each behind its name.
    #[track_caller]
    pub(crate) fn fails_saying(&self, code: i32, said: &[&str]) {
        self.ends(code, "", &self.lines(said));
    }

    /// Exit code, stdout and stderr are these.
    #[track_caller]
    pub(crate) fn ends(&self, code: i32, stdout: &str, stderr: &str) {
        let printed = String::from_utf8_lossy(&self.output.stdout);
        let (said, line) = (self.stderr(), &self.command_line);
        assert_eq!(said, stderr, "stderr of {line}");
        assert_eq!(printed, stdout, "stdout of {line}");
        assert_eq!(self.output.status.code(), Some(code), "exit code of {line}");
    }

    /// A signal ended it before it printed or said anything.
    #[track_caller]
    pub(crate) fn is_ended_by(&self, signal: i32) {
        assert_eq!(self.stderr(), "", "stderr of {}", self.command_line);
        assert_eq!(self.output.stdout, b"", "stdout of {}", self.command_line);
        assert_eq!(self.output.status.signal(), Some(signal), "signal that ended {}", self.command_line);
    }

    pub(crate) fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    /// What it printed.
    pub(crate) fn stdout(&self) -> &[u8] {
        &self.output.stdout
    }

    /// What it said, with the two things that differ between runs made the same: HOME, and how long a command took.
    pub(crate) fn stderr(&self) -> String {
        let said = String::from_utf8(self.output.stderr.clone()).expect("stderr is UTF-8");
        let said = said.replace(&*self.home.path().to_string_lossy(), "HOME");
        let mut parts = said.split(" after ");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| {
            let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
            text + " after " + if rest.len() < part.len() { "N" } else { "" } + rest
        })
    }

    /// The time from its start to its end.
    pub(crate) fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// A file in its HOME.
    pub(crate) fn file(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.home.path().join(name)).expect(name)
    }

    fn lines(&self, said: &[&str]) -> String {
        said.iter().fold(String::new(), |text, line| text + &self.name + ": " + line + "\n")
    }
}
