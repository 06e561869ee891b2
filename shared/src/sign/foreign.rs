//! Key files in the place of a shared secret. Signed with one of these, a message can be forged by anybody who has the
//! file, and some of these files are public; whatever they are written in, the key itself is what is found.

mod coding;
mod form;

use zeroize::Zeroizing;

pub(super) use self::coding::Coding;
pub(super) use self::form::{Form, Kind};
use crate::error::{Error, Report};
use crate::secret::Secret;
use crate::sign::der::{BIT_STRING, Elements, SEQUENCE};

/// A key file that was found where a shared secret should be, and in what it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Foreign {
    pub(super) form: Form,
    /// The outermost encoding, where there is one.
    pub(super) coding: Option<Coding>,
}

/// Refuses a key file as the shared secret that `option` was given.
///
/// # Errors
/// [`Error::Secret`] with the form that was found.
pub fn check_shared_secret(option: &str, secret: &Secret) -> Result<(), Error> {
    let Some(found) = find(secret.expose()) else { return Ok(()) };
    Err(Error::Secret(Report::new(
        format_args!("{option} is not a shared secret"),
        format_args!("it is {found}"),
        "give the secret that the server has too; --key-encoding raw takes any bytes as they are",
    )))
}

/// How many encodings around a key are looked through: base64 of base64 in a JSON string, say.
const MOST_ENCODINGS: usize = 3;

/// The key file in `bytes`, which may be encoded as a whole.
pub(super) fn find(bytes: &[u8]) -> Option<Foreign> {
    within(bytes, MOST_ENCODINGS)
}

fn within(bytes: &[u8], encodings: usize) -> Option<Foreign> {
    if let Some(form) = form_of(bytes) {
        return Some(Foreign { form, coding: None });
    }
    let fewer = encodings.checked_sub(1)?;
    coding::decoded(bytes).find_map(|(coding, decoded)| {
        let found = within(decoded.expose(), fewer)?;
        Some(Foreign { form: found.form, coding: Some(coding) })
    })
}

/// The form of a key file that is not encoded as a whole. What it copies of it is wiped again.
fn form_of(bytes: &[u8]) -> Option<Form> {
    match std::str::from_utf8(bytes) {
        Ok(text) => in_text(text),
        // Damaged perhaps: what names a key is still there.
        Err(_) => in_binary(bytes).or_else(|| in_text(&Zeroizing::new(String::from_utf8_lossy(bytes).into_owned()))),
    }
    .or_else(|| in_binary(bytes))
}

fn in_binary(bytes: &[u8]) -> Option<Form> {
    if is_ssh_blob(bytes) { Some(Form::PublicSsh) } else { in_der(bytes).map(Form::Der) }
}

/// Whether it is a public key as RFC 4253 section 6.6 writes it: the length of its kind's name, and the name.
fn is_ssh_blob(bytes: &[u8]) -> bool {
    let Some((length, rest)) = bytes.split_first_chunk() else { return false };
    let name = usize::try_from(u32::from_be_bytes(*length)).ok().and_then(|length| rest.get(..length));
    name.is_some_and(|name| [&b"ssh-"[..], b"ecdsa-sha2-", b"sk-"].iter().any(|kind| name.starts_with(kind)))
}

/// The form of a key file that is text.
fn in_text(text: &str) -> Option<Form> {
    let lower = Zeroizing::new(text.trim_start_matches('\u{feff}').trim().to_ascii_lowercase());
    let begins = |marks: &[&str]| marks.iter().any(|mark| lower.starts_with(mark));
    let has = |part: &str| lower.contains(part);
    if begins(&["ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-", "---- begin ssh2"]) {
        return Some(Form::PublicSsh);
    }
    if begins(&["putty-user-key-file"]) {
        return Some(Form::Putty);
    }
    if begins(&["{", "["]) && has("\"kty\"") {
        let private = if has("\"oct\"") { Kind::Shared } else { Kind::Private };
        let kind = if has("\"d\"") || has("\"k\"") { private } else { Kind::Public };
        return Some(if begins(&["["]) { Form::JwkList } else { Form::Jwk(kind) });
    }
    let kind = if has("public key") {
        Kind::Public
    } else if has("certificate-----") {
        Kind::Certificate
    } else if has("private key") {
        Kind::Private
    } else {
        Kind::Other
    };
    if has("-----begin ") {
        return Some(if begins(&["{"]) && has("\"private_key\"") { Form::ServiceAccount } else { Form::Pem(kind) });
    }
    let is_broken = matches!(kind, Kind::Public | Kind::Private) && (has("begin") || has("--"));
    is_broken.then_some(Form::BrokenPem)
}

/// The kind of a key in DER, also where its last byte was taken for a line break or has one after it.
fn in_der(bytes: &[u8]) -> Option<Kind> {
    bytes.first().filter(|tag| **tag == SEQUENCE)?;
    let followed_by = |end: &[u8]| kind(Secret::new([bytes, end].concat()).expose());
    kind(bytes).or_else(|| followed_by(b"\n")).or_else(|| followed_by(b"\r\n")).or_else(|| kind(bytes.trim_ascii_end()))
}

/// The kind of a key that is one DER sequence and nothing else.
fn kind(bytes: &[u8]) -> Option<Kind> {
    let mut whole = Elements::new(bytes);
    let mut inner = whole.sequence().filter(|_| whole.is_empty())?;
    let mut public = inner;
    match inner.unsigned() {
        // The version of PKCS#8, PKCS#1, SEC 1 or PKCS#12.
        Some([] | [1 | 3]) => Some(Kind::Private),
        // The modulus of a PKCS#1 public key.
        Some(_) => Some(Kind::Public),
        None if public.sequence().is_some() && public.next(BIT_STRING).is_some() => Some(Kind::Public),
        None => inner.sequence().map(|_| Kind::Other),
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
            assert_eq!(find(damaged), Some(Foreign { form: Form::BrokenPem, coding: None }));
        }
        assert_eq!(find(b"\xf0\xff\x00 32 bytes that are none of them"), None);
    }

    #[test]
    fn words_about_keys_are_no_key() {
        for secret in ["my private key is a secret", "public key", "{\"a\":1}", "\"quoted\"", "%41%42", "0x00:01"] {
            assert_eq!(find(secret.as_bytes()), None, "{secret}");
        }
    }
}
