//! The environment of this process: its variables, and the home directory.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::error::{Error, Report, quotable};

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

/// The home directory that `~` expands to, where HOME is an absolute path.
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
            "set HOME or write an absolute path",
        ))
    })
}

/// A variable of this process as bytes.
#[expect(clippy::disallowed_methods, reason = "this is the owner of the environment")]
pub(crate) fn process_variable(name: &str) -> Option<Vec<u8>> {
    std::env::var_os(name).map(OsString::into_encoded_bytes)
}
