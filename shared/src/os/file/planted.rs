//! Files that whoever owns the folder may have put there: they are read with suspicion, and replaced as a whole.

use std::fs::{File, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

#[cfg(unix)]
use super::home::Folder;
use super::{contents, open};

/// Reads a file that anybody may have put there, to steer us: a regular one of at most `limit` bytes, and no link, which
/// could lead to whatever this user can read. `None` where it belongs to another user.
///
/// # Errors
/// Those of the system; and `InvalidInput` for a link, pipe or device, `IsADirectory`, `FileTooLarge` past the limit.
pub(crate) fn read(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let named = path.symlink_metadata()?;
    if !is_ours(&named) {
        return Ok(None);
    }
    if named.is_symlink() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a symbolic link"));
    }
    read_named(path, &named, limit).map(Some)
}

/// Reads the file that had this name when it was looked at.
fn read_named(path: &Path, named: &Metadata, limit: u64) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let metadata = file.metadata()?;
    if !is_same(named, &metadata) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it was replaced while it was read"));
    }
    if metadata.is_file() && metadata.len() > limit {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it is larger than {limit} bytes")));
    }
    contents(file, &metadata).map(|contents| contents.bytes)
}

/// Puts `bytes` at `path`, in a file that others may read, in place of whatever file or link had the name.
///
/// # Errors
/// Those of the system; what was there is there still then.
#[cfg(unix)]
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use rustix::fs::{AtFlags, Mode, OFlags, renameat, unlinkat};
    let (folder, name) = Folder::around(path, false)?;
    let draft = draft(name)?;
    let mode = Mode::RUSR | Mode::WUSR | Mode::RGRP | Mode::ROTH;
    let mut file = File::from(folder.create(&draft, OFlags::WRONLY, mode)?);
    let written = file.write_all(bytes).and_then(|()| Ok(renameat(&folder, &draft, &folder, name)?));
    if written.is_err() {
        // What is left behind does no harm.
        let _ = unlinkat(&folder, &draft, AtFlags::empty());
    }
    written
}

/// Puts `bytes` at `path`, in place of whatever file or link had the name.
///
/// # Errors
/// Those of the system; what was there is there still then.
#[cfg(not(unix))]
#[expect(clippy::disallowed_methods, reason = "this is the owner of files")]
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = draft(path)?;
    let created = std::fs::OpenOptions::new().write(true).create_new(true).open(&draft);
    let written = created.and_then(|mut file| file.write_all(bytes)).and_then(|()| std::fs::rename(&draft, path));
    if written.is_err() {
        // It may never have been made.
        let _ = std::fs::remove_file(&draft);
    }
    written
}

/// A name that nothing has yet, from which a file is renamed to `name`.
fn draft(name: &Path) -> io::Result<PathBuf> {
    let mut random = [0; 8];
    crate::os::random::fill(&mut random)?;
    let mut draft = name.as_os_str().to_owned();
    draft.push(format!(".{:016x}", u64::from_ne_bytes(random)));
    Ok(draft.into())
}

#[cfg(unix)]
fn is_ours(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    super::home::is_ours(metadata.uid())
}

/// Owners outside Unix are not looked at.
#[cfg(not(unix))]
fn is_ours(_: &Metadata) -> bool {
    true
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Files outside Unix have no number that could be asked for here.
#[cfg(not(unix))]
fn is_same(_: &Metadata, _: &Metadata) -> bool {
    true
}

/// The file system that a directory is on, where that can be told.
#[cfg(unix)]
pub(crate) fn device(path: &Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    path.metadata().ok().map(|metadata| metadata.dev())
}

/// The file system that a directory is on, where that can be told.
#[cfg(not(unix))]
pub(crate) fn device(_: &Path) -> Option<u64> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn one_that_is_replaced_while_it_is_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("name");
        replace(&path, b"mine").unwrap();
        let named = path.symlink_metadata().unwrap();
        assert_eq!(read_named(&path, &named, 4).unwrap(), b"mine");
        // What had the name stays beside, so that its number is not given again.
        std::fs::hard_link(&path, folder.path().join("kept")).unwrap();
        replace(&path, b"else").unwrap();
        let refused = |path: &Path| read_named(path, &named, 4).unwrap_err().to_string();
        assert_eq!(refused(&path), "it was replaced while it was read");
        std::fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", &path).unwrap();
        assert_eq!(refused(&path), "it was replaced while it was read");
    }
}
