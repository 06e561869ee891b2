//! The command line of hdr-bridge, with the options of its profile.

use std::ffi::OsString;
use std::sync::Arc;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory, FromArgMatches, Parser};

use crate::bridge::options::{BridgeOptions, EXAMPLES};
use crate::config::Profile;
use crate::config::profile::{Alternatives, ParsedArgs, helper_of, started_as};
use crate::error::Error;
use crate::header::template::located;
use crate::program::helper::Program;
use crate::program::parser::{Complaint, parse};

/// Serves an MCP client on stdin and stdout, and carries its messages to an MCP server over HTTP with the right headers.
///
/// It is for clients that know only stdio servers or fixed headers, for servers that ask for a client certificate or a
/// signature of each request, and for sessions that must outlive a token. A client that runs a headersHelper needs it for
/// none of the rest.
#[derive(Clone, Parser)]
#[command(name = "hdr-bridge", version)]
pub struct Bridge {
    #[command(flatten)]
    pub(super) options: BridgeOptions,
}

impl Program for Bridge {
    const NAME: &'static str = "hdr-bridge";
    const EXAMPLES: [(&'static str, &'static str); 2] = EXAMPLES;
    const DONE: &'static str =
        "The client closed stdin or stdout, or a signal ended it; what was asked for was printed.";
}

/// What clap finds, and the parser that found it.
type Complained = (clap::Error, Command);

/// The profile in use, or what is wrong with it.
type Chosen = Result<Option<Arc<Profile>>, Error>;

/// What clap finds, with what is missing before the name of a helper that stands among the options.
fn with_separator(mut error: clap::Error, words: &[OsString]) -> clap::Error {
    let helper =
        words.iter().skip(1).take_while(|word| *word != "--").find_map(|word| helper_of(&word.to_string_lossy()));
    if let Some(helper) = helper.filter(|_| error.kind() == ErrorKind::UnknownArgument) {
        let tip = format!("write -- before {helper}");
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    error
}

impl Bridge {
    /// What `words` say, with the options of the profile in use.
    ///
    /// # Errors
    /// What clap finds where there is no profile.
    pub(super) fn read(words: &[OsString]) -> Result<(Self, Chosen), Box<Complained>> {
        let mut parser = Self::command().bin_name(Self::NAME);
        let complained = |error: clap::Error, parser: &Command| Box::new((error, parser.clone()));
        let parsed = parse(&mut parser, words.to_vec());
        let mut matches = parsed.map_err(|error| complained(with_separator(error, words), &parser))?;
        let own_name = words.first().and_then(|program| started_as(Self::NAME, program));
        let typed = Self::from_arg_matches(&matches).map_err(|error| complained(error, &parser))?;
        let url = super::url::given(&typed.options);
        let given = ParsedArgs {
            helper: Self::NAME,
            parser: &parser,
            matches: &matches,
            alternatives: const { &Alternatives::NONE },
            started_as: own_name.as_deref(),
            server_url: url.as_deref(),
            located,
        };
        let profile = Profile::choose(given).and_then(|profile| {
            let Some(profile) = profile else { return Ok(None) };
            let mut rest = words.iter().cloned();
            let program = rest.next();
            let all = program.into_iter().chain(profile.words()).chain(rest);
            matches = parse(&mut parser, all.collect()).map_err(|error| {
                let complaint = Complaint::new(&error, &parser);
                profile.misfit(complaint.cause(), &complaint.options)
            })?;
            Ok(Some(Arc::new(profile)))
        });
        let bridge = Self::from_arg_matches_mut(&mut matches).map_err(|error| complained(error, &parser))?;
        Ok((bridge, profile))
    }
}
