//! JWTs that prove who asks (RFC 7523): of a client that authenticates, or as a grant.

mod ready;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use rustls::pki_types::CertificateDer;
use serde_json::{Map, Value};

pub use self::ready::ReadyAssertion;
use crate::error::{Error, Report, quotable};
use crate::oauth::trust;
use crate::os::environment::expand_home;
use crate::os::random;
use crate::secret::Secret;
use crate::sign::algorithm::Algorithm;
use crate::sign::jws::{self, Header};
use crate::sign::key::SigningKey;

/// A key that signs assertions, and how they name it.
#[derive(Clone, Debug)]
pub struct AssertionKey {
    option: String,
    key: SigningKey,
    header: Header,
}

/// A claim of an assertion that has no option of its own.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The option that sets it.
    pub option: &'static str,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Value,
}

/// A signed statement before it is signed: all of it but the times and its id.
#[derive(Clone, Debug)]
pub struct Assertion {
    key: AssertionKey,
    claims: Map<String, Value>,
    life: Duration,
}

/// How long an assertion is valid.
const LIFE: Duration = Duration::from_secs(60);

/// How long Google wants one to be valid.
const LIFE_AT_GOOGLE: Duration = Duration::from_secs(3600);

impl AssertionKey {
    /// The key that `option` (`--client-key`, say, beside which there are `--client-kid` and `--client-cert`) was given.
    /// `kid` names it, as `thumbprint` (RFC 7638) or literally; else its file does. A `certificate`, the path
    /// of a PEM file, names it by `x5t` and `x5t#S256` (RFC 7515 section 4.1.7).
    ///
    /// # Errors
    /// [`Error::Secret`] when the key does not sign with `algorithm` or is not that of the certificate, [`Error::Usage`] for the thumbprint of a shared
    /// secret and for a certificate that cannot be read.
    pub fn new(
        option: &str,
        key: SigningKey,
        algorithm: Option<Algorithm>,
        kid: Option<&str>,
        certificate: Option<&str>,
    ) -> Result<Self, Error> {
        let sibling = |name| format!("{}{name}", option.trim_end_matches("key"));
        let chooser = if option == "--client-secret" { "--client-alg".to_owned() } else { sibling("alg") };
        let mut header = Header::new(key.algorithm(option, Some(&chooser), algorithm)?);
        header.parameters.kid = match kid {
            Some("thumbprint") => Some(key.thumbprint(&sibling("kid"))?),
            Some(kid) => Some(kid.to_owned()),
            None => key.kid.clone(),
        };
        if let Some(path) = certificate {
            let cert = sibling("cert");
            let chain = trust::of_key((&cert, path), (option, None), certificates(&cert, path)?, &key)?;
            let hash = |algorithm| chain.first().map(|own| URL_SAFE_NO_PAD.encode(digest(algorithm, own)));
            header.parameters.x5t = hash(&SHA1_FOR_LEGACY_USE_ONLY);
            header.parameters.x5t_s256 = hash(&SHA256);
        }
        Ok(Self { option: option.to_owned(), key, header })
    }

    /// Whether it signs with a shared secret.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.key.is_shared()
    }

    /// The algorithm that it signs with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.header.algorithm()
    }

    /// What to say of a key that is weaker than its algorithm calls for.
    #[must_use]
    pub fn weakness(&self) -> Option<String> {
        self.key.weakness(self.header.algorithm())
    }
}

/// The certificates in `path`, the value of `option`, each in DER.
///
/// # Errors
/// [`Error::Usage`] when there are none, or the file cannot be read.
pub fn certificates(option: &str, path: &str) -> Result<Vec<CertificateDer<'static>>, Error> {
    let found = trust::certificates(&expand_home(path)?);
    found.map_err(|unreadable| unreadable.of(option, path, "name a file with the certificate in PEM"))
}

