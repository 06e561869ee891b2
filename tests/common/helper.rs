//! Runs an executable as a client does: an environment of its own, a HOME of its own, stdin open and silent.

use std::ffi::{OsStr, OsString};
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::outcome::Outcome;

/// How long any run may take: clients wait for 10 s.
const LIMIT: Duration = Duration::from_secs(15);

/// A helper that is about to run.
pub(crate) struct Helper {
    executable: &'static str,
    home: Arc<TempDir>,
    through: Vec<OsString>,
    arguments: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
    stdout: Stdio,
}

impl Helper {
    /// The helper in an empty HOME, without arguments, knowing only HOME and PATH.
    pub(crate) fn new(executable: &'static str) -> Self {
        let home = Arc::new(TempDir::new().expect("a temporary HOME"));
        let path = std::env::var_os("PATH").expect("PATH");
        let variables = vec![("HOME".into(), home.path().into()), ("PATH".into(), path)];
        Self { executable, home, through: Vec::new(), arguments: Vec::new(), variables, stdout: Stdio::piped() }
    }

    /// The same command line in the same HOME, for one more run.
    pub(crate) fn again(&self) -> Self {
        let (through, arguments, variables) = (self.through.clone(), self.arguments.clone(), self.variables.clone());
        Self { home: Arc::clone(&self.home), through, arguments, variables, stdout: Stdio::piped(), ..*self }
    }

    /// Another command line in the same HOME: no arguments so far.
    pub(crate) fn beside(&self) -> Self {
        Self { arguments: Vec::new(), ..self.again() }
    }

    /// Lets this program and its arguments start it: what follows them is its command line.
    pub(crate) fn through(mut self, words: impl IntoIterator<Item: AsRef<OsStr>>) -> Self {
        self.through = words.into_iter().map(|word| word.as_ref().to_owned()).collect();
        self
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    pub(crate) fn args(mut self, arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// `-H 'NAME: TEMPLATE'`.
    pub(crate) fn header(self, header: &str) -> Self {
        self.args(["-H", header])
    }

    /// Sets a variable, HOME and PATH among them.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self = self.without_env(name);
        self.variables.push((name.into(), value.as_ref().to_owned()));
        self
    }

    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self
    }

    /// Writes a file in HOME that has its final mode from birth.
    pub(crate) fn file(self, name: &str, bytes: impl AsRef<[u8]>, mode: u32) -> Self {
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(mode).open(self.path(name));
        file.and_then(|mut file| file.write_all(bytes.as_ref())).expect("a file in HOME");
        self
    }

    /// Writes a program in HOME. Another process does it: one that this one writes may be open still in a child of another
    /// test, and cannot be run then.
    pub(crate) fn program(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let draft = format!("{name}.draft");
        self.file(&draft, bytes, 0o755).prepared_by(&format!("cp -p ~/'{draft}' ~/'{name}'; rm ~/'{draft}'"))
    }

    /// Prepares HOME with a line of shell, in which `~` is that HOME.
    pub(crate) fn prepared_by(self, line: &str) -> Self {
        let status = Command::new("sh").args(["-ec", line]).env("HOME", self.home.path()).status();
        assert!(status.expect("sh").success(), "{line}");
        self
    }

    /// The path of a file in HOME.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Lets it print somewhere else than into our pipe.
    pub(crate) fn stdout_to(mut self, stdout: impl Into<Stdio>) -> Self {
        self.stdout = stdout.into();
        self
    }

    /// Runs it to its end.
    pub(crate) fn run(self) -> Outcome {
        self.start().finish()
    }

    /// Runs it in the background.
    pub(crate) fn start(self) -> Running {
        let Self { executable, home, through, arguments, variables, stdout } = self;
        let started_at = Instant::now();
        let words: Vec<_> = through.into_iter().chain([tested(executable)]).chain(arguments).collect();
        let (program, rest) = words.split_first().expect("the executable");
        let mut child = Command::new(program)
            .args(rest)
            .env_clear()
            .envs(variables)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(stdout)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the helper starts");
        let (pid, stdin) = (child.id(), child.stdin.take());
        let (sender, output) = mpsc::channel();
        // Both pipes are read to their ends: whoever is left holding one of them is noticed.
        thread::spawn(move || sender.send(child.wait_with_output()));
        let command_line = format!("{:.700}", format!("{words:?}"));
        Running { executable, home, command_line, pid, started_at, output, _stdin: stdin }
    }
}

/// The executable that is tested in place of `built`: the one of the same name in the folder `HDR_BIN`, where that is set,
/// so that the tests can judge executables of another build.
fn tested(built: &str) -> OsString {
    let name = Path::new(built).file_name().expect("a name");
    std::env::var_os("HDR_BIN").map_or_else(|| built.into(), |folder| Path::new(&folder).join(name).into_os_string())
}

/// A helper that is running.
pub(crate) struct Running {
    executable: &'static str,
    home: Arc<TempDir>,
    command_line: String,
    pid: u32,
    started_at: Instant,
    output: Receiver<std::io::Result<Output>>,
    _stdin: Option<ChildStdin>,
}

impl Running {
    /// Waits until a file in HOME has `count` lines, and returns them.
    pub(crate) fn lines(&self, name: &str, count: usize) -> Vec<String> {
        while self.started_at.elapsed() < LIMIT {
            let text = std::fs::read_to_string(self.home.path().join(name)).unwrap_or_default();
            if text.matches('\n').count() >= count {
                return text.lines().map(str::to_owned).collect();
            }
            thread::sleep(Duration::from_millis(2));
        }
        panic!("{}: no {count} lines in {name}", self.command_line);
    }

    /// Sends it a signal, `TERM` say.
    pub(crate) fn signal(&self, signal: &str) {
        let line = format!("kill -{signal} {}", self.pid);
        let status = Command::new("sh").args(["-c", &line]).status();
        assert!(status.expect("sh").success(), "{line}");
    }

    /// Waits for its end and the ends of its output.
    pub(crate) fn finish(self) -> Outcome {
        let Ok(output) = self.output.recv_timeout(LIMIT.saturating_sub(self.started_at.elapsed())) else {
            self.signal("KILL");
            panic!("{}: it or its output did not end within {LIMIT:?}", self.command_line);
        };
        let name = Path::new(self.executable).file_name().expect("a name").to_string_lossy().into_owned();
        let output = output.expect("its output");
        Outcome::new(name, self.home, self.command_line, self.started_at.elapsed(), output)
    }
}
