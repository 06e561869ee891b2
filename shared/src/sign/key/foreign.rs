//! Key files that are not read. Taken as a shared secret, each would make tokens that anybody with the file can forge,
//! and some of these files are public.

use super::Unusable;
use crate::sign::der::{BIT_STRING, Elements, SEQUENCE};

const NOT_READ: &str =
    "give a private key in PEM, a JWK or a shared secret; --key-encoding raw takes any bytes as they are";

/// Refuses what is a key file of another kind rather than a shared secret.
pub(super) fn check(bytes: &[u8]) -> Result<(), Unusable> {
    let begins = |marks: &[&[u8]]| marks.iter().any(|mark| bytes.starts_with(mark));
    let has = |mark: &[u8]| bytes.windows(mark.len()).any(|window| window == mark);
    let (cause, remedy) = if is_public_der(bytes) {
        ("it is a public key in DER, which cannot sign", NOT_READ)
    } else if is_der(bytes) {
        ("it is in DER or PKCS#12, not in PEM", "give it as PEM: cmd:openssl pkey -in KEY")
    } else if begins(&[b"ssh-", b"ecdsa-", b"sk-ssh-", b"sk-ecdsa-"]) {
        ("it is a public key of OpenSSH, which cannot sign", NOT_READ)
    } else if begins(&[b"\xff\xfe", b"\xfe\xff"]) {
        ("it is in UTF-16", "save it as UTF-8")
    } else if has(b"PRIVATE KEY-----") || has(b"PUBLIC KEY-----") {
        ("it is a PEM file whose BEGIN line is broken", NOT_READ)
    } else {
        return Ok(());
    };
    Err(Unusable(cause.to_owned(), remedy))
}

/// Whether the bytes are one DER sequence and nothing else.
fn is_der(bytes: &[u8]) -> bool {
    let mut elements = Elements::new(bytes);
    elements.next(SEQUENCE).is_some() && elements.is_empty()
}

/// `SubjectPublicKeyInfo` (RFC 5280 section 4.1).
fn is_public_der(bytes: &[u8]) -> bool {
    let info = Elements::new(bytes).sequence();
    is_der(bytes) && info.is_some_and(|mut info| info.sequence().is_some() && info.next(BIT_STRING).is_some())
}
