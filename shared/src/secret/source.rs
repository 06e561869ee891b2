//! Where secrets come from: `env:NAME`, `file:PATH`, `json:PATH:FIELD` or `cmd:COMMAND LINE`, never the command line itself.

mod member;
mod reader;

use std::fmt;
use std::path::PathBuf;

use crate::error::{Error, Report, quotable};
use crate::os::environment::expand_home;
use crate::secret::command::CommandLine;

pub use self::member::Member;
pub use self::reader::Sources;

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
    /// A string in such a file of JSON.
    Member(Member),
    /// What a program prints.
    Command(CommandLine),
}

/// The kinds of sources, as messages list them.
const WRITTEN: &str = "env:NAME, file:PATH, json:PATH:FIELD or cmd:COMMAND LINE";

impl Source {
    /// What stands before the first colon of a source.
    pub(crate) const KINDS: [&str; 4] = ["env", "file", "json", "cmd"];

    /// Parses the value of `option`.
    ///
    /// # Errors
    /// [`Error::Usage`] for anything that is not a source; the message does not repeat it, since it may be the secret.
    pub fn parse(option: &str, text: &str) -> Result<Self, Error> {
        let (kind, rest) = text.split_once(':').unwrap_or_default();
        match kind {
            "env" => Self::variable(option, rest),
            "file" => Self::file(option, rest),
            "json" => Self::member(option, rest),
            "cmd" => CommandLine::parse(option, rest).map(Self::Command),
            _ => Err(Error::Usage(Report::of(
                option,
                " does not take a bare value",
                "a secret on a command line can be read by every process of the machine",
                format_args!("name where it is kept: {WRITTEN}"),
            ))),
        }
    }

    /// Like [`Source::parse`], for an option that cannot be left out.
    ///
    /// # Errors
    /// Also [`Error::Usage`] when it is.
    pub fn required(option: &str, text: Option<&str>) -> Result<Self, Error> {
        let text = text.ok_or_else(|| {
            let cause = "no option says where it is kept";
            Error::Usage(Report::of(
                option,
                " is missing",
                cause,
                format_args!("give {option} file:PATH, env:NAME, json:PATH:FIELD or cmd:COMMAND LINE"),
            ))
        })?;
        Self::parse(option, text)
    }

    /// `env:NAME`, where a variable can have that name.
    pub(crate) fn variable(option: &str, name: &str) -> Result<Self, Error> {
        let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if !begins || !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')) {
            return Err(Error::Usage(Report::of(
                option,
                ": env: is not followed by the name of a variable",
                "a name has letters, digits and underscores, and does not begin with a digit",
                "write env:NAME, without a $",
            )));
        }
        Ok(Self::Variable(name.to_owned()))
    }

    /// `file:PATH`.
    pub(crate) fn file(option: &str, path: &str) -> Result<Self, Error> {
        if path.is_empty() {
            let fact = ": file: is not followed by a path";
            return Err(Error::Usage(Report::of(option, fact, "the path is empty", "write file:PATH")));
        }
        Ok(Self::File { shown: path.to_owned(), path: expand_home(path)? })
    }

    /// The file that `json:PATH:FIELD` names, and the field in it; `None` for other sources.
    ///
    /// # Errors
    /// Those of [`Member::split`].
    #[cfg(feature = "bearer")]
    pub(crate) fn document(&self) -> Result<Option<(Self, String)>, Error> {
        let Self::Member(member) = self else { return Ok(None) };
        let (shown, path, field) = member.split()?;
        Ok(Some((Self::File { shown: shown.to_owned(), path }, field.to_owned())))
    }

    /// `json:PATH:FIELD`.
    pub(crate) fn member(option: &str, text: &str) -> Result<Self, Error> {
        Member::parse(option, text).map(Self::Member)
    }
}

impl fmt::Display for Source {
    /// The source as messages name it; of a command only its program, since its words may hold anything.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "env:{}", quotable(name)),
            Self::File { shown, .. } => write!(f, "file:{}", quotable(shown)),
            Self::Member(member) => member.fmt(f),
            Self::Command(line) => line.fmt(f),
        }
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
                "--key does not take a bare value: a secret on a command line can be read by every process of the machine; \
                 name where it is kept: env:NAME, file:PATH, json:PATH:FIELD or cmd:COMMAND LINE"
            );
        }
    }

    #[test]
    fn messages_name_a_command_by_its_program_alone() {
        let source = Source::parse("--key", "cmd:vault read -field=hunter2 x").unwrap();
        assert_eq!(source.to_string(), "cmd:vault");
    }
}
