//! Who started us: the client that headers are for, found among our ancestors.

#[cfg(any(not(target_os = "linux"), test))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod linux;

use std::cell::OnceCell;
use std::path::PathBuf;
use std::time::Duration;

#[cfg(feature = "cache")]
use serde::{Deserialize, Serialize};

#[cfg(not(target_os = "linux"))]
use elsewhere as system;
#[cfg(target_os = "linux")]
use linux as system;

/// The most ancestors that are looked at.
const FARTHEST: usize = 64;

/// A process that starts with us is part of how we were started.
const TOGETHER: Duration = Duration::from_secs(2);

/// MCP clients by the names of their processes.
const CLIENTS: [&str; 2] = ["claude", "codex"];

/// Shells by the names of their processes.
const SHELLS: [&str; 18] = [
    "sh",
    "ash",
    "bash",
    "busybox",
    "cmd",
    "csh",
    "dash",
    "elvish",
    "fish",
    "ksh",
    "mksh",
    "nu",
    "powershell",
    "pwsh",
    "tcsh",
    "xonsh",
    "yash",
    "zsh",
];

/// One process of all that ran or will run on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cache", derive(Serialize, Deserialize))]
pub struct Process {
    /// Its number, which others may have had before.
    pub pid: u32,
    /// When it started, in the ticks of its system.
    pub started: u64,
    /// Which boot of which machine, where the start does not tell.
    pub boot: String,
}

impl Process {
    /// The client where it cannot be known: all unknown ones are the same.
    #[must_use]
    pub fn unknown() -> Self {
        Self { pid: 0, started: 0, boot: String::new() }
    }

    /// Whether this is the client that cannot be known. No process has its number.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.pid == 0
    }
}

/// The process that this one makes headers for; `None` where that cannot be found out.
#[must_use]
pub fn client() -> Option<Process> {
    let (boot, us, ancestors) = identified()?;
    Some(nearest(&us, ancestors)?.process(boot))
}

/// The working directory of that process, where the system tells it to this user.
#[must_use]
pub(crate) fn client_directory() -> Option<PathBuf> {
    let (us, ancestors) = system::ancestors()?;
    system::working_directory(nearest(&us, ancestors)?.pid)
}

/// This process; where the system tells nothing of processes, its number alone.
#[must_use]
pub(crate) fn this_process() -> Process {
    identified().map_or_else(|| by_number(std::process::id()), |(boot, us, _)| us.process(boot))
}

/// The ancestor of ours with this number that started then; where the system tells nothing of processes, our parent by its
/// number.
#[must_use]
pub(crate) fn ancestor(pid: u32, started: u64) -> Option<Process> {
    let Some((boot, _, ancestors)) = identified() else {
        return Some(by_number(parent())).filter(|parent| parent.pid == pid && parent.started == started);
    };
    let found = ancestors.take(FARTHEST).find(|ancestor| ancestor.pid == pid && ancestor.ticks == started);
    Some(found?.process(boot))
}

/// This process and its ancestors, the nearest first, with the boot in which they started.
fn identified() -> Option<(String, Described, impl Iterator<Item = Described>)> {
    let boot = system::boot()?;
    system::ancestors().map(|(us, ancestors)| (boot, us, ancestors))
}

fn by_number(pid: u32) -> Process {
    Process { pid, ..Process::unknown() }
}

#[cfg(unix)]
fn parent() -> u32 {
    std::os::unix::process::parent_id()
}

/// No process has this number.
#[cfg(not(unix))]
fn parent() -> u32 {
    0
}

/// A process as its system describes it.
#[derive(Clone, Debug)]
struct Described {
    pid: u32,
    /// When it started, in the ticks of its system.
    ticks: u64,
    /// The same, counted from a moment that is the same for all processes.
    started: Duration,
    /// What it calls itself.
    name: String,
    /// The program that it runs, looked up when it is first asked for.
    program: OnceCell<Option<String>>,
}

impl Described {
    fn process(self, boot: String) -> Process {
        Process { pid: self.pid, started: self.ticks, boot }
    }

    /// What it is by the name that it calls itself, else by the program that it runs, which an interpreter hides.
    fn kind(&self) -> Kind {
        let program = || self.program.get_or_init(|| system::program(self.pid)).as_deref().and_then(Kind::of);
        Kind::of(&self.name).or_else(program).unwrap_or(Kind::Other)
    }
}

/// What a process is for the question of who started us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Client,
    Shell,
    Ours,
    Other,
}

impl Kind {
    fn of(name: &str) -> Option<Self> {
        match name {
            client if CLIENTS.contains(&client) => Some(Self::Client),
            shell if SHELLS.contains(&shell) => Some(Self::Shell),
            ours if ours.starts_with("hdr-") => Some(Self::Ours),
            _ => None,
        }
    }
}

/// The nearest ancestor that is a known client, else the nearest that is no part of how a client starts us.
fn nearest(us: &Described, ancestors: impl Iterator<Item = Described>) -> Option<Described> {
    let mut found = None;
    for ancestor in ancestors.take(FARTHEST) {
        let kind = ancestor.kind();
        if kind == Kind::Client {
            return Some(ancestor);
        }
        let together = us.started.abs_diff(ancestor.started) < TOGETHER;
        if found.is_none() && !together && kind == Kind::Other {
            found = Some(ancestor);
        }
    }
    found
}

#[cfg(test)]
mod tests;
