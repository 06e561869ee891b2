//! The log: what a run said, for those whose client throws its stderr away.

use std::fmt::Write as _;
use std::fs::{File, TryLockError};
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use chrono::SecondsFormat;

use crate::error::{Error, quotable};
use crate::os::clock::{self, Deadline, monotonic};
use crate::os::environment::expand_home;
use crate::server::Server;

#[cfg(not(unix))]
#[path = "log/portable.rs"]
mod system;
#[cfg(unix)]
#[path = "log/unix.rs"]
mod system;

use system::Place;

/// Where it is, unless `--log` says otherwise.
const LOG: &str = "~/.local/state/hdr/hdr.log";

/// The most that it grows to: 1 MiB.
const LIMIT: u64 = 1 << 20;

/// The longest line, in characters.
const LONGEST: usize = 4000;

/// How long another writer is waited for, who needs an instant.
const PATIENCE: Duration = Duration::from_millis(200);

/// What one run leaves in the log.
pub(crate) struct Entry<'a> {
    pub(crate) helper: &'a str,
    pub(crate) profile: Option<&'a str>,
    pub(crate) server: &'a Server,
    pub(crate) exit_code: u8,
    /// Of a run that failed.
    pub(crate) message: Option<&'a str>,
    pub(crate) warnings: &'a [String],
    /// From its start.
    pub(crate) took: Duration,
}

impl Entry<'_> {
    /// Appends it to the log that `--log` names. Nothing that keeps it from being written is an error.
    ///
    /// # Errors
    /// [`Error::Usage`] where the log is below a home directory that is not known.
    pub(crate) fn append(&self, log: Option<&str>) -> Result<(), Error> {
        if log != Some("off") {
            let path = expand_home(log.unwrap_or(LOG))?;
            // A disk that is full must not keep a client from its headers.
            let _ = append(&path, &self.line());
        }
        Ok(())
    }

    /// `TIME HELPER exit=N ms=N profile=… server=… origin=… MESSAGE; warning: …`, `-` for what is not known.
    fn line(&self) -> Vec<u8> {
        let word = |text: Option<&str>| text.map_or_else(|| "-".to_owned(), |text| quotable(text).replace(' ', "?"));
        let mut line = format!(
            "{} {} exit={} ms={} profile={} server={} origin={} {}",
            clock::now().to_rfc3339_opts(SecondsFormat::Millis, true),
            self.helper,
            self.exit_code,
            self.took.as_millis(),
            word(self.profile),
            word(self.server.name()),
            word(self.server.origin().as_deref()),
            self.message.unwrap_or("ok"),
        );
        for warning in self.warnings {
            // Writing to a string cannot fail.
            let _ = write!(line, "; warning: {warning}");
        }
        let visible = line.chars().take(LONGEST).map(|c| if c.is_control() { '?' } else { c });
        visible.chain(['\n']).collect::<String>().into_bytes()
    }
}

/// Appends `line` to the file at `path`, whole and in its turn; a file that would grow too large is moved aside before.
/// Who waits in vain for his turn appends all the same, where there is room.
fn append(path: &Path, line: &[u8]) -> io::Result<()> {
    let deadline = Deadline::new(monotonic(), PATIENCE);
    loop {
        let (place, mut file) = Place::open(path)?;
        let is_locked = lock(&file, &deadline)?;
        // Another writer may have moved it aside before the lock was ours.
        if is_locked && !place.leads_to(&file)? && !deadline.remaining().is_zero() {
            continue;
        }
        let length = file.metadata()?.len();
        if length.saturating_add(u64::try_from(line.len()).unwrap_or(LIMIT)) <= LIMIT {
            return file.write_all(line);
        }
        if !is_locked {
            return Ok(());
        }
        place.move_aside(".1")?;
    }
}

/// Locks `file` until it is closed; says whether that was possible before the deadline.
fn lock(file: &File, deadline: &Deadline) -> io::Result<bool> {
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) if deadline.remaining().is_zero() => return Ok(false),
            Err(TryLockError::WouldBlock) => deadline.pause(Duration::from_millis(1)),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}
