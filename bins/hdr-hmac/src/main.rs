//! `hdr-hmac`: headers signed with an HMAC.
#![cfg_attr(all(target_os = "linux", target_env = "gnu"), no_main)]

use clap::Parser;
use hdr::config::command_words::{CommandWords, FromWords};
use hdr::config::profile::Alternatives;
use hdr::error::Error;
use hdr::header::Answer;
use hdr::hmac::{self, HmacOptions};
use hdr::program::helper::Helper;
use hdr::program::options::Options;
use hdr::run::Run;

/// Prints HTTP headers with an HMAC signature, as one JSON object for an MCP client's headersHelper.
///
/// The default headers are X-Timestamp: {timestamp}, X-Signature: {signature} and, with --api-key, X-API-Key.
///
/// A client runs a helper once per connection and sends its headers with every request of that connection. Schemes that sign
/// the method, the body or a nonce of each request cannot work and are refused.
#[derive(Parser)]
#[command(name = "hdr-hmac", version)]
struct HdrHmac {
    #[command(flatten)]
    hmac: HmacOptions,

    #[command(flatten)]
    options: Options,
}

impl FromWords for HdrHmac {
    fn from_words(words: &mut CommandWords<'_>) -> Self {
        Self { hmac: HmacOptions::from_words(words), options: Options::from_words(words) }
    }
}

impl Helper for HdrHmac {
    const NAME: &'static str = "hdr-hmac";
    const ALTERNATIVES: Alternatives = Alternatives::NONE;
    const EXAMPLES: [(&'static str, &'static str); 2] = hmac::EXAMPLES;

    fn options(&self) -> &Options {
        &self.options
    }

    fn answer(&self, run: &Run) -> Result<Answer, Error> {
        self.hmac.answer(&self.options.headers, run)
    }
}

hdr::start!(HdrHmac);
