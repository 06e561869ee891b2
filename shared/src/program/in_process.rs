//! A helper that a program of ours calls in its own process, again and again, instead of starting it.

use std::ffi::OsString;
use std::sync::Arc;

use crate::client::mark::Marks;
use crate::config::Profile;
use crate::error::{Error, Report};
use crate::header::{Answer, Format, Headers};
use crate::os::clock::monotonic;
use crate::program::helper::Helper;
use crate::program::inquiry::Inquiry;
use crate::program::parser::{Complaint, parse};
use crate::program::profiled::with_profile;
use crate::run::Call;
use crate::secret::Secret;

/// A helper and the profile in use, read once from a command line.
pub struct InProcess<H> {
    helper: H,
    profile: Option<Arc<Profile>>,
}

/// What one call made.
#[derive(Debug)]
pub struct Made {
    /// The headers, in their order.
    pub headers: Headers,
    /// The value that was made for them: a token or a signature.
    pub token: Secret,
    /// What its caller may want to know, a line each.
    pub warnings: Vec<String>,
    /// The steps that `--explain` shows, a line each; none without it.
    pub steps: Vec<String>,
}

impl<H: Helper> InProcess<H> {
    /// The helper that `words` describe: its name and its arguments, as on a command line.
    ///
    /// # Errors
    /// [`Error::Usage`] for a command line that the helper would refuse, and for one that asks for something else than
    /// headers; those of its profile.
    pub fn new(words: &[OsString]) -> Result<Self, Error> {
        let mut parser = H::command().bin_name(H::NAME);
        let refused = |error: &clap::Error, parser: &clap::Command| {
            let complaint = Complaint::new(error, parser);
            let remedy = format_args!("see {} --help", H::NAME);
            Error::Usage(Report::new(format_args!("{} cannot be called", H::NAME), complaint.cause(), remedy))
        };
        let read = parse(&mut parser, words.to_vec()).and_then(|matches| with_profile(matches, &mut parser, words));
        let (helper, profile): (H, _) = read.map_err(|error| refused(&error, &parser))?;
        let profile = profile?;
        let makes_headers = Inquiry::of(helper.options()).is_none() && helper.verb().is_none();
        if !makes_headers || helper.options().format != Format::Headers {
            let fact = format_args!("{} cannot be called", H::NAME);
            let cause = "its command line asks for something else than headers";
            return Err(Error::Usage(Report::new(
                fact,
                cause,
                "remove the verb, --check, --print-config and --format",
            )));
        }
        Ok(Self { helper, profile })
    }

    /// The headers for `call`. Each call has its own instant and its own deadline (`--timeout`), and reads its secrets anew.
    ///
    /// # Errors
    /// Those of the helper, and [`Error::Usage`] where the profile is bound to another server than that of the request.
    pub fn headers(&self, call: Call) -> Result<Made, Error> {
        let place = |error| match &self.profile {
            Some(profile) => profile.place(error),
            None => error,
        };
        let request = call.request.as_ref();
        if let (Some(profile), Some(request)) = (&self.profile, request) {
            profile.check_request(request.url())?;
        }
        let options = self.helper.options();
        let run = options.run(self.profile.clone(), Marks::inherited(), Some(call), monotonic()).map_err(place)?;
        let answer = self.helper.answer(&run).map_err(place)?;
        let Answer::Headers { headers, token } = answer else {
            let fact = format_args!("{} has no headers", H::NAME);
            return Err(Error::Usage(Report::new(fact, "it answered with text", "remove the verb")));
        };
        // What clients would not take is not sent either.
        headers.to_json().map_err(place)?;
        run.do_afterwards();
        Ok(Made { headers, token, warnings: run.notes().warnings(), steps: run.notes().steps() })
    }
}
