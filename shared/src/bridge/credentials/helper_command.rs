//! A helper that is none of ours: a command that prints headers, run as Claude Code runs a `headersHelper`.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use crate::error::notes::Notes;
use crate::error::{Error, Report, quotable};
use crate::header::child_output::ChildOutput;
use crate::header::object::check_expanded;
use crate::header::{CallOutcome, Headers, Life, Made, printed};
use crate::os::clock::{Deadline, elapsed, monotonic};
use crate::os::environment::expand_home;
use crate::os::file;
use crate::secret::Secret;
use crate::secret::command::{Ending, run_foreign_helper};
use crate::secret::words::quoted;
use crate::server::{MCP_VARIABLES, Part, Server};

/// The shell that reads a whole command line.
const SHELL: [&str; 2] = ["/bin/sh", "-c"];

/// How long it may take, as in Claude Code.
const PATIENCE: Duration = Duration::from_secs(10);

/// A command that prints one JSON object of headers.
pub(crate) struct HelperCommand {
    /// As messages call it.
    name: String,
    program: String,
    arguments: Vec<String>,
    /// What Claude Code says of the server.
    server: [String; 2],
    explain: bool,
}

impl HelperCommand {
    /// The command of these words. A single word that is no program, and more than a name or a path, is a line for the
    /// shell, as `headersHelper` in a client's configuration is one. Any other words are a program, found on PATH where
    /// its name is a bare one, and its arguments: no shell reads them. Without a `name` the server goes by its host.
    ///
    /// # Errors
    /// [`Error::Usage`] where there is no word, and where the first begins with `~/` and HOME is not known.
    pub(crate) fn new(words: &[String], name: Option<&str>, url: &str, explain: bool) -> Result<Self, Error> {
        let Some((first, arguments)) = words.split_first().filter(|(first, _)| !first.is_empty()) else {
            let fact = "-- is not followed by a helper";
            return Err(Error::Usage(Report::new(fact, "the word is empty", "write -- HELPER ARGUMENTS")));
        };
        let server = Server::new(name, Some(url))?;
        let host = || server.part("--server-url", Part::Authority).map(|(host, _)| host.into_owned());
        let name = name.map_or_else(host, |name| Ok(name.to_owned()))?;
        let server = [name, url.to_owned()];
        let path = expand_home(first)?;
        let is_line = arguments.is_empty() && quoted(first) != *first && !file::is_program(&path);
        if is_line {
            let [shell, option] = SHELL;
            let arguments = vec![option.to_owned(), first.clone()];
            return Ok(Self { name: format!("sh {option}"), program: shell.to_owned(), arguments, server, explain });
        }
        let stem = Path::new(first).file_name().unwrap_or_default().to_string_lossy();
        let program = path.to_string_lossy().into_owned();
        Ok(Self { name: quotable(stem.as_bytes()), program, arguments: arguments.to_vec(), server, explain })
    }

    /// Runs it to its end, or until it has had its time; its process group is gone then.
    pub(crate) fn call(&self) -> CallOutcome {
        let notes = Notes::new(self.explain);
        let result =
            self.headers(&notes).map(|headers| Made { headers, token: Secret::default(), life: Life::Unknown });
        CallOutcome { result, warnings: notes.warnings(), steps: notes.steps() }
    }

