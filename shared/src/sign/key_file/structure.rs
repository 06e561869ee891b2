//! What a key file in DER (ITU-T X.690) is, by the elements that it begins with.

use super::form::Kind;
use crate::secret::Secret;
use crate::sign::der::{BIT_STRING, Elements, INTEGER, OCTET_STRING, SEQUENCE};

/// The kind of a key file in DER and all of its bytes, also where its last one was taken for a line break or has one after
/// it.
pub(super) fn of_der(bytes: &[u8]) -> Option<(Kind, Secret)> {
    bytes.first().filter(|tag| **tag == SEQUENCE)?;
    let whole = |bytes: Vec<u8>| {
        let bytes = Secret::new(bytes);
        kind(bytes.expose()).map(|kind| (kind, bytes))
    };
    whole(bytes.to_vec())
        .or_else(|| whole([bytes, b"\n"].concat()))
        .or_else(|| whole([bytes, b"\r\n"].concat()))
        .or_else(|| whole(bytes.trim_ascii_end().to_vec()))
        .or_else(|| part(bytes).map(|kind| (kind, Secret::new(bytes.to_vec()))))
}

/// The kind of a key that is one DER sequence and nothing else.
fn kind(bytes: &[u8]) -> Option<Kind> {
    let mut whole = Elements::new(bytes);
    let mut inner = whole.sequence().filter(|_| whole.is_empty())?;
    let mut after = inner;
    match inner.unsigned() {
        // The version of a PKCS#12 file.
        Some([3]) if inner.sequence().is_some() => Some(Kind::Pkcs12),
        // That of PKCS#8, PKCS#1 or SEC 1.
        Some([] | [1]) => Some(Kind::Private),
        // The modulus of a PKCS#1 public key.
        Some(_) => Some(Kind::Public),
        None => {
            after.sequence()?;
            let mut certificate = after;
            if after.next(BIT_STRING).is_some() {
                Some(Kind::Public)
            } else if after.next(OCTET_STRING).is_some() {
                Some(Kind::Encrypted)
            } else if certificate.sequence().is_some() && certificate.next(BIT_STRING).is_some() {
                Some(Kind::Certificate)
            } else {
                Some(Kind::Other)
            }
        }
    }
}

/// The kind of a file that begins as one and is not whole, or is written in BER without its length.
fn part(bytes: &[u8]) -> Option<Kind> {
    /// Of a sequence without its length, as some writers of PKCS#12 leave it out.
    const INDEFINITE: u8 = 0x80;
    let (length, rest) = bytes.get(1..)?.split_first()?;
    let digits = usize::from(length & 0x7f);
    let inner = match *length {
        0x81..=0x83 => rest.get(digits..)?,
        ..=INDEFINITE => rest,
        _ => return None,
    };
    match inner {
        [INTEGER, 1, 3, SEQUENCE, ..] if *length == INDEFINITE => Some(Kind::Pkcs12),
        // The beginnings of PKCS#8, of PKCS#1 and of SEC 1.
        [INTEGER, 1, 0 | 1, SEQUENCE, ..] | [INTEGER, 1, 0, INTEGER, 0x82, ..] | [INTEGER, 1, 1, OCTET_STRING, ..] => {
            Some(Kind::Damaged)
        }
        _ => None,
    }
}
