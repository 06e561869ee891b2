//! Private files on Unix: looked up below an open directory, never through a link.

use std::fs::File;
use std::io;
#[cfg(target_os = "linux")]
use std::ops::ControlFlow;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::{Arc, Once};
use std::time::{Duration, SystemTime};

use rustix::fs::{
    Access, AtFlags, FileType, Mode, OFlags, Stat, accessat, fstat, fsync, openat, renameat, statat, unlinkat,
};
#[cfg(target_os = "linux")]
use rustix::fs::{RawDir, SeekFrom, seek};
use rustix::io::Errno;

use crate::os::file::cautious::{CAUTIOUS, FILE_MODE, leads_to};
use crate::os::file::home::{Folder, is_ours};

/// How many bytes of a directory are read at once: some hundred names.
#[cfg(target_os = "linux")]
const BUFFER: usize = 16 << 10;

/// An open directory.
#[derive(Debug)]
pub(super) struct Handle(Folder);

impl Handle {
    pub(super) fn open_or_create(path: &Path) -> io::Result<Self> {
        let directory = Folder::open(path, true)?;
        private(&fstat(&directory)?)?;
        Ok(Self(directory))
    }

    pub(super) fn check_writable(&self) -> io::Result<()> {
        Ok(accessat(&self.0, ".", Access::WRITE_OK | Access::EXEC_OK, AtFlags::empty())?)
    }

    pub(super) fn open(&self, name: &str) -> io::Result<File> {
        self.checked(openat(&self.0, name, OFlags::RDONLY | CAUTIOUS, Mode::empty()))
    }

    pub(super) fn open_to_write(&self, name: &str) -> io::Result<File> {
        self.checked(openat(&self.0, name, OFlags::RDWR | CAUTIOUS, Mode::empty()))
    }

    pub(super) fn create(&self, name: &str) -> io::Result<File> {
        outlive_size_limit();
        self.checked(self.0.create(Path::new(name), OFlags::RDWR, FILE_MODE))
    }

    pub(super) fn open_or_create_file(&self, name: &str) -> io::Result<File> {
        outlive_size_limit();
        self.checked(self.0.open_or_create(Path::new(name), OFlags::RDWR, FILE_MODE))
    }

    fn checked(&self, opened: rustix::io::Result<OwnedFd>) -> io::Result<File> {
        let file = opened.map_err(told)?;
        let stat = fstat(&file)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
        }
        private(&stat)?;
        if self.0.has_other_name(&stat) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it has another name, and belongs to root"));
        }
        Ok(file.into())
    }

    pub(super) fn leads_to(&self, name: &str, file: &File) -> io::Result<bool> {
        leads_to(&self.0, name, file)
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(renameat(&self.0, from, &self.0, to)?)
    }

    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        Ok(unlinkat(&self.0, name, AtFlags::empty())?)
    }

    /// When the file was written last, in whole seconds.
    pub(super) fn modified(&self, name: &str) -> io::Result<SystemTime> {
        let seconds = statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)?.st_mtime;
        let since_1970 = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
        SystemTime::UNIX_EPOCH.checked_add(since_1970).ok_or_else(|| io::Error::other("no such time"))
    }

    /// Calls `visit` with each name from `position` on and the position of the one after it; says whether it broke off.
    #[cfg(target_os = "linux")]
    pub(super) fn each_from(
        &self,
        position: u64,
        mut visit: impl FnMut(&str, u64) -> ControlFlow<()>,
    ) -> io::Result<ControlFlow<()>> {
        // Opened once more, it has a position of its own.
        let folder = openat(&self.0, ".", OFlags::RDONLY | OFlags::DIRECTORY | CAUTIOUS, Mode::empty())?;
        if position > 0 {
            seek(&folder, SeekFrom::Start(position))?;
        }
        let mut buffer = Vec::with_capacity(BUFFER);
        let mut entries = RawDir::new(folder, buffer.spare_capacity_mut());
        while let Some(entry) = entries.next() {
            let entry = entry?;
            if let Some(name) = entry.file_name().to_str().ok().filter(|name| ![".", ".."].contains(name))
                && visit(name, entry.next_entry_cookie()).is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        Ok(fsync(&self.0)?)
    }
}

/// Refuses what another user owns or could have read or written.
fn private(stat: &Stat) -> io::Result<()> {
    let refused = |why| Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    if !is_ours(stat.st_uid) {
        return refused("it belongs to another user");
    }
    if Mode::from_raw_mode(stat.st_mode).intersects(Mode::RWXG | Mode::RWXO) {
        return refused("group or others can open it");
    }
    Ok(())
}

/// Of a link the system says only that there are too many.
fn told(error: Errno) -> io::Error {
    match error {
        Errno::LOOP => io::Error::new(io::ErrorKind::InvalidInput, "it is a symbolic link"),
        other => other.into(),
    }
}

/// Writing past the limit of `ulimit -f` becomes an error like that of a full disk. Unhandled, its signal ends us, and
/// with us goes a token that has just replaced the old one.
fn outlive_size_limit() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Without a handler the signal does what it did before.
        let _ = signal_hook::flag::register(rustix::process::Signal::XFSZ.as_raw(), Arc::default());
    });
}
