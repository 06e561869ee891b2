//! What particular services expect of a JWT, under one name each.

mod ghost;
mod service;
mod snowflake;

use std::time::Duration;

use clap::Args;
use serde_json::{Map, Value};

use self::service::{APP_STORE_CONNECT, DEFAULT_TTL, Expectations, GHOST_ADMIN, Preset};
use crate::config::command_words::{CommandWords, FromWords};
use crate::error::{Error, Report};
use crate::header::Template;
use crate::jwt::claims::Claims;
use crate::run::Run;
use crate::secret::Secret;
use crate::sign::algorithm::Algorithm;
use crate::sign::encoding::KeyEncoding;
use crate::sign::key::SigningKey;

/// A preset and the options that only presets take.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Presets")]
pub struct PresetOptions {
    /// Claims, headers and algorithm that a service expects.
    #[arg(long, value_enum, value_name = "NAME")]
    preset: Option<Preset>,

    /// Client ID or app ID of a GitHub App.
    #[arg(long, value_name = "TEXT")]
    app_id: Option<String>,

    /// Scopes for a Google service account, separated by blanks.
    #[arg(long, value_name = "TEXT")]
    scope: Option<String>,

    /// Snowflake account: a name, a host or a URL.
    #[arg(long, value_name = "TEXT")]
    account: Option<String>,

    /// Snowflake user.
    #[arg(long, value_name = "TEXT")]
    user: Option<String>,
}

