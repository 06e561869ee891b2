//! JSON Web Signatures (RFC 7515): jsonwebtoken writes them, ring signs.

use std::str::FromStr;

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result as JoseResult, new_error};
use jsonwebtoken::signature::{Error as SignatureError, Signer};
use jsonwebtoken::{Algorithm, AlgorithmFamily, EncodingKey, Header};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, RsaEncoding, RsaKeyPair};
use serde_json::{Map, Value};

use crate::error::{Error, Report, quotable};
use crate::secret::Secret;
use crate::sign::key::SigningKey;

/// The algorithms that helpers sign with (RFC 7518 section 3.1, RFC 8037 section 3.1).
const ALGORITHMS: [Algorithm; 12] = [
    Algorithm::HS256,
    Algorithm::HS384,
    Algorithm::HS512,
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// The algorithm called `name`.
///
/// # Errors
/// [`Error::Usage`] for a name that no algorithm has, `none` among them.
pub fn parse_algorithm(option: &str, name: &str) -> Result<Algorithm, Error> {
    Algorithm::from_str(name).map_err(|_| {
        let names = ALGORITHMS.map(|algorithm| format!("{algorithm:?}"));
        let remedy = match names.iter().find(|known| known.eq_ignore_ascii_case(name)) {
            Some(known) => format!("write {known}"),
            None => format!("use one of {}", names.join(" ")),
        };
        Error::Usage(Report::new(option, "it is no algorithm that helpers sign with", remedy))
    })
}

/// The parameters of a token's own header (RFC 7515 section 4.1) beside its algorithm and key id.
#[derive(Default)]
pub struct JoseHeader(Vec<(String, String)>);

impl JoseHeader {
    /// Sets a parameter to a text.
    ///
    /// # Errors
    /// [`Error::Usage`] for one that is set already, has an option of its own, or is no text.
    pub fn set(&mut self, option: &str, name: &str, value: String) -> Result<(), Error> {
        // A verifier that ignores case must not meet two of them.
        let (cause, remedy) = match name.to_ascii_lowercase().as_str() {
            "alg" => ("the key and --alg say which algorithm signs", "use --alg"),
            "kid" => ("it has an option of its own", "use --kid"),
            "b64" | "crit" | "enc" | "jwk" | "x5c" | "zip" => ("its value is no text", "leave it out"),
            _ if self.0.iter().any(|(known, _)| known == name) => ("it is there twice", "leave one out"),
            _ => {
                self.0.push((name.to_owned(), value));
                return Ok(());
            }
        };
        let fact = format_args!("{option}: the parameter {} cannot be set", quotable(name));
        Err(Error::Usage(Report::new(fact, cause, remedy)))
    }

    /// The whole header; `typ` is `JWT` unless it was set.
    #[must_use]
    pub fn complete(self, algorithm: Algorithm, kid: Option<String>) -> Header {
        let mut header = Header { kid, ..Header::new(algorithm) };
        for (name, value) in self.0 {
            match name.as_str() {
                "typ" => header.typ = Some(value),
                _ => header.extras.insert(name, value),
            }
        }
        header
    }
}

/// The JWT (RFC 7519) of `claims` under `header`, in compact serialization.
///
/// # Errors
/// [`Error::Secret`] when the numbers of the key that `option` was given do not belong together.
pub fn encode(option: &str, header: &Header, claims: &Map<String, Value>, key: &SigningKey) -> Result<Secret, Error> {
    // It fails when a provider is there already, and that is this one.
    let _ = PROVIDER.install_default();
    let token = jsonwebtoken::encode(header, claims, &key.encoding_key()).map_err(|error| {
        let cause = match error.into_kind() {
            ErrorKind::InvalidRsaKey(cause) => format!("it is damaged: {cause}"),
            ErrorKind::InvalidEcdsaKey | ErrorKind::InvalidEddsaKey => {
                "it is damaged: its public part does not belong to it".to_owned()
            }
            // Two primes and a private exponent that are none of one key are found out by the signature.
            _ if matches!(header.alg.family(), AlgorithmFamily::Rsa) && has_randomness() => {
                "it is damaged: its numbers do not belong together".to_owned()
            }
            _ => {
                let fact = "the token cannot be signed";
                return Error::Other(Report::new(fact, "no randomness", "look at the system's random device"));
            }
        };
        let remedy = "give the key as it was made, or make a new one";
        Error::Secret(Report::new(format_args!("{option} is not a usable key"), cause, remedy))
    })?;
    Ok(Secret::new(token.into_bytes()))
}

fn has_randomness() -> bool {
    SystemRandom::new().fill(&mut [0]).is_ok()
}

/// A provider that signs and does nothing else: helpers verify no tokens.
static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: |_, _| Err(new_error(ErrorKind::UnsupportedAlgorithm)),
    key_utils: KeyUtils::new_unimplemented(),
};

