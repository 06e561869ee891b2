//! The file of the log on Unix: ours alone, and never another one that a link leads to.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, Mode, OFlags, fchmod, fstat, renameat};

use crate::os::file::cautious::{self, FILE_MODE};
use crate::os::file::home::{Folder, is_ours};

/// Where the log is.
pub(super) struct Place {
    folder: Folder,
    name: PathBuf,
}

impl Place {
    /// Opens the file at `path` for appending; makes it where it is missing, and the folders above it.
    ///
    /// # Errors
    /// Those of the system; and `InvalidInput` when it is a link or no regular file, or belongs to another user.
    pub(super) fn open(path: &Path) -> io::Result<(Self, File)> {
        let open = |makes| {
            let (folder, name) = Folder::around(path, makes)?;
            let place = Self { folder, name: name.to_owned() };
            place.file().map(|file| (place, file))
        };
        match open(false) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => open(true),
            opened => opened,
        }
    }

    fn file(&self) -> io::Result<File> {
        let file = self.folder.open_or_create(&self.name, OFlags::WRONLY | OFlags::APPEND, FILE_MODE)?;
        let stat = fstat(&file)?;
        let is_regular = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
        if !is_regular || !is_ours(stat.st_uid) || self.folder.has_other_name(&stat) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file of this user"));
        }
        if Mode::from_raw_mode(stat.st_mode).intersects(Mode::RWXG | Mode::RWXO) {
            fchmod(&file, FILE_MODE)?;
        }
        Ok(file.into())
    }

    /// Whether its name leads to `file`.
    pub(super) fn leads_to(&self, file: &File) -> io::Result<bool> {
        cautious::leads_to(&self.folder, &self.name, file)
    }

    /// Gives it another name in its folder, made of its own and `ending`.
    pub(super) fn move_aside(&self, ending: &str) -> io::Result<()> {
        let mut aside = self.name.as_os_str().to_owned();
        aside.push(ending);
        Ok(renameat(&self.folder, &self.name, &self.folder, Path::new(&aside))?)
    }
}
