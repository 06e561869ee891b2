//! The descriptors behind stdin and stdout, on Unix.
//!
//! Whether a read or a write blocks (`O_NONBLOCK`) belongs to the open file, which is shared with whoever gave it to us and
//! with all others that have it: a shell whose terminal no longer blocks breaks. So the flag is never touched. Sockets are
//! read and written with `MSG_DONTWAIT`. Anything else is asked whether it is ready, and then read or written once, with no
//! more than it is sure to take.

use std::fs::File;
use std::io::{self, IoSlice};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};

use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, fstat};
use rustix::io::{Errno, retry_on_intr};
use rustix::net::{RecvFlags, SendAncillaryBuffer, SendFlags, recv, sendmsg};

/// What a pipe that is ready takes without blocking, on every Unix that has one.
const PIPE: usize = 4096;

/// A stream and what kind of file it is.
#[derive(Debug)]
pub(super) struct Descriptor {
    fd: OwnedFd,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Socket,
    /// It is always ready.
    Regular,
    /// A pipe, a terminal, or another device.
    Other,
}

/// What became of an attempt: `None` where it would block.
type Attempt<T> = io::Result<Option<T>>;

/// Stdin, as a descriptor of its own.
pub(super) fn stdin() -> io::Result<OwnedFd> {
    rustix::stdio::stdin().try_clone_to_owned()
}

/// Stdout, as a descriptor of its own.
pub(super) fn stdout() -> io::Result<OwnedFd> {
    rustix::stdio::stdout().try_clone_to_owned()
}

impl Descriptor {
    pub(super) fn new(fd: OwnedFd) -> io::Result<Self> {
        let kind = match FileType::from_raw_mode(fstat(&fd)?.st_mode) {
            FileType::Socket => Kind::Socket,
            FileType::RegularFile | FileType::Directory => Kind::Regular,
            _ => Kind::Other,
        };
        Ok(Self { fd, kind })
    }

    pub(super) fn into_file(self) -> File {
        self.fd.into()
    }

    /// Whether the system can say when it is ready.
    pub(super) fn has_readiness(&self) -> bool {
        self.kind != Kind::Regular
    }

    /// Reads once what is there, up to the capacity of `portion`.
    pub(super) fn read(&self, portion: &mut Vec<u8>) -> Attempt<usize> {
        if self.kind == Kind::Other && self.state(PollFlags::IN)?.is_empty() {
            return Ok(None);
        }
        attempted(retry_on_intr(|| match self.kind {
            Kind::Socket => recv(&self.fd, spare_capacity(portion), RecvFlags::DONTWAIT).map(|(read, _)| read),
            Kind::Regular | Kind::Other => rustix::io::read(&self.fd, spare_capacity(portion)),
        }))
    }

    /// Writes as much of `parts` as it takes.
    pub(super) fn write(&self, parts: &[&[u8]]) -> Attempt<usize> {
        if self.kind == Kind::Other && self.state(PollFlags::OUT)?.is_empty() {
            return Ok(None);
        }
        let limit = if self.kind == Kind::Other { PIPE } else { usize::MAX };
        let parts = beginning(parts, limit);
        attempted(retry_on_intr(|| match self.kind {
            // SIGPIPE is ignored in every program of Rust.
            Kind::Socket => sendmsg(&self.fd, &parts, &mut SendAncillaryBuffer::default(), SendFlags::DONTWAIT),
            Kind::Regular | Kind::Other => rustix::io::writev(&self.fd, &parts),
        }))
    }

    /// Whether nobody can read any more what is written to it.
    pub(super) fn is_closed(&self) -> bool {
        let ends = PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL;
        self.kind != Kind::Regular && self.state(PollFlags::OUT).is_ok_and(|state| state.intersects(ends))
    }

    /// Which of `flags`, and of those that are always told, hold now.
    fn state(&self, flags: PollFlags) -> io::Result<PollFlags> {
        let mut polled = [PollFd::new(&self.fd, flags)];
        retry_on_intr(|| poll(&mut polled, Some(&Timespec::default())))?;
        let [polled] = polled;
        Ok(polled.revents())
    }
}

impl AsRawFd for Descriptor {
    fn as_raw_fd(&self) -> RawFd {
        self.fd.as_raw_fd()
    }
}

fn attempted(result: rustix::io::Result<usize>) -> Attempt<usize> {
    match result {
        Ok(done) => Ok(Some(done)),
        Err(Errno::AGAIN) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The first `limit` bytes of `parts`.
fn beginning<'a>(parts: &[&'a [u8]], limit: usize) -> Vec<IoSlice<'a>> {
    let mut room = limit;
    let mut first = Vec::with_capacity(parts.len());
    for part in parts {
        let part = part.get(..room).unwrap_or(part);
        room = room.saturating_sub(part.len());
        if !part.is_empty() {
            first.push(IoSlice::new(part));
        }
    }
    first
}
