//! Removing from the cache: what no run uses any more, and what the user removes.

use std::collections::BTreeSet;
use std::io;
use std::ops::ControlFlow;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::entry;
use super::fingerprint::Fingerprint;
use super::issued;
use super::refusal::{self, Failure};
use crate::error::{Error, Report};
use crate::os::clock::{Deadline, monotonic};
use crate::os::file::reason;
use crate::os::lock::{Hold, Lock, Overdue, Terms};
use crate::os::private::Directory;

/// The most requests that one run looks at.
const MOST: usize = 64;

/// The longest that removing a request takes.
const REMOVAL: Duration = Duration::from_secs(1);

/// Removes tokens that have expired, and with the last file of a request what was issued and its lock; also drafts of runs
/// that were killed. A request whose lock is held is left alone. One run looks at some requests and takes some
/// milliseconds, however many there are, and the next run goes on from there; says at how many this one has looked. What
/// cannot be removed costs a little room and nothing else.
///
/// # Errors
/// Those of listing.
pub fn prune(directory: &Directory, now: DateTime<Utc>) -> io::Result<usize> {
    let mut examined = BTreeSet::new();
    directory.walk(|file| {
        directory.remove_if_abandoned(file, now.into());
        let Some(name) = request(file).filter(|name| !examined.contains(name)) else {
            return ControlFlow::Continue(());
        };
        if examined.len() == MOST {
            return ControlFlow::Break(());
        }
        let _ = remove_unneeded(directory, &name, now);
        examined.insert(name);
        ControlFlow::Continue(())
    })?;
    Ok(examined.len())
}

fn remove_unneeded(directory: &Directory, name: &Fingerprint, now: DateTime<Utc>) -> io::Result<()> {
    if is_needed(directory, name, now) {
        return Ok(());
    }
    let at_once = Deadline::new(monotonic(), Duration::ZERO);
    let terms = Terms { wait: at_once, hold: Hold::For(REMOVAL), overdue: Overdue::Fail };
    // Held: somebody is about to put a token there, or has just done so.
    let Ok(lock) = Lock::acquire(directory, &name.to_string(), terms) else { return Ok(()) };
    if is_needed(directory, name, now) {
        return Ok(());
    }
    directory.remove(&name.file(entry::EXTENSION))?;
    clear(directory, name, lock)
}

/// The request that a file belongs to.
fn request(file: &str) -> Option<Fingerprint> {
    Fingerprint::parse(file.split_once('.')?.0)
}

/// The requests of which there is a file.
fn requests(directory: &Directory) -> io::Result<BTreeSet<Fingerprint>> {
    let files = directory.names()?;
    Ok(files.iter().filter_map(|file| request(file)).collect())
}

/// Removes the token of the request `name` and all that belongs to it; says whether there was a token.
///
/// # Errors
/// [`Error::Transient`] when a run that asks for one takes longer than the deadline, [`Error::Other`] when a file cannot
/// be removed.
pub fn forget(directory: &Directory, name: &Fingerprint, deadline: &Deadline) -> Result<bool, Error> {
    let terms = Terms { wait: *deadline, hold: Hold::Until(*deadline), overdue: Overdue::TakeOver };
    let lock = Lock::acquire(directory, &name.to_string(), terms)?;
    let removed = directory.remove(&name.file(entry::EXTENSION));
    removed.and_then(|was| clear(directory, name, lock).map(|()| was)).map_err(|error| unremovable(directory, &error))
}

/// Removes the tokens of all requests and what belongs to them; says how many tokens there were.
///
/// # Errors
/// Those of [`forget`].
pub fn forget_all(directory: &Directory, deadline: &Deadline) -> Result<usize, Error> {
    let requests = requests(directory).map_err(|error| unremovable(directory, &error))?;
    requests.iter().map(|name| forget(directory, name, deadline).map(usize::from)).sum()
}

/// Removes what is beside the token of a request, and the lock that is held.
fn clear(directory: &Directory, name: &Fingerprint, lock: Lock<'_>) -> io::Result<()> {
    directory.remove(&name.file(issued::EXTENSION))?;
    directory.remove(&name.file(refusal::EXTENSION))?;
    // Held for an instant at a time, and then by somebody who makes the file anew.
    Lock::remove(directory, &name.file(issued::EXTENSION))?;
    lock.retire()
}

#[cold]
fn unremovable(directory: &Directory, error: &io::Error) -> Error {
    let fact = format_args!("tokens in {} cannot be removed", directory.path().display());
    Error::Other(Report::new(fact, reason(error), "give this user write access"))
}

/// Whether the request has a token that lives, or a failure that is remembered.
fn is_needed(directory: &Directory, name: &Fingerprint, now: DateTime<Utc>) -> bool {
    let lives = entry::header(directory, name).is_some_and(|header| header.expires_at > now);
    lives || Failure::recall(directory, name, now).is_some()
}
