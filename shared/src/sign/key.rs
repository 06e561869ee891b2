//! Keys that sign JWTs, in the forms in which people keep them.

mod foreign;
mod jwk;
mod pem;
mod thumbprint;

use jsonwebtoken::Algorithm;

use crate::error::{Error, Report};
use crate::file;
use crate::secret::Secret;
use crate::sign::der::Elements;
use crate::sign::encoding::KeyEncoding;

/// A private or symmetric key and what its file says about it.
#[derive(Clone, Debug)]
pub struct SigningKey {
    material: Material,
    /// The key id in the file, if any.
    pub kid: Option<String>,
    /// The algorithm that the file restricts the key to, if any.
    algorithm: Option<Algorithm>,
    /// The e-mail address of a Google service account.
    pub client_email: Option<String>,
    /// The token endpoint of a Google service account.
    pub token_uri: Option<String>,
}

/// The key itself, in the form its signer takes.
#[derive(Clone, Debug)]
enum Material {
    /// A shared secret.
    Hmac(Secret),
    /// An `RSAPrivateKey` of RFC 8017 appendix A.1.2, in DER; and its public half.
    Rsa { der: Secret, modulus: Vec<u8>, exponent: Vec<u8> },
    /// A scalar, and the point of its public half as SEC 1 section 2.3.3 writes it, uncompressed.
    Ec { curve: Curve, scalar: Secret, point: Vec<u8> },
    /// A seed of RFC 8032 section 5.1.5, and its public half where the file has it.
    Ed25519 { seed: Secret, public: Option<Vec<u8>> },
}

/// A curve on which we sign with ECDSA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Curve {
    P256,
    P384,
}

