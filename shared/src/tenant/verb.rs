//! What hdr-tenant does besides printing headers, and the helper behind `--`.

use clap::{Args, ValueEnum};

use crate::config::command_words::{CommandWords, FromWords};
use crate::error::{Error, Report};
use crate::run::Run;
use crate::tenant::TenantOptions;

/// A verb and what follows it, or another helper.
#[derive(Args, Debug)]
pub struct VerbOptions {
    /// Command to run instead of printing headers.
    #[arg(value_enum, value_name = "VERB")]
    verb: Option<Verb>,

    /// Name of the tenant, for use.
    #[arg(value_name = "NAME")]
    name: Option<String>,

    /// Another helper and its arguments, whose headers are printed too.
    #[arg(last = true, value_name = "HELPER")]
    wrapped: Vec<String>,
}

/// What it does besides printing headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Verb {
    /// Print the tenant, the place that names it, and the places that it overrides.
    Show,
    /// Print the tenants in ~/.config/hdr/tenants.toml.
    List,
    /// Write the name of a tenant to .hdr-tenant in the project.
    Use,
}

impl FromWords for VerbOptions {
    fn from_words(words: &mut CommandWords<'_>) -> Self {
        Self { verb: None, name: None, wrapped: words.rest() }
    }
}

impl VerbOptions {
    /// The name of the verb, where one is given.
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        self.verb.map(|verb| match verb {
            Verb::Show => "show",
            Verb::List => "list",
            Verb::Use => "use",
        })
    }

    /// The words of the helper behind `--`.
    #[must_use]
    pub fn wrapped(&self) -> &[String] {
        &self.wrapped
    }

    /// What the verb says, whole lines; `None` where none is given.
    ///
    /// # Errors
    /// [`Error::Usage`] for words that do not belong to the verb; those of [`TenantOptions`].
    pub fn run(&self, tenant: &TenantOptions, run: &Run) -> Result<Option<String>, Error> {
        self.check()?;
        match (self.verb, &self.name) {
            (None, _) => Ok(None),
            (Some(Verb::Show), _) => tenant.show(run).map(Some),
            (Some(Verb::List), _) => tenant.list().map(Some),
            (Some(Verb::Use), Some(name)) => tenant.assign(name, run).map(Some),
            (Some(Verb::Use), None) => {
                let report = Report::new("use has no name", "it needs the name of a tenant", "write use NAME");
                Err(Error::Usage(report))
            }
        }
    }

    /// A name belongs to `use`, a helper to no verb at all.
    fn check(&self) -> Result<(), Error> {
        let Some(verb) = self.verb else {
            return Ok(());
        };
        let report = if !self.wrapped.is_empty() {
            Report::new("a helper cannot follow a verb", "a verb prints no headers", "remove one of them")
        } else if self.name.is_some() && verb != Verb::Use {
            Report::new("a name cannot be used here", "it belongs to the verb use", "remove it, or give --tenant NAME")
        } else {
            return Ok(());
        };
        Err(Error::Usage(report))
    }
}
