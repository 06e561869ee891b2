//! How files of ours are opened on Unix, whatever somebody has put in their place.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;

use rustix::fs::{AtFlags, Mode, OFlags, fstat, statat};
use rustix::io::Errno;
use rustix::path::Arg;

/// No link is followed, nothing is waited for, no terminal is acquired, no child inherits it.
pub(crate) const CAUTIOUS: OFlags =
    OFlags::NOFOLLOW.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

/// Only their owner reads and writes them.
pub(crate) const FILE_MODE: Mode = Mode::RUSR.union(Mode::WUSR);

/// Whether `name`, in `folder` where it is relative, leads to `file`.
pub(crate) fn leads_to(folder: impl AsFd, name: impl Arg, file: &File) -> io::Result<bool> {
    let held = fstat(file)?;
    match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(named) => Ok((held.st_dev, held.st_ino) == (named.st_dev, named.st_ino)),
        Err(Errno::NOENT) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
