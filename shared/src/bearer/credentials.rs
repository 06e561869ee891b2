//! Who asks and with what right: the client's credentials and the grant, as the options give them.

use crate::bearer::options::BearerOptions;
use crate::bearer::parameters::{named, texts};
use crate::error::Error;
use crate::header::Template;
use crate::header::template::OwnValues;
use crate::jwt::claims::{NamedJson, NamedTemplate};
use crate::oauth::assertion::{Assertion, AssertionKey, Claim};
use crate::oauth::client::Credentials;
use crate::oauth::grant::Grant;
use crate::oauth::kind::Kind;
use crate::run::Run;
use crate::secret::Secret;
use crate::secret::Source;
use crate::secret::token::check;
use crate::sign::algorithm::{Algorithm, parse_algorithm};
use crate::sign::encoding::whole_object;
use crate::sign::key::SigningKey;

impl BearerOptions {
    /// What the client authenticates with.
    ///
    /// # Errors
    /// [`Error::Usage`] for an option that cannot be used, [`Error::Secret`] for a secret that cannot be had or used.
    pub(super) fn credentials(&self, run: &Run) -> Result<Credentials, Error> {
        let client = &self.client;
        let secret = client.client_secret.as_deref().map(|text| required("--client-secret", Some(text), run));
        let secret = secret.transpose()?;
        if let Some(object) = secret.as_ref().and_then(|secret| whole_object("--client-secret", secret)) {
            run.notes().warn(object);
        }
        let algorithm = client.client_alg.as_deref().map(|name| parse_algorithm("--client-alg", name)).transpose()?;
        let key = client.client_key.as_deref().map(|source| KeyOptions {
            key: ("--client-key", source),
            kid: ("--client-kid", client.client_kid.as_ref()),
            alg: ("--client-alg", client.client_alg.as_deref()),
            cert: client.client_cert.as_deref(),
        });
        Ok(Credentials {
            id: Template::text("--client-id", client.client_id.as_ref(), run)?,
            secret,
            key: key.map(|key| key.read(run)).transpose()?,
            has_certificate: client.tls_cert.is_some(),
            audience: Template::text("--client-aud", client.client_aud.as_ref(), run)?,
            algorithm,
            claims: self.client_claims(run)?,
            assertion: self.ready_client_assertion(run)?,
        })
    }

    /// The grant of this kind; of a refresh token, the one in its SOURCE.
    ///
    /// # Errors
    /// [`Error::Usage`] for an option that is missing or does not fit, [`Error::Secret`] for a secret that cannot be had
    /// or used.
    pub(super) fn grant(&self, kind: &Kind, run: &Run) -> Result<Grant, Error> {
        Ok(match kind {
            Kind::ClientCredentials => Grant::ClientCredentials,
            Kind::RefreshToken => {
                Grant::RefreshToken(required_token("--refresh-token", self.grant.refresh_token.as_deref(), run)?)
            }
            Kind::JwtBearer => match self.ready_assertion(run)? {
                Some(ready_made) => Grant::ReadyAssertion(ready_made),
                None => Grant::JwtBearer(Box::new(self.assertion(run)?)),
            },
            Kind::TokenExchange => Grant::TokenExchange {
                // One of a type of its own may be anything.
                subject_token: match self.grant.subject_token_type {
                    Some(_) => required("--subject-token", self.grant.subject_token.as_deref(), run)?,
                    None => required_token("--subject-token", self.grant.subject_token.as_deref(), run)?,
                },
                subject_token_type: self.grant.subject_token_type.clone(),
            },
            // No option chooses one of a sign-in, which is made where its code or token is known.
            Kind::Extension(_) | Kind::AuthorizationCode | Kind::DeviceCode | Kind::SignIn => {
                Grant::Extension(kind.uri().to_owned())
            }
        })
    }

    fn assertion(&self, run: &Run) -> Result<Assertion, Error> {
        let given = &self.assertion;
        let option = "--assertion-key";
        // Complains of its absence.
        let source = given.assertion_key.as_deref();
        Source::required(option, source)?;
        let key = KeyOptions {
            key: (option, source.unwrap_or_default()),
            kid: ("--assertion-kid", given.assertion_kid.as_ref()),
            alg: ("--assertion-alg", given.assertion_alg.as_deref()),
            cert: given.assertion_cert.as_deref(),
        };
        let issuer = Template::text("--iss", given.iss.as_ref(), run)?;
        let subject = Template::text("--sub", given.sub.as_ref(), run)?;
        let audience = texts("--aud", &given.aud, run)?;
        let written = claims("--assertion-claim", &given.assertion_claim, run)?;
        let in_json = json_claims("--assertion-claim-json", &given.assertion_claim_json, run)?;
        Assertion::of_grant(key.read(run)?, issuer, subject, &audience, [written, in_json].concat())
    }

    fn client_claims(&self, run: &Run) -> Result<Vec<Claim>, Error> {
        let written = claims("--client-claim", &self.client.client_claim, run)?;
        Ok([written, json_claims("--client-claim-json", &self.client.client_claim_json, run)?].concat())
    }
}

/// The claims of a repeatable `option` whose values are `NAME=TEXT`.
fn claims(option: &'static str, texts: &[String], run: &Run) -> Result<Vec<Claim>, Error> {
    let claim = |claim: Result<NamedTemplate, Error>| {
        let NamedTemplate { name, template } = claim?;
        Ok(Claim { option, name, value: template.render_text(run, &OwnValues::default())?.into() })
    };
    named(option, texts).map(claim).collect()
}

/// The claims of a repeatable `option` whose values are `NAME=JSON`.
fn json_claims(option: &'static str, texts: &[String], run: &Run) -> Result<Vec<Claim>, Error> {
    let claim = |text: &String| {
        let NamedJson { name, json } = NamedJson::parse(option, text)?;
        Ok(Claim { option, name, value: json.render(run)? })
    };
    texts.iter().map(claim).collect()
}

/// The options of a key that signs assertions, each with its name.
struct KeyOptions<'a> {
    key: (&'a str, &'a str),
    kid: (&'a str, Option<&'a String>),
    alg: (&'a str, Option<&'a str>),
    cert: Option<&'a str>,
}

impl KeyOptions<'_> {
    fn read(self, run: &Run) -> Result<AssertionKey, Error> {
        let (option, source) = self.key;
        let algorithm = self.alg.1.map(|name| parse_algorithm(self.alg.0, name)).transpose()?;
        let kid = Template::text(self.kid.0, self.kid.1, run)?;
        let secret = required(option, Some(source), run)?;
        let chosen = kid.as_deref().filter(|kid| *kid != "thumbprint");
        let key = SigningKey::parse(option, secret, None, chosen, algorithm)?;
        let key = AssertionKey::new(option, key, algorithm, kid.as_deref(), self.cert)?;
        if let Some(weakness) = key.weakness() {
            run.notes().warn(weakness);
        }
        if key.algorithm() == Algorithm::EdDSA {
            let alg = self.alg.0;
            run.notes()
                .explain(|| format!("{option} signs with EdDSA; some servers want {alg} Ed25519, its newer name"));
        }
        Ok(key)
    }
}

/// The secret of an `option` that cannot be left out.
fn required(option: &str, text: Option<&str>, run: &Run) -> Result<Secret, Error> {
    run.secret(option, &Source::required(option, text)?)
}

/// Like [`required`], of an option that takes a token.
fn required_token(option: &str, text: Option<&str>, run: &Run) -> Result<Secret, Error> {
    let source = Source::required(option, text)?;
    let token = run.secret(option, &source)?;
    check(option, &format!("what {source} holds"), &token)?;
    Ok(token)
}
