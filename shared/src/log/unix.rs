//! The file of the log on Unix: ours alone, and never another one that a link leads to.

use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, OFlags, fchmod, fstat, openat};
use rustix::io::Errno;
use rustix::process::geteuid;

use crate::file::cautious::{self, CAUTIOUS, FILE_MODE};

/// Opens it for appending; makes it where it is missing, and the folders above it.
///
/// # Errors
/// Those of the system; and `InvalidInput` when it is a link or no regular file, or belongs to another user.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let open = || openat(CWD, path, OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE | CAUTIOUS, FILE_MODE);
    let file = match open() {
        Err(Errno::NOENT) => {
            let folder = path.parent().unwrap_or(Path::new(""));
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            open()
        }
        opened => opened,
    }?;
    let stat = fstat(&file)?;
    let is_regular = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
    if !is_regular || stat.st_uid != geteuid().as_raw() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file of this user"));
    }
    if Mode::from_raw_mode(stat.st_mode).intersects(Mode::RWXG | Mode::RWXO) {
        fchmod(&file, FILE_MODE)?;
    }
    Ok(file.into())
}

/// Whether `path` leads to `file`.
pub(super) fn leads_to(path: &Path, file: &File) -> io::Result<bool> {
    cautious::leads_to(CWD, path, file)
}
