//! Key files that are not read. Taken as a shared secret, each would make tokens that anybody with the file can forge,
//! and some of these files are public.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::Unusable;
use crate::secret::Secret;
use crate::sign::der::{BIT_STRING, Elements, SEQUENCE};

const NOT_READ: &str =
    "give a private key in PEM, a JWK or a shared secret; --key-encoding raw takes any bytes as they are";
const AS_PEM: &str = "give it as PEM: cmd:openssl pkey -in KEY";

/// Refuses what is a key file of another kind rather than a shared secret. What it copies of it is wiped again.
pub(super) fn check(bytes: &[u8]) -> Result<(), Unusable> {
    let found = if let Ok(text) = std::str::from_utf8(bytes) {
        in_text(text)
    } else if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        Some(("it is in UTF-16", "save it as UTF-8"))
    } else {
        in_der(bytes).map(|kind| match kind {
            Der::Public => (PUBLIC_DER, NOT_READ),
            Der::Private => ("it is in DER or PKCS#12, not in PEM", AS_PEM),
            Der::Other => ("it is a certificate or an encrypted key in DER", AS_PEM),
        })
    };
    found.map_or(Ok(()), |(cause, remedy)| Err(Unusable(cause.to_owned(), remedy)))
}

const PUBLIC_DER: &str = "it is a public key in DER, which cannot sign";

/// The cause and the remedy for a key file that is text.
fn in_text(text: &str) -> Option<(&'static str, &'static str)> {
    let lower = Zeroizing::new(text.trim().to_ascii_lowercase());
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
        let base64: Zeroizing<String> = Zeroizing::new(text.split_ascii_whitespace().collect());
        let der = Secret::new(STANDARD.decode(base64.as_bytes()).ok()?);
        Some(match in_der(der.expose())? {
            Der::Public => (PUBLIC_DER, NOT_READ),
            Der::Private | Der::Other => ("it is the base64 of a private key, without BEGIN and END lines", NOT_READ),
        })
    }
}

/// What a key file in DER holds.
enum Der {
    Public,
    Private,
    Other,
}

/// The kind of a key in DER, also where its last byte was taken for a line break or has one after it.
fn in_der(bytes: &[u8]) -> Option<Der> {
    bytes.first().filter(|tag| **tag == SEQUENCE)?;
    let followed_by = |end: &[u8]| kind(Secret::new([bytes, end].concat()).expose());
    kind(bytes).or_else(|| followed_by(b"\n")).or_else(|| followed_by(b"\r\n")).or_else(|| kind(bytes.trim_ascii_end()))
}

/// The kind of a key that is one DER sequence and nothing else.
fn kind(bytes: &[u8]) -> Option<Der> {
    let mut whole = Elements::new(bytes);
    let mut inner = whole.sequence().filter(|_| whole.is_empty())?;
    let mut public = inner;
    match inner.unsigned() {
        // The version of PKCS#8, PKCS#1, SEC 1 or PKCS#12.
        Some([] | [1 | 3]) => Some(Der::Private),
        // The modulus of a PKCS#1 public key.
        Some(_) => Some(Der::Public),
        None if public.sequence().is_some() && public.next(BIT_STRING).is_some() => Some(Der::Public),
        None => inner.sequence().map(|_| Der::Other),
    }
}
