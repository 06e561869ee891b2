//! Named pipes of the user in the place of a file with secrets: password managers make them, and write to each reader.

use std::cell::RefCell;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::sync::{Mutex, PoisonError};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use zeroize::Zeroizing;

use super::{LIMIT, home, too_large};
use crate::os::clock::Deadline;

/// Device and inode of a pipe.
type Identity = (u64, u64);

/// Pipes and what they held.
type Contents = Vec<(Identity, Zeroizing<Vec<u8>>)>;

thread_local! {
    /// What the pipes of this run held, which takes place on one thread: whatever the number of their names and uses, each is
    /// read once, since its writer may write but once.
    static OF_RUN: RefCell<Contents> = const { RefCell::new(Vec::new()) };
}

/// What the pipes of earlier runs of this process held: one without a name has no other writer.
static OF_PROCESS: Mutex<Contents> = Mutex::new(Vec::new());

/// Has the pipes read anew that were read on this thread: another run begins.
pub(super) fn begin_run() {
    OF_RUN.take();
}

/// Whether this is a pipe that belongs to this user; for root in the HOME of another user, to that one too.
pub(super) fn is_of_user(metadata: &Metadata) -> bool {
    metadata.file_type().is_fifo() && home::is_ours(metadata.uid())
}

/// Reads a pipe, which was opened without waiting, to its end.
///
/// # Errors
/// Those of the system; `FileTooLarge` past 1 MiB, `TimedOut` when its end has not come by the deadline.
pub(super) fn read(pipe: &mut File, metadata: &Metadata, deadline: &Deadline) -> io::Result<Vec<u8>> {
    let identity = (metadata.dev(), metadata.ino());
    let find = |known: &Contents| known.iter().find(|(known, _)| *known == identity).map(|(_, bytes)| bytes.clone());
    if let Some(contents) = OF_RUN.with_borrow(find) {
        return Ok(contents.to_vec());
    }
    let mut contents = Zeroizing::new(read_to_end(pipe, deadline)?);
    let mut earlier = OF_PROCESS.lock().unwrap_or_else(PoisonError::into_inner);
    if contents.is_empty() {
        contents = find(&earlier).unwrap_or_default();
    } else {
        earlier.retain(|(known, _)| *known != identity);
        earlier.push((identity, contents.clone()));
    }
    drop(earlier);
    let bytes = contents.to_vec();
    OF_RUN.with_borrow_mut(|known| known.push((identity, contents)));
    Ok(bytes)
}

fn read_to_end(pipe: &mut File, deadline: &Deadline) -> io::Result<Vec<u8>> {
    let limit = usize::try_from(LIMIT).unwrap_or(usize::MAX);
    let mut contents = Zeroizing::new(Vec::new());
    let mut part = Zeroizing::new([0; 4096]);
    loop {
        wait(pipe, deadline)?;
        match pipe.read(part.as_mut_slice()) {
            // Systems other than Linux report an end before the first writer has opened the pipe.
            Ok(0) if contents.is_empty() && !cfg!(target_os = "linux") => {
                deadline.pause(std::time::Duration::from_millis(10));
            }
            Ok(0) => return Ok(std::mem::take(&mut *contents)),
            Ok(read) => contents.extend_from_slice(part.get(..read).unwrap_or_default()),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Err(error) => return Err(error),
        }
        if contents.len() > limit {
            return Err(too_large());
        }
    }
}

/// Waits until there is something to read, or the end.
fn wait(pipe: &File, deadline: &Deadline) -> io::Result<()> {
    loop {
        let left = deadline.remaining();
        if left.is_zero() {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "no program wrote all of it"));
        }
        let timeout = Timespec::try_from(left).map_err(io::Error::other)?;
        match poll(&mut [PollFd::new(pipe, PollFlags::IN)], Some(&timeout)) {
            Ok(0) | Err(Errno::INTR) => {}
            Ok(_) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}
