//! `hdr-tenant`: headers for a tenant, and with those of another helper.

use clap::Parser;

#[cfg(feature = "bridge")]
use super::wrapped;
use crate::config::command_words::{CommandWords, FromWords};
use crate::config::profile::Alternatives;
use crate::error::Error;
use crate::header::Answer;
use crate::program::helper::{Helper, Program};
use crate::program::options::Options;
use crate::run::Run;
use crate::tenant::{self, CallWrapped, TenantOptions, VerbOptions};

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

impl Program for Tenant {
    const NAME: &'static str = "hdr-tenant";
    const EXAMPLES: [(&'static str, &'static str); 2] = tenant::EXAMPLES;
    const MORE: &'static str = tenant::MORE;
}

impl Helper for Tenant {
    const ALTERNATIVES: Alternatives = Alternatives::NONE;

    fn options(&self) -> &Options {
        &self.options
    }

    fn verb(&self) -> Option<&'static str> {
        self.verb.name()
    }

    fn answer(&self, run: &Run) -> Result<Answer, Error> {
        self.answer_with(None, run)
    }

    #[cfg(feature = "bridge")]
    fn answer_call(&self, run: &Run) -> Result<Answer, Error> {
        self.answer_with(Some(&|call| wrapped::call(call, &self.options, run)), run)
    }
}

impl Tenant {
    /// The answer of this run; `in_process` calls the helper that is wrapped, where it is not to be started.
    fn answer_with(&self, in_process: Option<&CallWrapped<'_>>, run: &Run) -> Result<Answer, Error> {
        if let Some(text) = self.verb.run(&self.own, run)? {
            return Ok(Answer::Text(text));
        }
        let Options { headers, format, .. } = &self.options;
        self.own.answer(headers, *format, self.verb.wrapped(), in_process, run)
    }
}
