//! Key files in every form, read as signing keys.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hdr::error::Error;
use hdr::secret::Secret;
use hdr::sign::algorithm::parse_algorithm;
use hdr::sign::encoding::KeyEncoding;
use hdr::sign::jws::{JoseHeader, encode};
use hdr::sign::key::SigningKey;
use serde_json::Map;

use crate::random::Random;

pub(crate) const CHANGES: u64 = 12_000;
pub(crate) const WORDS: &[&str] = &[
    "-----BEGIN PRIVATE KEY-----\n",
    "-----END PRIVATE KEY-----\n",
    "-----BEGIN EC PRIVATE KEY-----",
    "-----BEGIN PUBLIC KEY-----",
    "-----BEGIN ENCRYPTED PRIVATE KEY-----",
    "\"kty\":\"oct\"",
    "\"k\":\"",
    "\"d\":\"",
    "\"use\":\"enc\"",
    "\"key_ops\":[\"verify\"]",
    "\"alg\":\"HS256\"",
    "{\"keys\":[",
    "ssh-ed25519 AAAA",
    "\\n",
    "MIIB",
    "MCowBQYDK2VwAyEA",
    "\"type\":\"service_account\"",
    "=",
];

const ENCODINGS: [Option<KeyEncoding>; 5] =
    [None, Some(KeyEncoding::Raw), Some(KeyEncoding::Hex), Some(KeyEncoding::Base64), Some(KeyEncoding::Base64url)];

const ALGORITHMS: [&str; 8] = ["", "HS256", "HS512", "RS256", "PS384", "ES256", "ES384", "EdDSA"];

pub(crate) fn check(bytes: &[u8]) {
    check_kept(&mut Random::of(bytes));
    let mut random = Random::of(bytes);
    let encoding = *random.one_of(&ENCODINGS);
    let algorithm = parse_algorithm("--alg", ALGORITHMS[random.below(ALGORITHMS.len())]).ok();
    let kid = *random.one_of(&[None, Some("a")]);
    let key = match SigningKey::parse("--key", Secret::new(bytes.to_vec()), encoding, kid, algorithm) {
        Ok(key) => key,
        Err(error) => return check_refusal(&error, bytes),
    };
    // Whoever has the file that a public key is in could sign with it.
    assert!(!(encoding.is_none() && key.is_shared() && is_pem(bytes)));
    assert_eq!(key.is_shared(), key.thumbprint("--kid").is_err());
    let _ = (key.rsa_fingerprint("--key"), key.blank_end());
    match key.algorithm("--key", Some("--alg"), algorithm) {
        Ok(chosen) => {
            assert!(algorithm.is_none_or(|algorithm| algorithm == chosen));
            let _ = key.weakness(chosen);
            let header = JoseHeader::default().complete(chosen, key.kid.clone());
            match encode("--key", &header, &Map::new(), &key) {
                Ok(token) => assert_eq!(token.expose().split(|byte| *byte == b'.').count(), 3),
                Err(error) => check_refusal(&error, bytes),
            }
        }
        Err(error) => check_refusal(&error, bytes),
    }
}

/// Private keys as `openssl` writes them.
const KEYS: [&str; 4] = [
    include_str!("../__fuzz__/key_file/corpus/ed25519.pem"),
    include_str!("../__fuzz__/key_file/corpus/ec_p384.pem"),
    include_str!("../__fuzz__/key_file/corpus/rsa_pkcs8.pem"),
    include_str!("../__fuzz__/key_file/corpus/rsa_pkcs1.pem"),
];

/// However a private key is kept, also in two ways at once: it is that key or is refused, and never a shared secret.
fn check_kept(random: &mut Random) {
    let pem = *random.one_of(&KEYS);
    let parse = |text: &str| SigningKey::parse("--key", Secret::new(text.as_bytes().to_vec()), None, None, None);
    let thumbprint = |key: &SigningKey| key.thumbprint("--kid").expect("a key pair");
    let key = parse(pem).expect("a key");
    let once = kept(pem, random);
    let twice = kept(&once, random);
    // Of a single line nothing is left without its armour.
    for text in [&once, &twice].into_iter().filter(|text| !text.is_empty()) {
        match parse(text) {
            Ok(same) => {
                assert!(!same.is_shared(), "a shared secret: {text:?}");
                assert_eq!(thumbprint(&same), thumbprint(&key), "{text:?}");
            }
            Err(error) => assert_eq!(error.exit_code(), 3, "{error}"),
        }
    }
}

/// A key as people keep it.
fn kept(pem: &str, random: &mut Random) -> String {
    let body = || pem.lines().filter(|line| !line.starts_with('-')).collect::<Vec<_>>();
    match random.below(12) {
        0 => pem.replace('\n', "\\n"),
        1 => pem.replace('\n', "\\r\\n"),
        2 => pem.replace('\n', " "),
        3 => pem.replace('\n', ""),
        4 => pem.replace('\n', "\r\n"),
        5 => format!("\"{}\"", pem.trim_end()),
        6 => format!("'{pem}'\n"),
        7 => pem.lines().map(|line| ["    ", line, "\n"].concat()).collect(),
        8 => STANDARD.encode(pem),
        9 => body().concat(),
        10 => body().join("\n"),
        _ => format!("\u{feff}{pem}"),
    }
}

/// Whether the lines around a key are there.
fn is_pem(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    !text.trim_start().starts_with('{') && ["private key-----", "public key-----"].iter().any(|end| text.contains(end))
}

/// A message shows no line of a key: whatever it quotes of a JWK is shorter, or is cut.
fn check_refusal(error: &Error, bytes: &[u8]) {
    assert!(matches!(error.exit_code(), 2 | 3), "{error}");
    let message = error.to_string();
    let text = String::from_utf8_lossy(bytes);
    let has = |part: &str, is: fn(&u8) -> bool| part.as_bytes().iter().any(is);
    let is_key = |part: &&str| part.len() >= 24 && has(part, u8::is_ascii_digit) && has(part, u8::is_ascii_alphabetic);
    let mut parts = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '+').filter(is_key);
    assert!(!parts.any(|part| message.contains(part)), "{message}");
}
