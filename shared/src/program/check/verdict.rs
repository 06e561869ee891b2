//! What a client makes of a run, and what to do about it.

use std::io;
use std::process::ExitStatus;

use super::output;
use super::start::Subject;
use crate::client::Client;
use crate::error::{OutsideText, Redactor};
use crate::os::file;
use crate::secret::command::{Ending, Finished};

/// Whether a client has its headers, and what the helper said beside.
#[derive(Debug)]
pub(super) struct Verdict {
    /// The names of the headers; or the reason why there are none, and the remedy.
    pub(super) result: Result<Vec<String>, String>,
    /// Warnings; with `--explain` the steps too.
    pub(super) remarks: Vec<String>,
}

impl Verdict {
    pub(super) fn of(ended: io::Result<Finished>, subject: &Subject<'_>, client: &Client) -> Self {
        let Finished { ending, stdout, stderr, .. } = match ended {
            Ok(finished) => finished,
            Err(error) => {
                let [shell, _] = client.shell;
                let reason = format!("{shell} could not be started: {}", file::reason(&error));
                return Self { result: Err(reason + "; install it, and check the working directory"), remarks: vec![] };
            }
        };
        let (of_ours, of_others) = (Redactor::default(), Redactor::default());
        // Ours speak of short values, the name of an algorithm say, where they are no secrets.
        output::values(stdout.expose()).iter().filter(|value| value.expose().len() >= 8).for_each(|value| {
            of_ours.add(value.expose());
        });
        of_others.add_output(stdout.expose());
        let (mut remarks, mut first_of_others) = (Vec::new(), None);
        for line in stderr.messages(&of_ours, "") {
            if is_ours(&line) {
                remarks.push(without_name(line, subject.helper));
            } else {
                first_of_others.get_or_insert_with(|| OutsideText::new(line).shown(&of_others));
            }
        }
        let result = match ending {
            Ending::Exited(status) if status.success() => output::check(stdout.expose(), client),
            Ending::Exited(status) => {
                // The last line of ours is the error; those before it are steps. Others speak for themselves.
                Err(failure(status, remarks.pop().or(first_of_others)))
            }
            Ending::TooMuchOutput => {
                let (shown, limit) = (client.shown, client.output_limit.1);
                Err(format!("it printed more than {limit}, and {shown} accepts no more; shorten the headers"))
            }
            Ending::TimedOut => {
                let (seconds, shown, then) = (client.patience.as_secs(), client.shown, client.output.otherwise);
                let remedy = "use a shorter --timeout (8s is the default) and a faster source";
                Err(format!("it took longer than {seconds} s, and {shown} then {then}; {remedy}"))
            }
        };
        Self { result, remarks }
    }
}

/// A line that one of our programs said.
fn is_ours(line: &str) -> bool {
    line.starts_with("hdr-") && line.split_once(": ").is_some_and(|(name, _)| !name.contains(' '))
}

fn without_name(line: String, helper: &str) -> String {
    let rest = line.strip_prefix(helper).and_then(|rest| rest.strip_prefix(": "));
    rest.map(str::to_owned).unwrap_or(line)
}

/// How a run failed, and what it said.
fn failure(status: ExitStatus, message: Option<String>) -> String {
    let how = status.code().map_or_else(|| status.to_string(), |code| format!("exit {code}"));
    let Some(message) = message else {
        return format!("{how}, and nothing on stderr; run it by hand");
    };
    format!("{how}: {message}")
}
