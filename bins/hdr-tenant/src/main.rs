//! `hdr-tenant`: headers for a tenant, and with those of another helper.
#![cfg_attr(all(target_os = "linux", target_env = "gnu"), no_main)]

use clap::{Parser, ValueEnum};
use hdr::config::command_words::{CommandWords, FromWords};
use hdr::error::{Error, Report};
use hdr::header::Answer;
use hdr::program::helper::Helper;
use hdr::program::options::Options;
use hdr::run::Run;
use hdr::tenant::{self, TenantOptions};

/// Prints HTTP headers for a tenant, as one JSON object for an MCP client's headersHelper.
///
/// By default: X-Tenant-ID: {tenant}. Templates also have {tenant:FIELD}, from [tenants.NAME] in
/// ~/.config/hdr/tenants.toml. With another helper behind `--` its headers are printed too: in its words {tenant} and
/// {tenant:FIELD} are replaced.
#[derive(Parser)]
#[command(name = "hdr-tenant", version, after_long_help = MORE)]
struct HdrTenant {
    /// What to do instead of printing headers.
    #[arg(value_enum, value_name = "VERB")]
    verb: Option<Verb>,

    /// With use: the tenant.
    #[arg(value_name = "NAME")]
    name: Option<String>,

    /// Another helper and its arguments, whose headers are printed behind ours.
    #[arg(last = true, value_name = "HELPER")]
    wrapped: Vec<String>,

    #[command(flatten)]
    tenant: TenantOptions,

    #[command(flatten)]
    options: Options,
}

/// What the long help says behind the options.
const MORE: &str = "\
Tenants are listed in ~/.config/hdr/tenants.toml, and once they are no other name is taken, wherever it comes from:

    default = \"acme\"
    [tenants.acme]             # fields of any name, for {tenant:user}
    user = \"jo\"
    [[rules]]                  # the first that fits; server, directory or both
    server = \"*.acme.example\"
    directory = \"~/projects/acme\"
    tenant = \"acme\"

A file .hdr-tenant holds one name. The nearest one counts, from the project upward as far as your home directory, one with
.git, or the file system goes. The project is where the MCP client runs, or what --project-dir names.

A helper behind -- is looked for beside this one, then on PATH. It shares the deadline of --timeout, finds the tenant in
HDR_TENANT, and what it prints is checked. Where neither a header nor one of its words names the tenant none is needed.";

/// What it does besides printing headers.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Verb {
    /// Show which tenant is chosen, by what, and which others that hides.
    Show,
    /// List the tenants that are known.
    List,
    /// Write the tenant's name into .hdr-tenant in the project.
    Use,
}

impl FromWords for HdrTenant {
    fn from_words(words: &mut CommandWords<'_>) -> Self {
        Self {
            verb: None,
            name: None,
            wrapped: words.rest(),
            tenant: TenantOptions::from_words(words),
            options: Options::from_words(words),
        }
    }
}

impl Helper for HdrTenant {
    const NAME: &'static str = "hdr-tenant";

    fn options(&self) -> &Options {
        &self.options
    }

    fn verb(&self) -> Option<&'static str> {
        self.verb.map(|verb| match verb {
            Verb::Show => "show",
            Verb::List => "list",
            Verb::Use => "use",
        })
    }

    fn answer(&self, run: &Run) -> Result<Answer, Error> {
        self.check_words()?;
        match (self.verb, &self.name) {
            (None, _) => {
                let headers = self.options.headers(tenant::default_headers()?, &tenant::OWN)?;
                self.tenant.answer(&headers, self.options.format, &self.wrapped, run)
            }
            (Some(Verb::Show), _) => self.tenant.show(run).map(Answer::Text),
            (Some(Verb::List), _) => self.tenant.list().map(Answer::Text),
            (Some(Verb::Use), Some(name)) => self.tenant.assign(name, run).map(Answer::Text),
            (Some(Verb::Use), None) => {
                let report = Report::new("use has no name", "nothing says which tenant", "write use NAME");
                Err(Error::Usage(report))
            }
        }
    }
}

impl HdrTenant {
    /// A name belongs to `use`, a helper to no verb at all.
    fn check_words(&self) -> Result<(), Error> {
        let Some(verb) = self.verb else {
            return Ok(());
        };
        let report = if !self.wrapped.is_empty() {
            Report::new("a helper cannot stand behind a verb", "a verb prints no headers", "leave one of them out")
        } else if self.name.is_some() && verb != Verb::Use {
            Report::new("a name cannot stand here", "it belongs to the verb use", "leave it out, or give --tenant NAME")
        } else {
            return Ok(());
        };
        Err(Error::Usage(report))
    }
}

hdr::start!(HdrTenant);
