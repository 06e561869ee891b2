//! Key files, in whatever people keep them: found where a private key is wanted, and where a shared secret is wanted and
//! anybody who has the file could forge what is signed with it.

#[cfg(feature = "jwt")]
pub(super) mod armour;
mod coding;
mod form;
mod structure;

use zeroize::Zeroizing;

pub(super) use self::coding::Coding;
pub(super) use self::form::{Form, Kind};
use crate::error::{Error, Report};
use crate::secret::Secret;

/// A key file, without the encodings around it.
#[derive(Clone, Debug)]
pub(super) struct KeyFile {
    pub(super) form: Form,
    /// The outermost encoding, where there is one.
    pub(super) coding: Option<Coding>,
    /// How many encodings are around it.
    pub(super) layers: usize,
    /// PEM, JSON or DER.
    #[cfg_attr(not(feature = "jwt"), expect(dead_code, reason = "what is refused is not read"))]
    pub(super) contents: Secret,
}

/// Refuses a key file as the shared secret that `option` was given.
///
/// # Errors
/// [`Error::Secret`] with the form that was found.
pub fn check_shared_secret(option: &str, secret: &Secret) -> Result<(), Error> {
    let found = find(secret.expose()).map(|file| file.to_string()).or_else(|| find_in_json(secret.expose()));
    let Some(found) = found else { return Ok(()) };
    Err(Error::Secret(Report::of(
        option,
        " is not a shared secret",
        format_args!("it is {found}"),
        "give the secret that the server has too; --key-encoding raw uses any bytes unchanged",
    )))
}

/// How many encodings around a key are looked through: base64 of base64 in a JSON string, say.
const MOST_ENCODINGS: usize = 3;

/// The key file in `bytes`, which may be encoded as a whole.
pub(super) fn find(bytes: &[u8]) -> Option<KeyFile> {
    within(bytes, MOST_ENCODINGS)
}

/// What `bytes` are where they are JSON with a private key in one of its strings.
pub(super) fn find_in_json(bytes: &[u8]) -> Option<String> {
    let json = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    if !matches!(json.trim_ascii_start(), [b'{' | b'[', ..]) {
        return None;
    }
    let file = in_json(&serde_json::from_slice(json).ok()?)?;
    Some(format!("JSON with {file} in it"))
}

/// The first private key in the strings of `value`.
fn in_json(value: &serde_json::Value) -> Option<KeyFile> {
    use serde_json::Value;
    match value {
        Value::String(text) => find(text.as_bytes()).filter(|file| file.form.is_private()),
        Value::Array(values) => values.iter().find_map(in_json),
        Value::Object(members) => members.values().find_map(in_json),
        _ => None,
    }
}

fn within(bytes: &[u8], encodings: usize) -> Option<KeyFile> {
    if let Some((form, contents)) = form_of(bytes) {
        return Some(KeyFile { form, coding: None, layers: 0, contents });
    }
    let fewer = encodings.checked_sub(1)?;
    coding::decoded(bytes).find_map(|(coding, decoded)| {
        let found = within(decoded.expose(), fewer)?;
        Some(KeyFile { coding: Some(coding), layers: found.layers.saturating_add(1), ..found })
    })
}

/// The form of a key file that is not encoded as a whole, and the file. What it copies of it is wiped again.
fn form_of(bytes: &[u8]) -> Option<(Form, Secret)> {
    // All that is looked for in text has one of these.
    if !bytes.iter().any(|byte| matches!(byte, b'-' | b'k' | b'K')) {
        return in_binary(bytes);
    }
    let as_text = |form| (form, Secret::new(bytes.to_vec()));
    match std::str::from_utf8(bytes) {
        Ok(text) => in_text(text).map(as_text).or_else(|| in_binary(bytes)),
        // Damaged perhaps: what names a key is still there.
        Err(_) => in_binary(bytes)
            .or_else(|| in_text(&Zeroizing::new(String::from_utf8_lossy(bytes).into_owned())).map(as_text)),
    }
}

fn in_binary(bytes: &[u8]) -> Option<(Form, Secret)> {
    let form = if is_ssh_blob(bytes) {
        Form::PublicSsh
    } else if KEY_STORES.iter().any(|magic| bytes.starts_with(magic)) {
        Form::JavaKeyStore
    } else if is_openpgp(bytes) {
        Form::OpenPgp
    } else {
        return structure::of_der(bytes).map(|(kind, whole)| (Form::Der(kind), whole));
    };
    Some((form, Secret::new(bytes.to_vec())))
}

