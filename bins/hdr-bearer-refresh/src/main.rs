//! `hdr-bearer-refresh`: headers with a bearer token that is fresh and shared between runs.
#![cfg_attr(all(target_os = "linux", target_env = "gnu"), no_main)]

use clap::{Args, Parser, ValueEnum};
use hdr::bearer::{BearerOptions, ForgetScope};
use hdr::config::command_words::{CommandWords, FromWords};
use hdr::config::profile::Alternatives;
use hdr::error::{Error, Report};
use hdr::header::{Answer, HeaderTemplate};
use hdr::program::helper::Helper;
use hdr::program::options::Options;
use hdr::run::Run;

/// Prints HTTP headers with a bearer token, as one JSON object for an MCP client's headersHelper.
///
/// By default: Authorization: Bearer {token}. The token comes from an authorization server, a command or another program;
/// it is cached for every process of this user, and renewed before it expires. A client that runs the
/// helper again for the same server, as clients do after a 401, gets another one. TEXT is a template everywhere, as the value of a header is.
#[derive(Parser)]
#[command(name = "hdr-bearer-refresh", version)]
struct HdrBearerRefresh {
    /// What to do instead of printing headers.
    #[arg(value_enum, value_name = "VERB")]
    verb: Option<Verb>,

    /// With status: print JSON.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    forget: ForgetOptions,

    #[command(flatten)]
    bearer: BearerOptions,

    #[command(flatten)]
    options: Options,
}

/// What `forget` takes.
#[derive(Args)]
struct ForgetOptions {
    /// With forget: the tokens of every request.
    #[arg(long)]
    all: bool,

    /// With forget: also delete rotated refresh tokens; they cannot be restored. The one of this command line is revoked
    /// first (RFC 7009), where the metadata of its issuer names a revocation endpoint.
    #[arg(long)]
    refresh_token_too: bool,

    /// With forget --refresh-token-too: revoke nothing.
    #[arg(long)]
    no_revoke: bool,
}

/// What it does besides printing headers.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Verb {
    /// Show what is cached: for whom, by which grant, for which resource, and for how long.
    Status,
    /// Remove the token of this command line.
    Forget,
}

impl FromWords for HdrBearerRefresh {
    fn from_words(words: &mut CommandWords<'_>) -> Self {
        Self {
            verb: None,
            json: false,
            forget: ForgetOptions { all: false, refresh_token_too: false, no_revoke: false },
            bearer: BearerOptions::from_words(words),
            options: Options::from_words(words),
        }
    }
}

impl Helper for HdrBearerRefresh {
    const NAME: &'static str = "hdr-bearer-refresh";
    const ALTERNATIVES: Alternatives = hdr::bearer::ALTERNATIVES;

    fn options(&self) -> &Options {
        &self.options
    }

    fn verb(&self) -> Option<&'static str> {
        self.verb.map(|verb| match verb {
            Verb::Status => "status",
            Verb::Forget => "forget",
        })
    }

    fn answer(&self, run: &Run) -> Result<Answer, Error> {
        self.check_verb()?;
        match self.verb {
            Some(Verb::Status) => self.bearer.status(self.json).map(Answer::Text),
            Some(Verb::Forget) => {
                let what = ForgetScope {
                    all: self.forget.all,
                    refresh_tokens: self.forget.refresh_token_too,
                    revokes: !self.forget.no_revoke,
                };
                self.bearer.forget(what, run).map(Answer::Text)
            }
            None => {
                let default = HeaderTemplate::parse("-H", "Authorization: Bearer {token}", &["token"])?;
                let headers = self.options.headers(vec![default], &["token"])?;
                self.bearer.answer(&headers, run)
            }
        }
    }
}

impl HdrBearerRefresh {
    /// Each of these options belongs to one verb.
    fn check_verb(&self) -> Result<(), Error> {
        let belongs = [
            ("--json", self.json, Verb::Status, "status"),
            ("--all", self.forget.all, Verb::Forget, "forget"),
            ("--refresh-token-too", self.forget.refresh_token_too, Verb::Forget, "forget"),
            ("--no-revoke", self.forget.no_revoke, Verb::Forget, "forget"),
        ];
        let stray = belongs.iter().find(|(_, given, verb, _)| *given && self.verb != Some(*verb));
        stray.map_or(Ok(()), |(option, _, _, verb)| {
            let cause = format_args!("it belongs to the verb {verb}");
            Err(Error::Usage(Report::of(option, " cannot stand here", cause, format_args!("add {verb}"))))
        })
    }
}

hdr::start!(HdrBearerRefresh);
