//! The file of the log where there are no modes: the user's profile folder keeps others out.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::Path;

/// Opens it for appending; makes it where it is missing, and the folders above it.
#[expect(clippy::disallowed_methods, reason = "this opens the log, and nothing else")]
pub(super) fn open(path: &Path) -> io::Result<File> {
    let open = || OpenOptions::new().append(true).create(true).open(path);
    match open() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            DirBuilder::new().recursive(true).create(path.parent().unwrap_or(Path::new("")))?;
            open()
        }
        opened => opened,
    }
}

/// A file that is open keeps its name there.
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
pub(super) fn leads_to(_: &Path, _: &File) -> io::Result<bool> {
    Ok(true)
}
