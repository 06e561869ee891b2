//! What the file of a lock says: which process holds it, and until when.

use std::fs::File;
use std::io;
#[cfg(unix)]
use std::os::unix::fs::FileExt;
use std::time::Duration;

use crate::os::clock::{now, uptime};

/// More bytes than three numbers and what parts them.
const LENGTH: usize = 64;

/// How far apart two boots are at least, in milliseconds: the clocks from which their moments are reckoned are adjusted.
const ANOTHER_BOOT: u64 = 10_000;

/// The holder of a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Holder {
    /// The number of its process.
    pub(super) pid: u32,
    /// Its deadline, in milliseconds since the system started.
    until: u64,
    /// When the system started, in milliseconds since 1970.
    booted: u64,
}

impl Holder {
    /// This process, which holds a lock for this long at most; `None` where suspensions cannot be measured.
    pub(super) fn this_process(hold: Duration) -> Option<Self> {
        let uptime = uptime()?;
        Some(Self { pid: std::process::id(), until: milliseconds(uptime.saturating_add(hold)), booted: booted(uptime) })
    }

    /// The holder that `file` names; `None` where it names none, as the empty files of earlier versions.
    pub(super) fn read(file: &File) -> Option<Self> {
        let mut bytes = [0; LENGTH];
        let length = read_at_once(file, &mut bytes).ok()?;
        // What follows the first line is of a holder that was killed.
        let line = bytes.get(..length)?.split(|byte| *byte == b'\n').next().filter(|line| line.len() < length)?;
        let mut words = std::str::from_utf8(line).ok()?.split(' ');
        let mut number = || words.next()?.parse::<u64>().ok();
        Some(Self { pid: u32::try_from(number()?).ok()?, until: number()?, booted: number()? })
    }

    /// Lets `file` name this holder.
    pub(super) fn write(&self, file: &File) -> io::Result<()> {
        let Self { pid, until, booted } = self;
        write_at_once(file, format!("{pid} {until} {booted}\n").as_bytes())
    }

    /// Whether its deadline is over. That of another boot, or of another machine, cannot be compared.
    pub(super) fn is_overdue(&self) -> bool {
        uptime().is_some_and(|uptime| {
            let is_comparable = self.booted.abs_diff(booted(uptime)) < ANOTHER_BOOT;
            is_comparable && self.until < milliseconds(uptime)
        })
    }
}

#[cfg(unix)]
fn read_at_once(file: &File, bytes: &mut [u8]) -> io::Result<usize> {
    file.read_at(bytes, 0)
}

#[cfg(unix)]
fn write_at_once(file: &File, bytes: &[u8]) -> io::Result<()> {
    file.write_all_at(bytes, 0)
}

/// A file that another process has locked cannot be read there.
#[cfg(not(unix))]
fn read_at_once(_: &File, _: &mut [u8]) -> io::Result<usize> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(unix))]
fn write_at_once(_: &File, _: &[u8]) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// When the system started, in milliseconds since 1970.
fn booted(uptime: Duration) -> u64 {
    let now = u64::try_from(now().timestamp_millis()).unwrap_or(0);
    now.saturating_sub(milliseconds(uptime))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_file_names_who_holds_it() {
        let file = tempfile::tempfile().unwrap();
        write_at_once(&file, b"4000000000 18446744073709551615 18446744073709551615\n").unwrap();
        let holder = Holder::this_process(Duration::from_secs(8)).unwrap();
        holder.write(&file).unwrap();
        assert_eq!(Holder::read(&file), Some(holder.clone()));
        assert_eq!((holder.pid, holder.is_overdue()), (std::process::id(), false));
    }

    #[test]
    fn what_is_no_holder_names_none() {
        let long = format!("{}\n", "1 ".repeat(100));
        for text in ["", "\n", "1 2 3", "1 2\n", "-1 2 3\n", "x 2 3\n", "4294967296 2 3\n", "1  2 3\n", "\0\0\n", &long]
        {
            let file = tempfile::tempfile().unwrap();
            write_at_once(&file, text.as_bytes()).unwrap();
            assert_eq!(Holder::read(&file), None, "{text:?}");
        }
    }

    #[test]
    fn one_is_overdue_after_its_deadline_in_the_same_boot() {
        let holder = Holder::this_process(Duration::ZERO).unwrap();
        let past = Holder { until: holder.until.saturating_sub(1), ..holder };
        assert!(past.is_overdue());
        for booted in [0, past.booted - ANOTHER_BOOT - 1000, past.booted + ANOTHER_BOOT + 1000, u64::MAX] {
            assert!(!Holder { booted, ..past.clone() }.is_overdue(), "{booted}");
        }
        for booted in [past.booted - 1000, past.booted + 1000] {
            assert!(Holder { booted, ..past.clone() }.is_overdue(), "{booted}");
        }
    }
}
