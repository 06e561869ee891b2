//! Names that are made from public keys.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};

use super::material::Material;
use super::public;
use crate::error::{Error, Report};
use crate::sign::der::{BIT_STRING, SEQUENCE, element};

/// RFC 7638 with SHA-256: the hash of the required members in lexical order.
pub(super) fn thumbprint(material: &Material, option: &str) -> Result<String, Error> {
    let jwk = jwk(material).ok_or_else(|| {
        let cause = "the key is a shared secret, and its thumbprint would help to guess it";
        Error::Usage(Report::of(option, " thumbprint", cause, "give the key id itself"))
    })?;
    Ok(URL_SAFE_NO_PAD.encode(digest(&SHA256, jwk.as_bytes())))
}

/// The public key as a JWK (RFC 7517) with its required members alone, in lexical order; `None` for a shared secret.
pub(super) fn jwk(material: &Material) -> Option<String> {
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    Some(match material {
        Material::Rsa { modulus, exponent, .. } => {
            format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, text(exponent), text(modulus))
        }
        Material::Ec { curve, point, .. } => {
            let (x, y) = point.get(1..).unwrap_or_default().split_at_checked(curve.length()).unwrap_or_default();
            format!(r#"{{"crv":"{}","kty":"EC","x":"{}","y":"{}"}}"#, curve.name(), text(x), text(y))
        }
        Material::Ed25519 { .. } => {
            let x = public::bits(material).unwrap_or_default();
            format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, text(&x))
        }
        Material::Hmac(_) => return None,
    })
}

/// The SHA-256 of the `SubjectPublicKeyInfo` (RFC 5280 section 4.1, RFC 3279 section 2.3.1) of an RSA key, in base64.
pub(super) fn rsa_fingerprint(material: &Material) -> Option<String> {
    let key = public::bits(material).filter(|_| matches!(material, Material::Rsa { .. }))?;
    let no_unused_bits = [&[0], key.as_slice()].concat();
    let info = [element(SEQUENCE, &public::algorithm(material)), element(BIT_STRING, &no_unused_bits)].concat();
    Some(STANDARD.encode(digest(&SHA256, &element(SEQUENCE, &info))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use crate::sign::key::material::Curve;

    /// The key of the examples, and what a token is bound to in section 6.1.
    #[test]
    fn rfc_9449_6_1() {
        let [x, y] = ["l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs", "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"]
            .map(|coordinate| URL_SAFE_NO_PAD.decode(coordinate).unwrap());
        let key = Material::Ec { curve: Curve::P256, scalar: Secret::default(), point: [vec![4], x, y].concat() };
        assert_eq!(thumbprint(&key, "--kid").unwrap(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    }

    #[test]
    fn rfc_7638_3_1() {
        let modulus = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let modulus = URL_SAFE_NO_PAD.decode(modulus).unwrap();
        let key = Material::Rsa { der: Secret::default(), modulus, exponent: vec![1, 0, 1] };
        assert_eq!(thumbprint(&key, "--kid").unwrap(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }
}
