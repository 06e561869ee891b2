//! Key files that are not read. Taken as a shared secret, each would make tokens that anybody with the file can forge,
//! and some of these files are public.

use zeroize::Zeroizing;

use super::Unusable;
use crate::secret::Secret;
use crate::sign::der::{BIT_STRING, Elements, SEQUENCE};
use crate::sign::encoding::KeyEncoding;

const NOT_READ: &str =
    "give a private key in PEM, a JWK or a shared secret; --key-encoding raw takes any bytes as they are";
const AS_PEM: &str = "give it as PEM: cmd:openssl pkey -in KEY";

/// Refuses what is a key file of another kind rather than a shared secret. What it copies of it is wiped again.
pub(super) fn check(bytes: &[u8]) -> Result<(), Unusable> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(Unusable("it is in UTF-16".to_owned(), "save it as UTF-8"));
    }
    let found = match std::str::from_utf8(bytes) {
        Ok(text) => in_text(text).or_else(|| decoded(text)),
        // Damaged perhaps: what names a key is still there.
        Err(_) => in_binary(bytes).or_else(|| in_text(&Zeroizing::new(String::from_utf8_lossy(bytes).into_owned()))),
    };
    found.map_or(Ok(()), |(cause, remedy)| Err(Unusable(cause.to_owned(), remedy)))
}

/// Like [`check`], for a shared secret that was decoded already: it may be a key file as a whole.
pub(super) fn check_decoded(bytes: &[u8]) -> Result<(), Unusable> {
    let again = || std::str::from_utf8(bytes).ok().and_then(decoded);
    let found = in_key_file(bytes).or_else(again);
    found.map_or(Ok(()), |(cause, remedy)| Err(Unusable(cause.to_owned(), remedy)))
}

const PUBLIC_DER: &str = "it is a public key in DER, which cannot sign";
const PUBLIC_SSH: &str = "it is a public key of OpenSSH, which cannot sign";

/// The cause and the remedy for a key file that is no text.
fn in_binary(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    if is_ssh_blob(bytes) {
        return Some((PUBLIC_SSH, NOT_READ));
    }
    in_der(bytes).map(|kind| match kind {
        Der::Public => (PUBLIC_DER, NOT_READ),
        Der::Private => ("it is in DER or PKCS#12, not in PEM", AS_PEM),
        Der::Other => ("it is a certificate or an encrypted key in DER", AS_PEM),
    })
}

/// The same for one that is encoded as a whole, in hex or in either base64, with line breaks or without.
fn decoded(text: &str) -> Option<(&'static str, &'static str)> {
    let joined: Zeroizing<String> = Zeroizing::new(text.split_ascii_whitespace().collect());
    let decodings = [KeyEncoding::Hex, KeyEncoding::Base64, KeyEncoding::Base64url];
    decodings.iter().find_map(|encoding| in_key_file(encoding.bytes(joined.as_bytes())?.expose()))
}

/// The same for a key file in PEM, DER, JSON or the format of OpenSSH that was decoded.
fn in_key_file(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    if let Some(found) = in_binary(bytes) {
        let is_private = found == ("it is in DER or PKCS#12, not in PEM", AS_PEM);
        return Some(if is_private { (PRIVATE_BASE64, NOT_READ) } else { found });
    }
    let text = std::str::from_utf8(bytes).ok()?.trim_start();
    let has = |part: &str| text.contains(part);
    if has("-----BEGIN ") {
        return Some(if has("PUBLIC KEY-----") {
            ("it is an encoded PEM file with a public key, which cannot sign", NOT_READ)
        } else if has("CERTIFICATE-----") {
            ("it is an encoded PEM file with a certificate, which has a public key and cannot sign", NOT_READ)
        } else {
            ("it is an encoded PEM file", "give the PEM file itself")
        });
    }
    if text.starts_with(['{', '[']) && has("\"kty\"") {
        return Some(if has("\"d\"") || has("\"k\"") {
            ("it is an encoded JWK", "give the JWK itself")
        } else {
            ("it is an encoded public JWK, which cannot sign", NOT_READ)
        });
    }
    ["ssh-", "ecdsa-sha2-", "sk-"]
        .iter()
        .any(|kind| text.starts_with(kind) && has(" AAAA"))
        .then_some((PUBLIC_SSH, NOT_READ))
}

const PRIVATE_BASE64: &str = "it is the base64 of a private key, without BEGIN and END lines";

/// Whether it is a public key as RFC 4253 section 6.6 writes it: the length of its kind's name, and the name.
fn is_ssh_blob(bytes: &[u8]) -> bool {
    let Some((length, rest)) = bytes.split_first_chunk() else { return false };
    let name = usize::try_from(u32::from_be_bytes(*length)).ok().and_then(|length| rest.get(..length));
    name.is_some_and(|name| [&b"ssh-"[..], b"ecdsa-sha2-", b"sk-"].iter().any(|kind| name.starts_with(kind)))
}

/// The cause and the remedy for a key file that is text.
fn in_text(text: &str) -> Option<(&'static str, &'static str)> {
    let lower = Zeroizing::new(text.trim().to_ascii_lowercase());
    let begins = |marks: &[&str]| marks.iter().any(|mark| lower.starts_with(mark));
    if begins(&["ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-", "---- begin ssh2"]) {
        Some((PUBLIC_SSH, NOT_READ))
    } else if begins(&["putty-user-key-file"]) {
        Some(("it is a key file of PuTTY", NOT_READ))
    } else if begins(&["["]) && lower.contains("\"kty\"") {
        Some(("it is a list of JWKs", "make a JWKS of it: {\"keys\": […]}"))
    } else if lower.contains("private key") || lower.contains("public key") {
        Some(("it is a PEM file whose BEGIN line is broken", NOT_READ))
    } else {
        None
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_key_file_that_is_no_text_is_no_shared_secret() {
        for damaged in
            [&b"Schl\xfcssel\n-----BEGI PRIVATE KEY-----\nMIIE"[..], b"\xf0---BEGIN PUBLIC KEY-----\nMIIB\xff"]
        {
            let Unusable(cause, _) = check(damaged).unwrap_err();
            assert_eq!(cause, "it is a PEM file whose BEGIN line is broken");
        }
        assert_eq!(check(b"\xf0\xff\x00 32 bytes that are none of them"), Ok(()));
    }
}
