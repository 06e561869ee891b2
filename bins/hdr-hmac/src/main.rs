//! `hdr-hmac`: headers signed with an HMAC.
#![cfg_attr(all(target_os = "linux", target_env = "gnu"), no_main)]

use clap::Parser;
use hdr::config::command_words::{CommandWords, FromWords};
use hdr::error::Error;
use hdr::header::Answer;
use hdr::hmac::HmacOptions;
use hdr::program::helper::Helper;
use hdr::program::options::Options;
use hdr::run::Run;

/// Prints HTTP headers signed with an HMAC, as one JSON object for an MCP client's headersHelper.
///
/// By default it signs the current time: X-Timestamp, X-Signature and, with --api-key, X-API-Key. A client runs a helper
/// once per connection and sends its headers on every request of it, so schemes that sign the method, the body or a
/// one-time nonce of each request cannot work and are refused.
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

    fn options(&self) -> &Options {
        &self.options
    }

    fn answer(&self, run: &Run) -> Result<Answer, Error> {
        self.hmac.answer(&self.options.headers, run)
    }
}

hdr::start!(HdrHmac);
