//! What a helper is: argv in, one JSON line out, an exit code. Nothing else prints.

use std::ffi::OsString;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::{ArgMatches, Command};

use crate::client::mark::Marks;
use crate::config::Profile;
use crate::config::profile::{ParsedArgs, started_as};
use crate::error::{Error, Report};
use crate::header::template::located;
use crate::header::{Answer, Format};
use crate::os::clock::{Deadline, elapsed, monotonic};
use crate::os::memory;
use crate::program::helper::Helper;
use crate::program::inquiry::{CommandLineRequest, Inquiry};
use crate::program::log;
use crate::program::options::Options;
use crate::program::parser::{Complaint, parse};
use crate::program::plain;
use crate::program::stdout;
use crate::secret::Secret;
use crate::server::Server;

/// How long whoever reads the answer to an inquiry may take.
const PRINTING: Duration = Duration::from_secs(8);

/// Runs a helper with the arguments of this process; returns its exit code.
#[must_use]
pub fn main<H: Helper>() -> u8 {
    let started_at = monotonic();
    memory::keep_out_of_core_dumps();
    let marks = Marks::inherited();
    let words = words();
    #[cfg(feature = "completions")]
    if let Some(script) = crate::program::completions::script::<H>(&words) {
        return u8::from(print(&Secret::new(script), Deadline::new(started_at, PRINTING)).is_err());
    }
    match plain::read::<H>(&words) {
        Some(helper) => end_of_run(&helper, marks, started_at),
        None => parsed::<H>(words, marks, started_at),
    }
}

/// Makes the headers where no profile is in use; returns the exit code.
fn end_of_run<H: Helper>(helper: &H, marks: Marks, started_at: Instant) -> u8 {
    let mut told = RunReport { is_check: marks.is_check, ..RunReport::default() };
    let result = run(helper, None, marks, started_at, &mut told);
    end(H::NAME, helper.options(), result, told, started_at)
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
    let mut told = RunReport { is_check: marks.is_check, ..RunReport::default() };
    let result = match Inquiry::of(helper.options()) {
        Some(inquiry) => inquire(&helper, inquiry, &parser, words, profile, &mut told),
        None => profile.and_then(|profile| run(&helper, profile.as_ref(), marks, started_at, &mut told)),
    };
    end(H::NAME, helper.options(), result, told, started_at)
}

/// What a run tells beside its headers.
#[derive(Default)]
struct RunReport {
    profile: Option<String>,
    /// What the user is to do, whole lines.
    instructions: String,
    steps: Vec<String>,
    warnings: Vec<String>,
    /// Warnings that are not for stderr.
    log_only_warnings: Vec<String>,
    /// Whether it is one of a check, which leaves no trace.
    is_check: bool,
}

/// Makes the headers and prints them.
fn run<H: Helper>(
    helper: &H,
    profile: Option<&Arc<Profile>>,
    marks: Marks,
    started_at: Instant,
    told: &mut RunReport,
) -> Result<u8, Error> {
    told.profile = profile.map(|profile| profile.name().to_owned());
    let place = |error| match profile {
        Some(profile) => profile.place(error),
        None => error,
    };
    let run = helper.options().run(profile.cloned(), marks, None, started_at).map_err(place)?;
    let output = helper.answer(&run).and_then(|answer| output(answer, helper.options().format));
    told.steps = run.notes().steps();
    told.warnings = run.notes().warnings();
    told.log_only_warnings = run.notes().log_only_warnings();
    print(&output.map_err(place)?, run.deadline())?;
    run.do_afterwards();
    Ok(0)
}

