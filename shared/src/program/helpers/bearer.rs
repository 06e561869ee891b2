//! `hdr-bearer-refresh`: headers with a bearer token that is fresh and shared between runs.

use clap::Parser;

use crate::bearer::{self, BearerOptions, VerbOptions};
use crate::config::command_words::{CommandWords, FromWords};
use crate::config::profile::Alternatives;
use crate::error::Error;
use crate::header::Answer;
use crate::program::helper::{Helper, Program};
use crate::program::options::Options;
use crate::run::Run;

/// Prints HTTP headers with a bearer token, as one JSON object for an MCP client's headersHelper.
///
/// The default header is Authorization: Bearer {token}. The token comes from an authorization server, a command or another
/// program. It is cached for all processes of the user and renewed before it expires. A client that runs the helper again for
/// the same server, as clients do after a 401, gets a new one.
#[derive(Parser)]
#[command(name = "hdr-bearer-refresh", version)]
pub struct Bearer {
    #[command(flatten)]
    own: BearerOptions,

    #[command(flatten)]
    verb: VerbOptions,

    #[command(flatten)]
    options: Options,
}

impl FromWords for Bearer {
    fn from_words(words: &mut CommandWords<'_>) -> Self {
        let (own, options) = (BearerOptions::from_words(words), Options::from_words(words));
        Self { verb: VerbOptions::default(), own, options }
    }
}

impl Program for Bearer {
    const NAME: &'static str = "hdr-bearer-refresh";
    const EXAMPLES: [(&'static str, &'static str); 2] = bearer::EXAMPLES;
}

impl Helper for Bearer {
    const ALTERNATIVES: Alternatives = bearer::ALTERNATIVES;

    fn options(&self) -> &Options {
        &self.options
    }

    fn verb(&self) -> Option<&'static str> {
        self.verb.name()
    }

    fn answer(&self, run: &Run) -> Result<Answer, Error> {
        match self.verb.run(&self.own, run)? {
            Some(text) => Ok(Answer::Text(text)),
            None => self.own.answer(&self.options.headers, run),
        }
    }
}
