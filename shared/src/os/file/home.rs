//! Whose files are used on Unix, and whose they become that are made. Root who runs with the HOME of another user works
//! for that user: it uses that user's files, gives away what it makes there, and goes through no link below HOME, since
//! that user can plant one that leads anywhere.

use std::fs::DirBuilder;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Component, Path};
use std::sync::OnceLock;

use rustix::fs::{AtFlags, CWD, Dir, Mode, OFlags, Stat, fchown, fstat, linkat, mkdirat, openat, renameat, unlinkat};
use rustix::io::Errno;
use rustix::process::{Gid, Uid, geteuid};

use super::cautious::CAUTIOUS;
use crate::os::environment;

/// Only their owner enters them.
const FOLDER_MODE: Mode = Mode::RWXU;

/// The same as the standard library takes it, which is wider than the modes of some systems.
const FOLDER_BITS: u32 = 0o700;

/// How a folder is opened; a link in its place is not followed where [`CAUTIOUS`] is added.
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// The home directory in which root runs.
#[derive(Debug)]
struct Home {
    handle: OwnedFd,
    owner: Owner,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Owner {
    user: Uid,
    group: Gid,
}

impl Owner {
    fn of(stat: &Stat) -> Self {
        Self { user: Uid::from_raw(stat.st_uid), group: Gid::from_raw(stat.st_gid) }
    }
}

/// `None` for everybody but root, and where HOME is no directory.
fn of_root() -> Option<&'static Home> {
    static HOME: OnceLock<Option<Home>> = OnceLock::new();
    if !geteuid().is_root() {
        return None;
    }
    let open = || {
        let handle = openat(CWD, environment::home()?.join(""), FOLDER, Mode::empty()).ok()?;
        let owner = Owner::of(&fstat(&handle).ok()?);
        Some(Home { handle, owner })
    };
    HOME.get_or_init(open).as_ref()
}

/// Whether what `user` owns is this user's; for root, what HOME's owner owns is too.
pub(crate) fn is_ours(user: u32) -> bool {
    user == geteuid().as_raw() || of_root().is_some_and(|home| home.owner.user.as_raw() == user)
}

/// A folder in which files are opened and made by name.
#[derive(Debug)]
pub(crate) struct Folder {
    /// `None` is the working directory; names may then be paths.
    handle: Option<OwnedFd>,
    /// To whom files are given that are made in it.
    heir: Option<Owner>,
}

impl AsFd for Folder {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.handle.as_ref().map_or(CWD, AsFd::as_fd)
    }
}

impl Folder {
    /// Opens the folder at `path`, which may be no link; with `makes` it is made where it is missing, as are those above
    /// it, all with mode 0700.
    ///
    /// # Errors
    /// Those of the system; `NotADirectory` where it is a link, for root also where a part of it below HOME is one.
    pub(crate) fn open(path: &Path, makes: bool) -> io::Result<Self> {
        if let Some(home) = of_root() {
            return home.folder(path, OFlags::NOFOLLOW, makes).map_err(told);
        }
        let open = || openat(CWD, path, FOLDER | CAUTIOUS, Mode::empty());
        let handle = match open() {
            Err(Errno::NOENT) if makes => {
                DirBuilder::new().recursive(true).mode(FOLDER_BITS).create(path)?;
                open()
            }
            opened => opened,
        }
        .map_err(told)?;
        Ok(Self { handle: Some(handle), heir: None })
    }

    /// The folder of the file at `path`, and the name by which the file is found in it: the path itself where nobody but
    /// this user could have put a link into it.
    ///
    /// # Errors
    /// Those of [`Folder::open`]. With `makes` the folder is there afterwards.
    pub(crate) fn around(path: &Path, makes: bool) -> io::Result<(Self, &Path)> {
        let above = path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let Some(home) = of_root() else {
            // The file itself says whether its folder is missing.
            if makes {
                DirBuilder::new().recursive(true).mode(FOLDER_BITS).create(above)?;
            }
            return Ok((Self { handle: None, heir: None }, path));
        };
        let name = path.file_name().ok_or(Errno::ISDIR)?;
        Ok((home.folder(above, OFlags::empty(), makes).map_err(told)?, Path::new(name)))
    }

