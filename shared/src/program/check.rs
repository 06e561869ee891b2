//! `--check`: this very command line as each client runs it, and what becomes of it there.

mod output;
mod start;
mod table;
mod verdict;

use std::io;
use std::time::Duration;

use crate::client::Client;
use crate::error::{Error, Report};
use crate::os::environment::setting;
use crate::program::command_line::OwnCommandLine;
use crate::program::stdout;
use crate::secret::command::{Finished, shell};
use crate::server::Server;

use self::start::Subject;
use self::verdict::Verdict;

/// What became of the command line in one client.
struct Row {
    client: &'static Client,
    took: Duration,
    verdict: Verdict,
}

/// Runs `line` of the helper `helper` in the ways of `clients`, all at once. Returns the table, and whether all pass.
///
/// # Errors
/// [`Error::Other`] where the path of the executable cannot be written for a shell, or a check cannot be started.
pub(crate) fn run(
    helper: &str,
    line: &OwnCommandLine,
    server: &Server,
    clients: &[&'static Client],
) -> Result<(String, bool), Error> {
    let subject = Subject::new(helper, line, server)?;
    let lines: Vec<_> = clients.iter().map(|client| subject.shell_line(client)).collect();
    let ended = shell::run_all(&lines).map_err(|error| {
        Error::Other(Report::new("nothing can be checked", error, "check the limits of this machine"))
    })?;
    let rows: Vec<_> = ended.into_iter().zip(clients).map(|(ended, client)| Row::of(ended, &subject, client)).collect();
    let passed = rows.iter().all(|row| row.verdict.result.is_ok());
    let in_colour = stdout::is_terminal() && setting("NO_COLOR").is_none();
    Ok((table::render(&rows, in_colour), passed))
}

impl Row {
    fn of(ended: io::Result<Finished>, subject: &Subject<'_>, client: &'static Client) -> Self {
        let took = ended.as_ref().map_or(Duration::ZERO, |finished| finished.took);
        Self { client, took, verdict: Verdict::of(ended, subject, client) }
    }
}