/// Why bytes are not a usable key: the cause, and what would fit.
#[derive(Debug, PartialEq, Eq)]
struct Unusable(String, &'static str);

impl SigningKey {
    /// Reads the key that `option` was given: PEM, JWK, JWKS (`kid` chooses), a Google service account, or raw bytes.
    /// A chosen `encoding` says that they are a shared secret. `algorithm` is the one it must sign with, if known.
    ///
    /// # Errors
    /// [`Error::Secret`] with its own cause for each kind of key that does not fit; [`Error::Usage`] for a JWKS of which
    /// nothing says which key to take.
    pub fn parse(
        option: &str,
        secret: Secret,
        encoding: Option<KeyEncoding>,
        kid: Option<&str>,
        algorithm: Option<Algorithm>,
    ) -> Result<Self, Error> {
        let unusable = |Unusable(cause, remedy)| {
            Error::Secret(Report::new(format_args!("{option} is not a usable key"), cause, remedy))
        };
        let bytes = file::without_mark(secret.expose());
        if encoding.is_none() && bytes.trim_ascii_start().starts_with(b"{") {
            let found = jwk::parse(bytes, kid).map_err(unusable)?;
            return found.ok_or_else(|| {
                let cause = "it is a JWKS with several keys and nothing says which one signs";
                Error::Usage(Report::new(option, cause, "name one with --kid and its key id"))
            });
        }
        if pem::looks_like_one(bytes) {
            let is_symmetric = algorithm.is_some_and(|algorithm| hash_bits(algorithm).is_some());
            if is_symmetric || encoding.is_some() {
                return Err(unusable(Unusable(
                    "it is a PEM file, which is no shared secret for HS256, HS384 or HS512".to_owned(),
                    "give a shared secret, or leave out --key-encoding and the HS algorithm",
                )));
            }
            return pem::parse(bytes).map(Self::from).map_err(unusable);
        }
        if encoding.is_none() {
            foreign::check(bytes).map_err(unusable)?;
        }
        let key = encoding.unwrap_or(KeyEncoding::Raw).decode(option, secret)?;
        Ok(Self::from(Material::Hmac(key)))
    }

    /// The algorithm to sign with: the one asked for, else what the file says, else the usual one for the kind of key.
    ///
    /// # Errors
    /// [`Error::Secret`] when the key is of another kind than the algorithm asked for.
    pub fn algorithm(&self, option: &str, wanted: Option<Algorithm>) -> Result<Algorithm, Error> {
        let (first, others): (Algorithm, &[Algorithm]) = match &self.material {
            Material::Hmac(_) => (Algorithm::HS256, &[Algorithm::HS384, Algorithm::HS512]),
            Material::Rsa { .. } => (
                Algorithm::RS256,
                &[Algorithm::RS384, Algorithm::RS512, Algorithm::PS256, Algorithm::PS384, Algorithm::PS512],
            ),
            Material::Ec { curve: Curve::P256, .. } => (Algorithm::ES256, &[]),
            Material::Ec { curve: Curve::P384, .. } => (Algorithm::ES384, &[]),
            Material::Ed25519 { .. } => (Algorithm::EdDSA, &[]),
        };
        let usual = self.algorithm.unwrap_or(first);
        let chosen = wanted.unwrap_or(usual);
        let fits = chosen == first || others.contains(&chosen);
        let allowed = fits && self.algorithm.is_none_or(|only| only == chosen);
        if allowed {
            return Ok(chosen);
        }
        if let Some(only) = self.algorithm.filter(|only| *only != first && !others.contains(only)) {
            let cause = format_args!("its file says {only:?}, and it is {}", self.kind());
            let fact = format_args!("{option} is not a usable key");
            return Err(Error::Secret(Report::new(fact, cause, "correct `alg` in the file")));
        }
        let cause = match self.algorithm {
            Some(only) => format!("its file restricts it to {only:?}, and {chosen:?} is asked for"),
            None => format!("it is {}, and {chosen:?} signs with another kind", self.kind()),
        };
        let remedy = format!("give {}, or use --alg {usual:?}", what_fits(chosen));
        Err(Error::Secret(Report::new(format_args!("{option} is not a usable key"), cause, remedy)))
    }

    /// The thumbprint of the public key (RFC 7638 with SHA-256, in base64url).
    ///
    /// # Errors
    /// [`Error::Usage`] for a shared secret, whose thumbprint would help to guess it; [`Error::Secret`] for a key that
    /// is damaged.
    pub fn thumbprint(&self, option: &str) -> Result<String, Error> {
        thumbprint::thumbprint(&self.material, option)
    }

    /// The SHA-256 of an RSA key's `SubjectPublicKeyInfo`, in base64.
    ///
    /// # Errors
    /// [`Error::Secret`] for another kind of key.
    pub fn rsa_fingerprint(&self, option: &str) -> Result<String, Error> {
        thumbprint::rsa_fingerprint(&self.material).ok_or_else(|| {
            let fact = format_args!("{option} is not a usable key");
            Error::Secret(Report::new(fact, format_args!("it is {}", self.kind()), GIVE_RSA))
        })
    }

    /// What to say of a shared secret that is shorter than the hash of `algorithm` (RFC 7518 section 3.2).
    #[must_use]
    pub fn weakness(&self, algorithm: Algorithm) -> Option<String> {
        let (Material::Hmac(key), Some(bits)) = (&self.material, hash_bits(algorithm)) else {
            return None;
        };
        let is_short = key.expose().len() < bits / 8;
        is_short
            .then(|| format!("the key is shorter than the {bits} bits that {algorithm:?} calls for; make a longer one"))
    }

    /// The shared secret, or the private key as the signer of its kind takes it.
    pub(crate) fn encoding_key(&self) -> jsonwebtoken::EncodingKey {
        use jsonwebtoken::EncodingKey;
        match &self.material {
            Material::Hmac(key) => EncodingKey::from_secret(key.expose()),
            Material::Rsa { der, .. } => EncodingKey::from_rsa_der(der.expose()),
            Material::Ec { scalar, point, .. } => {
                let joined = Secret::new([scalar.expose(), point].concat());
                EncodingKey::from_ec_der(joined.expose())
            }
            Material::Ed25519 { seed, public } => {
                let joined = Secret::new([seed.expose(), public.as_deref().unwrap_or_default()].concat());
                EncodingKey::from_ed_der(joined.expose())
            }
        }
    }

    fn kind(&self) -> &'static str {
        match &self.material {
            Material::Hmac(_) => "a shared secret",
            Material::Rsa { .. } => "an RSA key",
            Material::Ec { curve: Curve::P256, .. } => "an EC key on P-256",
            Material::Ec { curve: Curve::P384, .. } => "an EC key on P-384",
            Material::Ed25519 { .. } => "an Ed25519 key",
        }
    }
}

impl From<Material> for SigningKey {
    fn from(material: Material) -> Self {
        Self { material, kid: None, algorithm: None, client_email: None, token_uri: None }
    }
}

/// The bits of the hash under an HS algorithm; `None` for the others.
fn hash_bits(algorithm: Algorithm) -> Option<usize> {
    match algorithm {
        Algorithm::HS256 => Some(256),
        Algorithm::HS384 => Some(384),
        Algorithm::HS512 => Some(512),
        _ => None,
    }
}

