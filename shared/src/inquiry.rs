//! Inquiries about the command line itself: no headers are made in this process.

use std::ffi::OsString;

use clap::Command;

use crate::command_line::CommandLine;
use crate::error::{Error, Report};
use crate::options::{Format, Options};
use crate::print_config::Configuration;
use crate::server::Server;

/// What is asked about the command line.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Inquiry {
    /// `--print-config`: what to write into a client's configuration.
    Configuration(Configuration),
}

/// What there is to say.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// For stdout, whole lines.
    pub(crate) text: String,
    /// For stderr.
    pub(crate) warnings: Vec<String>,
    /// The exit code.
    pub(crate) code: u8,
}

impl Inquiry {
    /// The option that it is.
    fn option(self) -> &'static str {
        match self {
            Self::Configuration(_) => "--print-config",
        }
    }

    /// The answer for the helper `name`, started with `words`, of which clap made `options` and `verb` by `command`.
    ///
    /// # Errors
    /// [`Error::Usage`] beside a verb; those of [`CommandLine::without`] and of the inquiry.
    #[cold]
    #[inline(never)]
    pub(crate) fn answer(
        self,
        name: &str,
        options: &Options,
        verb: Option<&str>,
        words: impl IntoIterator<Item = OsString>,
        command: &Command,
    ) -> Result<Answer, Error> {
        if let Some(verb) = verb {
            let fact = format_args!("{} cannot stand beside {verb}", self.option());
            let cause = "it is about a command line that prints headers";
            return Err(Error::Usage(Report::new(fact, cause, "leave one of them out")));
        }
        let line = CommandLine::without(&["--print-config"], words, command)?;
        let server = Server::new(options.server_name.as_deref(), options.server_url.as_deref())?;
        match self {
            Self::Configuration(configuration) => {
                let (text, warning) = configuration.print(name, line, &server)?;
                let mut warnings = Vec::from_iter(warning);
                if options.format != Format::Headers {
                    warnings.push("clients read what is printed without --format; leave it out".to_owned());
                }
                Ok(Answer { text, warnings, code: 0 })
            }
        }
    }
}
