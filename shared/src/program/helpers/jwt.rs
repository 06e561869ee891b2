//! `hdr-jwt`: headers with a JSON Web Token signed on the spot.

use clap::Parser;

use crate::config::command_words::{CommandWords, FromWords};
use crate::config::profile::Alternatives;
use crate::error::Error;
use crate::header::Answer;
use crate::jwt::{self, JwtOptions};
use crate::program::helper::{Helper, Program};
use crate::program::options::Options;
use crate::run::Run;

/// Prints HTTP headers with a JSON Web Token, as one JSON object for an MCP client's headersHelper.
///
/// The default header is Authorization: Bearer {token}. The token is signed in each run, and always has iat and exp.
#[derive(Parser)]
#[command(name = "hdr-jwt", version)]
pub struct Jwt {
    #[command(flatten)]
    own: JwtOptions,

    #[command(flatten)]
    options: Options,
}

impl FromWords for Jwt {
    fn from_words(words: &mut CommandWords<'_>) -> Self {
        Self { own: JwtOptions::from_words(words), options: Options::from_words(words) }
    }
}

impl Program for Jwt {
    const NAME: &'static str = "hdr-jwt";
    const EXAMPLES: [(&'static str, &'static str); 2] = jwt::EXAMPLES;
}

impl Helper for Jwt {
    const ALTERNATIVES: Alternatives = Alternatives::NONE;

    fn options(&self) -> &Options {
        &self.options
    }

    fn answer(&self, run: &Run) -> Result<Answer, Error> {
        self.own.answer(&self.options.headers, run)
    }
}
