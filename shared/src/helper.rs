//! What a helper is: argv in, one JSON line out, an exit code. Nothing else prints.

use std::io::{self, Write};
use std::time::Duration;

use clap::Parser;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::clock::{Deadline, monotonic};
use crate::error::{Error, Report};
use crate::headers::Headers;
use crate::inquiry::Inquiry;
use crate::invocation::Invocation;
use crate::options::{Format, Options};
use crate::secret::Secret;
use crate::stdout;

/// How long whoever reads what is no header may take.
const PRINTING: Duration = Duration::from_secs(8);

/// A program that prints headers.
pub trait Helper: Parser {
    /// Its name, as messages begin with it.
    const NAME: &'static str;

    /// The options that every helper has.
    fn options(&self) -> &Options;

    /// The verb that stands in the place of making headers, if one was given.
    fn verb(&self) -> Option<&'static str> {
        None
    }

    /// Makes the headers of this run.
    ///
    /// # Errors
    /// Whatever keeps it from having all of them: nothing is printed then.
    fn answer(&self, run: &Invocation) -> Result<Answer, Error>;
}

/// What a helper made.
#[derive(Debug)]
pub enum Answer {
    /// What it is for.
    Headers {
        /// All headers.
        headers: Headers,
        /// The value that `--format token` prints bare.
        token: Secret,
    },
    /// What a verb has to say, whole lines.
    Text(String),
}

/// Runs a helper with the arguments of this process; returns its exit code.
#[must_use]
pub fn main<H: Helper>() -> u8 {
    let begun = monotonic();
    #[cfg(feature = "completions")]
    if let Some(code) = print_completions::<H>() {
        return code;
    }
    let helper = match parse::<H>() {
        Ok(helper) => helper,
        Err(error) => {
            // There is nobody to tell when the terminal is gone.
            let _ = error.print().and_then(|()| stdout::flush());
            return u8::try_from(error.exit_code()).unwrap_or(2);
        }
    };
    let mut lines = Vec::new();
    let result = match helper.options().inquiry() {
        Some(inquiry) => inquire(&helper, inquiry, &mut lines),
        None => Invocation::new(helper.options(), begun).and_then(|run| {
            let answer = helper.answer(&run).and_then(|answer| output(answer, helper.options().format));
            lines.extend(run.notes().steps());
            print(&answer?, run.deadline())?;
            lines.extend(run.notes().warnings().into_iter().map(|warning| format!("warning: {warning}")));
            Ok(0)
        }),
    };
    let code = match result {
        Ok(code) => code,
        Err(error) => {
            lines.push(error.to_string());
            error.exit_code()
        }
    };
    report(H::NAME, &lines);
    code
}

/// Prints the answer to an inquiry about the command line; returns the exit code.
#[cold]
#[expect(clippy::disallowed_methods, reason = "this is the owner of the command line")]
fn inquire<H: Helper>(helper: &H, inquiry: Inquiry, lines: &mut Vec<String>) -> Result<u8, Error> {
    let answer = inquiry.answer(H::NAME, helper.options(), helper.verb(), std::env::args_os(), &H::command())?;
    lines.extend(answer.warnings.into_iter().map(|warning| format!("warning: {warning}")));
    // However long the answer took, there is time to print it.
    print(&Secret::new(answer.text.into_bytes()), Deadline::new(monotonic(), PRINTING))?;
    Ok(answer.code)
}

/// Prints the completions of a shell, where those are asked for; returns the exit code.
#[cfg(feature = "completions")]
#[expect(clippy::disallowed_methods, reason = "this is the owner of the command line")]
fn print_completions<H: Helper>() -> Option<u8> {
    let script = crate::completions::script::<H>(std::env::args_os())?;
    Some(u8::from(print(&Secret::new(script), Deadline::new(monotonic(), PRINTING)).is_err()))
}

/// Parses the command line. A stray word or a value may be a secret, so a complaint about one does not repeat it.
#[expect(clippy::disallowed_methods, reason = "this is the owner of the command line")]
fn parse<H: Helper>() -> Result<H, clap::Error> {
    H::try_parse_from(std::env::args_os()).map_err(|mut error| {
        let not_shown = || ContextValue::String("(not shown, it may be a secret)".to_owned());
        let shows_a_word = match error.get(ContextKind::InvalidArg) {
            Some(ContextValue::String(argument)) => !looks_like_an_option(argument),
            _ => false,
        };
        if error.kind() == ErrorKind::UnknownArgument {
            // How to pass it as a value, which no helper takes; the option that it is near to stays.
            error.remove(ContextKind::Suggested);
            if shows_a_word {
                error.insert(ContextKind::InvalidArg, not_shown());
            }
        }
        if error.get(ContextKind::InvalidValue).is_some_and(|value| *value != ContextValue::String(String::new())) {
            error.insert(ContextKind::InvalidValue, not_shown());
        }
        error
    })
}

fn looks_like_an_option(argument: &str) -> bool {
    let name = argument.strip_prefix("--").or_else(|| argument.strip_prefix('-')).unwrap_or_default();
    (1..30).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

fn output(answer: Answer, format: Format) -> Result<Secret, Error> {
    let (headers, token) = match answer {
        Answer::Headers { headers, token } => (headers, token),
        Answer::Text(text) => return Ok(Secret::new(text.into_bytes())),
    };
    match format {
        Format::Headers => headers.to_json(),
        Format::Curl => headers.to_curl(),
        Format::Token => {
            // What is too large for a header is too large here.
            headers.to_json()?;
            let mut line = token.expose().to_vec();
            line.push(b'\n');
            Ok(Secret::new(line))
        }
    }
}

fn print(output: &Secret, deadline: Deadline) -> Result<(), Error> {
    stdout::write(output.expose(), deadline).map_err(|error| {
        let in_time = error.kind() != io::ErrorKind::TimedOut;
        let report = Report::new("the headers cannot be written to stdout", error, "look at who reads them");
        if in_time { Error::Other(report) } else { Error::Transient(report) }
    })
}

/// Writes a line for each step, warning or error. There is nobody to tell when that fails.
#[expect(clippy::disallowed_methods, reason = "this is the owner of stderr")]
fn report(name: &str, lines: &[String]) {
    let mut stderr = io::stderr().lock();
    for line in lines {
        let _ = stderr.write_all(format!("{name}: {line}\n").as_bytes());
    }
}
