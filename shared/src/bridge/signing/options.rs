//! The options that say how each request is signed.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use clap::{Args, ValueEnum};

use super::aws::{Aws, Exported, Reader, Renewer};
use super::dpop::Dpop;
use super::message_signature::{Component, MessageSigner};
use super::{Scheme, Signer};
use crate::error::notes::Notes;
use crate::error::{Error, Report};
use crate::os::clock::{Deadline, monotonic};
use crate::os::environment::setting;
use crate::run::KeyBinding;
use crate::secret::command::CommandLine;
use crate::secret::environment::Environment;
use crate::secret::source::Sources;
use crate::secret::{Secret, Source, unicode};
use crate::sign::algorithm::Algorithm;
use crate::sign::dpop::DpopKey;
use crate::sign::jws::ReadyKey;
use crate::sign::key::SigningKey;
use crate::sign::message_signature::MessageSignature;
use crate::sign::sigv4::{Credentials, Scope};

/// The group of these options in the help.
const SIGNING: &str = "Signing each request";

/// How requests are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SignatureScheme {
    /// HTTP Message Signatures (RFC 9421) with a private key.
    Rfc9421,
    /// AWS Signature Version 4.
    Sigv4,
    /// Proofs for a token that is bound to a key (RFC 9449).
    Dpop,
}

/// How each request is signed. The options are kept as written; each is parsed where its value is made.
#[derive(Args, Clone, Debug, Default)]
pub struct SignOptions {
    /// Sign each request.
    ///
    /// For HTTP Message Signatures with a shared secret, use hdr-hmac --scheme rfc9421 as the helper.
    #[arg(long, value_enum, value_name = "SCHEME", help_heading = SIGNING)]
    pub sign: Option<SignatureScheme>,

    /// Private key of rfc9421: Ed25519, EC or RSA.
    #[arg(long, value_name = "SOURCE", allow_hyphen_values = true, help_heading = SIGNING)]
    pub sign_key: Option<String>,

    /// Name of that key at the server.
    #[arg(long, value_name = "TEXT", help_heading = SIGNING)]
    pub sign_key_id: Option<String>,

    /// Parts that rfc9421 signs [default: method, URL, body, token and session].
    ///
    /// Names separated by blanks: derived components, or headers of the request. A request without a body leaves out those
    /// about it.
    #[arg(long, value_name = "NAMES", help_heading = SIGNING)]
    pub components: Option<String>,

    /// Lifetime of an rfc9421 signature [default: 5m].
    #[arg(long, value_name = "DURATION", help_heading = SIGNING)]
    pub expires: Option<String>,

    /// Label of an rfc9421 signature [default: sig1].
    #[arg(long, value_name = "LABEL", help_heading = SIGNING)]
    pub label: Option<String>,

    /// Give each rfc9421 signature a random nonce.
    #[arg(long, help_heading = SIGNING)]
    pub sign_nonce: bool,

    /// AWS region of sigv4 [default: the variable AWS_REGION].
    #[arg(long, value_name = "REGION", help_heading = SIGNING)]
    pub region: Option<String>,

    /// AWS service of sigv4, as its signatures name it.
    #[arg(long, value_name = "SERVICE", help_heading = SIGNING)]
    pub service: Option<String>,

    /// Access key id of sigv4 [default: the variable AWS_ACCESS_KEY_ID].
    #[arg(long, value_name = "TEXT", help_heading = SIGNING)]
    pub access_key_id: Option<String>,

    /// Secret access key of sigv4 [default: env:AWS_SECRET_ACCESS_KEY].
    #[arg(long, value_name = "SOURCE", allow_hyphen_values = true, help_heading = SIGNING)]
    pub secret_access_key: Option<String>,

    /// Session token of sigv4 [default: env:AWS_SESSION_TOKEN, where it is set].
    #[arg(long, value_name = "SOURCE", allow_hyphen_values = true, help_heading = SIGNING)]
    pub session_token: Option<String>,

    /// Command that prints the credentials of sigv4 as JSON, before they end again.
    #[arg(long, value_name = "COMMAND LINE", allow_hyphen_values = true, help_heading = SIGNING)]
    pub command: Option<String>,

    /// Private key of dpop [default: a new one].
    #[arg(long, value_name = "SOURCE", allow_hyphen_values = true, help_heading = SIGNING)]
    pub dpop_key: Option<String>,
}

/// What reading the sources of these options takes.
#[derive(Clone, Debug)]
pub(crate) struct SigningMeans {
    /// The dotenv files behind the environment.
    pub(crate) env_files: Vec<String>,
    /// How long a source or a command may take.
    pub(crate) timeout: Duration,
}

