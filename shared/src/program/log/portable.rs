//! The file of the log where there are no modes: the user's profile folder keeps others out.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Where the log is.
pub(super) struct Place(PathBuf);

impl Place {
    /// Opens the file at `path` for appending, and for locking, which needs reading; makes it where it is missing, and the
    /// folders above it.
    ///
    /// # Errors
    /// Those of the system.
    #[expect(clippy::disallowed_methods, reason = "this opens the log, and nothing else")]
    pub(super) fn open(path: &Path) -> io::Result<(Self, File)> {
        let open = || OpenOptions::new().read(true).append(true).create(true).open(path);
        let file = match open() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                DirBuilder::new().recursive(true).create(path.parent().unwrap_or(Path::new("")))?;
                open()
            }
            opened => opened,
        }?;
        Ok((Self(path.to_owned()), file))
    }

    /// Whether its name leads to `file`, as far as its length tells: the log that follows a full one is empty.
    pub(super) fn leads_to(&self, file: &File) -> io::Result<bool> {
        Ok(self.0.metadata()?.len() == file.metadata()?.len())
    }

    /// Gives it another name in its folder, made of its own and `ending`.
    pub(super) fn move_aside(&self, ending: &str) -> io::Result<()> {
        let mut aside = self.0.as_os_str().to_owned();
        aside.push(ending);
        std::fs::rename(&self.0, aside)
    }
}
