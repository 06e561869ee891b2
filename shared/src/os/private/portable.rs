//! Private files where there are no modes: the user's profile directory keeps others out.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A directory, by its path.
#[derive(Debug)]
pub(super) struct Handle(PathBuf);

impl Handle {
    pub(super) fn open_or_create(path: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(path)?;
        if !path.symlink_metadata()?.is_dir() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a link or not a directory"));
        }
        Ok(Self(path.to_owned()))
    }

    /// Who may write is known only by trying.
    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "on Unix there is something to ask")]
    pub(super) fn check_writable(&self) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn open(&self, name: &str) -> io::Result<File> {
        self.file(name, OpenOptions::new().read(true))
    }

    pub(super) fn open_to_write(&self, name: &str) -> io::Result<File> {
        self.file(name, OpenOptions::new().read(true).write(true))
    }

    pub(super) fn create(&self, name: &str) -> io::Result<File> {
        self.file(name, OpenOptions::new().read(true).write(true).create_new(true))
    }

    pub(super) fn open_or_create_file(&self, name: &str) -> io::Result<File> {
        self.file(name, OpenOptions::new().read(true).write(true).create(true).truncate(false))
    }

    fn file(&self, name: &str, how: &OpenOptions) -> io::Result<File> {
        let path = self.0.join(name);
        if path.symlink_metadata().is_ok_and(|metadata| !metadata.is_file()) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
        }
        how.open(path)
    }

    /// An open file cannot lose its name here.
    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "on Unix there is something to ask")]
    pub(super) fn leads_to(&self, _: &str, _: &File) -> io::Result<bool> {
        Ok(true)
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.0.join(from), self.0.join(to))
    }

    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.0.join(name))
    }

    pub(super) fn modified(&self, name: &str) -> io::Result<SystemTime> {
        self.0.join(name).symlink_metadata()?.modified()
    }

    /// Renaming is journalled by the file system; a directory cannot be synced.
    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "on Unix this can fail")]
    pub(super) fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}