    /// Opens the regular file `name`, or makes it with this mode.
    ///
    /// # Errors
    /// Those of the system.
    pub(crate) fn open_or_create(&self, name: &Path, how: OFlags, mode: Mode) -> rustix::io::Result<OwnedFd> {
        if self.heir.is_none() {
            return openat(self, name, how | OFlags::CREATE | CAUTIOUS, mode);
        }
        loop {
            match openat(self, name, how | CAUTIOUS, Mode::empty()) {
                Err(Errno::NOENT) => {}
                opened => return opened,
            }
            // It has its owner before it has its name, so that nobody meets it without.
            let draft = draft()?;
            let file = self.create(Path::new(&draft), how, mode)?;
            let named = linkat(self, &*draft, self, name, AtFlags::empty());
            unlinkat(self, &*draft, AtFlags::empty())?;
            match named {
                Ok(()) => return Ok(file),
                Err(Errno::EXIST) => {}
                // A file system without a second name for a file.
                Err(Errno::PERM | Errno::OPNOTSUPP) => match self.create(name, how, mode) {
                    Err(Errno::EXIST) => {}
                    created => return created,
                },
                Err(error) => return Err(error),
            }
        }
    }

    /// Makes the file `name`, which may not be there yet.
    ///
    /// # Errors
    /// Those of the system.
    pub(crate) fn create(&self, name: &Path, how: OFlags, mode: Mode) -> rustix::io::Result<OwnedFd> {
        let file = openat(self, name, how | OFlags::CREATE | OFlags::EXCL | CAUTIOUS, mode)?;
        match self.heir.map_or(Ok(()), |heir| give(&file, heir)) {
            Ok(()) => Ok(file),
            Err(error) => {
                // Nobody could use it, this user's next run included.
                let _ = unlinkat(self, name, AtFlags::empty());
                Err(error)
            }
        }
    }

    /// Whether a file in it is one of root's that HOME's owner may have given this name.
    pub(crate) fn has_other_name(&self, stat: &Stat) -> bool {
        self.heir.is_some() && stat.st_uid == geteuid().as_raw() && stat.st_nlink > 1
    }
}

impl Home {
    /// The folder at `path`: from HOME on, each part is opened in the one before.
    fn folder(&self, path: &Path, last: OFlags, makes: bool) -> rustix::io::Result<Folder> {
        let below = environment::home().and_then(|home| path.strip_prefix(home).ok().map(Path::to_owned));
        let Some(below) = below else {
            let handle = self.outside(path, last, makes)?;
            let heir = self.heir_in(&handle)?;
            return Ok(Folder { handle: Some(handle), heir });
        };
        // Where there is a way up it may lead out of HOME.
        let stays = !below.components().any(|part| part == Component::ParentDir);
        let heir_in = |folder: &OwnedFd| if stays { Ok(self.heir()) } else { self.heir_in(folder) };
        let mut handle = None;
        for part in below.components() {
            let above = handle.as_ref().unwrap_or(&self.handle);
            handle = Some(step(above, part.as_os_str().as_bytes(), heir_in(above)?, makes)?);
        }
        let handle = match handle {
            Some(handle) => handle,
            None => openat(&self.handle, ".", FOLDER, Mode::empty())?,
        };
        let heir = heir_in(&handle)?;
        Ok(Folder { handle: Some(handle), heir })
    }

