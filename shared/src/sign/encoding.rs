//! How signatures are written and keys are read.

use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use clap::ValueEnum;

use crate::error::{Error, Report};
use crate::secret::Secret;

/// How a signature is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Encoding {
    /// Lower case hexadecimal.
    Hex,
    /// Base64 with padding (RFC 4648 section 4).
    Base64,
    /// URL-safe base64 without padding (RFC 4648 section 5).
    Base64url,
}

impl Encoding {
    /// Writes `bytes`.
    #[must_use]
    pub fn encode(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex => hex::encode(bytes),
            Self::Base64 => STANDARD.encode(bytes),
            Self::Base64url => URL_SAFE_NO_PAD.encode(bytes),
        }
    }
}

/// How a symmetric key is written where it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KeyEncoding {
    /// The bytes are the key.
    Raw,
    /// Hexadecimal, in either case.
    Hex,
    /// Base64 (RFC 4648 section 4), with or without padding.
    Base64,
    /// URL-safe base64 (RFC 4648 section 5), with or without padding.
    Base64url,
}

const UNPADDED_TOO: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const LENIENT: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, UNPADDED_TOO);
const LENIENT_URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, UNPADDED_TOO);

impl KeyEncoding {
    /// The bytes that `text` decodes to, if it is written this way.
    pub(super) fn bytes(self, text: &[u8]) -> Option<Secret> {
        let digits = if self == Self::Raw { Secret::new(text.to_vec()) } else { without_line_breaks(text) };
        let digits = digits.expose();
        let decoded = match self {
            Self::Raw => Some(digits.to_vec()),
            Self::Hex => hex::decode(digits).ok(),
            Self::Base64 => LENIENT.decode(digits).ok(),
            Self::Base64url => LENIENT_URL_SAFE.decode(digits).ok(),
        };
        decoded.map(Secret::new)
    }

    /// The key that `text` decodes to.
    ///
    /// # Errors
    /// [`Error::Secret`] when it is not written this way, or decodes to no bytes at all.
    pub fn decode(self, option: &str, text: Secret) -> Result<Secret, Error> {
        if self == Self::Raw {
            return Ok(text);
        }
        self.bytes(text.expose()).filter(|key| !key.is_empty()).ok_or_else(|| {
            let name = match self {
                Self::Raw => "raw",
                Self::Hex => "hex",
                Self::Base64 => "base64",
                Self::Base64url => "base64url",
            };
            let cause = format_args!("it is not {name}, as --key-encoding says");
            Error::Secret(Report::of(option, ": the key cannot be decoded", cause, "name the right encoding"))
        })
    }
}

/// Digits without the line breaks that tools put between them, written out or not.
fn without_line_breaks(text: &[u8]) -> Secret {
    let mut digits = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = match (first, after) {
            (b'\\', [b'n' | b'r', after @ ..]) | (b'\n' | b'\r', after) => after,
            (digit, after) => {
                digits.push(*digit);
                after
            }
        };
    }
    Secret::new(digits)
}

/// What to say of a shared secret for a hash of so many `bits`, which `algorithm` has (RFC 2104 section 3, RFC 7518 section
/// 3.2).
#[must_use]
pub fn weakness(key: &Secret, bits: usize, algorithm: &str) -> Option<String> {
    let is_short = key.expose().len() < bits / 8;
    is_short.then(|| format!("the key is shorter than the {bits} bits that {algorithm} requires; make a longer one"))
}

/// What to say of a shared secret that is a whole JSON object.
#[must_use]
pub fn whole_object(option: &str, key: &Secret) -> Option<String> {
    let is_object = key.expose().trim_ascii_start().starts_with(b"{")
        && serde_json::from_slice::<serde_json::Map<_, _>>(key.expose()).is_ok();
    is_object.then(|| {
        format!("{option} is a JSON object, and the whole object is used as the secret; if the secret is a member of it, name that: json:PATH:FIELD")
    })
}

/// What to say of a shared secret with a blank or a line break that was perhaps not meant to be a part of it.
#[must_use]
pub fn blank_end(key: &Secret) -> Option<&'static str> {
    let bytes = key.expose();
    if bytes.last().is_some_and(u8::is_ascii_whitespace) {
        return Some(
            "the key ends in a blank or a line break, which is a part of it; remove it where the key is kept, or leave it if the server has it too",
        );
    }
    // As `openssl rand -base64 64` writes it.
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=');
    let is_in_lines =
        bytes.contains(&b'\n') && bytes.iter().all(|byte| is_digit(byte) || matches!(byte, b'\r' | b'\n'));
    is_in_lines.then_some(
        "the key contains a line break, which is a part of it; give --key-encoding base64 or hex if it is written so",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_with_and_without_padding() {
        let bytes = [0xfb, 0xff, 0x00, 0x01];
        for (encoding, text) in [
            (KeyEncoding::Hex, "fbff0001"),
            (KeyEncoding::Hex, "FBFF0001"),
            (KeyEncoding::Base64, "+/8AAQ=="),
            (KeyEncoding::Base64, "+/8AAQ"),
            (KeyEncoding::Base64, "+/8\nAAQ==\n"),
            (KeyEncoding::Base64, "+/8\\r\\nAAQ==\\n"),
            (KeyEncoding::Hex, "fbff\r\n0001"),
            (KeyEncoding::Base64url, "-_8AAQ=="),
            (KeyEncoding::Base64url, "-_8AAQ"),
        ] {
            let key = encoding.decode("--key", Secret::new(text.as_bytes().to_vec())).unwrap();
            assert_eq!(key.expose(), bytes, "{text}");
        }
        for (encoding, text) in [(KeyEncoding::Hex, "abc"), (KeyEncoding::Base64, "-_8AAQ"), (KeyEncoding::Base64, "=")]
        {
            let error = encoding.decode("--key", Secret::new(text.as_bytes().to_vec())).unwrap_err();
            assert_eq!(error.exit_code(), 3, "{text}");
        }
    }

    #[test]
    fn blanks_that_were_perhaps_not_meant_are_told() {
        let said = |text: &str| blank_end(&Secret::new(text.as_bytes().to_vec())).is_some();
        assert!(said("secret\n") && said("secret ") && said("c2Vj\ncmV0") && said("c2Vj\r\ncmV0=="));
        assert!(!said("secret") && !said("a secret,\nin words") && !said(""));
    }

    #[test]
    fn signatures_are_written() {
        let bytes = [0xfb, 0xff, 0x00, 0x01];
        assert_eq!(Encoding::Hex.encode(&bytes), "fbff0001");
        assert_eq!(Encoding::Base64.encode(&bytes), "+/8AAQ==");
        assert_eq!(Encoding::Base64url.encode(&bytes), "-_8AAQ");
    }
}
