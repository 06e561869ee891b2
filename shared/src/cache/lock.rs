//! Single flight: of all runs that need the same token, one asks for it.

use std::fs::{File, TryLockError};
use std::io;
use std::time::Duration;

use crate::clock::Deadline;
use crate::error::{Error, Report};
use crate::file::reason;
use crate::private::Directory;
use crate::random::jittered;

/// The longest sleep between two attempts.
const LONGEST_SLEEP: Duration = Duration::from_millis(20);

/// A lock that this process holds until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct Lock<'d> {
    file: File,
    name: String,
    directory: &'d Directory,
}

impl<'d> Lock<'d> {
    /// Waits for the lock `name` in `directory` until the deadline.
    ///
    /// # Errors
    /// [`Error::Transient`] when it is held past the deadline; [`Error::Other`] when its file cannot be used.
    pub fn acquire(directory: &'d Directory, name: &str, deadline: &Deadline) -> Result<Self, Error> {
        let name = format!("{name}.lock");
        let mut sleep = Duration::from_millis(1);
        loop {
            if let Some(file) = attempt(directory, &name).map_err(|error| unusable(directory, &name, &error))? {
                return Ok(Self { file, name, directory });
            }
            if deadline.remaining().is_zero() {
                return Err(Error::Transient(Report::new(
                    "another run is asking for the same token",
                    format_args!("it did not finish within the {deadline}"),
                    deadline.remedy(),
                )));
            }
            deadline.pause(jittered(sleep));
            sleep = sleep.saturating_mul(2).min(LONGEST_SLEEP);
        }
    }

    /// Gives the lock up together with its file. Who waits for it notices and makes a new one.
    pub fn retire(self) -> io::Result<()> {
        // Elsewhere a file that others hold open keeps its name, and they could not notice.
        if cfg!(unix) {
            self.directory.remove(&self.name)?;
        }
        self.file.unlock()
    }
}

/// The lock file, if its lock is free. A file that lost its name in between locks nothing.
fn attempt(directory: &Directory, name: &str) -> io::Result<Option<File>> {
    let file = directory.lock_file(name)?;
    match file.try_lock() {
        Ok(()) => Ok(directory.leads_to(name, &file)?.then_some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cold]
fn unusable(directory: &Directory, name: &str, error: &io::Error) -> Error {
    Error::Other(Report::new(
        format_args!("the lock {} cannot be taken", directory.path().join(name).display()),
        reason(error),
        "make its directory writable and the lock a file of this user with mode 0600",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::monotonic;

    fn within(milliseconds: u64) -> Deadline {
        Deadline::new(monotonic(), Duration::from_millis(milliseconds))
    }

    #[test]
    fn it_is_held_by_one_and_waited_for_until_the_deadline() {
        let home = tempfile::tempdir().unwrap();
        let directory = Directory::at(&home.path().join("cache")).unwrap();
        let held = Lock::acquire(&directory, "a", &within(0)).unwrap();
        Lock::acquire(&directory, "b", &within(0)).unwrap();
        let begun = monotonic();
        let error = Lock::acquire(&directory, "a", &within(100)).unwrap_err();
        let waited = crate::clock::elapsed(begun).as_millis();
        assert!((100..400).contains(&waited), "{waited} ms");
        assert_eq!(error.exit_code(), 5);
        assert_eq!(
            error.to_string(),
            "another run is asking for the same token: it did not finish within the 100 ms of --timeout; \
             try again, or give it more with --timeout"
        );
        drop(held);
        Lock::acquire(&directory, "a", &within(0)).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_retired_one_locks_nobody_out_and_lets_nobody_in_twice() {
        let home = tempfile::tempdir().unwrap();
        let directory = Directory::at(&home.path().join("cache")).unwrap();
        let held = Lock::acquire(&directory, "a", &within(0)).unwrap();
        let waiting = directory.lock_file("a.lock").unwrap();
        held.retire().unwrap();
        assert_eq!(directory.names().unwrap(), Vec::<String>::new());
        waiting.try_lock().unwrap();
        assert!(!directory.leads_to("a.lock", &waiting).unwrap());
        let _held = Lock::acquire(&directory, "a", &within(0)).unwrap();
        assert_eq!(Lock::acquire(&directory, "a", &within(0)).unwrap_err().exit_code(), 5);
    }
}
