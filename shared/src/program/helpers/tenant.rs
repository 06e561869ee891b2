//! `hdr-tenant`: headers for a tenant, and with those of another helper.

use clap::Parser;

use crate::config::command_words::{CommandWords, FromWords};
use crate::config::profile::Alternatives;
use crate::error::Error;
use crate::header::Answer;
use crate::program::helper::Helper;
use crate::program::options::Options;
use crate::run::Run;
use crate::tenant::{self, TenantOptions, VerbOptions};

/// Prints HTTP headers for a tenant, as one JSON object for an MCP client's headersHelper.
///
/// The default header is X-Tenant-ID: {tenant}. {tenant:FIELD} is a field of the tenant in ~/.config/hdr/tenants.toml. The
/// headers of another helper after -- are printed too.
#[derive(Parser)]
#[command(name = "hdr-tenant", version)]
pub struct Tenant {
    #[command(flatten)]
    verb: VerbOptions,

    #[command(flatten)]
    own: TenantOptions,

    #[command(flatten)]
    options: Options,
}

impl FromWords for Tenant {
    fn from_words(words: &mut CommandWords<'_>) -> Self {
        let verb = VerbOptions::from_words(words);
        Self { verb, own: TenantOptions::from_words(words), options: Options::from_words(words) }
    }
}

impl Helper for Tenant {
    const NAME: &'static str = "hdr-tenant";
    const ALTERNATIVES: Alternatives = Alternatives::NONE;
    const EXAMPLES: [(&'static str, &'static str); 2] = tenant::EXAMPLES;
    const MORE: &'static str = tenant::MORE;

    fn options(&self) -> &Options {
        &self.options
    }

    fn verb(&self) -> Option<&'static str> {
        self.verb.name()
    }

    fn answer(&self, run: &Run) -> Result<Answer, Error> {
        match self.verb.run(&self.own, run)? {
            Some(text) => Ok(Answer::Text(text)),
            None => self.own.answer(&self.options.headers, self.options.format, self.verb.wrapped(), run),
        }
    }
}
