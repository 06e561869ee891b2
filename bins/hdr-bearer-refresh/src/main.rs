//! `hdr-bearer-refresh`: headers with a bearer token that is fresh and shared between runs.
#![cfg_attr(all(target_os = "linux", target_env = "gnu"), no_main)]

use clap::Parser;
use hdr::bearer::{self, BearerOptions, VerbOptions};
use hdr::config::command_words::{CommandWords, FromWords};
use hdr::config::profile::Alternatives;
use hdr::error::Error;
use hdr::header::Answer;
use hdr::program::helper::Helper;
use hdr::program::options::Options;
use hdr::run::Run;

/// Prints HTTP headers with a bearer token, as one JSON object for an MCP client's headersHelper.
///
/// The default header is Authorization: Bearer {token}. The token comes from an authorization server, a command or another
/// program. It is cached for all processes of the user and renewed before it expires. A client that runs the helper again for
/// the same server, as clients do after a 401, gets a new one.
#[derive(Parser)]
#[command(name = "hdr-bearer-refresh", version)]
struct HdrBearerRefresh {
    #[command(flatten)]
    bearer: BearerOptions,

    #[command(flatten)]
    verb: VerbOptions,

    #[command(flatten)]
    options: Options,
}

impl FromWords for HdrBearerRefresh {
    fn from_words(words: &mut CommandWords<'_>) -> Self {
        let (bearer, options) = (BearerOptions::from_words(words), Options::from_words(words));
        Self { verb: VerbOptions::default(), bearer, options }
    }
}

impl Helper for HdrBearerRefresh {
    const NAME: &'static str = "hdr-bearer-refresh";
    const EXAMPLES: [(&'static str, &'static str); 2] = bearer::EXAMPLES;
    const ALTERNATIVES: Alternatives = bearer::ALTERNATIVES;

    fn options(&self) -> &Options {
        &self.options
    }

    fn verb(&self) -> Option<&'static str> {
        self.verb.name()
    }

    fn answer(&self, run: &Run) -> Result<Answer, Error> {
        match self.verb.run(&self.bearer, run)? {
            Some(text) => Ok(Answer::Text(text)),
            None => self.bearer.answer(&self.options.headers, run),
        }
    }
}

hdr::start!(HdrBearerRefresh);
