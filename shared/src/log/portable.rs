//! The file of the log where there are no modes: the user's profile folder keeps others out.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::Path;

/// Opens it for appending, and for locking, which needs reading; makes it where it is missing, and the folders above it.
#[expect(clippy::disallowed_methods, reason = "this opens the log, and nothing else")]
pub(super) fn open(path: &Path) -> io::Result<File> {
    let open = || OpenOptions::new().read(true).append(true).create(true).open(path);
    match open() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            DirBuilder::new().recursive(true).create(path.parent().unwrap_or(Path::new("")))?;
            open()
        }
        opened => opened,
    }
}

/// Whether `path` leads to `file`, as far as its length tells: the log that follows a full one is empty.
pub(super) fn leads_to(path: &Path, file: &File) -> io::Result<bool> {
    Ok(path.metadata()?.len() == file.metadata()?.len())
}
