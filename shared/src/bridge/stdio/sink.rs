//! Where lines are written to.

use std::future::pending;
use std::io;

#[cfg(unix)]
use super::descriptor::{self, Descriptor};
#[cfg(unix)]
use super::polled::Polled;

/// Stdout, as it can be written without blocking the thread.
#[derive(Debug)]
pub(super) enum Sink {
    /// The system says when it takes something.
    #[cfg(unix)]
    Polled(Polled),
    /// It takes everything at once, as regular files do.
    #[cfg(unix)]
    Ready(Descriptor),
    /// Another thread waits until it takes something.
    #[cfg(not(unix))]
    Thread,
}

impl Sink {
    /// Stdout.
    ///
    /// # Errors
    /// Those of the system.
    #[cfg(unix)]
    pub(super) fn stdout() -> io::Result<Self> {
        Descriptor::new(descriptor::stdout()?).map(Self::new)
    }

    #[cfg(not(unix))]
    pub(super) fn stdout() -> io::Result<Self> {
        Ok(Self::Thread)
    }

    #[cfg(unix)]
    pub(super) fn new(descriptor: Descriptor) -> Self {
        Polled::writable(descriptor).map_or_else(Self::Ready, Self::Polled)
    }

    /// Writes as much of `parts` as it takes, which is something.
    pub(super) async fn write(&self, parts: &[&[u8]]) -> io::Result<usize> {
        let written = match self {
            #[cfg(unix)]
            Self::Polled(polled) => polled.write(parts).await?,
            #[cfg(unix)]
            Self::Ready(descriptor) => descriptor.write(parts)?.unwrap_or_default(),
            #[cfg(not(unix))]
            Self::Thread => write_in_thread(parts.concat()).await?,
        };
        if written == 0 { Err(io::ErrorKind::WriteZero.into()) } else { Ok(written) }
    }

    /// Waits until nobody can read any more what is written.
    pub(super) async fn closed(&self) {
        match self {
            #[cfg(unix)]
            Self::Polled(polled) => polled.closed().await,
            _ => pending().await,
        }
    }
}

#[cfg(not(unix))]
#[expect(clippy::disallowed_methods, reason = "hdr-bridge is a stdio server: its client reads messages there")]
async fn write_in_thread(bytes: Vec<u8>) -> io::Result<usize> {
    use std::io::Write;
    let write = move || {
        let mut stdout = io::stdout().lock();
        stdout.write_all(&bytes).and_then(|()| stdout.flush()).map(|()| bytes.len())
    };
    tokio::task::spawn_blocking(write).await.map_err(io::Error::other)?
}
