//! Key files that are not read. Taken as a shared secret, each would make tokens that anybody with the file can forge,
//! and some of these files are public.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Unusable;
use crate::sign::der::{BIT_STRING, Elements};

const NOT_READ: &str =
    "give a private key in PEM, a JWK or a shared secret; --key-encoding raw takes any bytes as they are";
const AS_PEM: &str = "give it as PEM: cmd:openssl pkey -in KEY";

/// Refuses what is a key file of another kind rather than a shared secret.
pub(super) fn check(bytes: &[u8]) -> Result<(), Unusable> {
    let (cause, remedy) = match std::str::from_utf8(bytes) {
        Ok(text) => match in_text(&text.trim().to_ascii_lowercase(), text) {
            Some(found) => found,
            None => return Ok(()),
        },
        Err(_) if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") => {
            ("it is in UTF-16", "save it as UTF-8")
        }
        Err(_) => match in_der(bytes) {
            Some(found) => found,
            None => return Ok(()),
        },
    };
    Err(Unusable(cause.to_owned(), remedy))
}

type Found = (&'static str, &'static str);

/// A key file that is text; `lower` is the same in lower case, without blanks around it.
fn in_text(lower: &str, text: &str) -> Option<Found> {
    let begins = |marks: &[&str]| marks.iter().any(|mark| lower.starts_with(mark));
    if begins(&["ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-", "---- begin ssh2"]) {
        Some(("it is a public key of OpenSSH, which cannot sign", NOT_READ))
    } else if begins(&["putty-user-key-file"]) {
        Some(("it is a key file of PuTTY", NOT_READ))
    } else if begins(&["["]) && lower.contains("\"kty\"") {
        Some(("it is a list of JWKs", "make a JWKS of it: {\"keys\": […]}"))
    } else if lower.contains("private key") || lower.contains("public key") {
        Some(("it is a PEM file whose BEGIN line is broken", NOT_READ))
    } else {
        let base64: String = text.split_ascii_whitespace().collect();
        let (cause, _) = in_der(&STANDARD.decode(base64).ok()?)?;
        let is_public = cause.contains("cannot sign");
        let cause = if is_public { cause } else { "it is the base64 of a private key, without BEGIN and END lines" };
        Some((cause, NOT_READ))
    }
}

/// A key in DER, also where its last byte was taken for a line break or has one after it.
fn in_der(bytes: &[u8]) -> Option<Found> {
    let completed =
        [bytes.to_vec(), [bytes, b"\n"].concat(), [bytes, b"\r\n"].concat(), bytes.trim_ascii_end().to_vec()];
    completed.iter().find_map(|bytes| {
        let mut whole = Elements::new(bytes);
        let mut inner = whole.sequence().filter(|_| whole.is_empty())?;
        let mut public = inner;
        match inner.unsigned() {
            // The version of PKCS#8, PKCS#1, SEC 1 or PKCS#12.
            Some([] | [1 | 3]) => Some(("it is in DER or PKCS#12, not in PEM", AS_PEM)),
            // The modulus of a PKCS#1 public key.
            Some(_) => Some(("it is a public key in DER, which cannot sign", NOT_READ)),
            None if public.sequence().is_some() && public.next(BIT_STRING).is_some() => {
                Some(("it is a public key in DER, which cannot sign", NOT_READ))
            }
            None if inner.sequence().is_some() => Some(("it is a certificate or an encrypted key in DER", AS_PEM)),
            None => None,
        }
    })
}