/// Tells stderr and the log how a run ended; returns the exit code.
fn end(name: &str, options: &Options, result: Result<u8, Error>, mut told: RunReport, started_at: Instant) -> u8 {
    let (code, message) = match result {
        Ok(code) => (code, None),
        Err(error) => (error.exit_code(), Some(error.to_string())),
    };
    let warnings = [told.warnings.as_slice(), &told.log_only_warnings].concat();
    // To ask about a command line is not to run it.
    let is_run = Inquiry::of(options).is_none() && !told.is_check;
    if is_run && (message.is_some() || !warnings.is_empty() || options.log_successes) {
        let entry = log::Entry {
            helper: name,
            profile: told.profile.as_deref().or(options.profile.as_deref()),
            server: &Server::known(options.server_name.as_deref(), options.server_url.as_deref()),
            exit_code: code,
            message: message.as_deref(),
            warnings: &warnings,
            took: elapsed(started_at),
        };
        if let Err(error) = entry.append(options.log.as_deref()) {
            told.warnings.push(format!("nothing is logged: {error}"));
        }
    }
    if told.is_check && !options.explain {
        told.warnings.append(&mut told.log_only_warnings);
    }
    let last = match message {
        Some(message) => vec![message],
        None => told.warnings.into_iter().map(|warning| format!("warning: {warning}")).collect(),
    };
    report(name, &told.instructions, told.steps.iter().chain(&last));
    code
}

/// Prints the answer to an inquiry about the command line; returns the exit code.
#[cold]
fn inquire<H: Helper>(
    helper: &H,
    inquiry: Inquiry<'_>,
    parser: &Command,
    words: Vec<OsString>,
    profile: Chosen,
    told: &mut RunReport,
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
    told.warnings = answer.warnings;
    told.instructions = answer.instructions;
    // However long the answer took, there is time to print it.
    print(&Secret::new(answer.text.into_bytes()), Deadline::new(monotonic(), PRINTING))?;
    Ok(answer.code)
}

/// Prints what clap has to say; returns the exit code.
#[cold]
fn end_by_clap<H: Helper>(
    error: &clap::Error,
    parser: &Command,
    words: &[OsString],
    marks: &Marks,
    started_at: Instant,
) -> u8 {
    // There is nobody to tell when the terminal is gone.
    let _ = error.print().and_then(|()| stdout::flush());
    let code = u8::try_from(error.exit_code()).unwrap_or(2);
    if code != 0 && !marks.is_check {
        let entry = log::Entry {
            helper: H::NAME,
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
fn words() -> Vec<OsString> {
    std::env::args_os().collect()
}

/// The profile in use, or what is wrong with it.
pub(super) type Chosen = Result<Option<Arc<Profile>>, Error>;

/// The helper with the options of its profile, and the profile.
///
/// # Errors
/// What clap finds where there is no profile.
pub(super) fn with_profile<H: Helper>(
    mut matches: ArgMatches,
    parser: &mut Command,
    words: &[OsString],
) -> Result<(H, Chosen), clap::Error> {
    let started_as = words.first().and_then(|program| started_as(H::NAME, program));
    let given = ParsedArgs {
        helper: H::NAME,
        parser,
        matches: &matches,
        alternatives: const { &H::ALTERNATIVES },
        started_as: started_as.as_deref(),
        located,
    };
    let mut helper = None;
    let profile = Profile::choose(given).and_then(|profile| {
        let Some(profile) = profile else { return Ok(None) };
        let mut words = words.iter().cloned();
        let program = words.next();
        let arguments: Vec<_> = profile.words().chain(words).collect();
        helper = plain::read_arguments(&arguments);
        if helper.is_none() {
            let all = program.into_iter().chain(arguments);
            matches = parse(parser, all.collect()).map_err(|error| {
                let complaint = Complaint::new(&error, parser);
                profile.misfit(complaint.cause(), &complaint.options)
            })?;
        }
        Ok(Some(Arc::new(profile)))
    });
    let helper = match helper {
        Some(helper) => helper,
        None => H::from_arg_matches_mut(&mut matches).map_err(|error| error.format(parser))?,
    };
    Ok((helper, profile))
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

/// Writes instructions, and a line for each step, warning or error. There is nobody to tell when that fails.
#[expect(clippy::disallowed_methods, reason = "this is the owner of stderr")]
fn report<'a>(name: &str, instructions: &str, lines: impl Iterator<Item = &'a String>) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(instructions.as_bytes());
    for line in lines {
        let _ = stderr.write_all(format!("{name}: {line}\n").as_bytes());
    }
}
