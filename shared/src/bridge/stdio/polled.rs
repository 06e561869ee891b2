//! Streams of which the system says when they are ready.

use std::io;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::descriptor::Descriptor;

/// A stream that is waited for together with all else.
#[derive(Debug)]
pub(super) struct Polled(AsyncFd<Descriptor>);

impl Polled {
    /// One that is read; it is given back where the system cannot say when it is ready.
    pub(super) fn readable(descriptor: Descriptor) -> Result<Self, Descriptor> {
        Self::new(descriptor, Interest::READABLE)
    }

    /// One that is written; it is given back where the system cannot say when it is ready.
    pub(super) fn writable(descriptor: Descriptor) -> Result<Self, Descriptor> {
        Self::new(descriptor, Interest::WRITABLE)
    }

    fn new(descriptor: Descriptor, interest: Interest) -> Result<Self, Descriptor> {
        if !descriptor.has_readiness() {
            return Err(descriptor);
        }
        #[expect(deprecated, reason = "what replaces it is unsafe, and a descriptor stays open as long as it is owned")]
        let registered = AsyncFd::try_with_interest(descriptor, interest);
        registered.map(Self).map_err(|error| error.into_parts().0)
    }

    /// Waits until there is something to read, and reads it into `portion`, up to its capacity; zero at the end.
    pub(super) async fn read(&self, portion: &mut Vec<u8>) -> io::Result<usize> {
        loop {
            let mut ready = self.0.readable().await?;
            match ready.get_inner().read(portion)? {
                Some(read) => return Ok(read),
                None => ready.clear_ready(),
            }
        }
    }

    /// Waits until it takes something, and writes as much of `parts` as it takes.
    pub(super) async fn write(&self, parts: &[&[u8]]) -> io::Result<usize> {
        // It may be ready though it was not said: `closed` forgets what was.
        if let Some(written) = self.0.get_ref().write(parts)? {
            return Ok(written);
        }
        loop {
            let mut ready = self.0.writable().await?;
            match ready.get_inner().write(parts)? {
                Some(written) => return Ok(written),
                None => ready.clear_ready(),
            }
        }
    }

    /// Waits until nobody can read any more what is written.
    pub(super) async fn closed(&self) {
        loop {
            let Ok(mut ready) = self.0.writable().await else { return };
            if ready.ready().is_write_closed() || ready.get_inner().is_closed() {
                return;
            }
            ready.clear_ready();
        }
    }
}
