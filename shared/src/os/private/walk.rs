//! Going through a directory however large it is: a part of it in each run, and the next run goes on from there.

use std::io;
use std::ops::ControlFlow;
use std::time::{Duration, SystemTime};

use super::{DRAFT, Directory};
use crate::os::clock::{Deadline, monotonic};

/// Where the next walk begins, as the system counts; missing where that is at the beginning.
pub(super) const POSITION: &str = "walk.position";

/// The longest that a walk takes, but for the visit in which that time ends.
const TIME: Duration = Duration::from_millis(10);

/// The most names that are visited in one walk.
const MOST: usize = 4096;

/// A draft this old was left behind by a run that was killed.
const ABANDONED: Duration = Duration::from_secs(60 * 60);

impl Directory {
    /// Calls `visit` with the names of files, drafts too, from where the last walk stopped: until there are no more, until
    /// it took 10 ms or 4096 names, or until `visit` breaks off at a name, which is then the first one next time.
    ///
    /// # Errors
    /// Those of listing.
    pub(crate) fn walk(&self, mut visit: impl FnMut(&str) -> ControlFlow<()>) -> io::Result<()> {
        let deadline = Deadline::new(monotonic(), TIME);
        let start = self.position();
        let (mut reached, mut visited) = (start, 0_usize);
        let walked = self.each_from(start, |name, next| {
            visit(name)?;
            reached = next;
            visited = visited.saturating_add(1);
            if visited < MOST && !deadline.remaining().is_zero() {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        let position = if matches!(walked, Ok(ControlFlow::Break(()))) { reached } else { 0 };
        if position == 0 && start != 0 {
            self.remove(POSITION)?;
        } else if position != start {
            self.write_unsynced(POSITION, position.to_string().as_bytes())?;
        }
        walked.map(|_| ())
    }

    /// Removes drafts of runs that were killed, those made an hour before `now`; of many files only some are looked at in
    /// each run.
    ///
    /// # Errors
    /// Those of listing.
    pub fn remove_abandoned(&self, now: SystemTime) -> io::Result<()> {
        self.walk(|name| {
            self.remove_if_abandoned(name, now);
            ControlFlow::Continue(())
        })
    }

    /// Removes the file `name` if it is a draft made an hour before `now`. One that cannot be removed costs a little room.
    pub(crate) fn remove_if_abandoned(&self, name: &str, now: SystemTime) {
        let is_old = || {
            let made = self.handle.modified(name).ok()?;
            Some(now.duration_since(made).ok()? > ABANDONED)
        };
        if name.starts_with(DRAFT) && is_old() == Some(true) {
            let _ = self.remove(name);
        }
    }

    /// Where the next walk begins.
    fn position(&self) -> u64 {
        let position = self.read(POSITION).ok().flatten().and_then(|bytes| String::from_utf8(bytes).ok());
        position.and_then(|position| position.parse().ok()).unwrap_or(0)
    }

    /// Calls `visit` with each name from `position` on and the position of the one after it; says whether it broke off.
    #[cfg(target_os = "linux")]
    fn each_from(&self, position: u64, visit: impl FnMut(&str, u64) -> ControlFlow<()>) -> io::Result<ControlFlow<()>> {
        self.handle.each_from(position, visit)
    }

    /// The same where the position is a number of names: the system lets nobody begin elsewhere than at the first.
    #[cfg(not(target_os = "linux"))]
    fn each_from(
        &self,
        position: u64,
        mut visit: impl FnMut(&str, u64) -> ControlFlow<()>,
    ) -> io::Result<ControlFlow<()>> {
        for (entry, number) in std::fs::read_dir(&self.path)?.zip(1_u64..) {
            let name = entry?.file_name();
            if let Some(name) = name.to_str().filter(|_| number > position)
                && visit(name, number).is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The names of a walk that breaks off at the one after the `most`.
    fn walked(directory: &Directory, most: usize) -> Vec<String> {
        let mut names = Vec::new();
        directory
            .walk(|name| {
                if names.len() == most {
                    return ControlFlow::Break(());
                }
                names.push(name.to_owned());
                ControlFlow::Continue(())
            })
            .unwrap();
        names.retain(|name| name != POSITION);
        names
    }

    #[test]
    fn each_walk_goes_on_where_the_last_one_stopped() {
        let home = tempfile::tempdir().unwrap();
        let directory = Directory::at(&home.path().join("cache")).unwrap();
        let all: BTreeSet<_> = (0..1000).map(|number| format!("file-{number}")).collect();
        for name in &all {
            directory.write_unsynced(name, b"").unwrap();
        }
        let mut seen = BTreeSet::new();
        for _ in 0..300 {
            let names = walked(&directory, 7);
            assert!(names.len() <= 7, "{names:?}");
            seen.extend(names);
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn a_walk_to_the_end_leaves_no_trace_and_one_from_nowhere_harms_nothing() {
        let home = tempfile::tempdir().unwrap();
        let directory = Directory::at(&home.path().join("cache")).unwrap();
        for name in ["a", "b", "c"] {
            directory.write_unsynced(name, b"").unwrap();
        }
        assert_eq!(walked(&directory, 9).len(), 3);
        assert_eq!(directory.names().unwrap(), ["a", "b", "c"]);
        for position in ["", "x", "-1", "9223372036854775807", "18446744073709551615", "99999999999999999999"] {
            directory.write_unsynced(POSITION, position.as_bytes()).unwrap();
            drop(directory.walk(|_| ControlFlow::Continue(())));
            drop(directory.remove(POSITION));
            assert_eq!(walked(&directory, 9).len(), 3, "{position}");
        }
    }

    #[test]
    fn a_walk_is_bounded() {
        let home = tempfile::tempdir().unwrap();
        let directory = Directory::at(&home.path().join("cache")).unwrap();
        directory.write_unsynced("file", b"").unwrap();
        for number in 0..MOST {
            std::fs::hard_link(directory.path().join("file"), directory.path().join(format!("{number}"))).unwrap();
        }
        let mut visited = 0;
        directory.walk(|_| (visited += 1, ControlFlow::Continue(())).1).unwrap();
        assert!((1..=MOST).contains(&visited), "{visited}");
        assert!(directory.read(POSITION).unwrap().is_some());
    }
}
