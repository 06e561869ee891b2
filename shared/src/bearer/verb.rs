//! What hdr-bearer-refresh does besides printing headers.

use clap::{Args, ValueEnum};

use crate::bearer::{BearerOptions, ForgetScope};
use crate::error::{Error, Report};
use crate::run::Run;

/// A verb and its options.
#[derive(Args, Debug, Default)]
pub struct VerbOptions {
    /// Command, in place of headers.
    #[arg(value_enum, value_name = "VERB")]
    verb: Option<Verb>,

    /// status: print JSON.
    #[arg(long, help_heading = OF_VERBS)]
    json: bool,

    #[command(flatten)]
    forget: ForgetOptions,
}

/// The group of these options in the help.
const OF_VERBS: &str = "Options of status and forget";

/// The options of `forget`.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = OF_VERBS)]
struct ForgetOptions {
    /// forget: remove every cached access token.
    #[arg(long)]
    all: bool,

    /// forget: revoke and delete rotated refresh tokens too.
    ///
    /// They cannot be restored. The refresh token of this command line is revoked first (RFC 7009), if the issuer's metadata
    /// names a revocation endpoint.
    #[arg(long)]
    refresh_token_too: bool,

    /// forget --refresh-token-too: do not revoke.
    #[arg(long)]
    no_revoke: bool,
}

/// What it does besides printing headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Verb {
    /// Print what is cached: client, grant, resource and remaining life, without secrets.
    Status,
    /// Remove the cached token of this command line.
    Forget,
    /// Sign in as a person: this command line then prints that person's tokens.
    Login,
    /// Sign out: revoke and remove what login stored.
    Logout,
}

impl VerbOptions {
    /// The name of the verb, where one is given.
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        self.verb.map(|verb| match verb {
            Verb::Status => "status",
            Verb::Forget => "forget",
            Verb::Login => "login",
            Verb::Logout => "logout",
        })
    }

    /// What the verb says, whole lines; `None` where none is given.
    ///
    /// # Errors
    /// [`Error::Usage`] for an option of another verb; those of [`BearerOptions::status`],
    /// [`BearerOptions::forget`], [`BearerOptions::login`] and [`BearerOptions::logout`].
    pub fn run(&self, bearer: &BearerOptions, run: &Run) -> Result<Option<String>, Error> {
        self.check()?;
        match self.verb {
            Some(Verb::Status) => bearer.status(self.json).map(Some),
            Some(Verb::Forget) => {
                let what = ForgetScope {
                    all: self.forget.all,
                    refresh_tokens: self.forget.refresh_token_too,
                    revokes: !self.forget.no_revoke,
                };
                bearer.forget(what, run).map(Some)
            }
            Some(Verb::Login) => bearer.login(run).map(Some),
            Some(Verb::Logout) => bearer.logout(run).map(Some),
            None => Ok(None),
        }
    }

    /// Each of these options belongs to one verb.
    fn check(&self) -> Result<(), Error> {
        let belongs = [
            ("--json", self.json, Verb::Status, "status"),
            ("--all", self.forget.all, Verb::Forget, "forget"),
            ("--refresh-token-too", self.forget.refresh_token_too, Verb::Forget, "forget"),
            ("--no-revoke", self.forget.no_revoke, Verb::Forget, "forget"),
        ];
        let stray = belongs.iter().find(|(_, given, verb, _)| *given && self.verb != Some(*verb));
        stray.map_or(Ok(()), |(option, _, _, verb)| {
            let cause = format_args!("it belongs to the verb {verb}");
            Err(Error::Usage(Report::of(option, " cannot be used here", cause, format_args!("add {verb}"))))
        })
    }
}
