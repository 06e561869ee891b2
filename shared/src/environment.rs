//! Environment variables: the real ones first, then those of `--env-file`.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::clock::Deadline;
use crate::env_file;
use crate::error::{Error, Report, quotable};
use crate::explain::Notes;
use crate::secret::Secret;

/// What `env:NAME` and `{env:NAME}` see.
#[derive(Debug, Default)]
pub struct Environment {
    from_files: Vec<(String, Secret)>,
}

/// Where a variable came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The environment of this process.
    Process,
    /// A file given with `--env-file`.
    File,
}

impl Environment {
    /// The environment of this process and, behind it, the variables of `files`; a later file wins over an earlier one.
    ///
    /// # Errors
    /// [`Error::Usage`] when a file is missing or malformed, [`Error::Transient`] when one is a pipe that nobody writes.
    pub fn with_files(files: &[String], deadline: &Deadline, notes: &Notes) -> Result<Self, Error> {
        let mut from_files = Vec::new();
        for file in files {
            from_files.extend(env_file::read(file, deadline, notes)?);
        }
        Ok(Self { from_files })
    }

    /// The value of a variable, which may be empty.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<(Secret, Origin)> {
        if let Some(value) = process_variable(name) {
            return Some((Secret::new(value), Origin::Process));
        }
        let mut later_first = self.from_files.iter().rev();
        later_first.find(|(known, _)| known == name).map(|(_, value)| (value.clone(), Origin::File))
    }
}

/// A variable of this process that is text and not empty; those that steer the helper itself come from here.
#[must_use]
pub fn setting(name: &str) -> Option<String> {
    process_variable(name).and_then(|value| String::from_utf8(value).ok()).filter(|value| !value.is_empty())
}

/// A variable of this process as it is.
#[expect(clippy::disallowed_methods, reason = "this is the owner of the environment")]
pub(crate) fn raw_setting(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// All variables of this process.
#[expect(clippy::disallowed_methods, reason = "this is the owner of the environment")]
pub(crate) fn variables() -> impl Iterator<Item = (OsString, OsString)> {
    std::env::vars_os()
}

/// Like [`setting`], with U+FFFD for what is no text: a URL that we cannot read is known all the same, and no other one.
pub(crate) fn setting_or_similar(name: &str) -> Option<String> {
    process_variable(name).map(|value| String::from_utf8_lossy(&value).into_owned()).filter(|value| !value.is_empty())
}

/// The folders in which programs are looked for, in order.
pub(crate) fn search_path() -> Vec<PathBuf> {
    let path = setting("PATH").unwrap_or_else(|| "/usr/bin:/bin".to_owned());
    std::env::split_paths(&path).collect()
}

/// The home directory that `~` stands for, where HOME is an absolute path.
pub(crate) fn home() -> Option<PathBuf> {
    setting("HOME").map(PathBuf::from).filter(|home| home.is_absolute())
}

/// `path` with a leading `~/` replaced by `$HOME`.
///
/// # Errors
/// [`Error::Usage`] where `~` is used and HOME is not an absolute path.
pub fn expand_home(path: &str) -> Result<PathBuf, Error> {
    let Some(below_home) = path.strip_prefix("~/") else {
        return Ok(PathBuf::from(path));
    };
    home().map(|home| home.join(below_home)).ok_or_else(|| {
        Error::Usage(Report::new(
            format_args!("{} cannot be found", quotable(path)),
            "HOME is not set to an absolute path",
            "set HOME or write the whole path",
        ))
    })
}

#[expect(clippy::disallowed_methods, reason = "this is the owner of the environment")]
fn process_variable(name: &str) -> Option<Vec<u8>> {
    std::env::var_os(name).map(OsString::into_encoded_bytes)
}
