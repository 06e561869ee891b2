//! Removing from the cache what serves nobody any more.

use std::io;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::entry;
use super::fingerprint::Fingerprint;
use super::handout;
use super::lock::Lock;
use super::refusal::{self, Failure};
use crate::clock::{Deadline, monotonic};
use crate::private::Directory;

/// Removes the tokens that have expired, and with the last file of a request its hand-outs and its lock; also drafts of
/// runs that were killed. A request whose lock is held is left alone.
///
/// # Errors
/// Those of the system. What was not removed costs a little room and nothing else.
pub fn prune(directory: &Directory, now: DateTime<Utc>) -> io::Result<()> {
    for (name, header) in entry::headers(directory)? {
        if header.expires_at <= now {
            directory.remove(&name.file(entry::EXTENSION))?;
        }
    }
    for file in directory.names()? {
        let Some((name, extension)) = file.split_once('.') else { continue };
        let Some(name) = Fingerprint::parse(name) else { continue };
        let is_beside = matches!(extension, handout::EXTENSION | refusal::EXTENSION | "lock");
        if is_beside && !is_needed(directory, &name, now) {
            // Held: somebody is about to put a token there.
            if let Ok(lock) = Lock::acquire(directory, &name.to_string(), &Deadline::new(monotonic(), Duration::ZERO)) {
                directory.remove(&name.file(handout::EXTENSION))?;
                directory.remove(&name.file(refusal::EXTENSION))?;
                lock.retire()?;
            }
        }
    }
    directory.remove_abandoned(now.into())
}

/// Whether the request has a token, or a failure that is remembered.
fn is_needed(directory: &Directory, name: &Fingerprint, now: DateTime<Utc>) -> bool {
    let token = directory.read(&name.file(entry::EXTENSION)).is_ok_and(|token| token.is_some());
    token || Failure::recall(directory, name, now).is_some()
}
