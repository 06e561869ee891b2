//! Keys that sign JWTs, in the forms in which people keep them.

mod jwk;
mod kept;
mod material;
mod pem;
#[cfg(feature = "oauth")]
mod pkcs8;
mod public;
mod refused;
mod remedy;
mod thumbprint;

use self::material::{Curve, GIVE_RSA, Material};
use self::remedy::Remedy;
use crate::error::{Error, Report};
use crate::secret::Secret;
use crate::secret::unicode;
use crate::sign::algorithm::Algorithm;
use crate::sign::encoding::{KeyEncoding, blank_end, weakness};
use crate::sign::key_file::{self, Form, KeyFile, Kind};

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

/// Why bytes are not a usable key: the cause, and what to do.
#[derive(Debug, PartialEq, Eq)]
struct Unusable(String, Remedy);

impl Unusable {
    /// The error for the key that `option` was given.
    fn key_of(self, option: &str) -> Error {
        let Self(cause, remedy) = self;
        Error::Secret(Report::of(option, " is not a usable key", cause, remedy.text(option)))
    }
}

impl SigningKey {
    /// Reads the key that `option` was given: PEM, DER, JWK, JWKS (`kid` chooses), a Google service account, each perhaps
    /// encoded as a whole, or raw bytes. A chosen `encoding` says that they are a shared secret, [`KeyEncoding::Raw`] that
    /// they are one whatever they look like. `algorithm` is the one it must sign with, if known.
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
        let unusable = |unusable: Unusable| unusable.key_of(option);
        if encoding == Some(KeyEncoding::Raw) {
            return Ok(Self::from(Material::Hmac(secret)));
        }
        let secret = unicode::without_mark(secret);
        let is_symmetric = algorithm.map(|algorithm| algorithm.hash_bits().is_some());
        if let Some(file) = key_file::find(secret.expose()) {
            // A JWK says itself what it is for.
            let is_jwk = matches!(file.form, Form::Jwk(_)) && encoding.is_none();
            if !is_jwk && is_symmetric.unwrap_or(encoding.is_some()) {
                return Err(unusable(no_shared_secret(&file)));
            }
            return Self::of_file(option, &file, kid);
        }
        let bytes = secret.expose();
        if encoding.is_none() && bytes.trim_ascii_start().starts_with(b"{") {
            return Self::of_json(option, bytes, kid);
        }
        let checked = match encoding {
            Some(encoding) => {
                let key = encoding.decode(option, secret)?;
                check_decoded(&key).map(|()| key)
            }
            None => check_json(&secret).map(|()| secret),
        };
        checked.map(|key| Self::from(Material::Hmac(key))).map_err(unusable)
    }

    /// The key in a key file.
    fn of_file(option: &str, file: &KeyFile, kid: Option<&str>) -> Result<Self, Error> {
        let contents = file.contents.expose();
        let material = match file.form {
            Form::Jwk(_) | Form::ServiceAccount => return Self::of_json(option, contents, kid),
            Form::Pem(_) => pem::parse(contents),
            Form::Der(Kind::Private) => pem::parse_der(contents),
            _ => Err(refused::file(file)),
        };
        material.map(Self::from).map_err(|unusable| kept::as_kept(unusable, file).key_of(option))
    }

    fn of_json(option: &str, bytes: &[u8], kid: Option<&str>) -> Result<Self, Error> {
        let json = unicode::without_mark(Secret::new(bytes.to_vec()));
        let found = jwk::parse(json.expose(), kid).map_err(|unusable| unusable.key_of(option))?;
        if let Some(Self { material: Material::Hmac(key), .. }) = &found {
            check_decoded(key).map_err(|unusable| unusable.key_of(option))?;
        }
        found.ok_or_else(|| {
            let cause = "it is a JWKS with several keys, and no key id selects one";
            Error::Usage(Report::of(option, "", cause, "name one with --kid and its key id"))
        })
    }

    /// The shared secret that `option` was given, as its bytes are.
    ///
    /// # Errors
    /// [`Error::Secret`] for a key file, which is none.
    pub fn shared(option: &str, secret: Secret) -> Result<Self, Error> {
        check_decoded(&secret).map_err(|unusable| unusable.key_of(option))?;
        Ok(Self::from(Material::Hmac(secret)))
    }

    /// The algorithm to sign with: the one asked for, else what the file says, else the usual one for the kind of key.
    /// `chooser` is the option that asks for another one, where there is one.
    ///
    /// # Errors
    /// [`Error::Secret`] when the key is of another kind than the algorithm asked for.
    pub fn algorithm(
        &self,
        option: &str,
        chooser: Option<&str>,
        wanted: Option<Algorithm>,
    ) -> Result<Algorithm, Error> {
        let (first, others): (Algorithm, &[Algorithm]) = match &self.material {
            Material::Hmac(_) => (Algorithm::HS256, &[Algorithm::HS384, Algorithm::HS512]),
            Material::Rsa { .. } => (
                Algorithm::RS256,
                &[Algorithm::RS384, Algorithm::RS512, Algorithm::PS256, Algorithm::PS384, Algorithm::PS512],
            ),
            Material::Ec { curve: Curve::P256, .. } => (Algorithm::ES256, &[]),
            Material::Ec { curve: Curve::P384, .. } => (Algorithm::ES384, &[]),
            Material::Ed25519 { .. } => (Algorithm::EdDSA, &[Algorithm::Ed25519]),
        };
        let usual = self.algorithm.unwrap_or(first);
        let chosen = wanted.unwrap_or(usual);
        let fits = |algorithm| algorithm == first || others.contains(&algorithm);
        if fits(chosen) && self.algorithm.is_none_or(|only| only.signs_like(chosen)) {
            return Ok(chosen);
        }
        if let Some(only) = self.algorithm.filter(|only| !fits(*only)) {
            let cause = format!("its file says {}, and it is {}", only.name(), self.kind());
            return Err(Unusable(cause, Remedy::Do("correct `alg` in the file")).key_of(option));
        }
        let cause = match self.algorithm {
            Some(only) => format!("its file restricts it to {}, and {} is requested", only.name(), chosen.name()),
            None => format!("it is {}, and {} signs with another kind", self.kind(), chosen.name()),
        };
        let instead = chooser.map(|chooser| format!(", or use {chooser} {}", usual.name())).unwrap_or_default();
        let remedy = format!("give {}{instead}", what_fits(chosen));
        Err(Error::Secret(Report::of(option, " is not a usable key", cause, remedy)))
    }

    /// The thumbprint of the public key (RFC 7638 with SHA-256, in base64url).
    ///
    /// # Errors
    /// [`Error::Usage`] for a shared secret, whose thumbprint would help to guess it; [`Error::Secret`] for a key that
    /// is damaged.
    pub fn thumbprint(&self, option: &str) -> Result<String, Error> {
        thumbprint::thumbprint(&self.material, option)
    }

    /// The public key as a JWK (RFC 7517) with its required members alone; `None` for a shared secret.
    #[cfg(feature = "oauth")]
    #[must_use]
    pub fn public_jwk(&self) -> Option<String> {
        thumbprint::jwk(&self.material)
    }

    /// Whether it is an RSA key.
    #[cfg(feature = "bridge")]
    pub(crate) fn is_rsa(&self) -> bool {
        matches!(self.material, Material::Rsa { .. })
    }

    /// The SHA-256 of an RSA key's `SubjectPublicKeyInfo`, in base64.
    ///
    /// # Errors
    /// [`Error::Secret`] for another kind of key.
    pub fn rsa_fingerprint(&self, option: &str) -> Result<String, Error> {
        thumbprint::rsa_fingerprint(&self.material)
            .ok_or_else(|| Unusable(format!("it is {}", self.kind()), GIVE_RSA).key_of(option))
    }

    /// What to say of a shared secret that is shorter than the hash of `algorithm` (RFC 7518 section 3.2).
    #[must_use]
    pub fn weakness(&self, algorithm: Algorithm) -> Option<String> {
        let (Material::Hmac(key), Some(bits)) = (&self.material, algorithm.hash_bits()) else {
            return None;
        };
        weakness(key, bits, algorithm.name())
    }

    /// What to say of a shared secret that ends as if by mistake.
    #[must_use]
    pub fn blank_end(&self) -> Option<&'static str> {
        if let Material::Hmac(key) = &self.material { blank_end(key) } else { None }
    }

    /// Whether it is a shared secret, which proves nothing to those who have it too.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(self.material, Material::Hmac(_))
    }

    /// The shared secret, or the private key as the signer of its kind takes it.
    pub(super) fn signer_bytes(&self) -> Secret {
        match &self.material {
            Material::Hmac(key) => key.clone(),
            Material::Rsa { der, .. } => der.clone(),
            Material::Ec { scalar, point, .. } => Secret::new([scalar.expose(), point].concat()),
            Material::Ed25519 { seed, public } => {
                Secret::new([seed.expose(), public.as_deref().unwrap_or_default()].concat())
            }
        }
    }

    /// The public key as a certificate holds it; `None` for a shared secret.
    #[cfg(feature = "oauth")]
    pub(crate) fn public_key(&self) -> Option<Vec<u8>> {
        public::bits(&self.material)
    }

    /// The private key in PKCS#8; `None` for a shared secret.
    #[cfg(feature = "oauth")]
    pub(crate) fn pkcs8(&self) -> Option<Secret> {
        pkcs8::encode(&self.material)
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

/// Refuses a shared secret that is a key file as a whole.
fn check_decoded(secret: &Secret) -> Result<(), Unusable> {
    if let Some(file) = key_file::find(secret.expose()) {
        return Err(no_shared_secret(&file));
    }
    check_json(secret)
}

/// Refuses a shared secret that is JSON with a private key in it.
fn check_json(secret: &Secret) -> Result<(), Unusable> {
    let with_key = key_file::find_in_json(secret.expose());
    with_key.map_or(Ok(()), |with_key| Err(Unusable(format!("it is {with_key}, not a shared secret"), NAME_MEMBER)))
}

const NAME_MEMBER: Remedy = Remedy::Do("name the member that holds the key: json:PATH:FIELD");

fn no_shared_secret(file: &KeyFile) -> Unusable {
    let remedy = match file.form {
        Form::Pem(Kind::Private) | Form::Der(Kind::Private) | Form::Jwk(Kind::Private) | Form::ServiceAccount => {
            Remedy::SignWithIt
        }
        _ => Remedy::DoOrTakeRaw("give the secret that the server has too"),
    };
    Unusable(format!("it is {file}, not a shared secret"), remedy)
}

impl From<Material> for SigningKey {
    fn from(material: Material) -> Self {
        Self { material, kid: None, algorithm: None, client_email: None, token_uri: None }
    }
}

/// The key that an algorithm signs with.
fn what_fits(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::ES256 => "an EC private key on P-256 (PEM or JWK)",
        Algorithm::ES384 => "an EC private key on P-384 (PEM or JWK)",
        Algorithm::EdDSA | Algorithm::Ed25519 => "an Ed25519 private key (PEM or JWK)",
        _ if algorithm.hash_bits().is_some() => "a shared secret (raw bytes or an oct JWK)",
        _ => FITTING_RSA,
    }
}

const FITTING_RSA: &str = "an RSA private key of 2048 to 4096 bits (PEM or JWK)";
