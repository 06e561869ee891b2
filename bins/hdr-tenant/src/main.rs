//! `hdr-tenant`: headers for a tenant, and with those of another helper.
#![cfg_attr(all(target_os = "linux", target_env = "gnu"), no_main)]

use clap::Parser;
use hdr::config::command_words::{CommandWords, FromWords};
use hdr::config::profile::Alternatives;
use hdr::error::Error;
use hdr::header::Answer;
use hdr::program::helper::Helper;
use hdr::program::options::Options;
use hdr::run::Run;
use hdr::tenant::{self, TenantOptions, VerbOptions};

/// Prints HTTP headers for a tenant, as one JSON object for an MCP client's headersHelper.
///
/// The default header is X-Tenant-ID: {tenant}. {tenant:FIELD} is a field of the tenant in ~/.config/hdr/tenants.toml. The
/// headers of another helper after -- are printed too.
#[derive(Parser)]
#[command(name = "hdr-tenant", version)]
struct HdrTenant {
    #[command(flatten)]
    verb: VerbOptions,

    #[command(flatten)]
    tenant: TenantOptions,

    #[command(flatten)]
    options: Options,
}

impl FromWords for HdrTenant {
    fn from_words(words: &mut CommandWords<'_>) -> Self {
        let verb = VerbOptions::from_words(words);
        Self { verb, tenant: TenantOptions::from_words(words), options: Options::from_words(words) }
    }
}

impl Helper for HdrTenant {
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
        match self.verb.run(&self.tenant, run)? {
            Some(text) => Ok(Answer::Text(text)),
            None => self.tenant.answer(&self.options.headers, self.options.format, self.verb.wrapped(), run),
        }
    }
}

hdr::start!(HdrTenant);
