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
use crate::run::{KeyBinding, Proof};
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

    /// What binds tokens to it; `is_lasting` says whether a later process has it too.
    #[must_use]
    pub fn binding(self, is_lasting: bool) -> KeyBinding {
        let thumbprint = self.thumbprint.clone();
        KeyBinding::new(thumbprint, is_lasting, move |proof, at| self.proof(proof, at))
    }

    /// A proof (RFC 9449 section 4.2) that is made at that instant.
    ///
    /// # Errors
    /// [`Error::Other`] when the system has no randomness to give; [`Error::Secret`] for a key that is damaged.
    fn proof(&self, proof: &Proof<'_>, at: DateTime<Utc>) -> Result<Secret, Error> {
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

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;

    /// The key of RFC 7515 appendix A.3.
    const KEY: &str = r#"{"kty":"EC","crv":"P-256",
        "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        "d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;

    fn key(jwk: &str) -> DpopKey {
        let key = SigningKey::parse(OPTION, Secret::new(jwk.as_bytes().to_vec()), None, None, Some(Algorithm::ES256));
        DpopKey::of(&key.unwrap()).unwrap()
    }

    fn decoded(part: &str) -> String {
        String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    }

    /// The members of the proofs in figures 2 and 12, and the hash of the token of the latter.
    #[test]
    fn a_proof_is_built_as_those_of_rfc_9449() {
        let at = DateTime::from_timestamp(1_562_262_618, 0).unwrap();
        let proof = Proof {
            method: "GET",
            url: "https://resource.example.org/protectedresource?a=1#part",
            token: Some(b"Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"),
            nonce: None,
        };
        let signed = |proof| key(KEY).signed(proof, at, "e1j3V_bKic8-LAEB".to_owned()).unwrap();
        let text = signed(&proof).expose_text().unwrap().to_owned();
        let [header, claims, signature] = text.split('.').collect::<Vec<_>>().try_into().unwrap();
        assert_eq!(
            decoded(header),
            r#"{"alg":"ES256","jwk":{"crv":"P-256","kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},"typ":"dpop+jwt"}"#
        );
        assert_eq!(
            decoded(claims),
            r#"{"ath":"fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo","htm":"GET","htu":"https://resource.example.org/protectedresource","iat":1562262618,"jti":"e1j3V_bKic8-LAEB"}"#
        );
        let [x, y] = ["f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"]
            .map(|coordinate| URL_SAFE_NO_PAD.decode(coordinate).unwrap());
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, [vec![4], x, y].concat());
        let input = format!("{header}.{claims}");
        public.verify(input.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();

        let proof = Proof { method: "POST", url: "https://server.example.com/token", token: None, nonce: Some("n-1") };
        let text = signed(&proof).expose_text().unwrap().to_owned();
        assert_eq!(
            decoded(text.split('.').nth(1).unwrap()),
            r#"{"htm":"POST","htu":"https://server.example.com/token","iat":1562262618,"jti":"e1j3V_bKic8-LAEB","nonce":"n-1"}"#
        );
    }

    #[test]
    fn a_shared_secret_proves_nothing() {
        let key = SigningKey::parse(OPTION, Secret::new(vec![b'a'; 40]), None, None, None).unwrap();
        assert_eq!(
            DpopKey::of(&key).unwrap_err().to_string(),
            "--dpop-key is not a usable key: it is a shared secret, and a proof is made with a private key; give an EC, \
             Ed25519 or RSA private key"
        );
    }
}
