//! What a helper is: argv in, one JSON line out, an exit code. Nothing else prints.

use std::ffi::OsString;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Command;
use clap::error::ErrorKind;

use crate::client::mark::Marks;
use crate::config::Profile;
use crate::error::{Error, Report};
use crate::os::clock::{Deadline, elapsed, monotonic};
use crate::os::memory;
#[cfg(feature = "completions")]
use crate::program::completions;
use crate::program::help;
use crate::program::helper::{Helper, Program};
use crate::program::inquiry::{CommandLineRequest, Inquiry};
use crate::program::log;
#[cfg(feature = "completions")]
use crate::program::manual;
use crate::program::parser::{Complaint, parse};
use crate::program::plain;
use crate::program::profiled::{Chosen, with_profile};
use crate::program::report::RunReport;
use crate::program::stdout;
use crate::secret::Secret;
use crate::server::Server;

/// How long a reader of the answer to an inquiry may take.
const PRINTING: Duration = Duration::from_secs(8);

/// Runs a helper with the arguments of this process; returns its exit code.
#[must_use]
pub fn main<H: Helper>() -> u8 {
    let started_at = monotonic();
    memory::keep_out_of_core_dumps();
    let marks = Marks::inherited();
    let words = words();
    #[cfg(feature = "completions")]
    if let Some(text) = completions::script::<H>(&words).or_else(|| manual::page::<H>(&words)) {
        return u8::from(print_text(text).is_err());
    }
    match plain::read::<H>(&words) {
        Some(helper) => end_of_run(&helper, marks, started_at),
        None => parsed::<H>(words, marks, started_at),
    }
}

/// Makes the headers where no profile is in use; returns the exit code.
fn end_of_run<H: Helper>(helper: &H, marks: Marks, started_at: Instant) -> u8 {
    let mut report = RunReport::new(&marks);
    let result = run(helper, None, marks, started_at, &mut report);
    report.end(H::NAME, helper.options(), result, started_at)
}

/// Does what a command line says that clap has to read; returns the exit code.
#[cold]
fn parsed<H: Helper>(words: Vec<OsString>, marks: Marks, started_at: Instant) -> u8 {
    // A link may have another name, and messages have that of the helper.
    let mut parser = H::command().bin_name(H::NAME);
    let read = parse(&mut parser, words.clone()).and_then(|matches| with_profile::<H>(matches, &mut parser, &words));
    let (helper, profile) = match read {
        Ok(read) => read,
        Err(error) => return end_by_clap::<H>(&error, &parser, &words, &marks, started_at),
    };
    let mut report = RunReport::new(&marks);
    let result = match Inquiry::of(helper.options()) {
        Some(inquiry) => inquire(&helper, inquiry, &parser, words, profile, &mut report),
        None => profile.and_then(|profile| run(&helper, profile.as_ref(), marks, started_at, &mut report)),
    };
    report.end(H::NAME, helper.options(), result, started_at)
}

/// Makes the headers and prints them.
fn run<H: Helper>(
    helper: &H,
    profile: Option<&Arc<Profile>>,
    marks: Marks,
    started_at: Instant,
    report: &mut RunReport,
) -> Result<u8, Error> {
    report.profile = profile.map(|profile| profile.name().to_owned());
    let place = |error| match profile {
        Some(profile) => profile.place(error),
        None => error,
    };
    let run = helper.options().run(profile.cloned(), marks, None, started_at).map_err(place)?;
    let output = helper.answer(&run).and_then(|answer| answer.printed(helper.options().format));
    report.steps = run.notes().steps();
    report.warnings = run.notes().warnings();
    report.log_only_warnings = run.notes().log_only_warnings();
    print(&output.map_err(place)?, run.deadline())?;
    run.do_afterwards();
    Ok(0)
}

/// Prints the answer to an inquiry about the command line; returns the exit code.
#[cold]
fn inquire<H: Helper>(
    helper: &H,
    inquiry: Inquiry<'_>,
    parser: &Command,
    words: Vec<OsString>,
    profile: Chosen,
    report: &mut RunReport,
) -> Result<u8, Error> {
    let profile = match profile {
        Err(_) if inquiry.needs_no_profile() => None,
        profile => profile?,
    };
    let asked = CommandLineRequest {
        helper: H::NAME,
        options: helper.options(),
        verb: helper.verb(),
        parser,
        profile: profile.as_deref(),
    };
    let answer = inquiry.answer(asked, words)?;
    report.warnings = answer.warnings;
    report.instructions = answer.instructions;
    print_text(answer.text.into_bytes())?;
    Ok(answer.code)
}

/// Prints what clap has to say; returns the exit code.
#[cold]
pub(super) fn end_by_clap<P: Program>(
    error: &clap::Error,
    parser: &Command,
    words: &[OsString],
    marks: &Marks,
    started_at: Instant,
) -> u8 {
    // There is nobody to tell when the terminal is gone.
    let _ = match error.kind() {
        ErrorKind::DisplayHelp => {
            let is_short = error.to_string() == parser.clone().render_help().to_string();
            stdout::write_all(help::text::<P>(!is_short).as_bytes())
        }
        _ => error.print().and_then(|()| stdout::flush()),
    };
    let code = u8::try_from(error.exit_code()).unwrap_or(2);
    if code != 0 && !marks.is_check() {
        let entry = log::Entry {
            helper: P::NAME,
            profile: None,
            server: &Server::known(None, None),
            exit_code: code,
            message: Some(&Complaint::new(error, parser).text),
            warnings: &[],
            took: elapsed(started_at),
        };
        // That nothing is logged is no news beside what clap has said.
        let _ = entry.append(log_among(words));
    }
    code
}

/// The value of `--log` among words that clap could not make sense of.
fn log_among(words: &[OsString]) -> Option<&str> {
    let mut words = words.iter().take_while(|word| *word != "--").map_while(|word| word.to_str());
    let word = words.find(|word| *word == "--log" || word.starts_with("--log="))?;
    word.strip_prefix("--log=").or_else(|| words.next())
}

/// The command line: the name of this program, and its arguments.
#[expect(clippy::disallowed_methods, reason = "this is the owner of the command line")]
pub(super) fn words() -> Vec<OsString> {
    std::env::args_os().collect()
}

/// Prints what is no headers. However long it took to make, there is time to print it.
///
/// # Errors
/// Those of writing to stdout.
pub(super) fn print_text(text: Vec<u8>) -> Result<(), Error> {
    print(&Secret::new(text), Deadline::new(monotonic(), PRINTING))
}

fn print(output: &Secret, deadline: Deadline) -> Result<(), Error> {
    stdout::write(output.expose(), deadline).map_err(|error| {
        let in_time = error.kind() != io::ErrorKind::TimedOut;
        let report = Report::new("the headers cannot be written to stdout", error, "check the program that reads them");
        if in_time { Error::Other(report) } else { Error::Transient(report) }
    })
}
