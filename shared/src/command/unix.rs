//! Children on Unix: one process group each, watched from a single thread, ended at the deadline and on signals to us.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};
use signal_hook::low_level;

use super::{Failure, Finished};
use crate::clock::Deadline;
use crate::secret::Secret;
use crate::signals::Deferral;

/// The most of a child's stderr that is kept: 4 KiB.
const STDERR_LIMIT: usize = 4 << 10;

/// How long to sleep at most before looking again, should a signal have been blocked by whoever started us.
const GLANCE: Duration = Duration::from_millis(250);

/// Runs `command` to its end or to the deadline. Its process group is gone when this returns.
pub(super) fn run(command: &mut Command, limit: usize, deadline: &Deadline) -> Result<Finished, Failure> {
    let mut signals = Signals::listen().map_err(Failure::NotWatched)?;
    let mut child = command.process_group(0).spawn().map_err(Failure::NotStarted)?;
    let group = Group::of(&child)?;
    let mut stdout = Output::new(child.stdout.take(), limit).map_err(Failure::NotWatched)?;
    let mut stderr = Output::new(child.stderr.take(), STDERR_LIMIT).map_err(Failure::NotWatched)?;
    loop {
        if let Some(signal) = signals.ending() {
            drop(group);
            // The default action of each of them ends this process, as it would have without a child.
            let returned = low_level::emulate_default_handler(signal);
            return Err(Failure::NotWatched(returned.err().unwrap_or(io::ErrorKind::Interrupted.into())));
        }
        let exited = group.has_exited().map_err(Failure::NotWatched)?;
        stdout.drain().map_err(Failure::NotWatched)?;
        stderr.drain().map_err(Failure::NotWatched)?;
        if stdout.overflowed {
            return Err(Failure::TooMuchOutput);
        }
        if exited {
            drop(group);
            let status = child.wait().map_err(Failure::NotWatched)?;
            return Ok(Finished { status, stdout: Secret::new(stdout.bytes), stderr: stderr.bytes });
        }
        let remaining = deadline.remaining();
        if remaining.is_zero() {
            return Err(Failure::TimedOut);
        }
        wait(&stdout, &stderr, &signals, remaining.min(GLANCE)).map_err(Failure::NotWatched)?;
    }
}

/// Sleeps until there is output, a signal, or `timeout` is over.
fn wait(stdout: &Output, stderr: &Output, signals: &Signals, timeout: Duration) -> io::Result<()> {
    let mut watched = vec![PollFd::new(&signals.wake, PollFlags::IN)];
    watched.extend(stdout.watched().map(|pipe| PollFd::from_borrowed_fd(pipe, PollFlags::IN)));
    watched.extend(stderr.watched().map(|pipe| PollFd::from_borrowed_fd(pipe, PollFlags::IN)));
    let timeout = Timespec::try_from(timeout).map_err(io::Error::other)?;
    match poll(&mut watched, Some(&timeout)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// A child's process group. The child is its leader and stays a zombie until reaped, so the number cannot be reused.
struct Group(Pid);

impl Group {
    fn of(child: &Child) -> Result<Self, Failure> {
        Pid::from_raw(child.id().cast_signed())
            .map(Self)
            .ok_or_else(|| Failure::NotWatched(io::Error::other("the child has no process number")))
    }

    fn has_exited(&self) -> io::Result<bool> {
        let look_only = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        Ok(waitid(WaitId::Pid(self.0), look_only)?.is_some())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // An error means that nobody is left in it.
        let _ = kill_process_group(self.0, Signal::KILL);
    }
}

/// One end of a pipe and what came out of it.
struct Output {
    pipe: Option<Box<dyn Pipe>>,
    limit: usize,
    bytes: Vec<u8>,
    overflowed: bool,
}

trait Pipe: Read + AsFd {}
impl<T: Read + AsFd> Pipe for T {}

impl Output {
    fn new(pipe: Option<impl Pipe + 'static>, limit: usize) -> io::Result<Self> {
        let mut boxed: Option<Box<dyn Pipe>> = None;
        if let Some(pipe) = pipe {
            rustix::io::ioctl_fionbio(&pipe, true)?;
            boxed = Some(Box::new(pipe));
        }
        Ok(Self { pipe: boxed, limit, bytes: Vec::new(), overflowed: false })
    }

    /// The pipe, while it can still say something.
    fn watched(&self) -> Option<std::os::fd::BorrowedFd<'_>> {
        self.pipe.as_ref().map(|pipe| pipe.as_fd())
    }

    /// Takes what is there now, keeping no more than the limit. Stops after twice what a pipe holds: a child that
    /// never stops printing must not keep us from the deadline.
    fn drain(&mut self) -> io::Result<()> {
        let mut buffer = zeroize::Zeroizing::new([0; 4096]);
        for _ in 0..32 {
            let Some(pipe) = &mut self.pipe else {
                return Ok(());
            };
            match pipe.read(&mut *buffer) {
                Ok(0) => self.pipe = None,
                Ok(length) => {
                    let room = self.limit.saturating_sub(self.bytes.len());
                    self.overflowed |= length > room;
                    self.bytes.extend(buffer.iter().take(length.min(room)));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Signals that end us and must end the child first, and the one that tells of the child's end.
struct Signals {
    wake: UnixStream,
    ending: Arc<AtomicUsize>,
    registered: Vec<signal_hook::SigId>,
    /// Without it a signal would end us before the child, or, once nothing is registered, no more at all.
    _deferral: Deferral,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        let deferral = Deferral::begin()?;
        let (wake, woken) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        let ending = Arc::new(AtomicUsize::new(0));
        let mut registered = Vec::new();
        for signal in [SIGTERM, SIGINT, SIGHUP] {
            let number = usize::try_from(signal).unwrap_or_default();
            registered.push(signal_hook::flag::register_usize(signal, Arc::clone(&ending), number)?);
            registered.push(low_level::pipe::register(signal, woken.try_clone()?)?);
        }
        registered.push(low_level::pipe::register(SIGCHLD, woken)?);
        Ok(Self { wake, ending, registered, _deferral: deferral })
    }

    /// The signal that ends us, if one came. Empties the pipe that woke us.
    fn ending(&mut self) -> Option<i32> {
        let mut buffer = [0; 64];
        while self.wake.read(&mut buffer).is_ok_and(|length| length > 0) {}
        i32::try_from(self.ending.load(Ordering::SeqCst)).ok().filter(|signal| *signal != 0)
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        for registered in self.registered.drain(..) {
            low_level::unregister(registered);
        }
    }
}
