//! Single flight: of all runs that need the same token, one asks for it.
//!
//! A lock is a file that is locked. Its holder writes into it which process it is and until when it holds the lock, since a
//! process that is stopped, or whose machine is suspended, goes on holding it. Past that deadline one of the processes that
//! wait may lock the file of the next generation, and holds the lock then.

mod generation;
mod holder;
#[cfg(test)]
mod tests;

use std::io;
use std::time::{Duration, Instant};

use self::generation::{Attempt, Generation, file_name};
use self::holder::Holder;
use crate::error::{Error, Report};
use crate::os::clock::{Deadline, elapsed, monotonic};
use crate::os::file::reason;
use crate::os::private::Directory;
use crate::os::random::jittered;

/// The longest sleep between two attempts.
const LONGEST_SLEEP: Duration = Duration::from_millis(20);

/// For how long a holder is seen past its deadline before the lock is taken over. A file that has just been locked may
/// still name the holder before.
const CERTAIN: Duration = Duration::from_millis(50);

/// The same where it is not taken over, before there is an error: an answer of the last moment takes time to be written.
const HOPELESS: Duration = Duration::from_secs(1);

/// How a lock is waited for and held.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Until when it is waited for.
    pub wait: Deadline,
    /// Until when it is held at most.
    pub hold: Hold,
    /// What is done where its holder is past its deadline.
    pub overdue: Overdue,
}

/// Until when a lock is held at most.
#[derive(Clone, Copy, Debug)]
pub enum Hold {
    /// Until this deadline.
    Until(Deadline),
    /// For this long from when it was taken.
    For(Duration),
}

/// What is done where the holder of a lock is past its deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overdue {
    /// The lock is taken over.
    TakeOver,
    /// The lock is not taken: what its holder may have done already must not be done twice.
    Fail,
}

/// A lock that is held no longer than it is waited for, and is not taken over.
impl From<&Deadline> for Terms {
    fn from(deadline: &Deadline) -> Self {
        Self { wait: *deadline, hold: Hold::Until(*deadline), overdue: Overdue::Fail }
    }
}

/// A lock that this process holds until it is dropped, the process ends, however it ends, or another one takes it over.
#[derive(Debug)]
pub struct Lock<'d> {
    newest: Generation<'d>,
    holder: Option<Holder>,
}

impl<'d> Lock<'d> {
    /// Waits for the lock `name` in `directory`.
    ///
    /// # Errors
    /// [`Error::Transient`] when it is held for longer than it is waited for, or by a process that is past its deadline and
    /// from which it is not taken over; [`Error::Other`] when its file cannot be used.
    pub fn acquire(directory: &'d Directory, name: &str, terms: impl Into<Terms>) -> Result<Self, Error> {
        let terms = terms.into();
        let unusable = |error| unusable(directory, name, &error);
        let mut sleep = Duration::from_millis(1);
        let mut late: Option<(Holder, Instant)> = None;
        loop {
            match Generation::attempt(directory, name).map_err(unusable)? {
                Attempt::Locked(newest) => return Ok(Self::new(newest, terms.hold)),
                Attempt::Again => {}
                Attempt::Held(newest) => {
                    late = seen_late(&newest, late);
                    let takes_over = terms.overdue == Overdue::TakeOver && !newest.is_last();
                    match &late {
                        Some((holder, since)) if takes_over && elapsed(*since) >= CERTAIN => {
                            if let Some(next) = newest.next(holder).map_err(unusable)? {
                                return Ok(Self::new(next, terms.hold));
                            }
                        }
                        Some((holder, since)) if !takes_over && elapsed(*since) >= HOPELESS => {
                            return Err(overdue(holder));
                        }
                        _ => {}
                    }
                }
            }
            if terms.wait.remaining().is_zero() {
                return Err(late.map_or_else(|| too_slow(&terms.wait), |(holder, _)| overdue(&holder)));
            }
            terms.wait.pause(jittered(sleep));
            sleep = sleep.saturating_mul(2).min(LONGEST_SLEEP);
        }
    }

    /// The lock whose newest file this process has locked. Where it cannot write there who it is, nobody takes it over.
    fn new(newest: Generation<'d>, hold: Hold) -> Self {
        let holder = Holder::this_process(match hold {
            Hold::Until(deadline) => deadline.remaining(),
            Hold::For(time) => time,
        });
        if let Some(holder) = &holder {
            let _ = holder.write(&newest.file);
        }
        Self { newest, holder }
    }

    /// Whether this process may act as the holder still: its deadline is not over, and nobody has taken the lock over.
    #[must_use]
    pub fn is_current(&self) -> bool {
        !self.holder.as_ref().is_some_and(Holder::is_overdue) && self.newest.is_newest().unwrap_or(false)
    }

    /// Gives the lock up together with its files. Who waits for it notices and makes a new one.
    pub fn retire(self) -> io::Result<()> {
        if self.newest.is_newest()? { self.newest.remove_all() } else { Ok(()) }
    }

    /// Removes the files of the lock `name`, held or not.
    #[cfg(feature = "cache")]
    pub(crate) fn remove(directory: &Directory, name: &str) -> io::Result<()> {
        generation::remove_all(directory, name)
    }
}

impl Drop for Lock<'_> {
    /// Unlocks it. A holder that took it over removes the files of those before, unless it is too late itself: then its
    /// successor does.
    fn drop(&mut self) {
        let clears = self.newest.is_taken_over() && self.is_current();
        // A file that is not locked names no holder to anybody, empty or not.
        let _ = self.newest.file.set_len(0);
        if clears {
            let _ = self.newest.remove_up_to_this();
        }
        let _ = self.newest.file.unlock();
    }
}

/// The holder that is past its deadline, and since when this process sees that; `late` is the one seen before.
fn seen_late(newest: &Generation<'_>, late: Option<(Holder, Instant)>) -> Option<(Holder, Instant)> {
    let holder = Holder::read(&newest.file).filter(Holder::is_overdue)?;
    late.filter(|(known, _)| *known == holder).or_else(|| Some((holder, monotonic())))
}

#[cold]
fn too_slow(wait: &Deadline) -> Error {
    let cause = format_args!("it did not finish within the {wait}");
    Error::Transient(Report::new("another run is requesting the same token", cause, wait.remedy()))
}

#[cold]
fn overdue(Holder { pid, .. }: &Holder) -> Error {
    Error::Transient(Report::new(
        "another run holds a lock that this one needs",
        format_args!("process {pid} is past its deadline, and is suspended or hangs"),
        format_args!("resume it (kill -CONT {pid}), or end it"),
    ))
}

#[cold]
fn unusable(directory: &Directory, name: &str, error: &io::Error) -> Error {
    Error::Other(Report::new(
        format_args!("the lock {} cannot be taken", directory.path().join(file_name(name, 0)).display()),
        reason(error),
        "make its directory writable and the lock a file of this user with mode 0600",
    ))
}
