//! A private key in PKCS#8 (RFC 5958), whatever it was read from: what TLS takes.

use super::material::Material;
use super::public;
use crate::secret::Secret;
use crate::sign::der::{BIT_STRING, OCTET_STRING, SEQUENCE, element, unsigned};

/// The tag of the public key in SEC 1.
const POINT: u8 = 0xa1;

/// The key in DER; `None` for a shared secret.
pub(super) fn encode(material: &Material) -> Option<Secret> {
    let key = match material {
        Material::Hmac(_) => return None,
        Material::Rsa { der, .. } => der.clone(),
        Material::Ec { scalar, point, .. } => {
            let scalar = Secret::new(element(OCTET_STRING, scalar.expose()));
            let point = element(POINT, &element(BIT_STRING, &[&[0], point.as_slice()].concat()));
            let members = Secret::new([unsigned(&[1]).as_slice(), scalar.expose(), &point].concat());
            Secret::new(element(SEQUENCE, members.expose()))
        }
        Material::Ed25519 { seed, .. } => Secret::new(element(OCTET_STRING, seed.expose())),
    };
    let key = Secret::new(element(OCTET_STRING, key.expose()));
    let version = unsigned(&[]);
    let members = [version, element(SEQUENCE, &public::algorithm(material))].concat();
    let members = Secret::new([members.as_slice(), key.expose()].concat());
    Some(Secret::new(element(SEQUENCE, members.expose())))
}
