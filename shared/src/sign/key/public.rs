//! The public half of a key, and the private one in PKCS#8.

use ring::signature::{Ed25519KeyPair, KeyPair};

use super::material::{Curve, Material};
use super::pem::{EC, ED25519, P256, P384, RSA};
use crate::sign::der::{NULL, OBJECT_IDENTIFIER, SEQUENCE, element, unsigned};

/// The public key as the bit string of a certificate holds it (RFC 3279 section 2.3, RFC 8410 section 4); `None` for a
/// shared secret.
pub(super) fn bits(material: &Material) -> Option<Vec<u8>> {
    match material {
        Material::Hmac(_) => None,
        Material::Rsa { modulus, exponent, .. } => {
            Some(element(SEQUENCE, &[unsigned(modulus), unsigned(exponent)].concat()))
        }
        Material::Ec { point, .. } => Some(point.clone()),
        Material::Ed25519 { seed, public } => public.clone().or_else(|| {
            let pair = Ed25519KeyPair::from_seed_unchecked(seed.expose()).ok()?;
            Some(pair.public_key().as_ref().to_vec())
        }),
    }
}

/// The contents of the `AlgorithmIdentifier` of a key.
pub(super) fn algorithm(material: &Material) -> Vec<u8> {
    let oid = |oid| element(OBJECT_IDENTIFIER, oid);
    match material {
        Material::Hmac(_) => Vec::new(),
        Material::Rsa { .. } => [oid(RSA), element(NULL, &[])].concat(),
        Material::Ec { curve: Curve::P256, .. } => [oid(EC), oid(P256)].concat(),
        Material::Ec { curve: Curve::P384, .. } => [oid(EC), oid(P384)].concat(),
        Material::Ed25519 { .. } => oid(ED25519),
    }
}
