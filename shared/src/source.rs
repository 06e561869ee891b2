//! Where secrets come from: `env:NAME`, `file:PATH` or `cmd:COMMAND LINE`, never the command line itself.

use std::cell::{OnceCell, RefCell};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::clock::Deadline;
use crate::command::{self, CommandLine, Variables};
use crate::environment::{Environment, Origin, expand_home};
use crate::error::{Error, Report, quotable};
use crate::explain::Notes;
use crate::file;
use crate::mark::Marks;
use crate::project;
use crate::secret::Secret;

/// A place to read a secret from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// An environment variable, or a variable of `--env-file`.
    Variable(String),
    /// A regular file, or a named pipe of this user.
    File {
        /// As the user wrote it.
        shown: String,
        /// With `~/` expanded.
        path: PathBuf,
    },
    /// What a program prints.
    Command(CommandLine),
}

impl Source {
    /// Parses the value of `option`.
    ///
    /// # Errors
    /// [`Error::Usage`] for anything that is not a source; the message does not repeat it, since it may be the secret.
    pub fn parse(option: &str, text: &str) -> Result<Self, Error> {
        let (kind, rest) = text.split_once(':').unwrap_or_default();
        match kind {
            "env" => Self::variable(option, rest),
            "file" => Self::file(option, rest),
            "cmd" => CommandLine::parse(option, rest).map(Self::Command),
            _ => Err(Error::Usage(Report::new(
                format_args!("{option} takes no bare value"),
                "a secret on a command line can be read by every process of the machine",
                "name where it is kept: env:NAME, file:PATH or cmd:COMMAND LINE",
            ))),
        }
    }

    /// Like [`Source::parse`], for an option that cannot be left out.
    ///
    /// # Errors
    /// Also [`Error::Usage`] when it is.
    pub fn required(option: &str, text: Option<&str>) -> Result<Self, Error> {
        let text = text.ok_or_else(|| {
            let cause = "nothing says where it is kept";
            Error::Usage(Report::new(
                format_args!("{option} is missing"),
                cause,
                format_args!("give {option} file:PATH, env:NAME or cmd:COMMAND LINE"),
            ))
        })?;
        Self::parse(option, text)
    }

    /// `env:NAME`, where a variable can have that name.
    pub(crate) fn variable(option: &str, name: &str) -> Result<Self, Error> {
        let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if !begins || !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')) {
            return Err(Error::Usage(Report::new(
                format_args!("{option}: env: is not followed by the name of a variable"),
                "a name has letters, digits and underscores, and does not begin with a digit",
                "write env:NAME, without a $",
            )));
        }
        Ok(Self::Variable(name.to_owned()))
    }

    /// `file:PATH`.
    pub(crate) fn file(option: &str, path: &str) -> Result<Self, Error> {
        if path.is_empty() {
            let fact = format_args!("{option}: file: is not followed by a path");
            return Err(Error::Usage(Report::new(fact, "the path is empty", "write file:PATH")));
        }
        Ok(Self::File { shown: path.to_owned(), path: expand_home(path)? })
    }
}

impl fmt::Display for Source {
    /// The source as messages name it; of a command only its program, since its words may hold anything.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "env:{}", quotable(name)),
            Self::File { shown, .. } => write!(f, "file:{}", quotable(shown)),
            Self::Command(line) => line.fmt(f),
        }
    }
}

/// Reads sources, each at most once in a run, so that all uses of one see the same value.
#[derive(Debug)]
pub struct Sources {
    environment: Environment,
    deadline: Deadline,
    marks: Marks,
    /// The project's directory, found when it is first asked for.
    project: OnceCell<Option<PathBuf>>,
    read: RefCell<Vec<(Source, Secret)>>,
}

impl Sources {
    /// A reader for one run.
    #[must_use]
    pub fn new(environment: Environment, deadline: Deadline) -> Self {
        let marks = Marks::default();
        Self { environment, deadline, marks, project: OnceCell::new(), read: RefCell::default() }
    }

    /// The same for a run of which a helper of ours says these marks.
    #[must_use]
    pub(crate) fn marked(self, marks: Marks) -> Self {
        Self { marks, ..self }
    }

    /// Takes `directory` for the project's, unless a command has been told another one.
    #[cfg(feature = "tenant")]
    pub(crate) fn set_project(&self, directory: PathBuf) {
        // Set before, it stays as all uses saw it.
        let _ = self.project.set(Some(directory));
    }

