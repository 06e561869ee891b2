//! `--check`: this very command line as each client runs it, and what becomes of it there.

mod output;
mod start;
mod table;
mod verdict;

use std::io;
use std::thread;
use std::time::Duration;

use crate::client::Client;
use crate::clock::{Deadline, elapsed, monotonic};
use crate::command::shell;
use crate::command_line::CommandLine;
use crate::environment::setting;
use crate::error::{Error, Report};
use crate::server::Server;
use crate::stdout;

use self::start::Subject;
use self::verdict::Verdict;

/// Set for what a check runs, and for everything that it starts: it counts for nobody, and leaves no trace.
const VARIABLE: &str = "HDR_CHECK";

/// Whether a check runs us rather than a client or a person.
#[must_use]
pub(crate) fn is_running_us() -> bool {
    setting(VARIABLE).is_some()
}

/// What became of the command line in one client.
struct Row {
    client: &'static Client,
    took: Duration,
    verdict: Verdict,
}

/// Runs `line` of the helper `helper` in the ways of `clients`, all at once. Returns the table, and whether all pass.
///
/// # Errors
/// [`Error::Other`] where the executable has no path that a shell could be told, or a check cannot be begun.
pub(crate) fn run(
    helper: &str,
    line: &CommandLine,
    server: &Server,
    clients: &[&'static Client],
) -> Result<(String, bool), Error> {
    let rows = rows(&Subject::new(helper, line, server)?, clients)
        .map_err(|error| Error::Other(Report::new("nothing can be checked", error, "try again")))?;
    let passed = rows.iter().all(|row| row.verdict.result.is_ok());
    let in_colour = stdout::is_terminal() && setting("NO_COLOR").is_none();
    Ok((table::render(&rows, in_colour), passed))
}

/// A row for each client. A signal that came meanwhile ends this process at the end of it.
fn rows(subject: &Subject<'_>, clients: &[&'static Client]) -> io::Result<Vec<Row>> {
    let _signals = shell::defer_signals()?;
    Ok(thread::scope(|scope| {
        let begin = |client: &&'static Client| {
            let client = *client;
            (client, thread::Builder::new().spawn_scoped(scope, move || check(subject, client)))
        };
        let threads: Vec<_> = clients.iter().map(begin).collect();
        let end = |(client, thread): (_, io::Result<thread::ScopedJoinHandle<'_, Row>>)| {
            let row = thread.map(|thread| thread.join().unwrap_or_else(|_| Row::lost(client)));
            row.unwrap_or_else(|_| Row::lost(client))
        };
        threads.into_iter().map(end).collect()
    }))
}

fn check(subject: &Subject<'_>, client: &'static Client) -> Row {
    let begun = monotonic();
    let deadline = Deadline::new(begun, client.patience);
    let ended = subject.shell_line(client).run(&deadline);
    let took = elapsed(begun);
    Row { client, took, verdict: Verdict::of(ended, subject, client) }
}

impl Row {
    /// The row of a thread that could not be started or has panicked.
    fn lost(client: &'static Client) -> Self {
        let reason = "this check could not be made; try again".to_owned();
        Self { client, took: Duration::ZERO, verdict: Verdict { result: Err(reason), remarks: Vec::new() } }
    }
}
