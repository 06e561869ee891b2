//! The files of a lock: `NAME.lock`, and `NAME.1.lock` and so on of those who took it over. Who has locked the newest file
//! holds the lock.

use std::fs::{File, TryLockError};
use std::io;

use super::holder::Holder;
use crate::os::private::Directory;

/// The newest generation that there can be: as many holders were stopped.
const NEWEST: u32 = 9;

/// One of the files, open.
#[derive(Debug)]
pub(super) struct Generation<'d> {
    directory: &'d Directory,
    name: String,
    number: u32,
    pub(super) file: File,
}

/// What came of trying to lock the newest file.
#[derive(Debug)]
pub(super) enum Attempt<'d> {
    /// This process has locked it.
    Locked(Generation<'d>),
    /// Another one has.
    Held(Generation<'d>),
    /// The files were changed meanwhile.
    Again,
}

impl<'d> Generation<'d> {
    /// Tries to lock the newest file of the lock `name`. The first one is made where there is none.
    pub(super) fn attempt(directory: &'d Directory, name: &str) -> io::Result<Attempt<'d>> {
        let mut generation = Self::open(directory, name, 0)?;
        loop {
            let is_locked = generation.try_lock()?;
            if generation.has_next()? {
                let number = generation.number.saturating_add(1);
                // Made here, it would be newer than that of a holder who has just been alone.
                let Some(file) = directory.existing_lock_file(&file_name(name, number))? else {
                    return Ok(Attempt::Again);
                };
                generation = Self { number, file, ..generation };
                continue;
            }
            if !is_locked {
                return Ok(Attempt::Held(generation));
            }
            // A file that lost its name meanwhile locks nothing.
            if !generation.has_its_name()? {
                return Ok(Attempt::Again);
            }
            if generation.is_left_over()? {
                generation.remove()?;
                return Ok(Attempt::Again);
            }
            return Ok(Attempt::Locked(generation));
        }
    }

    /// Locks the file of the next generation; `None` where another process does, or `holder` does not hold this one any
    /// more.
    pub(super) fn next(&self, holder: &Holder) -> io::Result<Option<Self>> {
        let next = Self::open(self.directory, &self.name, self.number.saturating_add(1))?;
        if !next.try_lock()? || !next.is_newest()? {
            return Ok(None);
        }
        if self.has_its_name()? && Holder::read(&self.file).as_ref() == Some(holder) {
            return Ok(Some(next));
        }
        next.remove()?;
        Ok(None)
    }

    /// Whether this one is the last that there can be.
    pub(super) fn is_last(&self) -> bool {
        self.number == NEWEST
    }

    /// Whether others took the lock over before.
    pub(super) fn is_taken_over(&self) -> bool {
        self.number > 0
    }

    /// Whether there is no newer file, and this one has its name.
    pub(super) fn is_newest(&self) -> io::Result<bool> {
        Ok(self.has_its_name()? && !self.has_next()?)
    }

    /// Removes this file and those before it.
    pub(super) fn remove_up_to_this(&self) -> io::Result<()> {
        remove(self.directory, &self.name, self.number)
    }

    /// Removes all files of the lock.
    pub(super) fn remove_all(&self) -> io::Result<()> {
        remove_all(self.directory, &self.name)
    }

    fn open(directory: &'d Directory, name: &str, number: u32) -> io::Result<Self> {
        let file = directory.lock_file(&file_name(name, number))?;
        Ok(Self { directory, name: name.to_owned(), number, file })
    }

    /// Whether the file could be locked. Closing it unlocks it.
    fn try_lock(&self) -> io::Result<bool> {
        match self.file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn has_its_name(&self) -> io::Result<bool> {
        self.directory.leads_to(&file_name(&self.name, self.number), &self.file)
    }

    fn has_next(&self) -> io::Result<bool> {
        Ok(!self.is_last() && self.directory.contains(&file_name(&self.name, self.number.saturating_add(1)))?)
    }

    /// Whether the file before it is missing: a run has left it that was killed while it removed them.
    fn is_left_over(&self) -> io::Result<bool> {
        match self.number.checked_sub(1) {
            Some(before) => Ok(!self.directory.contains(&file_name(&self.name, before))?),
            None => Ok(false),
        }
    }

    fn remove(&self) -> io::Result<bool> {
        self.directory.remove(&file_name(&self.name, self.number))
    }
}

/// Removes all files of the lock `name`.
pub(super) fn remove_all(directory: &Directory, name: &str) -> io::Result<()> {
    remove(directory, name, NEWEST)
}

/// The oldest goes first: of those that are left the newest is the one that counts.
fn remove(directory: &Directory, name: &str, last: u32) -> io::Result<()> {
    // Elsewhere a file that others hold open keeps its name, and they could not notice.
    if cfg!(unix) {
        (0..=last).try_for_each(|number| directory.remove(&file_name(name, number)).map(drop))?;
    }
    Ok(())
}

/// How the file of a generation is named.
pub(super) fn file_name(name: &str, number: u32) -> String {
    if number == 0 { format!("{name}.lock") } else { format!("{name}.{number}.lock") }
}
