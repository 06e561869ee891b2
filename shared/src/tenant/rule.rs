//! Rules: which tenant a server or a directory belongs to.

use std::path::{Path, PathBuf};

use super::glob::ServerGlob;
use super::project::Project;
use crate::config::file::Item;
use crate::error::Error;
use crate::os::environment::expand_home;
use crate::run::Run;

/// One of the `[[rules]]`. It has a server, a directory or both.
pub(super) struct Rule {
    pub(super) line: usize,
    pub(super) server: Option<ServerGlob>,
    pub(super) directory: Option<PathBuf>,
    pub(super) tenant: String,
}

impl Rule {
    /// Whether it is for this run: all that it names must fit.
    ///
    /// # Errors
    /// [`Error::Usage`] when the server's URL cannot be used or there is no project directory.
    pub(super) fn fits(&self, from: &str, run: &Run, project: &Project<'_>) -> Result<bool, Error> {
        if let Some(server) = &self.server
            && !server.fits(from, run)?
        {
            return Ok(false);
        }
        let Some(directory) = &self.directory else { return Ok(true) };
        Ok(project.directory()?.is_some_and(|project| is_in(project, directory)))
    }
}

/// The directory that a rule names.
///
/// # Errors
/// [`Error::Usage`] for one that is relative to the working directory.
pub(super) fn directory(item: Item<'_>) -> Result<PathBuf, Error> {
    let text = item.text()?;
    let directory = expand_home(if text == "~" { "~/" } else { text })?;
    if directory.is_absolute() {
        return Ok(directory);
    }
    Err(item.error("it is a relative path: clients choose the working directory", "write an absolute path or ~/…"))
}

/// Whether `path`, which has no links, is `directory` or below it, links resolved where that matters.
fn is_in(path: &Path, directory: &Path) -> bool {
    path.starts_with(directory) || directory.canonicalize().is_ok_and(|directory| path.starts_with(directory))
}
