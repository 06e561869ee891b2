//! JSON Web Signatures (RFC 7515): jsonwebtoken writes them, ring signs.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::errors::{ErrorKind, Result as JoseResult, new_error};
use jsonwebtoken::{Algorithm as Signer, AlgorithmFamily, Header as JoseParameters};
use ring::error::Unspecified;
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, RsaEncoding, RsaKeyPair};
use serde_json::{Map, Value};

use crate::error::{Error, Report, quotable};
use crate::secret::Secret;
use crate::sign::algorithm::Algorithm;
use crate::sign::key::SigningKey;

/// The whole header of a token: its algorithm and its other parameters.
#[derive(Clone, Debug)]
pub struct Header {
    algorithm: Algorithm,
    /// The parameters; of the algorithm, the older name.
    pub(crate) parameters: JoseParameters,
}

impl Header {
    /// A header without other parameters than `typ`, which is `JWT`.
    #[must_use]
    pub fn new(algorithm: Algorithm) -> Self {
        Self { algorithm, parameters: JoseParameters::new(algorithm.signer()) }
    }

    /// The algorithm that signs.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// As JSON, with the name of the algorithm that was asked for.
    fn json(&self) -> Option<String> {
        let json = serde_json::to_string(&self.parameters).ok()?;
        // Quotes within a text are escaped, so that no text looks like the member.
        let member = |name: &str| format!(r#""alg":"{name}""#);
        Some(match self.algorithm {
            Algorithm::Ed25519 => json.replacen(&member("EdDSA"), &member("Ed25519"), 1),
            _ => json,
        })
    }
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
            "b64" | "crit" | "enc" | "jwk" | "x5c" | "zip" => ("its value is not text", "remove it"),
            _ if self.0.iter().any(|(known, _)| known == name) => ("it is given twice", "remove one"),
            _ => {
                self.0.push((name.to_owned(), value));
                return Ok(());
            }
        };
        let fact = format_args!(": the parameter {} cannot be set", quotable(name));
        Err(Error::Usage(Report::of(option, fact, cause, remedy)))
    }

    /// The whole header; `typ` is `JWT` unless it was set.
    #[must_use]
    pub fn complete(self, algorithm: Algorithm, kid: Option<String>) -> Header {
        let mut header = Header::new(algorithm);
        header.parameters.kid = kid;
        for (name, value) in self.0 {
            match name.as_str() {
                "typ" => header.parameters.typ = Some(value),
                _ => header.parameters.extras.insert(name, value),
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
    let token = signed(header, claims, key).map_err(|error| unusable(option, header.algorithm, error))?;
    Ok(Secret::new(token.into_bytes()))
}

/// Why the key that `option` was given does not sign.
fn unusable(option: &str, algorithm: Algorithm, error: jsonwebtoken::errors::Error) -> Error {
    let cause = match error.into_kind() {
        ErrorKind::InvalidRsaKey(cause) => format!("it is damaged: {}", in_words(&cause)),
        ErrorKind::InvalidEcdsaKey | ErrorKind::InvalidEddsaKey => {
            "it is damaged: its public part does not belong to it".to_owned()
        }
        // Two primes and a private exponent that are none of one key are found out by the signature.
        _ if matches!(algorithm.signer().family(), AlgorithmFamily::Rsa) && has_randomness() => {
            "it is damaged: its numbers do not belong together".to_owned()
        }
        _ => {
            let fact = "the token cannot be signed";
            return Error::Other(Report::new(fact, "no randomness", "check the system's random device"));
        }
    };
    let remedy = "give the original key file, or make a new key";
    Error::Secret(Report::of(option, " is not a usable key", cause, remedy))
}

/// A key that is read once and signs again and again.
#[cfg(feature = "oauth")]
pub struct ReadyKey {
    option: &'static str,
    algorithm: Algorithm,
    pair: KeyPair,
}

#[cfg(feature = "oauth")]
impl ReadyKey {
    /// The `key` that `option` was given, for signatures of this algorithm.
    ///
    /// # Errors
    /// [`Error::Secret`] when the numbers of the key do not belong together.
    pub fn new(option: &'static str, algorithm: Algorithm, key: &SigningKey) -> Result<Self, Error> {
        let pair = key_pair(algorithm.signer(), key.signer_bytes().expose());
        let pair = pair.map_err(|error| unusable(option, algorithm, error))?;
        Ok(Self { option, algorithm, pair })
    }

    /// The signature of `message`: of ECDSA both numbers in their full length (RFC 7518 section 3.4).
    ///
    /// # Errors
    /// [`Error::Secret`] when the numbers of the key do not belong together; [`Error::Other`] without randomness.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let failed = |_| unusable(self.option, self.algorithm, new_error(ErrorKind::InvalidSignature));
        self.pair.sign(message).map_err(failed)
    }

    /// Its algorithm.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

#[cfg(feature = "oauth")]
impl std::fmt::Debug for ReadyKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReadyKey").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

/// The compact serialization (RFC 7515 section 7.1).
fn signed(header: &Header, claims: &Map<String, Value>, key: &SigningKey) -> JoseResult<String> {
    let failed = || new_error(ErrorKind::InvalidSignature);
    let pair = key_pair(header.algorithm.signer(), key.signer_bytes().expose())?;
    let header = header.json().ok_or_else(failed)?;
    let claims = serde_json::to_string(claims).map_err(|_| failed())?;
    let message = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
    let signature = pair.sign(message.as_bytes()).map_err(|_| failed())?;
    Ok([message, URL_SAFE_NO_PAD.encode(signature)].join("."))
}

/// What ring says of an RSA key, in words.
fn in_words(cause: &str) -> &'static str {
    match cause {
        "InvalidEncoding" => "its numbers are encoded incorrectly",
        "InconsistentComponents" => "its numbers do not belong together",
        "PublicKeyTooSmall" | "UnexpectedBitLength" => "its modulus has the wrong length",
        _ => "its numbers are not those of an RSA key",
    }
}

fn has_randomness() -> bool {
    SystemRandom::new().fill(&mut [0]).is_ok()
}

/// A key pair that is ready to sign.
enum KeyPair {
    Hmac(hmac::Key),
    Rsa(&'static dyn RsaEncoding, RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// Takes the bytes that [`SigningKey::signer_bytes`] put together apart again.
fn key_pair(signer: Signer, bytes: &[u8]) -> JoseResult<KeyPair> {
    let hmac = |algorithm| Ok(KeyPair::Hmac(hmac::Key::new(algorithm, bytes)));
    let rsa = |padding| match RsaKeyPair::from_der(bytes) {
        Ok(pair) => Ok(KeyPair::Rsa(padding, pair)),
        Err(rejected) => Err(new_error(ErrorKind::InvalidRsaKey(rejected.to_string()))),
    };
    let ec = |curve: &'static EcdsaSigningAlgorithm, length| {
        let (scalar, point) = bytes.split_at_checked(length).unwrap_or_default();
        match EcdsaKeyPair::from_private_key_and_public_key(curve, scalar, point, &SystemRandom::new()) {
            Ok(pair) => Ok(KeyPair::Ec(pair)),
            Err(_) => Err(new_error(ErrorKind::InvalidEcdsaKey)),
        }
    };
    match signer {
        Signer::HS256 => hmac(hmac::HMAC_SHA256),
        Signer::HS384 => hmac(hmac::HMAC_SHA384),
        Signer::HS512 => hmac(hmac::HMAC_SHA512),
        Signer::RS256 => rsa(&signature::RSA_PKCS1_SHA256),
        Signer::RS384 => rsa(&signature::RSA_PKCS1_SHA384),
        Signer::RS512 => rsa(&signature::RSA_PKCS1_SHA512),
        Signer::PS256 => rsa(&signature::RSA_PSS_SHA256),
        Signer::PS384 => rsa(&signature::RSA_PSS_SHA384),
        Signer::PS512 => rsa(&signature::RSA_PSS_SHA512),
        Signer::ES256 => ec(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, 32),
        Signer::ES384 => ec(&signature::ECDSA_P384_SHA384_FIXED_SIGNING, 48),
        Signer::EdDSA => ed25519(bytes),
        _ => Err(new_error(ErrorKind::UnsupportedAlgorithm)),
    }
}

fn ed25519(bytes: &[u8]) -> JoseResult<KeyPair> {
    let (seed, public) = bytes.split_at_checked(32).unwrap_or_default();
    let pair = if public.is_empty() {
        Ed25519KeyPair::from_seed_unchecked(seed)
    } else {
        Ed25519KeyPair::from_seed_and_public_key(seed, public)
    };
    pair.map(KeyPair::Ed25519).map_err(|_| new_error(ErrorKind::InvalidEddsaKey))
}

impl KeyPair {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        match self {
            Self::Hmac(key) => Ok(hmac::sign(key, message).as_ref().to_vec()),
            Self::Rsa(padding, pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(*padding, &SystemRandom::new(), message, &mut signature)?;
                Ok(signature)
            }
            Self::Ec(pair) => Ok(pair.sign(&SystemRandom::new(), message)?.as_ref().to_vec()),
            Self::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }
}

#[cfg(test)]
mod known_answers;
