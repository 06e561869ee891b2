//! Inquiries about the command line itself: no headers are made in this process.

use std::ffi::OsString;

use clap::Command;

use crate::client::known;
use crate::config::Profile;
use crate::error::{Error, Report};
use crate::header::Format;
use crate::program::check;
use crate::program::command_line::OwnCommandLine;
use crate::program::options::Options;
use crate::program::print_config::{Configuration, Printed, Wanted};
use crate::server::Server;

/// What is asked about the command line.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Inquiry<'a> {
    /// `--check`: what becomes of it in these clients, or in all.
    Check(&'a [String]),
    /// `--print-config`: what to write into a client's configuration.
    Configuration(Configuration),
}

/// The command line that an inquiry is about.
#[derive(Clone, Copy)]
pub(crate) struct CommandLineRequest<'a> {
    /// The helper's name.
    pub(crate) helper: &'static str,
    pub(crate) options: &'a Options,
    pub(crate) verb: Option<&'a str>,
    /// Its options, as clap knows them.
    pub(crate) parser: &'a Command,
    /// The profile in use, whose server stands where no other is known.
    pub(crate) profile: Option<&'a Profile>,
}

/// What there is to say.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// For stdout, whole lines.
    pub(crate) text: String,
    /// For stderr, as it is: whole lines.
    pub(crate) instructions: String,
    /// For stderr.
    pub(crate) warnings: Vec<String>,
    /// The exit code.
    pub(crate) code: u8,
}

impl<'a> Inquiry<'a> {
    /// What `options` ask about the command line, where no headers are wanted.
    pub(crate) fn of(options: &'a Options) -> Option<Self> {
        let check = options.check.as_deref().map(Self::Check);
        check.or(options.print_config.map(Self::Configuration))
    }

    /// The option that it is.
    fn option(self) -> &'static str {
        match self {
            Self::Check(_) => "--check",
            Self::Configuration(_) => "--print-config",
        }
    }

    /// Whether it can be answered although the profile cannot be used: a check runs into that by itself, and a plugin's
    /// users have profiles of their own.
    pub(crate) fn needs_no_profile(self) -> bool {
        matches!(self, Self::Check(_) | Self::Configuration(Configuration::ClaudePlugin))
    }

    /// The answer for a helper that was started with `words`.
    ///
    /// # Errors
    /// [`Error::Usage`] beside a verb; those of [`OwnCommandLine::without`] and of the inquiry.
    #[cold]
    #[inline(never)]
    pub(crate) fn answer(self, asked: CommandLineRequest<'_>, words: Vec<OsString>) -> Result<Answer, Error> {
        let CommandLineRequest { helper, options, verb, parser, profile } = asked;
        if let Some(verb) = verb {
            let fact = format_args!(" cannot be used with {verb}");
            let cause = "it applies to a command line that prints headers";
            return Err(Error::Usage(Report::of(self.option(), fact, cause, "remove one of them")));
        }
        let line = OwnCommandLine::without(&["--check", "--print-config"], words, parser)?;
        let server = Server::new(options.server_name.as_deref(), options.server_url.as_deref())?;
        let server = server.or_at(profile.and_then(Profile::server));
        match self {
            Self::Check(choices) => {
                let (text, passed) = check::run(helper, &line, &server, &known::chosen(choices))?;
                Ok(Answer { text, code: u8::from(!passed), ..Answer::default() })
            }
            Self::Configuration(configuration) => {
                let profile = profile.map(Profile::name);
                let wanted = Wanted { helper, line, server: &server, parser, profile };
                let Printed { text, instructions, warning } = configuration.print(wanted)?;
                let mut warnings = Vec::from_iter(warning);
                if options.format != Format::Headers {
                    let fact = "clients read only the format headers";
                    warnings.push(format!("{fact}; remove --format here or from the profile"));
                }
                Ok(Answer { text, instructions, warnings, code: 0 })
            }
        }
    }
}