impl SignOptions {
    /// What signs, if anything does; for `dpop` with the key to which tokens are to be bound.
    ///
    /// # Errors
    /// [`Error::Usage`] for options that do not fit together or cannot be understood; [`Error::Secret`] for a key that cannot be
    /// used; those of its sources.
    pub(crate) fn signer(&self, means: &SigningMeans, notes: &Notes) -> Result<Option<Signer>, Error> {
        self.check_scheme()?;
        let Some(scheme) = self.sign else { return Ok(None) };
        Ok(Some(Signer(match scheme {
            SignatureScheme::Rfc9421 => Scheme::Message(Box::new(self.message_signer(means, notes)?)),
            SignatureScheme::Sigv4 => Scheme::Aws(Box::new(self.aws(means, notes)?)),
            SignatureScheme::Dpop => Scheme::Dpop(Dpop(self.binding(means, notes)?)),
        })))
    }

    /// Refuses options of a scheme that is not used.
    fn check_scheme(&self) -> Result<(), Error> {
        use SignatureScheme::{Dpop, Rfc9421, Sigv4};
        let given = [
            ("--sign-key", self.sign_key.is_some(), Rfc9421, "rfc9421"),
            ("--sign-key-id", self.sign_key_id.is_some(), Rfc9421, "rfc9421"),
            ("--components", self.components.is_some(), Rfc9421, "rfc9421"),
            ("--expires", self.expires.is_some(), Rfc9421, "rfc9421"),
            ("--label", self.label.is_some(), Rfc9421, "rfc9421"),
            ("--sign-nonce", self.sign_nonce, Rfc9421, "rfc9421"),
            ("--region", self.region.is_some(), Sigv4, "sigv4"),
            ("--service", self.service.is_some(), Sigv4, "sigv4"),
            ("--access-key-id", self.access_key_id.is_some(), Sigv4, "sigv4"),
            ("--secret-access-key", self.secret_access_key.is_some(), Sigv4, "sigv4"),
            ("--session-token", self.session_token.is_some(), Sigv4, "sigv4"),
            ("--command", self.command.is_some(), Sigv4, "sigv4"),
            ("--dpop-key", self.dpop_key.is_some(), Dpop, "dpop"),
        ];
        match given.into_iter().find(|(_, is_given, scheme, _)| *is_given && self.sign != Some(*scheme)) {
            None => Ok(()),
            Some((option, _, _, scheme)) => {
                let cause = match self.sign {
                    None => "nothing is signed without --sign",
                    Some(_) => "the scheme does not use it",
                };
                let remedy = format_args!("remove it, or use --sign {scheme}");
                Err(Error::Usage(Report::of(option, "", cause, remedy).and("--sign")))
            }
        }
    }

    fn message_signer(&self, means: &SigningMeans, notes: &Notes) -> Result<MessageSigner, Error> {
        let signature = MessageSignature::parse(self.label.as_deref(), self.expires.as_deref())?;
        let components = self.components.as_deref().map(Component::parse_all).transpose()?;
        let key_id = self.sign_key_id.clone();
        let breaks = |c: char| !matches!(c, ' '..='~') || matches!(c, '"' | '\\');
        if key_id.as_ref().is_some_and(|id| id.is_empty() || id.contains(breaks)) {
            let cause = "a signature takes only visible ASCII without \" and \\, and no empty key id";
            return Err(Error::Usage(Report::of("--sign-key-id", "", cause, "give the key another name")));
        }
        let source = Source::required("--sign-key", self.sign_key.as_deref())?;
        let key = means.sources(notes)?.secret("--sign-key", &source, notes)?;
        let key = SigningKey::parse("--sign-key", key, None, None, Some(Algorithm::EdDSA))?;
        if key.is_shared() {
            let cause = "it is a shared secret, and this scheme signs with a private key";
            let remedy = "give an Ed25519, EC or RSA private key, or use hdr-hmac --scheme rfc9421 as the helper";
            return Err(Error::Secret(Report::of("--sign-key", " is not a usable key", cause, remedy)));
        }
        let wanted = key.is_rsa().then_some(Algorithm::PS512);
        let algorithm = key.algorithm("--sign-key", None, wanted)?;
        let name = match algorithm {
            Algorithm::ES256 => "ecdsa-p256-sha256",
            Algorithm::ES384 => "ecdsa-p384-sha384",
            Algorithm::PS512 => "rsa-pss-sha512",
            _ => "ed25519",
        };
        let key = ReadyKey::new("--sign-key", algorithm, &key)?;
        let has_nonce = self.sign_nonce;
        Ok(MessageSigner { key, algorithm: name, key_id, components, signature, has_nonce })
    }

