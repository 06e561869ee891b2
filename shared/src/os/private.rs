//! Files that belong to this user alone: made with their final mode, replaced as a whole, refused where others had a
//! hand in them.
//!
//! tempfile makes its files by path: it would follow a link that took the directory's place, and finds no owner to give them to.

#[cfg(not(unix))]
mod portable;
#[cfg(unix)]
mod unix;
mod walk;

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

#[cfg(not(unix))]
use portable as system;
#[cfg(unix)]
use unix as system;

use crate::error::{Error, Report};
use crate::os::environment::expand_home;
use crate::os::file::reason;

/// The most that is read of a file: 1 MiB.
const LIMIT: u64 = 1 << 20;

/// How the names of files begin that are not finished.
const DRAFT: &str = "draft-";

/// A directory that only this user can enter, held open: files are looked up in it by name, whatever becomes of its path.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    handle: system::Handle,
}

impl Directory {
    /// Opens the directory at `shown`, in which a leading `~/` is the home directory; makes it where it is missing, and
    /// those above it, all with mode 0700.
    ///
    /// # Errors
    /// [`Error::Usage`] for `~` without HOME; [`Error::Other`] when it cannot be made, is a link or no directory, belongs
    /// to another user, or is open to group or others.
    pub fn open(shown: &str) -> Result<Self, Error> {
        let path = expand_home(shown)?;
        Self::at(&path).map_err(|error| {
            Error::Other(Report::new(
                format_args!("the directory {shown} cannot be used"),
                reason(&error),
                "make it a directory of this user with mode 0700, or name another one",
            ))
        })
    }

    /// Like [`Directory::open`], where it exists; nothing is made.
    ///
    /// # Errors
    /// Those of [`Directory::open`].
    pub fn open_existing(shown: &str) -> Result<Option<Self>, Error> {
        let exists = expand_home(shown)?.symlink_metadata().is_ok();
        exists.then(|| Self::open(shown)).transpose()
    }

    /// Like [`Directory::open`], for a path that is known.
    pub fn at(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), handle: system::Handle::open_or_create(path)? })
    }

    /// Whether files can be made in it.
    ///
    /// # Errors
    /// [`Error::Other`] when they cannot.
    pub fn check_writable(&self) -> Result<(), Error> {
        self.handle.check_writable().map_err(|error| {
            let fact = format_args!("the directory {} cannot be written", self.path.display());
            Error::Other(Report::new(fact, reason(&error), "give this user write access, or name another one"))
        })
    }

    /// Where it is, for messages.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The contents of a file, `None` where there is none. Never waits, whatever stands there.
    ///
    /// # Errors
    /// Those of the system; and when it is a link or no regular file, belongs to another user, can be read by group or
    /// others, or is larger than 1 MiB.
    pub fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let file = match self.handle.open(name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        // Most fit into one page, and are then read at once.
        let mut bytes = Vec::with_capacity(4096);
        let mut within_limit = file.take(LIMIT.saturating_add(1));
        within_limit.read_to_end(&mut bytes)?;
        if within_limit.limit() == 0 {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 1 MiB"));
        }
        Ok(Some(bytes))
    }

    /// Puts `contents` at `name` as a whole or not at all. They are on disk then; that the name leads to them after a
    /// power cut is certain only after [`Directory::sync`].
    pub fn write(&self, name: &str, contents: &[u8]) -> io::Result<()> {
        self.draft()?.publish(name, contents)
    }

    /// Like [`Directory::write`], but a power cut may leave an empty file or the one before: for notes that are of no use
    /// after it.
    pub fn write_unsynced(&self, name: &str, contents: &[u8]) -> io::Result<()> {
        let mut draft = self.draft()?;
        draft.file.write_all(contents)?;
        draft.take_name(name)
    }

    /// Begins a file that has no name yet.
    pub fn draft(&self) -> io::Result<Draft<'_>> {
        let mut random = [0; 8];
        crate::os::random::fill(&mut random)?;
        let name = format!("{DRAFT}{:016x}", u64::from_ne_bytes(random));
        let file = self.handle.create(&name)?;
        Ok(Draft { directory: self, name, file, published: false })
    }

    /// Opens a file for locking, made empty where it is missing.
    pub(crate) fn lock_file(&self, name: &str) -> io::Result<File> {
        self.handle.open_or_create_file(name)
    }

    /// The same where it exists; nothing is made.
    pub(crate) fn existing_lock_file(&self, name: &str) -> io::Result<Option<File>> {
        match self.handle.open_to_write(name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            opened => opened.map(Some),
        }
    }

    /// Whether `name` still leads to `file`.
    pub(crate) fn leads_to(&self, name: &str, file: &File) -> io::Result<bool> {
        self.handle.leads_to(name, file)
    }

    /// Whether something has the name `name`.
    pub(crate) fn contains(&self, name: &str) -> io::Result<bool> {
        match self.handle.modified(name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            found => found.map(|_| true),
        }
    }

    /// Removes a file; says whether there was one.
    pub fn remove(&self, name: &str) -> io::Result<bool> {
        match self.handle.remove(name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            removed => removed.map(|()| true),
        }
    }

    /// Makes what was written and removed here survive a power cut.
    pub fn sync(&self) -> io::Result<()> {
        self.handle.sync()
    }

    /// The names of its files in order, except drafts and where a walk stopped. Names that are not text are not ours.
    pub fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.path)? {
            names.extend(entry?.file_name().into_string());
        }
        names.retain(|name| !name.starts_with(DRAFT) && name != walk::POSITION);
        names.sort();
        Ok(names)
    }
}

/// A file that has its mode and its place on the disk, but no name: it gets one together with its contents.
#[derive(Debug)]
pub struct Draft<'d> {
    directory: &'d Directory,
    name: String,
    file: File,
    published: bool,
}

impl Draft<'_> {
    /// Takes room for `length` bytes on the disk, so that publishing as many does not fail for want of it.
    pub fn reserve(&mut self, length: usize) -> io::Result<()> {
        self.file.write_all(&vec![0; length])
    }

    /// Gives the file its contents, all of them on disk, and then the name `name`, in place of what had it.
    pub fn publish(mut self, name: &str, contents: &[u8]) -> io::Result<()> {
        self.file.rewind()?;
        self.file.write_all(contents)?;
        let length = self.file.stream_position()?;
        self.file.set_len(length)?;
        self.file.sync_all()?;
        self.take_name(name)
    }

    fn take_name(&mut self, name: &str) -> io::Result<()> {
        self.directory.handle.rename(&self.name, name)?;
        self.published = true;
        Ok(())
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        if !self.published {
            // What is left behind is removed as abandoned later.
            let _ = self.directory.remove(&self.name);
        }
    }
}
