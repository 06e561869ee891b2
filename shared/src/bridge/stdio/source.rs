//! Where lines are read from.

use std::io;
#[cfg(unix)]
use std::os::fd::OwnedFd;

#[cfg(unix)]
use super::descriptor::{self, Descriptor};
#[cfg(unix)]
use super::polled::Polled;
use super::thread::Thread;

/// How much is read at once: 64 KiB, what a pipe holds.
const PORTION: usize = 64 << 10;

/// Stdin, as it can be read without blocking the thread.
#[derive(Debug)]
pub(super) enum Source {
    /// The system says when there is something to read.
    #[cfg(unix)]
    Polled(Polled),
    /// Another thread waits for it.
    Thread(Thread),
}

impl Source {
    /// Stdin.
    ///
    /// # Errors
    /// Those of the system.
    #[cfg(unix)]
    pub(super) fn stdin() -> io::Result<Self> {
        Self::new(descriptor::stdin()?)
    }

    #[cfg(not(unix))]
    #[expect(clippy::disallowed_methods, reason = "hdr-bridge is a stdio server: its client sends messages there")]
    pub(super) fn stdin() -> io::Result<Self> {
        Thread::start(io::stdin(), PORTION).map(Self::Thread)
    }

    #[cfg(unix)]
    pub(super) fn new(fd: OwnedFd) -> io::Result<Self> {
        match Polled::readable(Descriptor::new(fd)?) {
            Ok(polled) => Ok(Self::Polled(polled)),
            Err(descriptor) => Thread::start(descriptor.into_file(), PORTION).map(Self::Thread),
        }
    }

    /// Reads what there is into `portion`; an empty one is the end. A stream that cannot be read on has ended: a terminal
    /// that hung up, a socket that was reset.
    pub(super) async fn read(&mut self, portion: &mut Vec<u8>) {
        portion.clear();
        match self {
            #[cfg(unix)]
            Self::Polled(polled) => {
                portion.reserve(PORTION);
                // An error leaves the portion empty.
                let _ = polled.read(portion).await;
            }
            Self::Thread(thread) => *portion = thread.read().await.unwrap_or_default(),
        }
    }
}
