//! Programs that print a secret, or headers: started without a shell, without stdin, and ended with us.

use std::ffi::OsStr;
#[cfg(feature = "tenant")]
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::error::notes::Notes;
use crate::error::{Error, OutsideText, Report, quotable};
use crate::os::clock::{Deadline, monotonic};
use crate::os::environment::{home, search_path};
use crate::os::file;
use crate::secret::Secret;
use crate::secret::words;

#[cfg(feature = "bearer")]
use self::environment::CommandEnvironment;

#[cfg(not(unix))]
#[path = "command/portable.rs"]
mod child;
#[cfg(unix)]
#[path = "command/unix.rs"]
mod child;

#[cfg(feature = "bearer")]
pub(crate) mod environment;
pub(crate) mod shell;

/// A program that is about to run.
struct Start {
    command: Command,
    limits: Limits,
    started_at: Instant,
    deadline: Deadline,
}

/// What a program may do.
#[derive(Clone, Copy)]
struct Limits {
    /// The most that it may print.
    stdout: usize,
    /// How much of what it writes to stderr is kept.
    stderr: usize,
    /// How long it has after SIGTERM, before it is made to: a helper has programs of its own to end, and may have a
    /// token to keep. Zero for one that is not told.
    grace: Duration,
}

/// The most that a program may print is 64 KiB, and 4 KiB of its stderr are kept.
const LIMITS: Limits = Limits { stdout: 64 << 10, stderr: 4 << 10, grace: Duration::ZERO };

/// How long a wrapped helper has to end what it started, where nothing else waits for it.
#[cfg(feature = "tenant")]
const FAREWELL: Duration = Duration::from_millis(150);

/// The variable that tells a `cmd:` the project's directory.
const PROJECT: &str = "HDR_PROJECT_DIR";

/// A program and its arguments.
#[derive(Clone, PartialEq, Eq)]
pub struct CommandLine {
    /// What stood before the program: `cmd:`, or nothing.
    prefix: &'static str,
    program: String,
    arguments: Vec<String>,
}

impl CommandLine {
    /// Splits what follows `cmd:` into words.
    ///
    /// # Errors
    /// [`Error::Usage`] when it cannot be split, is empty, or its program is a path relative to the working directory.
    pub fn parse(option: &str, text: &str) -> Result<Self, Error> {
        Self::behind("cmd:", option, text)
    }

    /// Splits the value of an `option` that takes a command line and nothing else.
    ///
    /// # Errors
    /// Those of [`CommandLine::parse`].
    pub fn whole(option: &str, text: &str) -> Result<Self, Error> {
        Self::behind("", option, text)
    }

    fn behind(prefix: &'static str, option: &str, text: &str) -> Result<Self, Error> {
        let words = words::split(option, text)?;
        words::refuse_shell_syntax(option, text)?;
        let mut words = words.into_iter();
        let program = words.next().filter(|program| !program.is_empty()).ok_or_else(|| {
            let fact = match prefix {
                "" => " is not a command".to_owned(),
                _ => format!(": {prefix} is not followed by a command"),
            };
            Error::Usage(Report::of(option, fact, "it has no words", format_args!("write {prefix}PROGRAM ARGUMENTS")))
        })?;
        if depends_on_place(&program) {
            return Err(Error::Usage(Report::of(
                option,
                format_args!(": {prefix}{} is a relative path", quotable(&program)),
                "clients choose the working directory",
                "write a bare name found on PATH, an absolute path or ~/…",
            )));
        }
        if text.contains('\0') {
            let fact = ": the command line cannot be split";
            return Err(Error::Usage(Report::of(option, fact, "it has a NUL character", "remove it")));
        }
        Ok(Self { prefix, program, arguments: words.collect() })
    }

    /// Where the program is, as it was found and without links; two times nothing where it is not there.
    #[cfg(feature = "bearer")]
    pub(crate) fn located(&self) -> [PathBuf; 2] {
        let found = locate(&self.program).unwrap_or_default();
        let really = found.canonicalize().unwrap_or_default();
        [found, really]
    }

    /// Whether the program is a helper of ours.
    #[cfg(feature = "bearer")]
    pub(crate) fn is_helper(&self) -> bool {
        Path::new(&self.program).file_name().is_some_and(|name| name.to_string_lossy().starts_with("hdr-"))
    }

    /// All words: the program and its arguments. They may hold secrets.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.program).chain(&self.arguments).map(String::as_str)
    }
}

/// The program with what stood before it. The other words may hold anything, and are not shown.
impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.prefix, quotable(&self.program))
    }
}

impl fmt::Debug for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} …")
    }
}

