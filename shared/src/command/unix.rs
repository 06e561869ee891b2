//! Children on Unix: one process group each, watched from a single thread, ended at the deadline and on signals to us.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::{Ending, Finished, Terms};
use crate::clock::{Deadline, monotonic};
use crate::secret::Secret;
use crate::signals::Deferral;

/// How long to sleep at most before looking again, should a signal have been blocked by whoever started us.
const GLANCE: Duration = Duration::from_millis(250);

/// How long a program that was told to end may take, where nothing else waits for it.
const FAREWELL: Duration = Duration::from_millis(150);

/// Runs `command` to its end or to the deadline. Its process group is gone when this returns.
pub(super) fn run(command: &mut Command, terms: &Terms, deadline: &Deadline) -> io::Result<Finished> {
    let signals = Deferral::begin()?;
    let mut child = command.process_group(0).spawn()?;
    let group = Group::of(&child)?;
    let mut stdout = Output::new(child.stdout.take(), terms.stdout)?;
    let mut stderr = Output::new(child.stderr.take(), terms.stderr)?;
    let ending = loop {
        if signals.ended_us() {
            break None;
        }
        let exited = group.has_exited()?;
        stdout.drain()?;
        stderr.drain()?;
        if stdout.overflowed {
            break Some(Ending::TooMuchOutput);
        }
        if exited {
            break None;
        }
        let remaining = deadline.remaining();
        if remaining.is_zero() {
            break Some(Ending::TimedOut);
        }
        wait(&stdout, &stderr, &signals, remaining.min(GLANCE))?;
    };
    if terms.told_first {
        group.tell_to_end();
        // One that a signal to us ends may have a token to keep, and takes the time that it has anyway.
        let kept = if ending.is_none() { deadline.remaining() } else { FAREWELL };
        let farewell = Deadline::new(monotonic(), kept.max(FAREWELL));
        while !group.has_exited()? && !farewell.remaining().is_zero() {
            signals.ended_us();
            stdout.drain()?;
            stderr.drain()?;
            wait(&stdout, &stderr, &signals, farewell.remaining().min(GLANCE))?;
        }
    }
    drop(group);
    let status = child.wait()?;
    // Ends this process where a signal asked for it; what it was to end first is gone.
    drop(signals);
    let ending = ending.unwrap_or(Ending::Exited(status));
    Ok(Finished { ending, stdout: Secret::new(stdout.bytes), stderr: stderr.bytes })
}

/// Sleeps until there is output, a signal, or `timeout` is over.
fn wait(stdout: &Output, stderr: &Output, signals: &Deferral, timeout: Duration) -> io::Result<()> {
    let mut watched = vec![PollFd::new(signals, PollFlags::IN)];
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
    fn of(child: &Child) -> io::Result<Self> {
        let number = Pid::from_raw(child.id().cast_signed());
        number.map(Self).ok_or_else(|| io::Error::other("the child has no process number"))
    }

    fn has_exited(&self) -> io::Result<bool> {
        let look_only = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        Ok(waitid(WaitId::Pid(self.0), look_only)?.is_some())
    }
}

impl Group {
    fn tell_to_end(&self) {
        // An error means that nobody is left in it.
        let _ = kill_process_group(self.0, Signal::TERM);
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
