//! Private keys in PEM (RFC 7468): PKCS#8, PKCS#1 and SEC 1.

use rustls_pki_types::pem::{PemObject, SectionKind};

use super::Unusable;
use super::material::{Curve, Material};
use crate::secret::Secret;
use crate::sign::der::{BIT_STRING, Elements, OBJECT_IDENTIFIER, OCTET_STRING};

// Object identifiers, in the encoding that stands in a file.
pub(super) const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// Keys that are known by name and not taken.
const OTHERS: [(&[u8], &str); 7] = [
    (&[0x2b, 0x81, 0x04, 0x00, 0x23], "on P-521"),
    (&[0x2b, 0x81, 0x04, 0x00, 0x21], "on P-224"),
    (&[0x2b, 0x81, 0x04, 0x00, 0x0a], "on secp256k1"),
    (&[0x2b, 0x65, 0x6e], "on X25519"),
    (&[0x2b, 0x65, 0x6f], "on X448"),
    (&[0x2b, 0x65, 0x71], "on Ed448"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a], "for RSASSA-PSS alone"),
];

// The tags of the members that PKCS#8 and SEC 1 number.
const CURVE_OF_SEC1: u8 = 0xa0;
const POINT_OF_SEC1: u8 = 0xa1;
const ATTRIBUTES_OF_PKCS8: u8 = 0xa0;
const PUBLIC_KEY_OF_PKCS8: u8 = 0x81;

const ANY_PRIVATE_KEY: &str = "give an unencrypted private key in PEM: RSA, EC on P-256 or P-384, or Ed25519";

/// Whether `bytes` are meant to be PEM.
pub(super) fn looks_like_one(bytes: &[u8]) -> bool {
    bytes.windows(BEGIN.len()).any(|window| window == BEGIN)
}

const BEGIN: &[u8] = b"-----BEGIN ";

/// The first private key in a PEM file.
pub(super) fn parse(bytes: &[u8]) -> Result<Material, Unusable> {
    let text = Secret::new(with_line_breaks(bytes));
    for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(text.expose()) {
        let Ok((kind, der)) = section else { break };
        let der = Secret::new(der);
        match kind {
            SectionKind::RsaPrivateKey => return Material::rsa(der),
            SectionKind::PrivateKey => return pkcs8(der.expose()).unwrap_or_else(|| Err(damaged())),
            SectionKind::EcPrivateKey => return sec1(der.expose(), None).unwrap_or_else(|| Err(damaged())),
            _ => {}
        }
    }
    Err(without_private_key(&String::from_utf8_lossy(text.expose())))
}

/// Line breaks written as `\n`, as environment variables and JSON often hold them, made real.
fn with_line_breaks(bytes: &[u8]) -> Vec<u8> {
    let Some(text) = std::str::from_utf8(bytes).ok().filter(|text| text.contains("\\n")) else {
        return bytes.to_vec();
    };
    text.replace("\\r", "").replace("\\n", "\n").into_bytes()
}

/// Why a PEM file gave no private key, by what stands in it.
fn without_private_key(text: &str) -> Unusable {
    let has = |label: &str| text.contains(&format!("-----BEGIN {label}"));
    let (cause, remedy) = if has("ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED") {
        ("it is an encrypted PEM file", "decrypt it as it is read: cmd:openssl pkey -in KEY -passin file:PASSWORD")
    } else if has("OPENSSH PRIVATE KEY") {
        ("it is in the format of OpenSSH", "convert a copy of it: ssh-keygen -p -m PKCS8 -f COPY")
    } else if has("PRIVATE KEY") || has("RSA PRIVATE KEY") || has("EC PRIVATE KEY") {
        ("it is damaged: its base64 or its END line is broken", ANY_PRIVATE_KEY)
    } else if has("PUBLIC KEY") || has("RSA PUBLIC KEY") {
        ("it is a public key, which cannot sign", ANY_PRIVATE_KEY)
    } else if has("CERTIFICATE-----") {
        ("it is a certificate, which has a public key and cannot sign", ANY_PRIVATE_KEY)
    } else {
        ("it is a PEM file without a private key", ANY_PRIVATE_KEY)
    };
    Unusable(cause.to_owned(), remedy)
}

fn damaged() -> Unusable {
    Unusable("it is damaged: there is no private key in its base64".to_owned(), ANY_PRIVATE_KEY)
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
        None => Err(Unusable("it is an EC key that does not name its curve".to_owned(), ANY_PRIVATE_KEY)),
    })
}

/// The bytes of a bit string in which no bit is unused.
fn whole_bytes(bits: &[u8]) -> Option<&[u8]> {
    bits.split_first().filter(|(unused, _)| **unused == 0).map(|(_, bytes)| bytes)
}

fn another_kind(oid: &[u8]) -> Unusable {
    let known = OTHERS.iter().find(|(known, _)| *known == oid);
    let kind = known.map_or("of an unknown kind", |(_, name)| name);
    Unusable(format!("it is a key {kind}"), "give an RSA private key, an EC one on P-256 or P-384, or an Ed25519 one")
}