impl FromWords for PresetOptions {
    fn from_words(words: &mut CommandWords<'_>) -> Self {
        Self {
            preset: words.choice("--preset"),
            app_id: words.text("--app-id"),
            scope: words.text("--scope"),
            account: words.text("--account"),
            user: words.text("--user"),
        }
    }
}

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

    /// The headers that the service wants.
    #[must_use]
    pub fn headers(&self) -> Vec<&'static str> {
        let expected = self.expectations();
        let authorization = expected.as_ref().map_or(service::BEARER, |expected| expected.authorization);
        let others = expected.map(|expected| expected.headers).unwrap_or_default();
        [authorization].into_iter().chain(others.iter().copied()).collect()
    }

    /// Reads the key that `--key` was given, as [`SigningKey::parse`] does or as the service shows it.
    ///
    /// # Errors
    /// Those of [`SigningKey::parse`]; [`Error::Secret`] for what is no key of the service.
    pub fn key(
        &self,
        secret: Secret,
        encoding: Option<KeyEncoding>,
        kid: Option<&str>,
        algorithm: Option<Algorithm>,
        run: &Run,
    ) -> Result<SigningKey, Error> {
        if self.preset != Some(Preset::GhostAdmin) {
            return SigningKey::parse("--key", secret, encoding, kid, algorithm);
        }
        if encoding.is_some() {
            let cause = "the key of --preset ghost-admin has one fixed encoding";
            return Err(Error::Usage(Report::of("--key-encoding", "", cause, "remove it")));
        }
        let (id, key) = ghost::split("--key", &secret)?;
        run.notes().redactor().add(hex::encode(key.expose()).as_bytes());
        let mut key = SigningKey::parse("--key", key, Some(KeyEncoding::Raw), None, None)?;
        key.kid = Some(id);
        Ok(key)
    }

    /// Refuses a token without a key id, where the service finds the key by it.
    ///
    /// # Errors
    /// [`Error::Usage`] then.
    pub fn check_kid(&self, kid: Option<&str>) -> Result<(), Error> {
        if self.preset != Some(Preset::AppStoreConnect) || kid.is_some() {
            return Ok(());
        }
        let fact = " app-store-connect needs --kid";
        let cause = "App Store Connect finds the key by its id, which is not in the key";
        let remedy = "give --kid with the key's 10-character id, as in AuthKey_….p8";
        Err(Error::Usage(Report::of("--preset", fact, cause, remedy).and("--kid")))
    }

    /// What to say of these `claims` without a preset, if their audience or issuer is of a service that would refuse a token
    /// that lives for `life`.
    #[must_use]
    pub fn warning(&self, claims: &Map<String, Value>, life: Duration) -> Option<String> {
        let text = |name| claims.get(name).and_then(Value::as_str);
        let audiences: Vec<&str> = match claims.get("aud") {
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => text("aud").into_iter().collect(),
        };
        let is_checked = self.preset.is_some();
        if is_checked { None } else { service::too_long_a_life(&audiences, text("iss"), life) }
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
            let cause = format_args!("only --preset {} uses it", owner.expectations().name);
            return Err(Error::Usage(Report::of(option, "", cause, "remove it, or name the preset")));
        }
        let (Some(preset), Some(expected)) = (self.preset, self.expectations()) else { return Ok(()) };
        let name = expected.name;
        if let Some(other) = algorithm.filter(|algorithm| *algorithm != expected.algorithm) {
            let cause = format_args!("the service of --preset {name} verifies {} alone", expected.algorithm.name());
            return Err(Error::Usage(Report::of("--alg", format_args!(" {}", other.name()), cause, "remove --alg")));
        }
        // GitHub counts from now, the others from `iat`.
        let counted = if preset == Preset::GithubApp { ttl } else { ttl.saturating_add(backdate) };
        if counted > expected.longest {
            let minutes = expected.longest.as_secs() / 60;
            let cause = format_args!("the service of --preset {name} refuses tokens that live longer than {minutes}m");
            return Err(Error::Usage(Report::of("--ttl", "", cause, "remove --ttl and --backdate, or give less")));
        }
        if let Some((option, ..)) =
            options.iter().find(|(_, given, owner, needed)| *needed && !*given && preset == *owner)
        {
            return Err(missing(name, option));
        }
        if preset == Preset::GoogleServiceAccount && self.scope.is_some() == audience {
            let cause = "a self-signed token has either an audience or a scope";
            let fact = format_args!(" {name} needs one of --aud and --scope");
            return Err(Error::Usage(
                Report::of("--preset", fact, cause, "give one of the two").and_all(["--aud", "--scope"]),
            ));
        }
        Ok(())
    }

    /// Sets the claims that the service expects.
    ///
    /// # Errors
    /// [`Error::Usage`] when an option is missing or a claim is set already; [`Error::Secret`] when the key does not bring
    /// what the service expects of it; those of [`Template::render`].
    pub fn set_claims(&self, claims: &mut Claims, key: &SigningKey, run: &Run) -> Result<(), Error> {
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
                    let fact = " is not a Google service account";
                    let remedy = "give the JSON file that Google made for the service account";
                    Error::Secret(Report::of(
                        "--key",
                        fact,
                        format_args!("{option} reads the client_email of one"),
                        remedy,
                    ))
                })?;
                claims.set(&option, "iss", email.clone())?;
                claims.set(&option, "sub", email)?;
                match &self.scope {
                    Some(_) => claims.set(&option, "scope", required("--scope", &self.scope)?),
                    None => Ok(()),
                }
            }
            // The key of a team has an issuer, that of a person none.
            Preset::AppStoreConnect => {
                if !claims.has("aud") {
                    claims.set(&option, "aud", APP_STORE_CONNECT)?;
                }
                if claims.has("iss") || claims.has("sub") { Ok(()) } else { claims.set(&option, "sub", "user") }
            }
            Preset::GhostAdmin if claims.has("aud") => Ok(()),
            Preset::GhostAdmin => claims.set(&option, "aud", GHOST_ADMIN),
            Preset::Snowflake => {
                let account = snowflake::account_identifier(&required("--account", &self.account)?)?;
                let user = required("--user", &self.user)?.to_ascii_uppercase();
                let fingerprint = key.rsa_fingerprint("--key")?;
                claims.set(&option, "iss", format!("{account}.{user}.SHA256:{fingerprint}"))?;
                claims.set(&option, "sub", format!("{account}.{user}"))
            }
        }
    }
}

fn missing(preset: &str, option: &str) -> Error {
    let cause = format_args!("the preset computes its claims from {option}");
    let fact = format_args!(" {preset} needs {option}");
    Error::Usage(Report::of("--preset", fact, cause, format_args!("give {option}")).and(option))
}
