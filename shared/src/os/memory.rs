//! Keeps the secrets in this process's memory out of core dumps.

#[cfg(unix)]
use std::sync::{Mutex, OnceLock, PoisonError};

#[cfg(unix)]
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The limit that this process was started with, where it is another one now.
#[cfg(unix)]
static INHERITED: OnceLock<Rlimit> = OnceLock::new();

/// Lets no crash of this process write its memory to a file. What it starts is dumped as before.
#[cfg(unix)]
pub(crate) fn keep_out_of_core_dumps() {
    // A limit does not stop a handler that the system pipes dumps into. The next program that is executed is free again.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    let limit = getrlimit(Resource::Core);
    if limit.current != Some(0) && set_limit(Some(0), limit) {
        let _ = INHERITED.set(limit);
    }
}

/// Where there are no such files: crash reports of Windows hold no memory unless its administrator asks for it.
#[cfg(not(unix))]
pub(crate) fn keep_out_of_core_dumps() {}

/// One thread at a time changes the limit, which is one for the process.
#[cfg(unix)]
static CHANGING: Mutex<()> = Mutex::new(());

/// Calls `start`, which starts a child, under the limit that this process was started with: children inherit it.
#[cfg(unix)]
pub(crate) fn with_inherited_limit<T>(start: impl FnOnce() -> T) -> T {
    let Some(inherited) = INHERITED.get() else { return start() };
    let _changing = CHANGING.lock().unwrap_or_else(PoisonError::into_inner);
    set_limit(inherited.current, *inherited);
    let started = start();
    set_limit(Some(0), *inherited);
    started
}

/// Lowering a limit, and raising it again no higher than it may be, fails only where the system forbids both.
#[cfg(unix)]
fn set_limit(current: Option<u64>, limit: Rlimit) -> bool {
    setrlimit(Resource::Core, Rlimit { current, ..limit }).is_ok()
}