    fn aws(&self, means: &SigningMeans, notes: &Notes) -> Result<Aws, Error> {
        let missing = |option: &str, cause: &str, remedy: &str| {
            Error::Usage(Report::of(option, " is missing", cause, remedy).and("--sign"))
        };
        let region = self.region.clone().or_else(|| setting("AWS_REGION")).or_else(|| setting("AWS_DEFAULT_REGION"));
        let region = region.ok_or_else(|| {
            missing(
                "--region",
                "a signature of AWS names the region",
                "give the region of the server: --region us-east-1",
            )
        })?;
        let service = self.service.clone().ok_or_else(|| {
            missing(
                "--service",
                "a signature of AWS names the service",
                "give its name, for example --service execute-api",
            )
        })?;
        for (option, text) in [("--region", &region), ("--service", &service)] {
            check_word(option, text)?;
        }
        let (reader, kept) = if let Some(line) = &self.command {
            let others = [
                ("--access-key-id", self.access_key_id.is_some()),
                ("--secret-access-key", self.secret_access_key.is_some()),
                ("--session-token", self.session_token.is_some()),
            ];
            if let Some((option, _)) = others.into_iter().find(|(_, is_given)| *is_given) {
                let cause = "the command prints the credentials";
                return Err(Error::Usage(Report::of(option, "", cause, "remove one of the two").and("--command")));
            }
            let source = Source::Command(CommandLine::whole("--command", line)?);
            let means = means.clone();
            let read = move || {
                let notes = Notes::new(false);
                let output = means.sources(&notes)?.secret("--command", &source, &notes)?;
                Exported::parse(&unicode::without_mark(output))
            };
            // What the command says of the first attempt is told to the first request.
            (Reader::new(read), None)
        } else {
            let (options, means) = (self.clone(), means.clone());
            let kept = options.read_credentials(&means, notes)?;
            let read = move || options.read_credentials(&means, &Notes::new(false));
            (Reader::new(read), Some(kept))
        };
        Ok(Aws {
            scope: Scope { region, service },
            renewer: Renewer::new(reader, kept),
            skew: Cell::new(TimeDelta::zero()),
        })
    }

    /// The credentials that the options and the variables of AWS name.
    fn read_credentials(&self, means: &SigningMeans, notes: &Notes) -> Result<Exported, Error> {
        let sources = means.sources(notes)?;
        let read = |option: &str, text: &str| sources.secret(option, &Source::parse(option, text)?, notes);
        let access_key_id = if let Some(id) = &self.access_key_id {
            id.clone()
        } else {
            let id = read("--access-key-id", "env:AWS_ACCESS_KEY_ID")?;
            id.expose_text().unwrap_or_default().to_owned()
        };
        check_word("--access-key-id", &access_key_id)?;
        let secret = self.secret_access_key.as_deref().unwrap_or("env:AWS_SECRET_ACCESS_KEY");
        let secret_access_key = read("--secret-access-key", secret)?;
        // A session token belongs to its access key.
        let is_of_variables = self.access_key_id.is_none() && self.secret_access_key.is_none();
        let session_token = match &self.session_token {
            Some(token) => Some(read("--session-token", token)?),
            None if is_of_variables && means.has_variable("AWS_SESSION_TOKEN", notes)? => {
                Some(read("--session-token", "env:AWS_SESSION_TOKEN")?)
            }
            None => None,
        };
        let credentials = Credentials { access_key_id, secret_access_key, session_token };
        Ok(Exported { credentials, expires_at: None })
    }

    /// The key that `--dpop-key` names, else a new one.
    fn binding(&self, means: &SigningMeans, notes: &Notes) -> Result<Arc<KeyBinding>, Error> {
        let Some(text) = &self.dpop_key else { return Ok(Arc::new(DpopKey::generate()?.binding(false))) };
        let source = Source::parse("--dpop-key", text)?;
        let key: Secret = means.sources(notes)?.secret("--dpop-key", &source, notes)?;
        let key = SigningKey::parse("--dpop-key", key, None, None, Some(Algorithm::ES256))?;
        Ok(Arc::new(DpopKey::of(&key)?.binding(true)))
    }
}

impl SigningMeans {
    /// What reads sources, all of them anew.
    fn sources(&self, notes: &Notes) -> Result<Sources, Error> {
        let deadline = Deadline::new(monotonic(), self.timeout);
        Ok(Sources::new(Environment::with_files(&self.env_files, &deadline, notes)?, deadline))
    }

    fn has_variable(&self, name: &str, notes: &Notes) -> Result<bool, Error> {
        let deadline = Deadline::new(monotonic(), self.timeout);
        let environment = Environment::with_files(&self.env_files, &deadline, notes)?;
        Ok(environment.variable(name).is_some_and(|(value, _)| !value.is_empty()))
    }
}

/// Refuses what cannot stand in the scope of a signature.
fn check_word(option: &str, text: &str) -> Result<(), Error> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"/,=".contains(&byte)) {
        return Ok(());
    }
    let cause = "it is no word of visible ASCII without / , and =";
    Err(Error::Usage(Report::of(option, " cannot be used", cause, "write it as AWS shows it")))
}