/// The variables of a program that prints a secret.
#[derive(Clone, Copy)]
pub(crate) enum Variables<'a> {
    /// Ours, and the directory of the project where that is known; and some instead of ours.
    OfProject(Option<&'a Path>, &'a [(&'static str, Option<String>)]),
    /// These alone.
    #[cfg(feature = "bearer")]
    Only(&'a CommandEnvironment),
}

/// What became of a program.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) ending: Ending,
    pub(crate) took: Duration,
    pub(crate) stdout: Secret,
    /// The beginning of its stderr, where that was asked for.
    pub(crate) stderr: OutsideText,
}

/// How a program ended.
#[derive(Debug)]
pub(crate) enum Ending {
    Exited(ExitStatus),
    TooMuchOutput,
    TimedOut,
}

/// Runs a program in HOME until it exits, wherever the client runs us; what it left running in its process group is ended then. Returns its stdout.
///
/// # Errors
/// [`Error::Secret`] when it cannot be started, fails or prints more than 64 KiB; [`Error::Transient`] when it is not
/// done by the deadline. Its process group is gone in each of these cases.
pub(crate) fn run(
    option: &str,
    line: &CommandLine,
    variables: Variables<'_>,
    deadline: &Deadline,
    notes: &Notes,
) -> Result<Secret, Error> {
    let result = locate(&line.program).and_then(|program| {
        let mut command = prepare(&program, &line.arguments, notes.explaining());
        command.current_dir(home().filter(|home| home.is_dir()).unwrap_or_else(|| PathBuf::from("/")));
        variables.give_to(&mut command);
        child::run(Start { command, limits: LIMITS, started_at: monotonic(), deadline: *deadline })
    });
    let finished = result.map_err(|error| {
        let fact = format_args!(": {line} cannot be run");
        let remedy = "install it, or give its absolute path: clients change PATH";
        Error::Secret(Report::of(option, fact, file::reason(&error), remedy))
    })?;
    let how = match finished.ending {
        Ending::Exited(status) => status.to_string(),
        Ending::TooMuchOutput => "it printed more than 64 KiB".to_owned(),
        Ending::TimedOut => {
            format!("it did not finish within the {deadline}")
        }
    };
    if notes.explaining() {
        // Under `sh -x` a program repeats what it prints.
        notes.redactor().add_output(finished.stdout.expose());
    }
    let ended = || {
        let milliseconds = finished.took.as_millis();
        let stderr = if finished.stderr.is_empty() { "" } else { "; its stderr: " };
        format!("{option}: {line} ended after {milliseconds} ms: {how}{stderr}")
    };
    notes.explain_with(ended, finished.stderr.clone());
    let fact = format_args!(": {line} failed");
    let by_hand = "run it by hand, or see its stderr with --explain";
    let by_hand = match variables.held_back() {
        Some(held_back) => format!("{by_hand}; {held_back}"),
        None => by_hand.to_owned(),
    };
    match finished.ending {
        Ending::Exited(status) if status.success() => Ok(finished.stdout),
        Ending::Exited(_) => Err(Error::Secret(Report::of(option, fact, how, &by_hand))),
        Ending::TooMuchOutput => Err(Error::Secret(Report::of(option, fact, how, "make it print only the secret"))),
        Ending::TimedOut => Err(Error::Transient(Report::of(option, fact, how, &by_hand))),
    }
}

/// Runs a helper, looked for beside our own executable before it is on PATH, with `variables` set, or unset where they
/// have no value, until it exits. It is sent SIGTERM when we are, and at the deadline.
///
/// # Errors
/// When it cannot be started. Its process group is gone in each case.
#[cfg(feature = "tenant")]
pub(crate) fn run_helper(
    program: &str,
    arguments: &[String],
    variables: &[(&str, Option<OsString>)],
    deadline: &Deadline,
) -> io::Result<Finished> {
    run_printing_headers(&locate_helper(program)?, arguments, variables, deadline)
}

/// Runs another program that makes headers, looked for on PATH, as [`run_helper`] runs one of ours.
///
/// # Errors
/// Those of [`run_helper`].
#[cfg(feature = "bridge")]
pub(crate) fn run_foreign_helper(
    program: &str,
    arguments: &[String],
    variables: &[(&str, Option<OsString>)],
    deadline: &Deadline,
) -> io::Result<Finished> {
    run_printing_headers(&locate(program)?, arguments, variables, deadline)
}

#[cfg(feature = "tenant")]
fn run_printing_headers(
    program: &Path,
    arguments: &[String],
    variables: &[(&str, Option<OsString>)],
    deadline: &Deadline,
) -> io::Result<Finished> {
    let mut command = prepare(program, arguments, true);
    for (name, value) in variables {
        set(&mut command, name, value.as_ref());
    }
    let limits = Limits { stderr: LIMITS.stdout, grace: FAREWELL, ..LIMITS };
    child::run(Start { command, limits, started_at: monotonic(), deadline: *deadline })
}

/// Asks all programs that run to end, and starts no others: this process is ending.
#[cfg(all(feature = "bridge", unix))]
pub(crate) fn terminate_all() {
    child::terminate_all();
}

/// Ends all programs that run, and starts no others: the last thing that this process does.
#[cfg(all(feature = "bridge", unix))]
pub(crate) fn kill_all() {
    child::kill_all();
}

/// They end by themselves.
#[cfg(all(feature = "bridge", not(unix)))]
pub(crate) fn terminate_all() {}

/// They end by themselves.
#[cfg(all(feature = "bridge", not(unix)))]
pub(crate) fn kill_all() {}

impl Variables<'_> {
    fn give_to(self, command: &mut Command) {
        match self {
            Self::OfProject(directory, instead) => {
                set(command, PROJECT, directory);
                for (name, value) in instead {
                    set(command, name, value.as_ref());
                }
            }
            #[cfg(feature = "bearer")]
            Self::Only(environment) => {
                command.env_clear().envs(environment.variables().map(|(name, value)| (name, value)));
            }
        }
    }

    /// What to say of a program that failed, where it may miss some of our variables.
    fn held_back(self) -> Option<String> {
        match self {
            Self::OfProject(..) => None,
            #[cfg(feature = "bearer")]
            Self::Only(environment) => environment.held_back(),
        }
    }
}

/// Sets a variable of a program, or unsets it where it has no value.
fn set(command: &mut Command, name: &str, value: Option<impl AsRef<OsStr>>) {
    match value {
        Some(value) => command.env(name, value),
        None => command.env_remove(name),
    };
}

#[expect(clippy::disallowed_methods, reason = "this is the owner of child processes")]
fn prepare(program: &Path, arguments: &[String], keeps_stderr: bool) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
    command.stderr(if keeps_stderr { Stdio::piped() } else { Stdio::null() });
    command
}

