//! The numbers that keys are made of, checked for what their signers take.

use super::Unusable;
use super::remedy::{Conversion, Remedy};
use crate::secret::Secret;
use crate::sign::der::Elements;

/// The key itself, in the form its signer takes.
#[derive(Clone, Debug)]
pub(super) enum Material {
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
pub(super) enum Curve {
    P256,
    P384,
}

/// What to give in place of an RSA key that does not fit.
pub(super) const GIVE_RSA: Remedy = Remedy::Do("give an RSA private key of 2048 to 4096 bits (PEM or JWK)");

impl Material {
    /// An RSA key from the DER of an `RSAPrivateKey`, checked for what the signer takes.
    pub(super) fn rsa(der: Secret) -> Result<Self, Unusable> {
        let (version, modulus, exponent) = rsa_public(der.expose())
            .ok_or_else(|| Unusable("it is damaged: there is no RSA private key in it".to_owned(), GIVE_RSA))?;
        if version == MORE_THAN_TWO_PRIMES {
            return Err(Unusable("it is an RSA key with more than two primes".to_owned(), GIVE_RSA));
        }
        let leading = modulus.first().map_or(8, |byte| byte.leading_zeros());
        let bits = modulus.len().saturating_mul(8).saturating_sub(usize::try_from(leading).unwrap_or_default());
        if !(2048..=4096).contains(&bits) {
            return Err(Unusable(format!("it is an RSA key of {bits} bits"), GIVE_RSA));
        }
        if bits % 512 != 0 {
            return Err(Unusable(
                format!("it is an RSA key of {bits} bits, which is not a multiple of 512"),
                Remedy::Do("give an RSA private key of 2048, 2560, 3072, 3584 or 4096 bits (PEM or JWK)"),
            ));
        }
        if !(3..=4).contains(&exponent.len()) {
            return Err(Unusable(
                "it is an RSA key with a public exponent below 65537 or above 32 bits".to_owned(),
                Remedy::Do("make a new one with the usual exponent, 65537"),
            ));
        }
        Ok(Self::Rsa { der, modulus, exponent })
    }

    /// An EC key. Its point must be there: the signer checks the scalar against it.
    pub(super) fn ec(curve: Curve, scalar: &[u8], point: Option<&[u8]>) -> Result<Self, Unusable> {
        let name = curve.name();
        let scalar = curve.pad(scalar).ok_or_else(|| {
            let cause = format!("it is damaged: its number is too long for a key on {name}");
            Unusable(cause, Remedy::Do("give an EC private key on P-256 or P-384"))
        })?;
        let point = point.filter(|point| point.first() == Some(&UNCOMPRESSED)).ok_or_else(|| {
            Unusable(
                format!("it is an EC key on {name} without its complete public part"),
                Remedy::convert(Conversion::Complete),
            )
        })?;
        Ok(Self::Ec { curve, scalar, point: point.to_vec() })
    }

    /// An Ed25519 key.
    pub(super) fn ed25519(seed: &[u8], public: Option<&[u8]>) -> Result<Self, Unusable> {
        let has_right_size = seed.len() == 32 && public.is_none_or(|public| public.len() == 32);
        if !has_right_size {
            let cause = "it is damaged: an Ed25519 key has 32 bytes".to_owned();
            return Err(Unusable(cause, Remedy::Do("give an Ed25519 private key (PEM or JWK)")));
        }
        Ok(Self::Ed25519 { seed: Secret::new(seed.to_vec()), public: public.map(<[u8]>::to_vec) })
    }
}

/// The first byte of a point that is written with both coordinates (SEC 1 section 2.3.3).
pub(super) const UNCOMPRESSED: u8 = 4;

/// The version of an `RSAPrivateKey` with other primes beside its two.
const MORE_THAN_TWO_PRIMES: [u8; 1] = [1];

/// Version, modulus and public exponent of an `RSAPrivateKey` (RFC 8017 appendix A.1.2).
fn rsa_public(der: &[u8]) -> Option<(Vec<u8>, Vec<u8>, Vec<u8>)> {
    let mut key = Elements::new(der).sequence()?;
    let mut number = || key.unsigned().map(<[u8]>::to_vec);
    Some((number()?, number()?, number()?))
}

impl Curve {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
        }
    }

    /// The length of a scalar and of a coordinate in bytes.
    pub(super) fn length(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
        }
    }

    /// A scalar or coordinate in its full length: some writers drop leading zeros.
    pub(super) fn pad(self, number: &[u8]) -> Option<Secret> {
        let missing = self.length().checked_sub(number.len())?;
        Some(Secret::new([vec![0; missing].as_slice(), number].concat()))
    }
}
