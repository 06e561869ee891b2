//! What `env:NAME` and `{env:NAME}` see: the variables of this process first, then those of `--env-file`.

use crate::error::Error;
use crate::error::notes::Notes;
use crate::os::clock::Deadline;
use crate::os::environment::process_variable;
use crate::secret::Secret;
use crate::secret::env_file;

/// What `env:NAME` and `{env:NAME}` see.
#[derive(Debug, Default)]
pub struct Environment {
    from_files: Vec<(String, Secret)>,
    /// What is seen instead of variables of this process.
    instead: Vec<(&'static str, Option<String>)>,
}

/// Where a variable came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VariableOrigin {
    /// The environment of this process.
    Process,
    /// A file given with `--env-file`.
    File,
}

impl Environment {
    /// The environment of this process and, behind it, the variables of `files`; a later file wins over an earlier one.
    ///
    /// # Errors
    /// [`Error::Usage`] when a file is missing or malformed, [`Error::Transient`] when one is a pipe that no program writes.
    pub fn with_files(files: &[String], deadline: &Deadline, notes: &Notes) -> Result<Self, Error> {
        let mut from_files = Vec::new();
        for file in files {
            from_files.extend(env_file::read(file, deadline, notes)?);
        }
        Ok(Self { from_files, instead: Vec::new() })
    }

    /// The same with these variables instead of those of this process; unset where they have no value.
    #[must_use]
    pub(crate) fn with(self, instead: Vec<(&'static str, Option<String>)>) -> Self {
        Self { instead, ..self }
    }

    /// What commands see instead of variables of this process.
    pub(crate) fn instead(&self) -> &[(&'static str, Option<String>)] {
        &self.instead
    }

    /// The value of a variable, which may be empty.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<(Secret, VariableOrigin)> {
        let instead = self.instead.iter().find(|(known, _)| *known == name);
        let value = instead.map_or_else(|| process_variable(name), |(_, value)| value.clone().map(String::into_bytes));
        if let Some(value) = value {
            return Some((Secret::new(value), VariableOrigin::Process));
        }
        let mut later_first = self.from_files.iter().rev();
        later_first.find(|(known, _)| known == name).map(|(_, value)| (value.clone(), VariableOrigin::File))
    }
}