/// The program's path: of a bare name, the first file of that name on PATH, leaving out folders that are relative to the
/// working directory.
fn locate(program: &str) -> io::Result<PathBuf> {
    if !is_bare(program) {
        return Ok(PathBuf::from(program));
    }
    first_in(search_path().into_iter(), program).ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// The absolute path of a program that was called by `word`: a bare one was looked for on PATH, whatever the working
/// directory holds.
pub(crate) fn locate_as_called(word: &str) -> io::Result<PathBuf> {
    locate(word).and_then(std::path::absolute)
}

/// Like [`locate`], with the folders of our own executable before PATH.
#[cfg(feature = "tenant")]
fn locate_helper(program: &str) -> io::Result<PathBuf> {
    let beside_us = || our_folders().find_map(|folder| first_in(std::iter::once(folder), program));
    match is_bare(program).then(beside_us).flatten() {
        Some(path) => Ok(path),
        None => locate(program),
    }
}

/// The folder of our own executable as we were started, through a link perhaps, and the one where it really is.
#[cfg(feature = "tenant")]
#[expect(clippy::disallowed_methods, reason = "the first word is no argument, but what we were started as")]
fn our_folders() -> impl Iterator<Item = PathBuf> {
    let word = std::env::args_os().next().and_then(|word| word.into_string().ok()).unwrap_or_default();
    let started_as = locate_as_called(&word).ok();
    let really = std::iter::once_with(|| std::env::current_exe().ok());
    let all = started_as.into_iter().chain(really.flatten());
    all.filter_map(|path| path.parent().map(Path::to_owned))
}

/// The first program of that name in `folders`, leaving out those that are relative to the working directory.
fn first_in(folders: impl Iterator<Item = PathBuf>, program: &str) -> Option<PathBuf> {
    let names = [program.to_owned(), format!("{program}{}", std::env::consts::EXE_SUFFIX)];
    let mut folders = folders.filter(|folder| folder.is_absolute());
    folders.find_map(|folder| names.iter().map(|name| folder.join(name)).find(|path| file::is_program(path)))
}

/// Whether a program is a path relative to the working directory, which clients choose.
pub(crate) fn depends_on_place(program: &str) -> bool {
    !is_bare(program) && !Path::new(program).is_absolute()
}

fn is_bare(program: &str) -> bool {
    !program.contains(['/', std::path::MAIN_SEPARATOR])
}
