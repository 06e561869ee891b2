//! Children on Unix: one process group each, all watched from a single thread, ended at the deadline and on signals to us.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::Child;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::{Ending, Finished, Start};
use crate::error::OutsideText;
use crate::os::clock::{Deadline, elapsed, monotonic};
use crate::os::memory::with_inherited_limit;
use crate::os::signals::Deferral;
use crate::secret::Secret;

/// How long to sleep at most before looking again, should a signal have been blocked by whoever started us.
const GLANCE: Duration = Duration::from_millis(250);

/// Runs a program to its end or to its deadline. Its process group is gone when this returns.
pub(super) fn run(start: Start) -> io::Result<Finished> {
    let nothing = || Err(io::Error::other("it was not run"));
    run_all(vec![start])?.pop().unwrap_or_else(nothing)
}

/// Runs programs all at once, each to its end or to its deadline. Their process groups are gone when this returns.
pub(super) fn run_all(starts: Vec<Start>) -> io::Result<Vec<io::Result<Finished>>> {
    let signals = Deferral::begin()?;
    let mut places: Vec<_> = starts.into_iter().map(ChildState::start).collect();
    while !signals.ended_us() {
        for place in &mut places {
            place.look(&signals);
        }
        let running: Vec<_> = places.iter().filter_map(ChildState::running).collect();
        let deadlines = running.iter().map(|running| running.deadline.remaining());
        let Some(timeout) = deadlines.min() else { break };
        wait(&running, &signals, timeout)?;
    }
    // A signal may have left several of them, which then end at the same time.
    places.iter().filter_map(ChildState::running).for_each(Running::terminate);
    let outcome = places.into_iter().map(|place| place.end(&signals)).collect();
    // Ends this process where a signal asked for it; what it was to end first is gone.
    drop(signals);
    Ok(outcome)
}

