//! Reading sources: each once in a run, as text where it is text.

use std::cell::{OnceCell, RefCell};
use std::io;
use std::path::{Path, PathBuf};

use super::{Member, Source};
use crate::client::mark::Marks;
use crate::client::project;
use crate::error::notes::Notes;
use crate::error::{Error, Report, quotable};
use crate::os::clock::Deadline;
use crate::os::file;
use crate::secret::Secret;
use crate::secret::command::{self, Variables};
use crate::secret::environment::{Environment, VariableOrigin};
use crate::secret::unicode;

/// Reads sources, each at most once in a run, so that all uses of one see the same value.
#[derive(Debug)]
pub struct Sources {
    environment: Environment,
    deadline: Deadline,
    marks: Marks,
    /// The project's directory, found when it is first asked for.
    project: OnceCell<Option<PathBuf>>,
    /// What sources hold.
    read: RefCell<Vec<(Source, Secret)>>,
    /// What files hold.
    files: RefCell<Vec<(PathBuf, Secret)>>,
}

impl Sources {
    /// A reader for one run.
    #[must_use]
    pub fn new(environment: Environment, deadline: Deadline) -> Self {
        let marks = Marks::default();
        Self {
            environment,
            deadline,
            marks,
            project: OnceCell::new(),
            read: RefCell::default(),
            files: RefCell::default(),
        }
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

    /// The secret that `source` holds, for `option`: never empty, without a byte order mark, in UTF-8 where it was text in
    /// UTF-16.
    ///
    /// # Errors
    /// [`Error::Secret`] when it is missing, unreadable or empty or its command fails, [`Error::Transient`] when its
    /// command is not done by the deadline.
    pub fn secret(&self, option: &str, source: &Source, notes: &Notes) -> Result<Secret, Error> {
        let secret = unicode::without_mark(self.bytes(option, source, notes)?);
        finished(option, source, secret, notes)
    }

    /// Like [`Sources::secret`], of a source that another program may have renewed since it was read.
    ///
    /// # Errors
    /// Those of [`Sources::secret`].
    #[cfg(feature = "oauth")]
    pub fn secret_anew(&self, option: &str, source: &Source, notes: &Notes) -> Result<Secret, Error> {
        let path = match source {
            Source::File { path, .. } => Some(path.clone()),
            Source::Member(member) => Some(member.split()?.1),
            Source::Variable(_) | Source::Command(_) => None,
        };
        self.files.borrow_mut().retain(|(known, _)| Some(known) != path.as_ref());
        self.read.borrow_mut().retain(|(known, _)| known != source);
        self.secret(option, source, notes)
    }

    /// Like [`Sources::secret`], with the bytes as they are kept, a mark among them too.
    ///
    /// # Errors
    /// Those of [`Sources::secret`].
    pub fn raw_secret(&self, option: &str, source: &Source, notes: &Notes) -> Result<Secret, Error> {
        finished(option, source, self.bytes(option, source, notes)?, notes)
    }

    /// All bytes that `source` holds.
    fn bytes(&self, option: &str, source: &Source, notes: &Notes) -> Result<Secret, Error> {
        let known = self.read.borrow().iter().find(|(known, _)| known == source).map(|(_, bytes)| bytes.clone());
        if let Some(bytes) = known {
            return Ok(bytes);
        }
        let explain = || notes.explain(|| format!("{option}: read from {source}"));
        let bytes = match source {
            Source::Variable(name) => self.variable(option, name, notes)?,
            Source::File { path, .. } => self.file(option, &source.to_string(), path, explain, notes)?,
            Source::Member(member) => {
                let (shown, path, field) = member.split()?;
                let contents = self.file(option, &format!("json:{}", quotable(shown)), &path, explain, notes)?;
                Member::find(option, [shown, field], &unicode::without_mark(contents), notes.redactor())?
            }
            Source::Command(line) => {
                let output = command::run(option, line, self.variables(), &self.deadline, notes)?;
                explain();
                output
            }
        };
        self.read.borrow_mut().push((source.clone(), bytes.clone()));
        Ok(bytes)
    }

    /// The contents of a file, which is read once however many sources name it; `shown` is what messages call it.
    fn file(
        &self,
        option: &str,
        shown: &str,
        path: &Path,
        explain: impl FnOnce(),
        notes: &Notes,
    ) -> Result<Secret, Error> {
        let known = self.files.borrow().iter().find(|(known, _)| known == path).map(|(_, bytes)| bytes.clone());
        if let Some(bytes) = known {
            explain();
            return Ok(bytes);
        }
        let contents = file::read_or_wait(path, &self.deadline).map_err(|error| {
            let fact = format!(": {shown} cannot be read");
            let remedy = if path.is_relative() {
                "write an absolute path or ~/…: clients choose the working directory"
            } else {
                "put the secret into a regular file that this user can read, or use cmd:COMMAND LINE"
            };
            file::timed_out(option, &fact, &error, &self.deadline)
                .unwrap_or_else(|| Error::Secret(Report::of(option, fact, file::reason(&error), remedy)))
        })?;
        explain();
        if contents.exposed {
            notes.warn_in_log_only(format!("{shown} can be read by group or others; run chmod 600 on it"));
        }
        let bytes = Secret::new(contents.bytes);
        self.files.borrow_mut().push((path.to_owned(), bytes.clone()));
        Ok(bytes)
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
        Variables::OfProject(self.project().ok().flatten(), self.environment.instead())
    }

    /// The value of a variable, which may be empty.
    #[cfg(feature = "tenant")]
    pub(crate) fn variable_of(&self, name: &str) -> Option<Secret> {
        self.environment.variable(name).map(|(value, _)| value)
    }

    fn variable(&self, option: &str, name: &str, notes: &Notes) -> Result<Secret, Error> {
        let Some((secret, origin)) = self.environment.variable(name) else {
            return Err(Error::Secret(self.unset(option, &quotable(name))));
        };
        notes.explain(|| {
            let place = if origin == VariableOrigin::File { " of --env-file" } else { "" };
            format!("{option}: read from env:{}{place}", quotable(name))
        });
        Ok(secret)
    }

    /// What to say of a variable that is not there: a check knows whether the client that it stands for has stripped it.
    #[cold]
    fn unset(&self, option: &str, name: &str) -> Report {
        let fact = format_args!(": env:{name} is not set");
        let elsewhere = "keep the secret where it is not stripped: file:PATH or cmd:COMMAND LINE";
        let client = self.marks.check.as_ref().and_then(|check| check.client_that_strips(name));
        if let Some(client) = client {
            let scope = client.scope.map_or_else(String::new, |scope| format!(" of {scope} scope"));
            let cause = format_args!("it is set here, but {} strips {name} from the helpers{scope}", client.shown);
            return Report::of(option, fact, cause, elsewhere);
        }
        let cause = "MCP clients strip variables with credential-like names for project and plugin servers";
        Report::of(option, fact, cause, format_args!("set it, or {elsewhere}"))
    }
}

/// The secret in what `source` holds.
fn finished(option: &str, source: &Source, bytes: Secret, notes: &Notes) -> Result<Secret, Error> {
    let secret = match source {
        Source::File { .. } | Source::Command(_) => without_newline(bytes),
        Source::Variable(_) | Source::Member(_) => bytes,
    };
    if secret.is_empty() {
        let fact = format_args!(": {source} is empty");
        return Err(Error::Secret(Report::of(
            option,
            fact,
            "an empty secret protects nothing",
            "put the secret there",
        )));
    }
    notes.redactor().add(secret.expose());
    Ok(secret)
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
}