impl Assertion {
    /// The assertion by which a client authenticates (RFC 7523 section 3): it is issuer and subject.
    ///
    /// # Errors
    /// [`Error::Usage`] for one of `others` that has an option or is made here.
    pub fn of_client(
        key: AssertionKey,
        client_id: &str,
        audience: Option<&str>,
        others: Vec<Claim>,
    ) -> Result<Self, Error> {
        let mut claims = Map::new();
        claims.insert("iss".to_owned(), client_id.into());
        claims.insert("sub".to_owned(), client_id.into());
        if let Some(audience) = audience {
            claims.insert("aud".to_owned(), audience.into());
        }
        add(&mut claims, others, "use --client-id", "use --client-aud")?;
        Ok(Self { key, claims, life: LIFE })
    }

    /// The assertion that is a grant (RFC 7523 section 2.1), of a Google service account if the key is one. Without
    /// `issuer` it is the account's; without `subject` it is the issuer, save at Google, where it is nobody.
    ///
    /// # Errors
    /// [`Error::Usage`] without an issuer, and for one of `others` that has an option or is made here.
    pub fn of_grant(
        key: AssertionKey,
        issuer: Option<String>,
        subject: Option<String>,
        audience: &[String],
        others: Vec<Claim>,
    ) -> Result<Self, Error> {
        let account = key.key.client_email.clone();
        let at_google = account.is_some();
        let issuer = issuer.or(account).ok_or_else(|| {
            let cause = "an assertion names its issuer, and the key does not contain it";
            Error::Usage(Report::of("--iss", " is missing", cause, "give --iss TEXT"))
        })?;
        let subject = subject.or_else(|| (!at_google).then(|| issuer.clone()));
        let mut claims = Map::new();
        claims.insert("iss".to_owned(), issuer.into());
        claims.extend(subject.map(|subject| ("sub".to_owned(), subject.into())));
        match audience {
            [] => None,
            [only] => claims.insert("aud".to_owned(), only.as_str().into()),
            several => claims.insert("aud".to_owned(), several.into()),
        };
        let parties = "use --iss, --sub and --aud";
        add(&mut claims, others, parties, parties)?;
        Ok(Self { key, claims, life: if at_google { LIFE_AT_GOOGLE } else { LIFE } })
    }

    /// Whether it is signed with a shared secret.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.key.is_shared()
    }

    /// Whether it is of a Google service account, whose assertion carries the scope.
    pub(super) fn is_googles(&self) -> bool {
        self.key.key.client_email.is_some()
    }

    /// The assertion of one attempt: its own `jti`, valid from `now` on, for `audience` unless it names one; `scope` only
    /// where it carries one.
    ///
    /// # Errors
    /// [`Error::Secret`] when the key is damaged.
    pub(super) fn sign(&self, audience: &str, scope: Option<&str>, now: DateTime<Utc>) -> Result<Secret, Error> {
        let mut claims = self.claims.clone();
        claims.entry("aud").or_insert_with(|| audience.into());
        if let Some(scope) = scope.filter(|_| self.is_googles()) {
            claims.entry("scope").or_insert_with(|| scope.into());
        }
        let now = now.timestamp();
        claims.insert("iat".to_owned(), now.into());
        claims.insert("exp".to_owned(), now.saturating_add_unsigned(self.life.as_secs()).into());
        claims.insert("jti".to_owned(), random::uuid()?.into());
        jws::encode(&self.key.option, &self.key.header, &claims, &self.key.key)
    }
}

/// Adds `others` to the claims. Who the `parties` are, and in a text for whom it is (`audience`), has options of its own.
fn add(claims: &mut Map<String, Value>, others: Vec<Claim>, parties: &str, audience: &str) -> Result<(), Error> {
    for Claim { option, name, value } in others {
        let remedy = match name.as_str() {
            "iss" | "sub" => parties,
            "aud" if value.is_string() || claims.contains_key("aud") => audience,
            "iat" | "exp" | "jti" => "remove it: each attempt makes its own",
            _ if claims.contains_key(&name) => "remove one of them",
            _ => {
                claims.insert(name, value);
                continue;
            }
        };
        let fact = format_args!(" {} cannot be set", quotable(&name));
        return Err(Error::Usage(Report::of(option, fact, "it is set in another way", remedy)));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
