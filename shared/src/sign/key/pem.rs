//! Private keys in PEM (RFC 7468) and in DER: PKCS#8, PKCS#1 and SEC 1.

use super::Unusable;
use super::material::{Curve, GIVE_RSA, Material};
use super::refused;
use super::remedy::{Conversion, Remedy};
use crate::secret::Secret;
use crate::sign::der::{BIT_STRING, Elements, OBJECT_IDENTIFIER, OCTET_STRING};
use crate::sign::key_file::armour::{self, Section};

// Object identifiers, in the encoding that stands in a file.
pub(super) const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
pub(super) const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
pub(super) const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
pub(super) const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
pub(super) const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// Keys that are known by name and not taken.
const OTHERS: [(&[u8], &str); 8] = [
    (&[0x2b, 0x81, 0x04, 0x00, 0x23], "on P-521"),
    (&[0x2b, 0x81, 0x04, 0x00, 0x21], "on P-224"),
    (&[0x2b, 0x81, 0x04, 0x00, 0x0a], "on secp256k1"),
    (&[0x2b, 0x65, 0x6e], "on X25519"),
    (&[0x2b, 0x65, 0x6f], "on X448"),
    (&[0x2b, 0x65, 0x71], "on Ed448"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a], "for RSASSA-PSS alone"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01], "for DSA"),
];

// The tags of the members that PKCS#8 and SEC 1 number.
const CURVE_OF_SEC1: u8 = 0xa0;
const POINT_OF_SEC1: u8 = 0xa1;
const ATTRIBUTES_OF_PKCS8: u8 = 0xa0;
const PUBLIC_KEY_OF_PKCS8: u8 = 0x81;

/// The first private key in a PEM file.
pub(super) fn parse(bytes: &[u8]) -> Result<Material, Unusable> {
    let sections = armour::sections(bytes);
    let is_private = |section: &&Section| section.label.ends_with("PRIVATEKEY");
    let is_open = |section: &&Section| !section.is_encrypted && OPEN.contains(&section.label.as_str());
    let Some(section) = sections.iter().filter(is_private).find(is_open) else {
        let label = sections.iter().find(is_private).or(sections.first());
        return Err(refused::pem(label));
    };
    let Some(der) = &section.der else {
        return Err(Unusable("it is damaged: its base64 or its END line is broken".to_owned(), COPY_AGAIN));
    };
    // Whatever the label says: files are put together by hand.
    private_key(der.expose()).unwrap_or_else(|| match section.label.as_str() {
        "RSAPRIVATEKEY" => Err(Unusable("it is damaged: there is no RSA private key in it".to_owned(), GIVE_RSA)),
        _ => Err(damaged()),
    })
}

/// The labels of private keys that are not encrypted, without blanks.
const OPEN: [&str; 4] = ["PRIVATEKEY", "RSAPRIVATEKEY", "ECPRIVATEKEY", "DSAPRIVATEKEY"];

/// The private key in DER.
pub(super) fn parse_der(der: &[u8]) -> Result<Material, Unusable> {
    private_key(der).unwrap_or_else(|| Err(damaged()))
}

fn damaged() -> Unusable {
    Unusable("it is damaged: there is no private key in its base64".to_owned(), COPY_AGAIN)
}

/// What to do with a file of which something was lost.
pub(super) const COPY_AGAIN: Remedy = Remedy::Do("copy the whole file again, from -----BEGIN to the last -----");

/// The key in PKCS#8, PKCS#1 or SEC 1, by its structure; `None` where it is none of them.
fn private_key(der: &[u8]) -> Option<Result<Material, Unusable>> {
    let mut key = Elements::new(der).sequence()?;
    key.unsigned()?;
    let (mut number, mut algorithm) = (key, key);
    if algorithm.sequence().is_some() {
        pkcs8(der)
    } else if number.unsigned().is_some() {
        Some(pkcs1(der, number))
    } else {
        sec1(der, None)
    }
}

/// `RSAPrivateKey` (RFC 8017 appendix A.1.2); `after_modulus` are its elements. A DSA key is written in fewer.
fn pkcs1(der: &[u8], mut after_modulus: Elements<'_>) -> Result<Material, Unusable> {
    /// Version, p, q, g, y and x of a DSA key, of which two are read already.
    const LEFT_IN_DSA: usize = 4;
    let left = std::iter::from_fn(|| after_modulus.unsigned()).count();
    if left == LEFT_IN_DSA && after_modulus.is_empty() {
        return Err(another_kind(OTHERS.last().map_or(&[], |(oid, _)| oid)));
    }
    Material::rsa(Secret::new(der.to_vec()))
}

/// `PrivateKeyInfo` or `OneAsymmetricKey` (RFC 5958 section 2); `None` where it is neither.
fn pkcs8(der: &[u8]) -> Option<Result<Material, Unusable>> {
    let mut info = Elements::new(der).sequence()?;
    info.unsigned()?;
    let mut algorithm = info.sequence()?;
    let kind = algorithm.next(OBJECT_IDENTIFIER)?;
    let key = info.next(OCTET_STRING)?;
    info.next(ATTRIBUTES_OF_PKCS8);
    let public = info.next(PUBLIC_KEY_OF_PKCS8).and_then(whole_bytes);
    match kind {
        RSA => Some(Material::rsa(Secret::new(key.to_vec()))),
        EC => sec1(key, algorithm.next(OBJECT_IDENTIFIER)),
        ED25519 => Some(Material::ed25519(Elements::new(key).next(OCTET_STRING)?, public)),
        other => Some(Err(another_kind(other))),
    }
}

/// `ECPrivateKey` (RFC 5915 section 3), of which PKCS#8 names the curve outside; `None` where it is none.
fn sec1(der: &[u8], curve: Option<&[u8]>) -> Option<Result<Material, Unusable>> {
    let mut key = Elements::new(der).sequence()?;
    key.unsigned().filter(|version| *version == [1])?;
    let scalar = key.next(OCTET_STRING)?;
    let named = key.next(CURVE_OF_SEC1).and_then(|curve| Elements::new(curve).next(OBJECT_IDENTIFIER));
    let point = key.next(POINT_OF_SEC1).and_then(|point| Elements::new(point).next(BIT_STRING)).and_then(whole_bytes);
    Some(match curve.or(named) {
        Some(P256) => Material::ec(Curve::P256, scalar, point),
        Some(P384) => Material::ec(Curve::P384, scalar, point),
        Some(other) => Err(another_kind(other)),
        None => Err(Unusable(
            "it is an EC key that does not name its curve".to_owned(),
            Remedy::convert(Conversion::NameCurve),
        )),
    })
}

/// The bytes of a bit string in which no bit is unused.
pub(super) fn whole_bytes(bits: &[u8]) -> Option<&[u8]> {
    bits.split_first().filter(|(unused, _)| **unused == 0).map(|(_, bytes)| bytes)
}

fn another_kind(oid: &[u8]) -> Unusable {
    let known = OTHERS.iter().find(|(known, _)| *known == oid);
    let kind = known.map_or("of an unknown kind", |(_, name)| name);
    Unusable(
        format!("it is a key {kind}"),
        Remedy::Do("give an RSA private key, an EC one on P-256 or P-384, or an Ed25519 one"),
    )
}
