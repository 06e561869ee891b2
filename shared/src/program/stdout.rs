//! Writing to stdout before the deadline, whether or not it is read.

use std::io::{self, IsTerminal, Write};

use crate::os::clock::Deadline;

/// Passes on what others wrote to it, clap its help.
#[expect(clippy::disallowed_methods, reason = "this is the owner of stdout")]
pub(crate) fn flush() -> io::Result<()> {
    io::stdout().flush()
}

/// Writes all of a text for a person, however long they take to read it.
///
/// # Errors
/// Those of the system.
#[expect(clippy::disallowed_methods, reason = "this is the owner of stdout")]
pub(crate) fn write_all(text: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text).and_then(|()| stdout.flush())
}

/// Whether a person reads it.
#[expect(clippy::disallowed_methods, reason = "this is the owner of stdout")]
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Writes all of `output`; what is small enough for a pipe to take whole, in one go.
///
/// # Errors
/// `TimedOut` when not enough of it was read by the deadline; those of the system.
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "this is the owner of stdout")]
pub(crate) fn write(output: &[u8], deadline: Deadline) -> io::Result<()> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::Errno;

    /// What a pipe that is ready takes without blocking, on every Unix that has one.
    const PORTION: usize = 4096;

    let stdout = io::stdout();
    let mut rest = output;
    while !rest.is_empty() {
        let timeout = Timespec::try_from(deadline.remaining()).map_err(io::Error::other)?;
        match poll(&mut [PollFd::new(&stdout, PollFlags::OUT)], Some(&timeout)) {
            Ok(0) => return Err(io::Error::new(io::ErrorKind::TimedOut, "no program reads it")),
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        }
        match rustix::io::write(&stdout, rest.get(..PORTION).unwrap_or(rest)) {
            Ok(written) => rest = rest.get(written..).unwrap_or_default(),
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Writes all of `output`, however long that takes.
#[cfg(not(unix))]
pub(crate) fn write(output: &[u8], _: Deadline) -> io::Result<()> {
    write_all(output)
}
