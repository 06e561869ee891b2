//! Whether an MCP client started us, as far as our environment and standard streams tell.

use std::io::IsTerminal;

use crate::client::mark::Marks;
use crate::os::environment::setting;
use crate::server::MCP_SERVER_NAME;

/// Whether an MCP client runs us rather than a shell, a script or a person at a terminal. A helper of ours that runs this
/// one says it: our streams are its doing.
pub(crate) fn is_mcp_client(marks: &Marks) -> bool {
    let by_streams = || !any_terminal() && (setting(MCP_SERVER_NAME).is_some() || as_codex_leaves_them());
    marks.is_mcp_client.unwrap_or_else(by_streams)
}

/// The same of this process, whose marks are those of its environment.
#[must_use]
pub fn is_run_by_mcp_client() -> bool {
    is_mcp_client(&Marks::inherited())
}

/// Whether a person sits at one of them.
#[cfg(unix)]
fn any_terminal() -> bool {
    use rustix::stdio::{stderr, stdin, stdout};
    [stdin(), stdout(), stderr()].iter().any(IsTerminal::is_terminal)
}

/// Whether stdin and stderr are the null device and stdout is not.
#[cfg(unix)]
fn as_codex_leaves_them() -> bool {
    use rustix::fs::{fstat, stat};
    use rustix::stdio::{stderr, stdin};
    let Ok(null) = stat("/dev/null") else { return false };
    let is_null = |stream| fstat(stream).is_ok_and(|stat| stat.st_rdev == null.st_rdev && is_device(&stat));
    is_device(&null) && is_null(stdin()) && is_null(stderr())
}

#[cfg(unix)]
fn is_device(stat: &rustix::fs::Stat) -> bool {
    rustix::fs::FileType::from_raw_mode(stat.st_mode) == rustix::fs::FileType::CharacterDevice
}

#[cfg(not(unix))]
#[expect(clippy::disallowed_methods, reason = "the streams are looked at, not used")]
fn any_terminal() -> bool {
    std::io::stdin().is_terminal() || std::io::stdout().is_terminal() || std::io::stderr().is_terminal()
}

/// Codex is known by its null device on Unix only.
#[cfg(not(unix))]
fn as_codex_leaves_them() -> bool {
    false
}