/// A key pair that is ready to sign.
enum Signing {
    Hmac(hmac::Key),
    Rsa(&'static dyn RsaEncoding, RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

struct AlgorithmSigner(Algorithm, Signing);

/// Takes the bytes that [`SigningKey::encoding_key`] put together apart again.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "jsonwebtoken gives the signature")]
fn signer(algorithm: &Algorithm, key: &EncodingKey) -> JoseResult<Box<dyn JwtSigner>> {
    let bytes = key.as_bytes();
    let hmac = |algorithm| Ok(Signing::Hmac(hmac::Key::new(algorithm, bytes)));
    let rsa = |padding| match RsaKeyPair::from_der(bytes) {
        Ok(pair) => Ok(Signing::Rsa(padding, pair)),
        Err(rejected) => Err(new_error(ErrorKind::InvalidRsaKey(rejected.to_string()))),
    };
    let ec = |curve: &'static EcdsaSigningAlgorithm, length| {
        let (scalar, point) = bytes.split_at_checked(length).unwrap_or_default();
        match EcdsaKeyPair::from_private_key_and_public_key(curve, scalar, point, &SystemRandom::new()) {
            Ok(pair) => Ok(Signing::Ec(pair)),
            Err(_) => Err(new_error(ErrorKind::InvalidEcdsaKey)),
        }
    };
    let signing = match algorithm {
        Algorithm::HS256 => hmac(hmac::HMAC_SHA256),
        Algorithm::HS384 => hmac(hmac::HMAC_SHA384),
        Algorithm::HS512 => hmac(hmac::HMAC_SHA512),
        Algorithm::RS256 => rsa(&signature::RSA_PKCS1_SHA256),
        Algorithm::RS384 => rsa(&signature::RSA_PKCS1_SHA384),
        Algorithm::RS512 => rsa(&signature::RSA_PKCS1_SHA512),
        Algorithm::PS256 => rsa(&signature::RSA_PSS_SHA256),
        Algorithm::PS384 => rsa(&signature::RSA_PSS_SHA384),
        Algorithm::PS512 => rsa(&signature::RSA_PSS_SHA512),
        Algorithm::ES256 => ec(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, 32),
        Algorithm::ES384 => ec(&signature::ECDSA_P384_SHA384_FIXED_SIGNING, 48),
        Algorithm::EdDSA => ed25519(bytes),
        _ => Err(new_error(ErrorKind::UnsupportedAlgorithm)),
    };
    Ok(Box::new(AlgorithmSigner(*algorithm, signing?)))
}

fn ed25519(bytes: &[u8]) -> JoseResult<Signing> {
    let (seed, public) = bytes.split_at_checked(32).unwrap_or_default();
    let pair = if public.is_empty() {
        Ed25519KeyPair::from_seed_unchecked(seed)
    } else {
        Ed25519KeyPair::from_seed_and_public_key(seed, public)
    };
    pair.map(Signing::Ed25519).map_err(|_| new_error(ErrorKind::InvalidEddsaKey))
}

impl JwtSigner for AlgorithmSigner {
    fn algorithm(&self) -> Algorithm {
        self.0
    }
}

impl Signer<Vec<u8>> for AlgorithmSigner {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        let failed = |_| SignatureError::new();
        match &self.1 {
            Signing::Hmac(key) => Ok(hmac::sign(key, message).as_ref().to_vec()),
            Signing::Rsa(padding, pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(*padding, &SystemRandom::new(), message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
            Signing::Ec(pair) => Ok(pair.sign(&SystemRandom::new(), message).map_err(failed)?.as_ref().to_vec()),
            Signing::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }
}

#[cfg(test)]
mod known_answers;
