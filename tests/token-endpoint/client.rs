//! An MCP client that runs the helper when it is told to: a shell under the client's name.

use std::cell::{Cell, RefCell};
use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::{EXECUTABLE, Home, headers};

/// Runs the helper through another shell for each line that it reads: a place for what it says, and further arguments.
const SCRIPT: &str = r#"
while read -r place words; do
    sh -c '"$@" >"$0.out" 2>"${ERRORS:-$0.err}"; echo $? >"$0.tmp"; mv "$0.tmp" "$0.code"' "$place" "$@" $words &
done
wait
"#;

/// A client that runs until it is dropped.
pub(crate) struct Client {
    process: Child,
    lines: RefCell<ChildStdin>,
    directory: TempDir,
    asked: Cell<usize>,
}

/// A run that a client has begun.
pub(crate) struct CommandLineRequest(PathBuf);

/// How a run for a client ended.
pub(crate) struct ChildOutput {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Client {
    /// Claude Code with a server `srv`, for which the helper gets these arguments.
    pub(crate) fn claude(home: &Home, arguments: &[&str]) -> Self {
        Self::named("claude", home, arguments, &[("CLAUDE_CODE_MCP_SERVER_NAME", "srv")])
    }

    /// Codex, which shows the helper nothing but the null device.
    pub(crate) fn codex(home: &Home, arguments: &[&str]) -> Self {
        Self::named("codex", home, arguments, &[("ERRORS", "/dev/null")])
    }

    /// A process of this name with these variables.
    pub(crate) fn named(name: &str, home: &Home, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::running(name, home, &[&[EXECUTABLE], arguments].concat(), variables)
    }

    /// The same that runs another program, with its arguments.
    pub(crate) fn running(name: &str, home: &Home, words: &[&str], variables: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join(name);
        symlink("/bin/sh", &program).unwrap();
        let mut process = Command::new(program)
            .args(["-c", SCRIPT, name])
            .args(words)
            .env_clear()
            .env("HOME", home.path())
            .env("PATH", std::env::var_os("PATH").unwrap())
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = RefCell::new(process.stdin.take().unwrap());
        Self { process, lines, directory, asked: Cell::new(0) }
    }

    /// Runs the helper with further arguments in the background.
    pub(crate) fn begin(&self, words: &str) -> CommandLineRequest {
        let place = self.directory.path().join(self.asked.get().to_string());
        self.asked.set(self.asked.get() + 1);
        writeln!(self.lines.borrow_mut(), "{} {words}", place.display()).unwrap();
        CommandLineRequest(place)
    }

    /// Runs the helper to its end.
    pub(crate) fn ask(&self, words: &str) -> ChildOutput {
        self.begin(words).end()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl CommandLineRequest {
    /// Waits for its end.
    pub(crate) fn end(self) -> ChildOutput {
        let read = |extension| fs::read_to_string(self.0.with_extension(extension));
        for _ in 0..7000 {
            if let Ok(code) = read("code") {
                let [stdout, stderr] = ["out", "err"].map(|extension| read(extension).unwrap_or_default());
                return ChildOutput { code: code.trim().parse().unwrap(), stdout, stderr };
            }
            thread::sleep(Duration::from_millis(2));
        }
        panic!("the helper that a client runs did not end");
    }
}

impl ChildOutput {
    /// It printed the `number`-th token and said nothing.
    #[track_caller]
    pub(crate) fn prints(&self, number: usize) {
        self.is(0, &(headers(number) + "\n"), "");
    }

    /// It printed these headers and said nothing.
    #[track_caller]
    pub(crate) fn prints_headers(&self, headers: &str) {
        self.is(0, &format!("{headers}\n"), "");
    }

    /// It printed the `number`-th token with this warning.
    #[track_caller]
    pub(crate) fn prints_warning(&self, number: usize, warning: &str) {
        self.is(0, &(headers(number) + "\n"), &format!("hdr-bearer-refresh: warning: {warning}\n"));
    }

    /// It printed the table of a check that passes, in a line for each of these ways.
    #[track_caller]
    pub(crate) fn passes(&self, ways: &[&str]) {
        // Under a row may be warnings.
        let lines = self.stdout.lines().skip(1).filter(|line| !line.starts_with(' '));
        let table: Vec<_> = lines.map(|line| line.split_whitespace().take(3).collect::<Vec<_>>().join(" ")).collect();
        let rows = ways.iter().map(|way| format!("{way} ok"));
        let expected: Vec<_> = rows.chain([format!("{0} of {0}", ways.len())]).collect();
        assert_eq!((self.code, &*self.stderr, table), (0, "", expected), "{}", self.stdout);
    }

    /// It printed nothing and said this.
    #[track_caller]
    pub(crate) fn fails(&self, code: i32, line: &str) {
        self.is(code, "", &format!("hdr-bearer-refresh: {line}\n"));
    }

    #[track_caller]
    fn is(&self, code: i32, stdout: &str, stderr: &str) {
        assert_eq!((self.code, &*self.stdout, &*self.stderr), (code, stdout, stderr));
    }
}
