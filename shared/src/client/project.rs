//! The project that a run is for: where the MCP client runs, which is not always where it runs us.

use std::io;
use std::path::PathBuf;

use crate::client::ancestry;
use crate::client::mark::Marks;
use crate::client::streams::is_mcp_client;
use crate::os::environment::{home, setting};

/// Set by the client for the helper of a plugin, which then runs in the plugin's folder.
const PLUGIN_ROOT: &str = "CLAUDE_PLUGIN_ROOT";

/// The folder in HOME in which Claude Code runs the helpers of the user's own servers.
const CLIENT_FOLDER: &str = ".claude";

/// The project's directory, without links: the one that a helper of ours tells, else the working directory of the client,
/// else ours. `None` where the client's cannot be read, and ours is that of a plugin or of the client's own files.
///
/// # Errors
/// When our working directory is gone.
pub(crate) fn directory(marks: &Marks) -> io::Result<Option<PathBuf>> {
    if let Some(told) = &marks.project {
        return told.canonicalize().map(Some);
    }
    if !is_mcp_client(marks) {
        return working_directory().map(Some);
    }
    let directory = ancestry::client_directory();
    if let Some(directory) = directory.and_then(|path| path.canonicalize().ok()).filter(|path| path.is_dir()) {
        return Ok(Some(directory));
    }
    if setting(PLUGIN_ROOT).is_some() {
        return Ok(None);
    }
    let ours = working_directory()?;
    let of_client = home().and_then(|home| home.join(CLIENT_FOLDER).canonicalize().ok());
    Ok(of_client.is_none_or(|folder| !ours.starts_with(folder)).then_some(ours))
}

/// The directory in which this process was started, without links.
///
/// # Errors
/// When it is gone.
#[expect(clippy::disallowed_methods, reason = "a project is where the client runs, and it may run us there")]
pub(crate) fn working_directory() -> io::Result<PathBuf> {
    std::env::current_dir()?.canonicalize()
}
