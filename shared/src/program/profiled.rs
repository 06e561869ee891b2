//! A command line read with clap, together with the options of the profile in use.

use std::ffi::OsString;
use std::sync::Arc;

use clap::{ArgMatches, Command};

use crate::config::Profile;
use crate::config::profile::{ParsedArgs, started_as};
use crate::error::Error;
use crate::header::template::located;
use crate::program::helper::Helper;
use crate::program::parser::{Complaint, parse};
use crate::program::plain;

/// The profile in use, or what is wrong with it.
pub(crate) type Chosen = Result<Option<Arc<Profile>>, Error>;

/// The helper with the options of its profile, and the profile.
///
/// # Errors
/// What clap finds where there is no profile.
pub(crate) fn with_profile<H: Helper>(
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
        server_url: None,
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
