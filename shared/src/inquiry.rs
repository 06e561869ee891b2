//! Inquiries about the command line itself: no headers are made in this process.

use std::ffi::OsString;

use crate::check;
use crate::client;
use crate::command_line::CommandLine;
use crate::error::{Error, Report};
use crate::options::Format;
use crate::print_config::Configuration;
use crate::profile::Given;
use crate::server::Server;

/// What is asked about the command line.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Inquiry<'a> {
    /// `--check`: what becomes of it in these clients, or in all.
    Check(&'a [String]),
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

impl Inquiry<'_> {
    /// The option that it is.
    fn option(self) -> &'static str {
        match self {
            Self::Check(_) => "--check",
            Self::Configuration(_) => "--print-config",
        }
    }

    /// The answer for a helper that was started with `words`, of which clap made what is `given` and `verb`. Where nothing
    /// else says the server's URL it is the `fallback`.
    ///
    /// # Errors
    /// [`Error::Usage`] beside a verb; those of [`CommandLine::without`] and of the inquiry.
    #[cold]
    #[inline(never)]
    pub(crate) fn answer(
        self,
        given: Given<'_>,
        verb: Option<&str>,
        words: impl IntoIterator<Item = OsString>,
        fallback: Option<&str>,
    ) -> Result<Answer, Error> {
        if let Some(verb) = verb {
            let fact = format_args!("{} cannot stand beside {verb}", self.option());
            let cause = "it is about a command line that prints headers";
            return Err(Error::Usage(Report::new(fact, cause, "leave one of them out")));
        }
        let line = CommandLine::without(&["--check", "--print-config"], words, given.parser)?;
        let options = given.options;
        let server = Server::new(options.server_name.as_deref(), options.server_url.as_deref())?.or_at(fallback);
        match self {
            Self::Check(choices) => {
                let (text, passed) = check::run(given.helper, &line, &server, &client::chosen(choices))?;
                Ok(Answer { text, warnings: Vec::new(), code: u8::from(!passed) })
            }
            Self::Configuration(configuration) => {
                let (text, warning) = configuration.print(given.helper, line, &server)?;
                let mut warnings = Vec::from_iter(warning);
                if options.format != Format::Headers {
                    warnings.push("clients read what is printed without --format; leave it out".to_owned());
                }
                Ok(Answer { text, warnings, code: 0 })
            }
        }
    }
}
