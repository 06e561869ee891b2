//! Text as editors and shells save it: Windows puts a byte order mark before it, and may write UTF-16.

use crate::secret::Secret;

const UTF_8: &[u8] = b"\xef\xbb\xbf";
const UTF_16_LITTLE: &[u8] = b"\xff\xfe";
const UTF_16_BIG: &[u8] = b"\xfe\xff";

/// `bytes` in UTF-8 and without a byte order mark, where they begin with one. Bytes that only look like a mark stay as they
/// are: what follows a mark is text without control characters.
pub(crate) fn without_mark(bytes: Secret) -> Secret {
    decoded(bytes.expose()).unwrap_or(bytes)
}

fn decoded(bytes: &[u8]) -> Option<Secret> {
    let text = if let Some(rest) = bytes.strip_prefix(UTF_8) {
        Secret::new(rest.to_vec())
    } else if let Some(rest) = bytes.strip_prefix(UTF_16_LITTLE) {
        utf_16(rest, u16::from_le_bytes)?
    } else {
        utf_16(bytes.strip_prefix(UTF_16_BIG)?, u16::from_be_bytes)?
    };
    let whole = text.expose_text()?;
    let rest = whole.trim_start_matches('\u{feff}');
    if rest.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r')) {
        return None;
    }
    if rest.len() == whole.len() { Some(text) } else { Some(Secret::new(rest.as_bytes().to_vec())) }
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<Secret> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    // No more than three bytes for two: the text never moves to another place while it grows.
    let mut text = Vec::with_capacity(bytes.len().saturating_mul(2));
    for character in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        text.extend_from_slice(character.ok()?.encode_utf8(&mut [0; 4]).as_bytes());
    }
    rest.is_empty().then(|| Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Vec<u8> {
        without_mark(Secret::new(bytes.to_vec())).expose().to_vec()
    }

    fn encoded(mark: &[u8], text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        mark.iter().copied().chain(text.encode_utf16().flat_map(bytes)).collect()
    }

    #[test]
    fn a_mark_is_dropped_and_utf_16_is_decoded() {
        for text in ["", "s3cret", "caf\u{e9}\r\n", "\u{1f511}\tkey\n"] {
            assert_eq!(read(text.as_bytes()), text.as_bytes());
            assert_eq!(read(&[UTF_8, text.as_bytes()].concat()), text.as_bytes());
            assert_eq!(read(&[UTF_8, UTF_8, text.as_bytes()].concat()), text.as_bytes());
            assert_eq!(read(&encoded(UTF_16_LITTLE, text, u16::to_le_bytes)), text.as_bytes());
            assert_eq!(read(&encoded(UTF_16_BIG, text, u16::to_be_bytes)), text.as_bytes());
        }
    }

    #[test]
    fn bytes_that_are_no_text_stay() {
        for bytes in [
            &b"\xef\xbb\xbf\xff"[..],
            b"\xef\xbb\xbfa\0",
            b"\xef\xbb\xbf\x1b[0m",
            b"\xef\xbb",
            b"\xff\xfe\x41",
            b"\xff\xfe\x00\xd8",
            b"\xff\xfe\x01\x00",
            b"\xff\xfe\x00\x00\x41\x00\x00\x00",
            b"\xfe\xff\xdc\x00\x00\x41",
            b"a\xef\xbb\xbf",
        ] {
            assert_eq!(read(bytes), bytes, "{bytes:x?}");
        }
    }
}
