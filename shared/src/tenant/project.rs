//! The directory that a run is for, and the file `.hdr-tenant` in it or above it.

use std::cell::OnceCell;
use std::io;
use std::path::{Path, PathBuf};

use super::found::Found;
use crate::error::{Error, Report, quotable};
use crate::os::environment::expand_home;
use crate::os::file::{planted, reason};
use crate::run::Run;

/// The name of the file.
const FILE: &str = ".hdr-tenant";

/// The most that such a file may hold: 4 KiB.
const LIMIT: u64 = 4 << 10;

/// The project, found when it is first asked for.
pub(super) struct Project<'o> {
    /// The value of `--project-dir`.
    given: Option<&'o str>,
    run: &'o Run,
    directory: OnceCell<Option<PathBuf>>,
}

impl<'o> Project<'o> {
    /// The directory `given` with `--project-dir`, else the one that the run is for.
    pub(super) fn new(given: Option<&'o str>, run: &'o Run) -> Self {
        Self { given, run, directory: OnceCell::new() }
    }

    /// Its path without links; `None` with a warning where it is not known.
    ///
    /// # Errors
    /// [`Error::Usage`] when there is no such directory.
    pub(super) fn directory(&self) -> Result<Option<&Path>, Error> {
        if let Some(directory) = self.directory.get() {
            return Ok(directory.as_deref());
        }
        let found = match self.given {
            Some(given) => expand_home(given)?.canonicalize().map(Some),
            None => self.run.project().map(|project| project.map(Path::to_owned)),
        };
        let is_directory = |path: Option<PathBuf>| match path {
            Some(path) if !path.is_dir() => Err(io::ErrorKind::NotADirectory.into()),
            path => Ok(path),
        };
        let directory = found.and_then(is_directory).map_err(|error| {
            let (cause, remedy) = (reason(&error), "name a directory with --project-dir");
            Error::Usage(match self.given {
                Some(given) => {
                    Report::of("--project-dir", format_args!(" {} cannot be used", quotable(given)), cause, remedy)
                }
                None => Report::new("the working directory cannot be used", cause, remedy),
            })
        })?;
        if directory.is_none() {
            let cause = "the working directory of the MCP client cannot be read, and the helper runs elsewhere";
            self.run.notes().warn(format!("the project is not known: {cause}; give --project-dir, or --tenant"));
        }
        Ok(self.directory.get_or_init(|| directory).as_deref())
    }

    /// What the nearest `.hdr-tenant` says, from the directory upward as far as the home directory, one with `.git`, or
    /// the top of the file system; each of these is looked in. One of another user is as good as none.
    ///
    /// # Errors
    /// [`Error::Usage`] when one cannot be read or is no such file: the next one could name the wrong tenant.
    pub(super) fn nearest(&self) -> Result<Found, Error> {
        let Some(start) = self.directory()? else {
            return Ok(Found::Nothing(format!("{FILE} was not looked for: the project is not known")));
        };
        let home = expand_home("~/").map(|home| home.canonicalize().unwrap_or(home)).ok();
        let file_system = planted::device(start);
        let mut foreign = String::new();
        let mut directory = start;
        loop {
            let file = directory.join(FILE);
            match planted::read(&file, LIMIT) {
                Ok(Some(bytes)) => {
                    return Ok(Found::Name { text: bytes.trim_ascii().to_vec(), place: shown(&file) });
                }
                Ok(None) => {
                    self.run.notes().warn(format!("{} is skipped: it belongs to another user", shown(&file)));
                    foreign = format!(" ({} belongs to another user)", shown(&file));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(unusable(&file, &error)),
            }
            let is_last = home.as_deref() == Some(directory) || directory.join(".git").symlink_metadata().is_ok();
            match directory.parent() {
                Some(above) if !is_last && planted::device(above) == file_system => directory = above,
                _ => break,
            }
        }
        let from = shown(start);
        let far =
            if directory == start { format!("in {from}") } else { format!("from {from} up to {}", shown(directory)) };
        Ok(Found::Nothing(format!("there is no {FILE} {far}{foreign}")))
    }

    /// Writes `.hdr-tenant` into it, in place of what has the name; returns its path as messages show it.
    ///
    /// # Errors
    /// [`Error::Usage`] without a directory, [`Error::Other`] when it cannot be written.
    pub(super) fn write(&self, tenant: &str) -> Result<String, Error> {
        let directory = self.directory()?.ok_or_else(|| {
            let cause = "the project is not known";
            Error::Usage(Report::new(format_args!("{FILE} cannot be written"), cause, "give --project-dir"))
        })?;
        let file = directory.join(FILE);
        // As it was given: root follows no link that somebody else may have put below HOME.
        let given = self.given.map(expand_home).transpose()?.map(|folder| folder.join(FILE));
        planted::replace(given.as_ref().unwrap_or(&file), format!("{tenant}\n").as_bytes()).map_err(|error| {
            let fact = format_args!("{} cannot be written", shown(&file));
            Error::Other(Report::new(fact, reason(&error), "give this user write access"))
        })?;
        Ok(shown(&file))
    }
}

/// A path as messages show it.
fn shown(path: &Path) -> String {
    quotable(path.to_string_lossy().as_bytes())
}

#[cold]
fn unusable(file: &Path, error: &io::Error) -> Error {
    let fact = format_args!("{} cannot be used", shown(file));
    Error::Usage(Report::new(fact, reason(error), "make it a file that you own with a tenant name in it, or remove it"))
}