    /// The secret that `source` holds, for `option`; never empty.
    ///
    /// # Errors
    /// [`Error::Secret`] when it is missing, unreadable or empty or its command fails, [`Error::Transient`] when its
    /// command is not done by the deadline.
    pub fn secret(&self, option: &str, source: &Source, notes: &Notes) -> Result<Secret, Error> {
        let known = self.read.borrow().iter().find(|(known, _)| known == source).map(|(_, secret)| secret.clone());
        if let Some(secret) = known {
            return Ok(secret);
        }
        let secret = match source {
            Source::Variable(name) => self.variable(option, name, notes)?,
            Source::File { path, .. } => file_secret(option, source, path, &self.deadline, notes)?,
            Source::Command(line) => {
                let output = command::run(option, line, self.variables(), &self.deadline, notes)?;
                notes.explain(|| format!("{option}: read from {source}"));
                without_newline(output)
            }
        };
        if secret.is_empty() {
            let fact = format_args!("{option}: {source} is empty");
            return Err(Error::Secret(Report::new(fact, "an empty secret protects nothing", "put the secret there")));
        }
        notes.redactor().add(secret.expose());
        self.read.borrow_mut().push((source.clone(), secret.clone()));
        Ok(secret)
    }

    /// The project's directory, where it is known; looked for once.
    ///
    /// # Errors
    /// Those of [`project::directory`].
    pub(crate) fn project(&self) -> io::Result<Option<&Path>> {
        if let Some(known) = self.project.get() {
            return Ok(known.as_deref());
        }
        let found = project::directory(&self.marks)?;
        Ok(self.project.get_or_init(|| found).as_deref())
    }

    /// What a `cmd:` sees. A project that is not known is no reason not to run it.
    fn variables(&self) -> Variables<'_> {
        Variables::OfProject(self.project().ok().flatten())
    }

    /// The value of a variable, which may be empty.
    #[cfg(feature = "tenant")]
    pub(crate) fn variable_of(&self, name: &str) -> Option<Secret> {
        self.environment.variable(name).map(|(value, _)| value)
    }

    fn variable(&self, option: &str, name: &str, notes: &Notes) -> Result<Secret, Error> {
        let Some((secret, origin)) = self.environment.variable(name) else {
            return Err(Error::Secret(Report::new(
                format_args!("{option}: env:{} is not set", quotable(name)),
                "MCP clients strip variables with credential-like names for project and plugin servers",
                "set it, or keep the secret where it is not stripped: file:PATH or cmd:COMMAND LINE",
            )));
        };
        notes.explain(|| {
            let place = if origin == Origin::File { " of --env-file" } else { "" };
            format!("{option}: read from env:{}{place}", quotable(name))
        });
        Ok(secret)
    }
}

fn file_secret(
    option: &str,
    source: &Source,
    path: &Path,
    deadline: &Deadline,
    notes: &Notes,
) -> Result<Secret, Error> {
    let contents = file::read_or_wait(path, deadline).map_err(|error| {
        let fact = format!("{option}: {source} cannot be read");
        let remedy = if path.is_relative() {
            "write the whole path or ~/…: clients choose the working directory"
        } else {
            "put the secret into a regular file that this user can read, or use cmd:COMMAND LINE"
        };
        file::timed_out(&fact, &error, deadline)
            .unwrap_or_else(|| Error::Secret(Report::new(fact, file::reason(&error), remedy)))
    })?;
    notes.explain(|| format!("{option}: read from {source}"));
    if contents.exposed {
        notes.warn_aside(format!("{source} can be read by group or others; run chmod 600 on it"));
    }
    Ok(without_newline(Secret::new(contents.bytes)))
}

/// Drops exactly one trailing LF or CRLF, which editors and programs add.
fn without_newline(secret: Secret) -> Secret {
    let bytes = secret.expose();
    match bytes.strip_suffix(b"\r\n").or_else(|| bytes.strip_suffix(b"\n")) {
        Some(shorter) => Secret::new(shorter.to_vec()),
        None => secret,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_value_is_refused_without_repeating_it() {
        for text in ["hunter2", "", "ENV:X", "https://user:hunter2@host", "envX"] {
            let message = Source::parse("--key", text).unwrap_err().to_string();
            assert_eq!(
                message,
                "--key takes no bare value: a secret on a command line can be read by every process of the machine; \
                 name where it is kept: env:NAME, file:PATH or cmd:COMMAND LINE"
            );
        }
    }

    #[test]
    fn one_newline_is_dropped() {
        for (bytes, expected) in [
            ("a", "a"),
            ("a\n", "a"),
            ("a\r\n", "a"),
            ("a\n\n", "a\n"),
            ("a\r\n\r\n", "a\r\n"),
            ("a\r", "a\r"),
            ("\n", ""),
            (" a ", " a "),
        ] {
            let secret = without_newline(Secret::new(bytes.as_bytes().to_vec()));
            assert_eq!(secret.expose(), expected.as_bytes(), "{bytes:?}");
        }
    }

    #[test]
    fn messages_name_a_command_by_its_program_alone() {
        let source = Source::parse("--key", "cmd:vault read -field=hunter2 x").unwrap();
        assert_eq!(source.to_string(), "cmd:vault");
    }
}
