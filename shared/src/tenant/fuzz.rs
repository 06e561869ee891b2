//! The doors to what wrapped helpers print and to the list of tenants.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use super::list::Tenants;
use crate::config::file::ConfigFile;
use crate::error::{Error, OutsideText, Redactor};
use crate::header::child_output::ChildOutput;
use crate::header::{Headers, printed};
use crate::run::Run;
use crate::secret::Secret;
use crate::secret::command::{Ending, Finished};

/// The headers that a wrapped helper printed.
///
/// # Errors
/// [`Error::Headers`] when they cannot be used.
pub fn helper_output(output: &[u8], redactor: &Redactor) -> Result<Headers, Error> {
    printed::headers(&Secret::new(output.to_vec()), redactor)
}

/// The error of the helper `name` that printed this and ended with `code`. What else it wrote is among the notes of `run`.
pub fn helper_message(name: &str, stdout: &[u8], stderr: &[u8], code: u8, run: &Run) -> Error {
    let status = ExitStatus::from_raw(i32::from(code) << 8);
    let finished = Finished {
        ending: Ending::Exited(status),
        took: Duration::ZERO,
        stdout: Secret::new(stdout.to_vec()),
        stderr: OutsideText::new(stderr),
    };
    ChildOutput::new(name, &finished, run.notes()).error(status, run.notes())
}

/// Whether `text` is a list of tenants.
///
/// # Errors
/// [`Error::Usage`] with the line of the first mistake.
pub fn is_of_tenant_list(text: &str) -> Result<(), Error> {
    Tenants::of(Some(&ConfigFile::of(text))).map(drop)
}