/// The key that an algorithm signs with.
fn what_fits(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::ES256 => "an EC private key on P-256 (PEM or JWK)",
        Algorithm::ES384 => "an EC private key on P-384 (PEM or JWK)",
        Algorithm::EdDSA => "an Ed25519 private key (PEM or JWK)",
        _ if hash_bits(algorithm).is_some() => "a shared secret (raw bytes or an oct JWK)",
        _ => FITTING_RSA,
    }
}

const FITTING_RSA: &str = "an RSA private key of 2048 to 4096 bits (PEM or JWK)";
const GIVE_RSA: &str = "give an RSA private key of 2048 to 4096 bits (PEM or JWK)";

impl Material {
    /// An RSA key from the DER of an `RSAPrivateKey`, checked for what the signer takes.
    fn rsa(der: Secret) -> Result<Self, Unusable> {
        if Elements::new(der.expose()).sequence().and_then(|mut key| key.unsigned()) == Some(&[1]) {
            return Err(Unusable("it is an RSA key with more than two primes".to_owned(), GIVE_RSA));
        }
        let (modulus, exponent) = rsa_public(der.expose())
            .ok_or_else(|| Unusable("it is damaged: there is no RSA private key in it".to_owned(), GIVE_RSA))?;
        let leading = modulus.first().map_or(8, |byte| byte.leading_zeros());
        let bits = modulus.len().saturating_mul(8).saturating_sub(usize::try_from(leading).unwrap_or_default());
        if !(2048..=4096).contains(&bits) {
            return Err(Unusable(format!("it is an RSA key of {bits} bits"), GIVE_RSA));
        }
        if bits % 512 != 0 {
            return Err(Unusable(
                format!("it is an RSA key of {bits} bits, which is no multiple of 512"),
                "give an RSA private key of 2048, 2560, 3072, 3584 or 4096 bits (PEM or JWK)",
            ));
        }
        if !(3..=4).contains(&exponent.len()) {
            return Err(Unusable(
                "it is an RSA key with a public exponent below 65537 or above 32 bits".to_owned(),
                "make a new one with the usual exponent, 65537",
            ));
        }
        Ok(Self::Rsa { der, modulus, exponent })
    }

    /// An EC key. Its point must be there: the signer checks the scalar against it.
    fn ec(curve: Curve, scalar: &[u8], point: Option<&[u8]>) -> Result<Self, Unusable> {
        let name = curve.name();
        let scalar = curve.pad(scalar).ok_or_else(|| {
            let cause = format!("it is damaged: its number is too long for a key on {name}");
            Unusable(cause, "give an EC private key on P-256 or P-384")
        })?;
        let point = point.filter(|point| point.first() == Some(&UNCOMPRESSED)).ok_or_else(|| {
            Unusable(
                format!("it is an EC key on {name} without the whole of its public part"),
                "let openssl complete it as it is read: cmd:openssl ec -conv_form uncompressed -in KEY",
            )
        })?;
        Ok(Self::Ec { curve, scalar, point: point.to_vec() })
    }

    /// An Ed25519 key.
    fn ed25519(seed: &[u8], public: Option<&[u8]>) -> Result<Self, Unusable> {
        let has_right_size = seed.len() == 32 && public.is_none_or(|public| public.len() == 32);
        if !has_right_size {
            let cause = "it is damaged: an Ed25519 key has 32 bytes".to_owned();
            return Err(Unusable(cause, "give an Ed25519 private key (PEM or JWK)"));
        }
        Ok(Self::Ed25519 { seed: Secret::new(seed.to_vec()), public: public.map(<[u8]>::to_vec) })
    }
}

/// The first byte of a point that is written with both coordinates (SEC 1 section 2.3.3).
const UNCOMPRESSED: u8 = 4;

/// Modulus and public exponent of an `RSAPrivateKey` (RFC 8017 appendix A.1.2).
fn rsa_public(der: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut key = Elements::new(der).sequence()?;
    key.unsigned()?;
    Some((key.unsigned()?.to_vec(), key.unsigned()?.to_vec()))
}

impl Curve {
    fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
        }
    }

    /// The length of a scalar and of a coordinate in bytes.
    fn length(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
        }
    }

    /// A scalar or coordinate in its full length: some writers drop leading zeros.
    fn pad(self, number: &[u8]) -> Option<Secret> {
        let missing = self.length().checked_sub(number.len())?;
        Some(Secret::new([vec![0; missing].as_slice(), number].concat()))
    }
}
