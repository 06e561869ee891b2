//! What particular services expect of a JWT, under one name each.

use std::time::Duration;

use clap::{Args, ValueEnum};
use jsonwebtoken::Algorithm;

use crate::error::{Error, Report};
use crate::invocation::Invocation;
use crate::jwt::claims::Claims;
use crate::sign::key::SigningKey;
use crate::template::Template;

/// A preset and the options that only presets take.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Presets")]
pub struct PresetOptions {
    /// What a particular service expects.
    #[arg(long, value_enum)]
    preset: Option<Preset>,

    /// The client id or app id of a GitHub App.
    #[arg(long, value_name = "TEXT")]
    app_id: Option<String>,

    /// The scopes of a Google service account, between blanks.
    #[arg(long, value_name = "TEXT")]
    scope: Option<String>,

    /// The Snowflake account.
    #[arg(long, value_name = "TEXT")]
    account: Option<String>,

    /// The Snowflake user.
    #[arg(long, value_name = "TEXT")]
    user: Option<String>,
}

/// A service whose expectations are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Preset {
    /// A GitHub App asking the GitHub API; needs --app-id.
    GithubApp,
    /// A Google service account asking a Google API with a self-signed JWT; needs --aud or --scope.
    GoogleServiceAccount,
    /// Key-pair authentication at Snowflake; needs --account and --user.
    Snowflake,
}

/// What a service expects of the token's algorithm, times and company.
struct Expectations {
    name: &'static str,
    algorithm: Algorithm,
    ttl: Duration,
    longest: Duration,
    backdate: Duration,
    headers: &'static [&'static str],
}

const MINUTE: Duration = Duration::from_secs(60);

impl Preset {
    fn expectations(self) -> Expectations {
        match self {
            Self::GithubApp => Expectations {
                name: "github-app",
                algorithm: Algorithm::RS256,
                ttl: MINUTE.saturating_mul(9),
                longest: MINUTE.saturating_mul(10),
                backdate: MINUTE,
                headers: &[],
            },
            Self::GoogleServiceAccount => Expectations {
                name: "google-service-account",
                algorithm: Algorithm::RS256,
                ttl: MINUTE.saturating_mul(60),
                longest: MINUTE.saturating_mul(60),
                backdate: Duration::ZERO,
                headers: &[],
            },
            Self::Snowflake => Expectations {
                name: "snowflake",
                algorithm: Algorithm::RS256,
                ttl: MINUTE.saturating_mul(59),
                longest: MINUTE.saturating_mul(60),
                backdate: Duration::ZERO,
                headers: &["X-Snowflake-Authorization-Token-Type: KEYPAIR_JWT"],
            },
        }
    }
}

/// The value of `--ttl` where neither it nor a preset is given.
const DEFAULT_TTL: Duration = MINUTE.saturating_mul(60);

impl PresetOptions {
    fn expectations(&self) -> Option<Expectations> {
        self.preset.map(Preset::expectations)
    }

    /// The algorithm that the service verifies, if a preset is given.
    #[must_use]
    pub fn algorithm(&self) -> Option<Algorithm> {
        self.expectations().map(|expected| expected.algorithm)
    }

    /// How long a token lives where `--ttl` is not given.
    #[must_use]
    pub fn ttl(&self) -> Duration {
        self.expectations().map_or(DEFAULT_TTL, |expected| expected.ttl)
    }

    /// How far `iat` lies in the past where `--backdate` is not given.
    #[must_use]
    pub fn backdate(&self) -> Duration {
        self.expectations().map(|expected| expected.backdate).unwrap_or_default()
    }

