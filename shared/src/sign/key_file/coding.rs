//! The encodings in which people keep a whole key file.

use std::iter;

use zeroize::Zeroizing;

use crate::secret::Secret;
use crate::sign::encoding::KeyEncoding;

/// One of these encodings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sign) enum Coding {
    Utf16,
    Quotes,
    JsonString,
    Percent,
    Hex,
    Base64,
}

impl Coding {
    /// What it is called, after "written".
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Utf16 => "in UTF-16",
            Self::Quotes => "in quotes",
            Self::JsonString => "as a JSON string",
            Self::Percent => "with percent-encoding",
            Self::Hex => "in hex",
            Self::Base64 => "in base64",
        }
    }
}

/// The ways to decode one of them.
type Way = (Coding, fn(&[u8]) -> Option<Secret>);

const WAYS: [Way; 6] = [
    (Coding::Utf16, utf_16),
    (Coding::Quotes, unquoted),
    (Coding::JsonString, json_string),
    (Coding::JsonString, without_backslashes),
    (Coding::Percent, |bytes| percent(bytes, b'+')),
    (Coding::Percent, |bytes| percent(bytes, b' ')),
];

/// Those of digits, which may stand apart.
const WAYS_OF_DIGITS: [Way; 3] = [
    (Coding::Hex, hex),
    (Coding::Base64, |digits| KeyEncoding::Base64.bytes(digits)),
    (Coding::Base64, |digits| {
        // Without them it is the same as before.
        let is_another = digits.iter().any(|digit| matches!(digit, b'-' | b'_'));
        if is_another { KeyEncoding::Base64url.bytes(digits) } else { None }
    }),
];

/// What `bytes` are in each encoding in which they can be read, each but once.
pub(super) fn decoded(bytes: &[u8]) -> impl Iterator<Item = (Coding, Secret)> {
    let whole = WAYS.iter().filter_map(move |(coding, decode)| Some((*coding, decode(bytes)?)));
    let of_digits = iter::once_with(move || joined(bytes))
        .flatten()
        .flat_map(|digits| WAYS_OF_DIGITS.iter().filter_map(move |(coding, decode)| Some((*coding, decode(&digits)?))));
    whole.chain(of_digits).filter(move |(_, decoded)| !decoded.is_empty() && decoded.expose() != bytes)
}

/// UTF-16 in either byte order, with a mark or without one, that is text.
fn utf_16(bytes: &[u8]) -> Option<Secret> {
    let pair = |pair: &[u8]| <[u8; 2]>::try_from(pair).ok();
    let first = pair(bytes.get(..2)?)?;
    let read: fn([u8; 2]) -> u16 = match first {
        [0xff, 0xfe] | [1..=u8::MAX, 0] => u16::from_le_bytes,
        [0xfe, 0xff] | [0, 1..=u8::MAX] => u16::from_be_bytes,
        _ => return None,
    };
    // A line break that was cut leaves half of it.
    let units: Zeroizing<Vec<u16>> = Zeroizing::new(bytes.chunks_exact(2).filter_map(pair).map(read).collect());
    let text = Zeroizing::new(String::from_utf16(&units).ok()?);
    let text = text.trim_start_matches('\u{feff}');
    let is_text = !text.chars().any(|c| c.is_control() && !c.is_ascii_whitespace());
    is_text.then(|| Secret::new(text.as_bytes().to_vec()))
}

/// What single quotes or backticks stand around, as they do in shells.
fn unquoted(bytes: &[u8]) -> Option<Secret> {
    let bytes = bytes.trim_ascii();
    let (quote, rest) = bytes.split_first().filter(|(quote, _)| matches!(quote, b'\'' | b'`'))?;
    rest.strip_suffix(&[*quote]).map(|inner| Secret::new(inner.to_vec()))
}

/// A JSON string as a whole.
fn json_string(bytes: &[u8]) -> Option<Secret> {
    let bytes = bytes.trim_ascii();
    bytes.first().filter(|first| **first == b'"')?;
    serde_json::from_slice::<String>(bytes).ok().map(|text| Secret::new(text.into_bytes()))
}

/// The inside of one, with its quotes escaped.
fn without_backslashes(bytes: &[u8]) -> Option<Secret> {
    if !bytes.contains(&b'\\') {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.contains("\\\""))?;
    Some(Secret::new(text.replace("\\\"", "\"").into_bytes()))
}

/// Percent-encoding, with this in the place of a `+`.
fn percent(bytes: &[u8], plus: u8) -> Option<Secret> {
    if !bytes.contains(&b'%') {
        return None;
    }
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        let (byte, after) = match first {
            b'%' => {
                let (digits, after) = after.split_first_chunk::<2>()?;
                let mut byte = [0];
                hex::decode_to_slice(digits, &mut byte).ok()?;
                (byte.first().copied()?, after)
            }
            b'+' => (plus, after),
            other => (*other, after),
        };
        decoded.push(byte);
        rest = after;
    }
    Some(Secret::new(decoded))
}

/// Hex, also as tools print it: `30:82:…`, `0x3082…`, `30-82-…`, `\x30\x82…`.
fn hex(text: &[u8]) -> Option<Secret> {
    if text.iter().all(u8::is_ascii_hexdigit) {
        return KeyEncoding::Hex.bytes(text);
    }
    let text = Zeroizing::new(std::str::from_utf8(text).ok()?.to_ascii_lowercase());
    let digits = ["0x", "\\x", "-"].iter().fold(text, |text, part| Zeroizing::new(text.replace(part, "")));
    KeyEncoding::Hex.bytes(digits.as_bytes())
}

/// Text without what may stand around or between the digits of an encoding: quotes, blanks, line breaks (written out,
/// too), colons, commas.
fn joined(bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let text = if text.contains('\\') {
        Zeroizing::new(text.replace("\\r", "").replace("\\n", ""))
    } else {
        Zeroizing::new(text.to_owned())
    };
    let between = |c: &u8| c.is_ascii_whitespace() || matches!(c, b'"' | b'\'' | b'`' | b':' | b',');
    Some(Zeroizing::new(text.trim_start_matches('\u{feff}').bytes().filter(|byte| !between(byte)).collect()))
}