/// The first bytes of JKS and JCEKS.
const KEY_STORES: [&[u8]; 2] = [b"\xfe\xed\xfe\xed\0\0\0", b"\xce\xce\xce\xce\0\0\0"];

/// Whether it is a public key as RFC 4253 section 6.6 writes it: the length of its kind's name, and the name.
fn is_ssh_blob(bytes: &[u8]) -> bool {
    let Some((length, rest)) = bytes.split_first_chunk() else { return false };
    let name = usize::try_from(u32::from_be_bytes(*length)).ok().and_then(|length| rest.get(..length));
    name.is_some_and(|name| [&b"ssh-"[..], b"ecdsa-sha2-", b"sk-"].iter().any(|kind| name.starts_with(kind)))
}

/// Whether it begins with a secret or public key packet of version 4 (RFC 9580 section 5.5) and goes on after it.
fn is_openpgp(bytes: &[u8]) -> bool {
    let &[tag, second, third, ..] = bytes else { return false };
    let (length, header) = match tag {
        0x94 | 0x98 => (usize::from(second), 2_usize),
        0x95 | 0x99 => (usize::from(u16::from_be_bytes([second, third])), 3),
        _ => return false,
    };
    length > 40 && bytes.get(header) == Some(&4) && bytes.len() > header.saturating_add(length)
}

/// The form of a key file that is text.
fn in_text(text: &str) -> Option<Form> {
    let lower = Zeroizing::new(text.trim_start_matches('\u{feff}').trim().to_ascii_lowercase());
    let begins = |marks: &[&str]| marks.iter().any(|mark| lower.starts_with(mark));
    let has = |part: &str| lower.contains(part);
    if begins(&["ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-"]) {
        return Some(Form::PublicSsh);
    }
    if begins(&["---- begin ssh2"]) {
        return Some(if has("private key") { Form::Pem(Kind::Other) } else { Form::PublicSsh });
    }
    if begins(&["putty-user-key-file"]) {
        return Some(Form::Putty);
    }
    if begins(&["{", "["]) && has("\"kty\"") {
        let private = if has("\"oct\"") { Kind::Shared } else { Kind::Private };
        let kind = if has("\"d\"") || has("\"k\"") { private } else { Kind::Public };
        return Some(if begins(&["["]) { Form::JwkList } else { Form::Jwk(kind) });
    }
    if lower.split("-----begin").skip(1).any(|label| label.starts_with(|c: char| c == ' ' || c.is_ascii_alphabetic())) {
        let is_account = begins(&["{"]) && has("\"private_key\"");
        return Some(if is_account { Form::ServiceAccount } else { Form::Pem(kind_of_pem(&lower)) });
    }
    let names_key = has("public key") || has("private key");
    (names_key && (has("begin") || has("--"))).then_some(Form::BrokenPem)
}

/// What is in a PEM file, by its labels in lower case. A private key counts more than what stands beside it.
fn kind_of_pem(lower: &str) -> Kind {
    let label = |name: &str| lower.contains(&format!("{name}-----"));
    let any = |names: &[&str]| names.iter().any(|name| label(name));
    if lower.contains("begin pgp") {
        Kind::OpenPgp
    } else if any(&["openssh private key", "opensshprivatekey"]) {
        Kind::OpenSsh
    } else if any(&["encrypted private key", "encryptedprivatekey"]) || lower.contains("4,encrypted") {
        Kind::Encrypted
    } else if any(&["private key", "privatekey"]) {
        Kind::Private
    } else if any(&["public key", "publickey"]) {
        Kind::Public
    } else if label("certificate") {
        Kind::Certificate
    } else {
        Kind::Other
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
            let found = find(damaged).unwrap();
            assert_eq!((found.form, found.coding), (Form::BrokenPem, None));
        }
        assert!(find(b"\xf0\xff\x00 32 bytes that are none of them").is_none());
    }

    #[test]
    fn words_about_keys_are_no_key() {
        for secret in ["my private key is a secret", "public key", "{\"a\":1}", "\"quoted\"", "%41%42", "0x00:01"] {
            assert!(find(secret.as_bytes()).is_none(), "{secret}");
        }
    }

    #[test]
    fn bytes_that_begin_like_a_key_store_are_a_secret() {
        for secret in [&b"\xfe\xed\xfe\xed and 28 bytes more of it all"[..], b"\x95\x01\x02\x04", b"\x94\x30\x04"] {
            assert!(find(secret).is_none(), "{secret:x?}");
        }
    }
}
