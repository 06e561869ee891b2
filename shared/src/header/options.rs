//! The options that say which headers are printed.

use clap::Args;

use crate::config::command_words::{CommandWords, FromWords};
use crate::error::Error;
use crate::header::{HeaderTemplate, HeaderTemplates};
use crate::run::Run;

/// Which headers are printed: those that a helper has by default, or others.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Headers")]
pub struct HeaderOptions {
    /// Print this header instead of the default ones; repeatable.
    ///
    /// Headers of the connection, such as Host, Content-Type and Mcp-Session-Id, are refused.
    #[arg(short = 'H', long, value_name = "NAME: TEMPLATE", allow_hyphen_values = true)]
    header: Vec<String>,

    /// Print this header in addition; repeatable.
    #[arg(long, value_name = "NAME: TEMPLATE", allow_hyphen_values = true)]
    add: Vec<String>,
}

impl FromWords for HeaderOptions {
    fn from_words(words: &mut CommandWords<'_>) -> Self {
        Self { header: words.texts(&["-H", "--header"]), add: words.texts(&["--add"]) }
    }
}

impl HeaderOptions {
    /// The headers asked for: those of `-H`, else `defaults`; and those of `--add`. `own` are the helper's placeholders, beside
    /// those of the request where this run has one.
    ///
    /// # Errors
    /// Those of [`HeaderTemplate::parse`].
    pub fn templates(
        &self,
        defaults: Vec<HeaderTemplate>,
        own: &[&'static str],
        run: &Run,
    ) -> Result<HeaderTemplates, Error> {
        HeaderTemplates::parse(&self.header, &self.add, defaults, &[own, run.request_placeholders()].concat())
    }

    /// Whether `-H` replaces the headers that the helper prints by default.
    #[must_use]
    pub fn replaces_defaults(&self) -> bool {
        !self.header.is_empty()
    }
}
