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
                return Self {
                    result: Err(reason + "; install it, and look at the working directory"),
                    remarks: vec![],
                };
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
                let last = remarks.pop_if(|line: &mut String| !line.starts_with("warning: "));
                Err(failure(status, last.or(first_of_others), subject, client))
            }
            Ending::TooMuchOutput => {
                let (shown, limit) = (client.shown, client.output_limit.1);
                Err(format!("it printed more than {limit}, and {shown} takes no more; shorten the headers"))
            }
            Ending::TimedOut => {
                let (seconds, shown, then) = (client.patience.as_secs(), client.shown, client.output.otherwise);
                let remedy = "give a shorter --timeout (8s is the default) and a faster source";
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

/// What a run said that failed, with a better reason where it is for the client.
fn failure(status: ExitStatus, message: Option<String>, subject: &Subject<'_>, client: &Client) -> String {
    let how = status.code().map_or_else(|| status.to_string(), |code| format!("exit {code}"));
    let Some(message) = message else {
        return format!("{how}, and nothing on stderr; run it by hand");
    };
    let reason = stripped(&message).filter(|(_, name)| subject.is_stripped(name, client)).map(|(fact, name)| {
        let scope = client.scope.map_or_else(String::new, |scope| format!(" of {scope} scope"));
        let remedy = "keep the secret where it is not stripped: file:PATH or cmd:COMMAND LINE";
        format!("{fact}: it is set here, but {} strips {name} from the helpers{scope}; {remedy}", client.shown)
    });
    format!("{how}: {}", reason.unwrap_or(message))
}

/// The fact of a message that a variable is not set, and the variable.
fn stripped(message: &str) -> Option<(&str, &str)> {
    let (before, after) = message.split_once(" is not set")?;
    let name = before.split("env:").skip(1).last()?;
    let (place, _) = after.split_once(": ")?;
    let length = message.len().checked_sub(after.len())?.checked_add(place.len())?;
    Some((message.get(..length)?, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_variable_is_found_in_a_message() {
        for (message, found) in [
            ("--key: env:A is not set: MCP clients strip it; set it", Some(("--key: env:A is not set", "A"))),
            (
                "-H X: env:A_b is not set (in f, line 2): why; do",
                Some(("-H X: env:A_b is not set (in f, line 2)", "A_b")),
            ),
            ("--key: env:A is empty: why; do", None),
            ("HOME is not set: why; do", None),
        ] {
            assert_eq!(stripped(message), found);
        }
    }
}
