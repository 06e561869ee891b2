//! Opening files that a user named: whatever stands at the path, reading it ends.

#[cfg(unix)]
pub(crate) mod cautious;
#[cfg(unix)]
pub(crate) mod home;
#[cfg(unix)]
mod pipe;
#[cfg(feature = "tenant")]
pub(crate) mod planted;

use std::fmt;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use crate::error::{Error, Report};
use crate::os::clock::Deadline;

/// The contents of a regular file, and whether others than its owner may read it.
pub(crate) struct Contents {
    pub(crate) bytes: Vec<u8>,
    pub(crate) exposed: bool,
}

/// The most that is read of a file: 1 MiB.
const LIMIT: u64 = 1 << 20;

/// Begins another run of this process, on this thread: named pipes are read anew.
#[cfg(unix)]
pub(crate) fn begin_run() {
    pipe::begin_run();
}

/// Begins another run of this process, on this thread. Nothing is kept of an earlier one.
#[cfg(not(unix))]
pub(crate) fn begin_run() {}

/// Reads a regular file of at most 1 MiB; links are followed, as mounted secrets are links.
///
/// # Errors
/// Those of the system; and `InvalidInput` for a directory, pipe or device, `FileTooLarge` past the limit.
#[cfg(any(feature = "jwt", not(unix)))]
pub(crate) fn read(path: &Path) -> io::Result<Contents> {
    let file = open(path)?;
    let metadata = file.metadata()?;
    contents(file, &metadata)
}

/// The contents of a regular file, as [`open()`] opens it, or of a named pipe of this user, which is read to its end once in a run.
///
/// # Errors
/// Those of the system; `InvalidInput` for a directory, device or another pipe, `FileTooLarge` past 1 MiB, `TimedOut` when
/// the end of a pipe has not come by the deadline.
#[cfg(unix)]
pub(crate) fn read_or_wait(path: &Path, deadline: &Deadline) -> io::Result<Contents> {
    let mut file = open(path)?;
    let metadata = file.metadata()?;
    if pipe::is_of_user(&metadata) {
        let bytes = pipe::read(&mut file, &metadata, deadline)?;
        return Ok(Contents { bytes, exposed: is_exposed(&metadata) });
    }
    contents(file, &metadata)
}

/// Like [`read`].
///
/// # Errors
/// The same.
#[cfg(not(unix))]
pub(crate) fn read_or_wait(path: &Path, _: &Deadline) -> io::Result<Contents> {
    read(path)
}

/// What kept a file with secrets, which `option` names, from being read by the deadline, where that is what happened.
pub(crate) fn timed_out(
    option: &str,
    fact: impl fmt::Display,
    error: &io::Error,
    deadline: &Deadline,
) -> Option<Error> {
    let is_late = error.kind() == io::ErrorKind::TimedOut;
    let cause = format_args!("it is a pipe, and {error} within {deadline}");
    is_late.then(|| Error::Transient(Report::of(option, fact, cause, deadline.remedy())))
}

/// The bytes of a regular file that says what we are to do: nobody but this user and the administrator may have written it.
///
/// # Errors
/// Those of [`contents`]; `InvalidInput` where somebody else could have.
pub(crate) fn read_own(path: &Path) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let metadata = file.metadata()?;
    if let Some(who) = other_writer(&metadata) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, who));
    }
    contents(file, &metadata).map(|contents| contents.bytes)
}

fn contents(file: File, metadata: &Metadata) -> io::Result<Contents> {
    if metadata.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a directory"));
    }
    if !metadata.is_file() {
        return Err(special());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len().min(LIMIT)).unwrap_or_default());
    let mut within_limit = file.take(LIMIT.saturating_add(1));
    within_limit.read_to_end(&mut bytes)?;
    if within_limit.limit() == 0 {
        return Err(too_large());
    }
    Ok(Contents { bytes, exposed: is_exposed(metadata) })
}

/// Refuses a pipe, a device or a socket at `path`, which a library would open by itself and wait for. What is missing or
/// cannot be read is the library's to judge.
///
/// # Errors
/// `InvalidInput` then.
pub(crate) fn refuse_special(path: &Path) -> io::Result<()> {
    match path.metadata() {
        Ok(metadata) if !metadata.is_file() && !metadata.is_dir() => Err(special()),
        _ => Ok(()),
    }
}

fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 1 MiB")
}

fn special() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "it is a pipe or a device, not a regular file")
}

/// Opens without waiting for the other end of a pipe.
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "this is the owner of files")]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let no_waiting = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    OpenOptions::new().read(true).custom_flags(no_waiting.bits().cast_signed()).open(path)
}

#[cfg(not(unix))]
#[expect(clippy::disallowed_methods, reason = "this is the owner of files")]
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

#[cfg(unix)]
fn is_exposed(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o044 != 0
}

/// What is wrong with a file that others can write, inside of an [`io::Error`].
#[derive(Debug)]
pub(crate) struct OthersWrite;

impl fmt::Display for OthersWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("group or others can write it")
    }
}

impl std::error::Error for OthersWrite {}

/// Who else could have written a file.
#[cfg(unix)]
fn other_writer(metadata: &Metadata) -> Option<Box<dyn std::error::Error + Send + Sync>> {
    use std::os::unix::fs::MetadataExt;
    const ADMINISTRATOR: u32 = 0;
    if metadata.uid() != ADMINISTRATOR && !home::is_ours(metadata.uid()) {
        return Some("it belongs to another user".into());
    }
    (metadata.mode() & 0o022 != 0).then(|| OthersWrite.into())
}

/// Access lists outside Unix are not looked at.
#[cfg(not(unix))]
fn other_writer(_: &Metadata) -> Option<Box<dyn std::error::Error + Send + Sync>> {
    None
}

/// Whether a program can be started from this path.
#[cfg(unix)]
pub(crate) fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// Whether this user can make files in a directory.
#[cfg(unix)]
pub(crate) fn is_writable(directory: &Path) -> bool {
    use rustix::fs::{Access, access};
    access(directory, Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

/// Whether this user can make files in a directory.
#[cfg(not(unix))]
pub(crate) fn is_writable(directory: &Path) -> bool {
    directory.metadata().is_ok_and(|metadata| !metadata.permissions().readonly())
}

/// Whether a program can be started from this path.
#[cfg(not(unix))]
pub(crate) fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// Access lists outside Unix are not looked at.
#[cfg(not(unix))]
fn is_exposed(_: &Metadata) -> bool {
    false
}

/// What kept a file from being read, in words.
pub(crate) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}