    /// The headers that the service wants beside the token.
    #[must_use]
    pub fn headers(&self) -> &'static [&'static str] {
        self.expectations().map(|expected| expected.headers).unwrap_or_default()
    }

    /// Refuses options of another preset, another algorithm than the service verifies, a life that it refuses, and a
    /// preset without what its claims are made of. `audience` says whether `--aud` was given.
    ///
    /// # Errors
    /// [`Error::Usage`] then.
    pub fn check(
        &self,
        algorithm: Option<Algorithm>,
        ttl: Duration,
        backdate: Duration,
        audience: bool,
    ) -> Result<(), Error> {
        let options = [
            ("--app-id", self.app_id.is_some(), Preset::GithubApp, true),
            ("--scope", self.scope.is_some(), Preset::GoogleServiceAccount, false),
            ("--account", self.account.is_some(), Preset::Snowflake, true),
            ("--user", self.user.is_some(), Preset::Snowflake, true),
        ];
        if let Some((option, _, owner, _)) =
            options.iter().find(|(_, given, owner, _)| *given && self.preset != Some(*owner))
        {
            let cause = format_args!("only --preset {} takes it", owner.expectations().name);
            return Err(Error::Usage(Report::new(option, cause, "leave it out, or name the preset")));
        }
        let (Some(preset), Some(expected)) = (self.preset, self.expectations()) else { return Ok(()) };
        let name = expected.name;
        if let Some(other) = algorithm.filter(|algorithm| *algorithm != expected.algorithm) {
            let cause = format_args!("the service of --preset {name} verifies {:?} alone", expected.algorithm);
            return Err(Error::Usage(Report::new(format_args!("--alg {other:?}"), cause, "leave --alg out")));
        }
        // GitHub counts from now, the others from `iat`.
        let counted = if preset == Preset::GithubApp { ttl } else { ttl.saturating_add(backdate) };
        if counted > expected.longest {
            let minutes = expected.longest.as_secs() / 60;
            let cause = format_args!("the service of --preset {name} refuses tokens that live longer than {minutes}m");
            return Err(Error::Usage(Report::new("--ttl", cause, "leave --ttl and --backdate out, or give less")));
        }
        if let Some((option, ..)) =
            options.iter().find(|(_, given, owner, needed)| *needed && !*given && preset == *owner)
        {
            return Err(missing(name, option));
        }
        if preset == Preset::GoogleServiceAccount && self.scope.is_some() == audience {
            let cause = "a self-signed token names either the service or what it may do there";
            let fact = format_args!("--preset {name} needs one of --aud and --scope");
            return Err(Error::Usage(Report::new(fact, cause, "give one of the two")));
        }
        Ok(())
    }

    /// Sets the claims that the service expects.
    ///
    /// # Errors
    /// [`Error::Usage`] when an option is missing or a claim is set already; [`Error::Secret`] when the key does not bring
    /// what the service expects of it; those of [`Template::render`].
    pub fn set_claims(&self, claims: &mut Claims, key: &SigningKey, run: &Invocation) -> Result<(), Error> {
        let Some(preset) = self.preset else { return Ok(()) };
        let option = format!("--preset {}", preset.expectations().name);
        let required = |name: &str, template: &Option<String>| {
            let text = Template::text(name, template.as_ref(), run)?;
            text.filter(|text| !text.is_empty()).ok_or_else(|| missing(preset.expectations().name, name))
        };
        match preset {
            Preset::GithubApp => claims.set(&option, "iss", required("--app-id", &self.app_id)?),
            Preset::GoogleServiceAccount => {
                let email = key.client_email.clone().ok_or_else(|| {
                    let fact = "--key is no Google service account";
                    let remedy = "give the JSON file that Google made for the service account";
                    Error::Secret(Report::new(fact, format_args!("{option} takes the client_email out of one"), remedy))
                })?;
                claims.set(&option, "iss", email.clone())?;
                claims.set(&option, "sub", email)?;
                match &self.scope {
                    Some(_) => claims.set(&option, "scope", required("--scope", &self.scope)?),
                    None => Ok(()),
                }
            }
            Preset::Snowflake => {
                let account = account_identifier(&required("--account", &self.account)?);
                let user = required("--user", &self.user)?.to_ascii_uppercase();
                let fingerprint = key.rsa_fingerprint("--key")?;
                claims.set(&option, "iss", format!("{account}.{user}.SHA256:{fingerprint}"))?;
                claims.set(&option, "sub", format!("{account}.{user}"))
            }
        }
    }
}

fn missing(preset: &str, option: &str) -> Error {
    let cause = format_args!("the preset makes its claims from {option}");
    Error::Usage(Report::new(format_args!("--preset {preset} needs {option}"), cause, format_args!("give {option}")))
}

/// A Snowflake account as its tokens name it: upper case, without the region behind the locator.
fn account_identifier(account: &str) -> String {
    let end = if account.contains(".global") { account.find('-') } else { account.find('.') };
    let locator = end.and_then(|end| account.get(..end)).unwrap_or(account);
    locator.to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_loses_its_region() {
        for (account, identifier) in [
            ("myorg-account123", "MYORG-ACCOUNT123"),
            ("xy12345.us-east-1.aws", "XY12345"),
            ("xy12345-abc.global", "XY12345"),
            ("xy12345", "XY12345"),
        ] {
            assert_eq!(account_identifier(account), identifier);
        }
    }
}