    fn headers(&self, notes: &Notes) -> Result<Headers, Error> {
        let Self { name, program, arguments, server, .. } = self;
        let started_at = monotonic();
        let deadline = Deadline::new(started_at, PATIENCE);
        let variables = MCP_VARIABLES.into_iter().zip(server.iter().map(|value| Some(OsString::from(value))));
        let variables: Vec<_> = variables.collect();
        let finished = run_foreign_helper(program, arguments, &variables, &deadline).map_err(|error| {
            let fact = format_args!("{name} cannot be run");
            Error::Usage(Report::new(fact, file::reason(&error), "install it, or write its absolute path behind --"))
        })?;
        let output = ChildOutput::new(name, &finished, notes);
        let failed = |cause: String, remedy| Report::new(format_args!("{name} failed"), cause, remedy);
        match finished.ending {
            Ending::Exited(status) if status.success() => output.note(notes),
            Ending::Exited(status) => return Err(output.error(status, notes)),
            Ending::TooMuchOutput => {
                let cause = "it printed more than 64 KiB".to_owned();
                return Err(Error::Headers(failed(cause, "make it print only its headers")));
            }
            Ending::TimedOut => {
                output.note(notes);
                let cause = format!("it did not finish within {} s", PATIENCE.as_secs());
                return Err(Error::Transient(failed(cause, "make it faster, or try again")));
            }
        }
        notes.explain(|| format!("{name} ended after {} ms", elapsed(started_at).as_millis()));
        let of_program = |error: Error| error.of_program(name);
        let headers = printed::headers(&finished.stdout, notes.redactor()).map_err(of_program)?;
        for (header, value) in headers.iter() {
            check_expanded(header, "its value", value).map_err(of_program)?;
        }
        Ok(headers)
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const URL: &str = "https://mcp.example:8443/mcp?a=b";

    /// What the command of `words` makes, a header a line, or its error.
    fn made(words: &[&str]) -> Result<String, String> {
        let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
        let command = HelperCommand::new(&words, None, URL, false).map_err(|error| error.to_string())?;
        let headers = command.call().result.map_err(|error| error.to_string())?.headers;
        let line = |(name, value): (&str, &[u8])| format!("{name}: {}", String::from_utf8_lossy(value));
        Ok(headers.iter().map(line).collect::<Vec<_>>().join("\n"))
    }

    /// A script in a folder with a blank in its name.
    fn script(text: &str) -> (tempfile::TempDir, String) {
        let folder = tempfile::Builder::new().prefix("a b").tempdir().unwrap();
        let path = folder.path().join("helper.sh");
        #[expect(clippy::disallowed_methods, reason = "a program of this test")]
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        let path = path.to_str().unwrap().to_owned();
        (folder, path)
    }

    #[test]
    fn one_word_is_a_line_for_the_shell_and_several_are_not() {
        assert_eq!(made(&["x='{\"A\":\"1\"}'; echo \"$x\" | cat"]), Ok("A: 1".to_owned()));
        assert_eq!(made(&["printf", "%s", "{\"A\":\"a | b; c\"}"]), Ok("A: a | b; c".to_owned()));
        let (_folder, path) = script("printf '{\"A\":\"%s\"}' \"$#$1$2\"");
        assert_eq!(made(&[&path]), Ok("A: 0".to_owned()));
        assert_eq!(made(&[&path, "x y", "*"]), Ok("A: 2x y*".to_owned()));
        assert_eq!(made(&[&format!("'{path}' x y")]), Ok("A: 2xy".to_owned()));
    }

    #[test]
    fn it_is_told_the_server_and_reads_nothing() {
        let line = "read line; printf '{\"A\":\"%s\",\"B\":\"%s%s\"}' \"$CLAUDE_CODE_MCP_SERVER_URL\" \
                    \"$CLAUDE_CODE_MCP_SERVER_NAME\" \"$line\"";
        assert_eq!(made(&[line]), Ok(format!("A: {URL}\nB: mcp.example:8443")));
    }

    #[test]
    fn what_it_prints_is_read_as_what_we_print() {
        for (line, message) in [
            (
                "echo '[]'",
                "sh -c: its output cannot be used: it is not a JSON object; make it print one JSON object of strings and \
                 nothing else",
            ),
            (
                "echo '{\"A\":1}'",
                "sh -c: header A cannot be sent: its value is not a string; make the helper print a string",
            ),
            (
                "echo '{\"Host\":\"x\"}'",
                "sh -c: header Host is reserved: the client sets it, and another value breaks the connection; remove it",
            ),
            ("echo '{\"A\":\"1\"}'; echo oops >&2; exit 3", "sh -c failed: exit status: 3: oops; run it by hand"),
            ("yes; true", "sh -c failed: it printed more than 64 KiB; make it print only its headers"),
        ] {
            assert_eq!(made(&[line]).unwrap_err(), message, "{line}");
        }
        let missing = made(&["/no/such/helper", "x"]).unwrap_err();
        assert_eq!(
            missing,
            "helper cannot be run: it does not exist; install it, or write its absolute path behind --"
        );
        assert_eq!(
            made(&[""]).unwrap_err(),
            "-- is not followed by a helper: the word is empty; write -- HELPER ARGUMENTS"
        );
    }
}