/// Sleeps until there is output, a signal, a glance is due or `timeout` is over.
fn wait(running: &[&Running], signals: &Deferral, timeout: Duration) -> io::Result<()> {
    let mut watched = vec![PollFd::new(signals, PollFlags::IN)];
    let pipes = running.iter().flat_map(|running| [&running.stdout, &running.stderr]).filter_map(Output::watched);
    watched.extend(pipes.map(|pipe| PollFd::from_borrowed_fd(pipe, PollFlags::IN)));
    let timeout = Timespec::try_from(timeout.min(GLANCE)).map_err(io::Error::other)?;
    match poll(&mut watched, Some(&timeout)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// A child that is running, or what became of it.
enum ChildState {
    Running(Running),
    Outcome(io::Result<Finished>),
}

impl ChildState {
    fn start(start: Start) -> Self {
        Running::start(start).map_or_else(|error| Self::Outcome(Err(error)), Self::Running)
    }

    fn running(&self) -> Option<&Running> {
        match self {
            Self::Running(running) => Some(running),
            Self::Outcome(_) => None,
        }
    }

    /// Takes what a running child has printed, and ends it where it is over.
    fn look(&mut self, signals: &Deferral) {
        let Self::Running(running) = self else { return };
        let outcome = match running.look() {
            Ok(None) => return,
            Ok(Some(outcome)) => Ok(outcome),
            Err(error) => Err(error),
        };
        let nobody = Self::Outcome(Err(io::Error::other("it is looked at")));
        let place = std::mem::replace(self, nobody);
        if let Self::Running(running) = place {
            *self = Self::Outcome(outcome.and_then(|outcome| running.end(outcome, signals)));
        }
    }

    /// What became of it; it ends a child that is still running.
    fn end(self, signals: &Deferral) -> io::Result<Finished> {
        match self {
            Self::Running(running) => running.end(Outcome::Exited, signals),
            Self::Outcome(result) => result,
        }
    }
}

/// Why a child is over.
enum Outcome {
    /// It has exited, or is to end since a signal to us ends it.
    Exited,
    /// It has gone too far.
    Ended(Ending),
}

/// A child and what it has printed so far.
struct Running {
    // The first to be dropped: the child is reaped after its group is gone.
    group: Group,
    child: Child,
    stdout: Output,
    stderr: Output,
    started_at: Instant,
    deadline: Deadline,
    grace: Duration,
}

impl Running {
    fn start(Start { mut command, limits, started_at, deadline }: Start) -> io::Result<Self> {
        let mut child = with_inherited_limit(|| command.process_group(0).spawn())?;
        let group = Group::of(&child)?;
        let stdout = Output::new(child.stdout.take(), limits.stdout)?;
        let stderr = Output::new(child.stderr.take(), limits.stderr)?;
        Ok(Self { group, child, stdout, stderr, started_at, deadline, grace: limits.grace })
    }

    /// Takes what it has printed; whether it is over, and why.
    fn look(&mut self) -> io::Result<Option<Outcome>> {
        let exited = self.group.has_exited()?;
        self.stdout.drain()?;
        self.stderr.drain()?;
        Ok(if self.stdout.overflowed {
            Some(Outcome::Ended(Ending::TooMuchOutput))
        } else if exited {
            Some(Outcome::Exited)
        } else if self.deadline.remaining().is_zero() {
            Some(Outcome::Ended(Ending::TimedOut))
        } else {
            None
        })
    }

    fn terminate(&self) {
        if !self.grace.is_zero() {
            self.group.terminate();
        }
    }

    /// Gives it the time that it has when it is told to end.
    fn farewell(&mut self, outcome: &Outcome, signals: &Deferral) -> io::Result<()> {
        // One that a signal to us ends may have a token to keep, and takes the time that it has anyway.
        let kept = if matches!(outcome, Outcome::Exited) { self.deadline.remaining() } else { Duration::ZERO };
        let farewell = Deadline::new(monotonic(), kept.max(self.grace));
        loop {
            signals.ended_us();
            // Asked before the last of what it says is taken.
            let exited = self.group.has_exited()?;
            self.stdout.drain()?;
            self.stderr.drain()?;
            if exited || farewell.remaining().is_zero() {
                return Ok(());
            }
            wait(&[self], signals, farewell.remaining())?;
        }
    }

    /// Ends what is left of it.
    fn end(mut self, outcome: Outcome, signals: &Deferral) -> io::Result<Finished> {
        let took = elapsed(self.started_at);
        self.terminate();
        if !self.grace.is_zero() {
            self.farewell(&outcome, signals)?;
        }
        let Self { group, mut child, stdout, stderr, .. } = self;
        drop(group);
        let status = child.wait()?;
        let ending = match outcome {
            Outcome::Exited => Ending::Exited(status),
            Outcome::Ended(ending) => ending,
        };
        let stderr = OutsideText::limited(stderr.bytes, stderr.limit);
        Ok(Finished { ending, took, stdout: Secret::new(stdout.bytes), stderr })
    }
}

/// The groups that live.
static LIVING: Mutex<Living> = Mutex::new(Living { groups: Vec::new(), is_over: false });

struct Living {
    groups: Vec<Pid>,
    /// Whether this process is ending: nothing else is started.
    is_over: bool,
}

fn living() -> MutexGuard<'static, Living> {
    LIVING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Asks all programs that run to end, and starts no others.
#[cfg(feature = "bridge")]
pub(super) fn terminate_all() {
    let mut living = living();
    living.is_over = true;
    for group in &living.groups {
        signal(*group, Signal::TERM);
    }
}

/// Ends all programs that run, and starts no others.
#[cfg(feature = "bridge")]
pub(super) fn kill_all() {
    let mut living = living();
    living.is_over = true;
    for group in &living.groups {
        signal(*group, Signal::KILL);
    }
}

fn signal(group: Pid, signal: Signal) {
    // An error means that no process is left in it.
    let _ = kill_process_group(group, signal);
}

/// A child's process group. The child is its leader and stays a zombie until reaped, so the number cannot be reused.
struct Group(Pid);

impl Group {
    fn of(child: &Child) -> io::Result<Self> {
        let number = Pid::from_raw(child.id().cast_signed());
        let number = number.ok_or_else(|| io::Error::other("the child has no process number"))?;
        let mut living = living();
        living.groups.push(number);
        // Where this is an error the child is ended.
        let (group, is_over) = (Self(number), living.is_over);
        drop(living);
        if is_over { Err(io::Error::other("this process is ending")) } else { Ok(group) }
    }

    fn has_exited(&self) -> io::Result<bool> {
        let look_only = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        Ok(waitid(WaitId::Pid(self.0), look_only)?.is_some())
    }

    fn terminate(&self) {
        signal(self.0, Signal::TERM);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let mut living = living();
        living.groups.retain(|group| *group != self.0);
        signal(self.0, Signal::KILL);
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