    /// The folder at a path that does not begin at HOME.
    fn outside(&self, path: &Path, last: OFlags, makes: bool) -> rustix::io::Result<OwnedFd> {
        let (Some(above), Some(name)) = (path.parent(), path.file_name()) else {
            return openat(CWD, path, FOLDER, Mode::empty());
        };
        match openat(CWD, path, FOLDER | last, Mode::empty()) {
            Err(Errno::NOENT) if makes => {
                let above = if above.as_os_str().is_empty() { Path::new(".") } else { above };
                let above = self.outside(above, OFlags::empty(), makes)?;
                step(&above, name.as_bytes(), self.heir_in(&above)?, makes)
            }
            opened => opened,
        }
    }

    /// HOME's owner, unless that is root itself.
    fn heir(&self) -> Option<Owner> {
        (!self.owner.user.is_root()).then_some(self.owner)
    }

    /// HOME's owner, where `folder` is that owner's.
    fn heir_in(&self, folder: &OwnedFd) -> rustix::io::Result<Option<Owner>> {
        let Some(heir) = self.heir() else { return Ok(None) };
        Ok((fstat(folder)?.st_uid == heir.user.as_raw()).then_some(heir))
    }
}

/// Opens the folder `name` in `above`; makes it for `heir` where it is missing.
fn step(above: &OwnedFd, name: &[u8], heir: Option<Owner>, makes: bool) -> rustix::io::Result<OwnedFd> {
    let open = || openat(above, name, FOLDER | CAUTIOUS, Mode::empty());
    match open() {
        Err(Errno::NOENT) if makes => {}
        opened => return opened,
    }
    let made = match heir {
        None => mkdirat(above, name, FOLDER_MODE),
        Some(heir) => make_for(above, name, heir),
    };
    match made {
        Ok(()) | Err(Errno::EXIST) => open(),
        Err(error) => Err(error),
    }
}

/// Makes the folder `name` so that it has its owner before it has its name.
fn make_for(above: &OwnedFd, name: &[u8], heir: Owner) -> rustix::io::Result<()> {
    let draft = draft()?;
    mkdirat(above, &*draft, FOLDER_MODE)?;
    let named = openat(above, &*draft, FOLDER | CAUTIOUS, Mode::empty()).and_then(|folder| {
        // The heir can put another folder of root's in its place, of which only an empty one may be given away.
        if Dir::read_from(&folder)?.any(|entry| entry.is_ok_and(|entry| ![c".", c".."].contains(&entry.file_name()))) {
            return Err(Errno::NOTEMPTY);
        }
        give(&folder, heir)?;
        rename_new(above, &draft, name)
    });
    if named.is_err() {
        // It may have been taken away already.
        let _ = unlinkat(above, &*draft, AtFlags::REMOVEDIR);
    }
    named
}

/// Gives a folder its name, unless something has it: not even an empty folder may go, which another run may have open.
fn rename_new(above: &OwnedFd, from: &str, to: &[u8]) -> rustix::io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    match rustix::fs::renameat_with(above, from, above, to, rustix::fs::RenameFlags::NOREPLACE) {
        // A file system or a kernel that does not know how.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {}
        renamed => return renamed,
    }
    renameat(above, from, above, to)
}

/// Gives away what was made just now.
fn give(made: &OwnedFd, heir: Owner) -> rustix::io::Result<()> {
    // Some file systems have but one owner, whom everything belongs to from the start.
    if Owner::of(&fstat(made)?) == heir {
        return Ok(());
    }
    fchown(made, Some(heir.user), Some(heir.group))
}

fn draft() -> rustix::io::Result<String> {
    let mut random = [0; 8];
    crate::os::random::fill(&mut random).map_err(|_| Errno::IO)?;
    Ok(format!("draft-{:016x}", u64::from_ne_bytes(random)))
}

/// Of a link the system says only that there are too many, or that it is no directory.
fn told(error: Errno) -> io::Error {
    match error {
        Errno::LOOP | Errno::NOTDIR => {
            io::Error::new(io::ErrorKind::NotADirectory, "it is a symbolic link or not a directory")
        }
        other => other.into(),
    }
}
