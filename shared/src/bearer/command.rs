//! Commands that print a token.

use crate::bearer::printed;
use crate::error::{Error, Report};
use crate::oauth::answer::{Answer, Reading, UnusableAnswer};
use crate::oauth::life::{AnswerTime, ExpiryTeller};
use crate::os::clock::{self, Deadline};
use crate::run::Run;
use crate::secret::command::environment::CommandEnvironment;
use crate::secret::command::{self, CommandLine, Variables};
use crate::secret::unicode;

/// Runs `line`, whose token depends on the variables that `vary` names too, until the deadline and reads the token that it prints.
///
/// # Errors
/// [`Error::Secret`] when it fails or prints no token, [`Error::Transient`] when it is not done in time.
pub(super) fn ask(
    line: &CommandLine,
    vary: &[String],
    reading: &Reading,
    deadline: &Deadline,
    run: &Run,
) -> Result<Answer, Error> {
    let asked_at = clock::now();
    let environment = CommandEnvironment::new(vary, run.server_identity(), run.other_variables());
    let environment =
        if line.is_helper() { environment.of_helper(run.marks(), run.started_at(), deadline) } else { environment };
    let output = command::run("--command", line, Variables::Only(&environment), deadline, run.notes())?;
    let output = unicode::without_mark(output);
    let redactor = run.notes().redactor();
    let said = output.expose_text().and_then(|text| printed::message(text, reading, redactor)).unwrap_or_default();
    redactor.add_output(output.expose());
    let at = AnswerTime::by_our_clock(ExpiryTeller::Command, asked_at);
    let not_text = || UnusableAnswer("it is not text".to_owned(), "make the command print only a token, or JSON");
    let answer = output.expose_text().ok_or_else(not_text).and_then(|text| printed::read(text, reading, at, redactor));
    answer.inspect(|answer| answer.warn(run.notes())).map_err(|UnusableAnswer(cause, remedy)| {
        let held_back = environment.held_back().map(|held_back| format!("; {held_back}")).unwrap_or_default();
        let see = if said.is_empty() { "" } else { "see its message, or " };
        let (cause, remedy) = (format_args!("{cause}{said}"), format_args!("{see}{remedy}{held_back}"));
        Error::Secret(Report::of("--command", format_args!(": {line} did not print a usable token"), cause, remedy))
    })
}
