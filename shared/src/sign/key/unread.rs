//! Why a key file in a form that is not read cannot sign, and what would fit.

use super::Unusable;
use crate::sign::foreign::{self, Coding, Foreign, Form, Kind};

const NOT_READ: &str =
    "give a private key in PEM, a JWK or a shared secret; --key-encoding raw takes any bytes as they are";
const AS_PEM: &str = "give it as PEM: cmd:openssl pkey -in KEY";

/// Refuses what is a key file of another kind rather than a shared secret.
pub(super) fn check(bytes: &[u8]) -> Result<(), Unusable> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(Unusable("it is in UTF-16".to_owned(), "save it as UTF-8"));
    }
    foreign::find(bytes).map_or(Ok(()), |found| Err(unusable(found)))
}

/// Like [`check`], for a shared secret that was decoded already: it may be a key file as a whole.
pub(super) fn check_decoded(bytes: &[u8]) -> Result<(), Unusable> {
    let found = foreign::find(bytes);
    let encoded = found.map(|found| Foreign { coding: found.coding.or(Some(Coding::Base64)), ..found });
    encoded.map_or(Ok(()), |found| Err(unusable(found)))
}

fn unusable(Foreign { form, coding }: Foreign) -> Unusable {
    let (cause, remedy) = match (form, coding) {
        (Form::PublicSsh, _) => ("it is a public key of OpenSSH, which cannot sign", NOT_READ),
        (Form::Der(Kind::Public), _) => ("it is a public key in DER, which cannot sign", NOT_READ),
        (Form::Der(Kind::Private), None) => ("it is in DER or PKCS#12, not in PEM", AS_PEM),
        (Form::Der(Kind::Private), Some(Coding::Hex)) => ("it is the hex of a private key", AS_PEM),
        (Form::Der(Kind::Private), Some(_)) => {
            ("it is the base64 of a private key, without BEGIN and END lines", NOT_READ)
        }
        (Form::Der(_), _) => ("it is a certificate or an encrypted key in DER", AS_PEM),
        (Form::Pem(Kind::Public), Some(_)) => {
            ("it is an encoded PEM file with a public key, which cannot sign", NOT_READ)
        }
        (Form::Pem(Kind::Certificate), Some(_)) => {
            ("it is an encoded PEM file with a certificate, which has a public key and cannot sign", NOT_READ)
        }
        (Form::Pem(_) | Form::ServiceAccount, Some(_)) => ("it is an encoded PEM file", "give the PEM file itself"),
        (Form::Pem(_), None) => ("it is a PEM file, which is no shared secret", NOT_READ),
        (Form::ServiceAccount, None) => ("it is a Google service account, which is no shared secret", NOT_READ),
        (Form::Jwk(Kind::Public), Some(_)) => ("it is an encoded public JWK, which cannot sign", NOT_READ),
        (Form::Jwk(_), Some(_)) => ("it is an encoded JWK", "give the JWK itself"),
        (Form::Jwk(_), None) => ("it is a JWK, which is no shared secret", NOT_READ),
        (Form::JwkList, _) => ("it is a list of JWKs", "make a JWKS of it: {\"keys\": […]}"),
        (Form::Putty, _) => ("it is a key file of PuTTY", NOT_READ),
        (Form::BrokenPem, _) => ("it is a PEM file whose BEGIN line is broken", NOT_READ),
    };
    Unusable(cause.to_owned(), remedy)
}
