//! `hdr-jwt`: headers with a JSON Web Token signed on the spot.
#![cfg_attr(all(target_os = "linux", target_env = "gnu"), no_main)]

use clap::Parser;
use hdr::config::command_words::{CommandWords, FromWords};
use hdr::config::profile::Alternatives;
use hdr::error::Error;
use hdr::header::Answer;
use hdr::jwt::{self, JwtOptions};
use hdr::program::helper::Helper;
use hdr::program::options::Options;
use hdr::run::Run;

/// Prints HTTP headers with a JSON Web Token, as one JSON object for an MCP client's headersHelper.
///
/// The default header is Authorization: Bearer {token}. The token is signed in each run, and always has iat and exp.
#[derive(Parser)]
#[command(name = "hdr-jwt", version)]
struct HdrJwt {
    #[command(flatten)]
    jwt: JwtOptions,

    #[command(flatten)]
    options: Options,
}

impl FromWords for HdrJwt {
    fn from_words(words: &mut CommandWords<'_>) -> Self {
        Self { jwt: JwtOptions::from_words(words), options: Options::from_words(words) }
    }
}

impl Helper for HdrJwt {
    const NAME: &'static str = "hdr-jwt";
    const ALTERNATIVES: Alternatives = Alternatives::NONE;
    const EXAMPLES: [(&'static str, &'static str); 2] = jwt::EXAMPLES;

    fn options(&self) -> &Options {
        &self.options
    }

    fn answer(&self, run: &Run) -> Result<Answer, Error> {
        self.jwt.answer(&self.options.headers, run)
    }
}

hdr::start!(HdrJwt);
