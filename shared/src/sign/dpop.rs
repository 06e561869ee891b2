//! Proofs that a client has the key that its token is bound to: DPoP (RFC 9449).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::{Map, Value};

use crate::error::{Error, Report};
use crate::os::random;
use crate::secret::Secret;
use crate::sign::algorithm::Algorithm;
use crate::sign::jws::ReadyKey;
use crate::sign::key::SigningKey;

/// The key that proofs are signed with, and its public half.
#[derive(Debug)]
pub struct DpopKey {
    key: ReadyKey,
    jwk: Value,
    thumbprint: String,
}

/// What a proof is for.
#[derive(Clone, Copy, Debug)]
pub struct Proof<'a> {
    /// The method of the request.
    pub method: &'a str,
    /// Its URL; query and fragment are no part of a proof.
    pub url: &'a str,
    /// The token that the request carries, if any.
    pub token: Option<&'a [u8]>,
    /// The nonce that the server gave last, if any.
    pub nonce: Option<&'a str>,
}

/// The option that names a key.
const OPTION: &str = "--dpop-key";

impl DpopKey {
    /// A new key on P-256.
    ///
    /// # Errors
    /// [`Error::Other`] when the system has no randomness to give.
    pub fn generate() -> Result<Self, Error> {
        let pair = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        let pair = pair.map_err(|_| {
            let remedy = "check the system's random device";
            Error::Other(Report::new("no key can be generated", "no randomness", remedy))
        })?;
        let der = Secret::new(pair.as_ref().to_vec());
        Self::of(&SigningKey::parse(OPTION, der, None, None, Some(Algorithm::ES256))?)
    }

    /// The key that was given: EC, Ed25519 or RSA.
    ///
    /// # Errors
    /// [`Error::Secret`] for a shared secret, and for a key that is damaged.
    pub fn of(key: &SigningKey) -> Result<Self, Error> {
        let jwk = key.public_jwk().and_then(|jwk| serde_json::from_str(&jwk).ok()).ok_or_else(|| {
            let cause = "it is a shared secret, and a proof is made with a private key";
            Error::Secret(Report::of(OPTION, " is not a usable key", cause, "give an EC, Ed25519 or RSA private key"))
        })?;
        let algorithm = key.algorithm(OPTION, None, None)?;
        Ok(Self { key: ReadyKey::new(OPTION, algorithm, key)?, jwk, thumbprint: key.thumbprint(OPTION)? })
    }

    /// Its thumbprint (RFC 7638), by which a server knows what a token is bound to.
    #[must_use]
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// A proof (RFC 9449 section 4.2) that is made at that instant.
    ///
    /// # Errors
    /// [`Error::Other`] when the system has no randomness to give; [`Error::Secret`] for a key that is damaged.
    pub fn proof(&self, proof: &Proof<'_>, at: DateTime<Utc>) -> Result<Secret, Error> {
        self.signed(proof, at, random::uuid()?)
    }

    fn signed(&self, proof: &Proof<'_>, at: DateTime<Utc>, jti: String) -> Result<Secret, Error> {
        let header = [
            ("typ", Value::from("dpop+jwt")),
            ("alg", Value::from(self.key.algorithm().name())),
            ("jwk", self.jwk.clone()),
        ];
        let url = proof.url.split(['?', '#']).next().unwrap_or_default();
        let claims = [
            ("jti", Some(Value::from(jti))),
            ("htm", Some(Value::from(proof.method))),
            ("htu", Some(Value::from(url))),
            ("iat", Some(Value::from(at.timestamp()))),
            ("ath", proof.token.map(|token| Value::from(URL_SAFE_NO_PAD.encode(digest(&SHA256, token))))),
            ("nonce", proof.nonce.map(Value::from)),
        ];
        let header = header.into_iter().map(|(name, value)| (name.to_owned(), value));
        let claims = claims.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let parts = [header.collect::<Map<_, _>>(), claims.collect()];
        let [header, claims] = parts.map(|part| URL_SAFE_NO_PAD.encode(Value::Object(part).to_string()));
        let message = format!("{header}.{claims}");
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign(message.as_bytes())?);
        Ok(Secret::new(format!("{message}.{signature}").into_bytes()))
    }
}
