//! A helper that a program of ours calls in its own process, again and again, instead of starting it.

use std::ffi::OsString;
use std::sync::Arc;
use std::time::Instant;

use clap::parser::ValueSource;

use crate::client::mark::Marks;
use crate::config::Profile;
use crate::error::notes::{KnownWarnings, Notes};
use crate::error::{Error, Report};
use crate::header::{Answer, CallOutcome, Format, Life, Made};
use crate::os::clock::{elapsed, monotonic};
use crate::os::file;
use crate::program::helper::Helper;
use crate::program::inquiry::Inquiry;
use crate::program::log;
use crate::program::parser::{Complaint, parse};
use crate::program::profiled::with_profile;
use crate::run::{Call, Run};
use crate::server::Server;

/// A helper and the profile in use, read once from a command line.
pub struct InProcess<H> {
    helper: H,
    profile: Option<Arc<Profile>>,
    marks: Marks,
    /// The warnings of earlier calls.
    known_warnings: KnownWarnings,
}

/// What the program that calls a helper says, where the helper's own words do not.
#[derive(Clone, Copy, Debug, Default)]
pub struct CallerOptions<'a> {
    /// The URL of the MCP server.
    pub server_url: Option<&'a str>,
    /// Its name in the client.
    pub server_name: Option<&'a str>,
    /// The log file, or `off`.
    pub log: Option<&'a str>,
    /// Whether the steps of each call are wanted.
    pub explain: bool,
}

impl<H: Helper> InProcess<H> {
    /// The helper that `words` describe, its name and its arguments as on a command line, for `caller`.
    ///
    /// # Errors
    /// [`Error::Usage`] for a command line that the helper would refuse, and for one that asks for something else than
    /// headers; those of its profile.
    pub fn new(words: &[OsString], caller: CallerOptions<'_>) -> Result<Self, Error> {
        // The time that another program of ours gave this one is for its start, and not for each call.
        Self::told(words, caller, Marks { time_left: None, started_at: None, ..Marks::inherited() })
    }

    /// Like [`InProcess::new`], where a helper of ours says these `marks`.
    pub(super) fn told(words: &[OsString], caller: CallerOptions<'_>, marks: Marks) -> Result<Self, Error> {
        let mut parser = H::command().bin_name(H::NAME);
        let read = parse(&mut parser, words.to_vec()).and_then(|matches| {
            let is_given = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
            let words = caller.added_to(words, is_given);
            let matches = parse(&mut parser, words.clone())?;
            with_profile(matches, &mut parser, &words)
        });
        let makes_none = || {
            let fact = format_args!("{} cannot be called", H::NAME);
            let cause = "its command line asks for something else than headers";
            let remedy = "remove the verb, --check, --print-config and --format; options of hdr-bridge stand before --";
            Error::Usage(Report::new(fact, cause, remedy))
        };
        let (helper, profile): (H, _) = read.map_err(|error| {
            // Help and the version are no errors to clap.
            if !error.use_stderr() {
                return makes_none();
            }
            let complaint = Complaint::new(&error, &parser);
            let remedy = format_args!("see {} --help", H::NAME);
            Error::Usage(Report::new(format_args!("{} cannot be called", H::NAME), complaint.cause(), remedy))
        })?;
        let profile = profile?;
        let makes_headers = Inquiry::of(helper.options()).is_none() && helper.verb().is_none();
        if !makes_headers || helper.options().format != Format::Headers {
            return Err(makes_none());
        }
        Ok(Self { helper, profile, marks, known_warnings: KnownWarnings::default() })
    }

    /// Makes the headers for `call` and hands over what came of it; then does what need not be waited for. Each call is a run
    /// of its own: it has its own instant and its own deadline (`--timeout`), reads its secrets anew, and is logged.
    ///
    /// The errors handed over are those of the helper, and [`Error::Usage`] where the profile is bound to another server than
    /// that of the request.
    pub fn call(&self, call: Call, hand_over: impl FnOnce(CallOutcome)) {
        file::begin_run();
        self.call_in_run(call, hand_over);
        // What pipes held is not kept between calls.
        file::begin_run();
    }

    /// Like [`InProcess::call`], as a part of the run of another helper.
    pub(super) fn call_in_run(&self, call: Call, hand_over: impl FnOnce(CallOutcome)) {
        let started_at = monotonic();
        match self.run(call, started_at) {
            Ok(run) => {
                let result = self.made(&run);
                hand_over(self.outcome(result, Some(run.notes()), started_at));
                run.do_afterwards();
            }
            Err(error) => hand_over(self.outcome(Err(error), None, started_at)),
        }
    }

    fn run(&self, call: Call, started_at: Instant) -> Result<Run, Error> {
        if let (Some(profile), Some(request)) = (&self.profile, &call.request) {
            profile.check_request(request.url())?;
        }
        self.helper.options().run(self.profile.clone(), self.marks.clone(), Some(call), started_at)
    }

    fn made(&self, run: &Run) -> Result<Made, Error> {
        let Answer::Headers(mut made) = self.helper.answer_call(run)? else {
            let fact = format_args!("{} has no headers", H::NAME);
            return Err(Error::Usage(Report::new(fact, "it answered with text", "remove the verb")));
        };
        if run.is_for_request() {
            made.life = Life::OneRequest;
        }
        // What clients would not take is not sent either.
        made.headers.to_json()?;
        Ok(made)
    }

    /// What came of a call, which is logged.
    fn outcome(&self, result: Result<Made, Error>, notes: Option<&Notes>, started_at: Instant) -> CallOutcome {
        let result = result.map_err(|error| match &self.profile {
            Some(profile) => profile.place(error),
            None => error,
        });
        let warnings = self.known_warnings.new_among(notes.map(Notes::warnings).unwrap_or_default());
        let log_only = self.known_warnings.new_among(notes.map(Notes::log_only_warnings).unwrap_or_default());
        self.log(result.as_ref().err(), &[warnings.as_slice(), &log_only].concat(), started_at);
        CallOutcome { result, warnings, steps: notes.map(Notes::steps).unwrap_or_default() }
    }

    /// Notes a call that failed or has something new to say in the log.
    fn log(&self, error: Option<&Error>, warnings: &[String], started_at: Instant) {
        let options = self.helper.options();
        if self.marks.is_check() || error.is_none() && warnings.is_empty() && !options.log_successes {
            return;
        }
        let message = error.map(Error::to_string);
        let entry = log::Entry {
            helper: H::NAME,
            profile: self.profile.as_ref().map(|profile| profile.name()),
            server: &Server::known(options.server_name.as_deref(), options.server_url.as_deref()),
            exit_code: error.map_or(0, Error::exit_code),
            message: message.as_deref(),
            warnings,
            took: elapsed(started_at),
        };
        // The caller says so where no home directory is known.
        let _ = entry.append(options.log.as_deref());
    }
}

impl CallerOptions<'_> {
    /// `words` with what the caller says behind the first one, as far as they do not give it themselves.
    fn added_to(&self, words: &[OsString], is_given: impl Fn(&str) -> bool) -> Vec<OsString> {
        let said =
            [("server_url", "--server-url", self.server_url), ("server_name", "--server-name", self.server_name)];
        let said = said.into_iter().chain([("log", "--log", self.log)]);
        let said = said.filter(|(id, ..)| !is_given(id));
        let mut added: Vec<OsString> =
            said.filter_map(|(_, option, value)| Some(format!("{option}={}", value?).into())).collect();
        if self.explain && !is_given("explain") {
            added.push("--explain".into());
        }
        let (program, arguments) = words.split_at(words.len().min(1));
        [program, &added, arguments].concat()
    }
}
