//! Processes where there is no procfs: macOS and Windows, as sysinfo describes them.

use std::cell::OnceCell;
use std::path::PathBuf;
use std::time::Duration;

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

use super::Described;

/// This process and its ancestors, the nearest first, as far as the system shows them.
pub(super) fn ancestors() -> Option<(Described, impl Iterator<Item = Described>)> {
    let mut system = System::new();
    let (us, parent) = describe(&mut system, Pid::from_u32(std::process::id()))?;
    let (mut next, mut child) = (parent, us.started);
    let ancestors = std::iter::from_fn(move || {
        let (ancestor, parent) = describe(&mut system, next?)?;
        // Windows keeps the number of a parent that is gone, and may have given it to another process.
        if ancestor.started > child {
            return None;
        }
        (next, child) = (parent, ancestor.started);
        Some(ancestor)
    });
    Some((us, ancestors))
}

/// The start times tell one boot from another.
#[expect(clippy::unnecessary_wraps, reason = "procfs may not tell it")]
pub(super) fn boot() -> Option<String> {
    Some(String::new())
}

/// Each process is described with its program.
pub(super) fn program(_: u32) -> Option<String> {
    None
}

/// The working directory of a process.
pub(super) fn working_directory(pid: u32) -> Option<PathBuf> {
    let (mut system, pid) = (System::new(), Pid::from_u32(pid));
    let what = ProcessRefreshKind::nothing().with_cwd(UpdateKind::Always);
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, what);
    Some(system.process(pid)?.cwd()?.to_owned())
}

/// A process and the number of its parent. Start times are whole seconds since 1970, which tell one boot from another.
fn describe(system: &mut System, pid: Pid) -> Option<(Described, Option<Pid>)> {
    let what = ProcessRefreshKind::nothing().with_exe(UpdateKind::OnlyIfNotSet);
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, what);
    let process = system.process(pid)?;
    let name = |name: &std::ffi::OsStr| {
        let name = name.to_string_lossy();
        name.strip_suffix(".exe").unwrap_or(&name).to_owned()
    };
    let ticks = process.start_time();
    let described = Described {
        pid: pid.as_u32(),
        ticks,
        started: Duration::from_secs(ticks),
        name: name(process.name()),
        program: OnceCell::from(process.exe().and_then(std::path::Path::file_name).map(name)),
    };
    Some((described, process.parent()))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::super::linux;

    #[test]
    fn it_tells_the_working_directory() {
        let of_us = super::working_directory(std::process::id());
        assert_eq!(of_us, linux::working_directory(std::process::id()));
        assert!(of_us.is_some_and(|path| path.is_dir()));
        assert_eq!(super::working_directory(u32::MAX), None);
    }

    /// The only system that the two have in common.
    #[test]
    fn it_finds_the_ancestors_that_procfs_shows() {
        let numbers = |found: Vec<super::Described>| found.iter().map(|one| one.pid).collect::<Vec<_>>();
        assert_eq!((super::boot().as_deref(), super::program(1)), (Some(""), None));
        let (us, ancestors) = super::ancestors().unwrap();
        let (us_in_procfs, in_procfs) = linux::ancestors().unwrap();
        assert_eq!(us.pid, us_in_procfs.pid);
        let (found, in_procfs): (Vec<_>, Vec<_>) = (ancestors.collect(), in_procfs.collect());
        assert!(!found.is_empty());
        assert!(found.iter().zip(&in_procfs).all(|(one, other)| one.name == other.name), "{found:?}");
        assert_eq!(numbers(found), numbers(in_procfs));
    }
}
