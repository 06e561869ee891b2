//! `hdr-hmac`: headers signed with an HMAC.

use clap::Parser;

use crate::config::command_words::{CommandWords, FromWords};
use crate::config::profile::Alternatives;
use crate::error::Error;
use crate::header::Answer;
use crate::hmac::{self, HmacOptions};
use crate::program::helper::{Helper, Program};
use crate::program::options::Options;
use crate::run::Run;

/// Prints HTTP headers with an HMAC signature, as one JSON object for an MCP client's headersHelper.
///
/// The default headers are X-Timestamp: {timestamp}, X-Signature: {signature} and, with --api-key, X-API-Key.
///
/// A client runs a helper once per connection and sends its headers with every request of that connection. Schemes that sign
/// the method, the body or a nonce of each request cannot work and are refused, except behind hdr-bridge.
#[derive(Parser)]
#[command(name = "hdr-hmac", version)]
pub struct Hmac {
    #[command(flatten)]
    own: HmacOptions,

    #[command(flatten)]
    options: Options,
}

impl FromWords for Hmac {
    fn from_words(words: &mut CommandWords<'_>) -> Self {
        Self { own: HmacOptions::from_words(words), options: Options::from_words(words) }
    }
}

impl Program for Hmac {
    const NAME: &'static str = "hdr-hmac";
    const EXAMPLES: [(&'static str, &'static str); 2] = hmac::EXAMPLES;
}

impl Helper for Hmac {
    const ALTERNATIVES: Alternatives = Alternatives::NONE;

    fn options(&self) -> &Options {
        &self.options
    }

    fn answer(&self, run: &Run) -> Result<Answer, Error> {
        self.own.answer(&self.options.headers, run)
    }
}
