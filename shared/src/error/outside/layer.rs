//! A text and what it says once escapes and base64 are undone, each byte with its place in the text.

use std::ops::Range;

use zeroize::Zeroizing;

/// The fewest characters in base64 that can hold four bytes.
const LEAST: usize = 6;

/// A text, or what it decodes to.
#[derive(Clone)]
pub(super) struct Layer {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    /// Where the bytes stand in the text.
    places: Vec<(usize, usize)>,
    /// Whether it was decoded from base64, where a byte stands for all the characters around it.
    pub(super) in_base64: bool,
    /// Whether lines were joined, which in the text are apart.
    pub(super) is_joined: bool,
}

/// What some bytes at the start stand for, and how many they are.
type Escape = fn(&[u8]) -> Option<(Vec<u8>, usize)>;

impl Layer {
    /// The text itself.
    pub(super) fn of(text: &[u8]) -> Self {
        let places = (0..text.len()).map(|at| (at, at.saturating_add(1))).collect();
        Self { bytes: Zeroizing::new(text.to_vec()), places, in_base64: false, is_joined: false }
    }

    /// Where in the text a part of it stands.
    pub(super) fn place(&self, part: Range<usize>) -> Range<usize> {
        let places = self.places.get(part).unwrap_or_default();
        let start = places.iter().map(|(start, _)| *start).min();
        let end = places.iter().map(|(_, end)| *end).max();
        start.unwrap_or_default()..end.unwrap_or_default()
    }

    /// Hands it to `search`, and then all that can be decoded from it: escapes, escapes in escapes, base64 of any of them and
    /// in any of them, and words that were wrapped.
    pub(super) fn each(&self, search: &mut impl FnMut(&Self)) {
        search(self);
        self.each_in_base64(search);
        for escape in [percent, form, backslash, entity] {
            let Some(once) = self.unescaped(escape) else { continue };
            search(&once);
            once.each_in_base64(search);
            for escape in [percent, form, backslash, entity] {
                once.unescaped(escape).iter().for_each(&mut *search);
            }
        }
        self.unescaped(invisible).iter().for_each(&mut *search);
        if let Some(joined) = self.unescaped(line_break) {
            let joined = Self { is_joined: true, ..joined };
            search(&joined);
            joined.each_in_base64(search);
        }
    }

    fn each_in_base64(&self, search: &mut impl FnMut(&Self)) {
        for offset in 0..4 {
            let decoded = self.decoded_base64(offset);
            search(&decoded);
            for escape in [percent, form, backslash] {
                decoded.unescaped(escape).iter().for_each(&mut *search);
            }
        }
    }

    fn push(&mut self, byte: u8, place: Range<usize>) {
        self.bytes.push(byte);
        self.places.push((place.start, place.end));
    }

    fn empty_like(&self) -> Self {
        let bytes = Zeroizing::new(Vec::with_capacity(self.bytes.len()));
        Self { bytes, places: Vec::with_capacity(self.bytes.len()), ..*self }
    }

    /// With the escapes undone; `None` where there are none.
    fn unescaped(&self, escape: Escape) -> Option<Self> {
        let begins = |at: &usize| self.bytes.get(*at..).and_then(escape).is_some();
        let first = (0..self.bytes.len()).find(begins)?;
        let mut layer = self.empty_like();
        let mut at = 0_usize;
        while let (Some(rest @ [byte, ..]), Some((start, end))) = (self.bytes.get(at..), self.places.get(at)) {
            let Some((meant, length)) = Some(rest).filter(|_| at >= first).and_then(escape) else {
                layer.push(*byte, *start..*end);
                at = at.saturating_add(1);
                continue;
            };
            let next = at.saturating_add(length);
            for byte in meant {
                layer.push(byte, self.place(at..next));
            }
            at = next;
        }
        Some(layer)
    }

    /// What each run of base64 or base64url holds that begins `offset` characters before it does.
    pub(super) fn decoded_base64(&self, offset: usize) -> Self {
        let mut layer = Self { in_base64: true, ..self.empty_like() };
        let mut at = 0_usize;
        while let Some(rest) = self.bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let run = rest.iter().take_while(|byte| sextet(**byte).is_some()).count();
            let padding = rest.iter().skip(run).take_while(|byte| **byte == b'=').count();
            let next = at.saturating_add(run).saturating_add(padding).max(at.saturating_add(1));
            if run >= LEAST {
                let place = self.place(at..next);
                let (mut bits, mut count) = (0_u32, 0_u32);
                for sextet in rest.iter().take(run).skip(offset).filter_map(|byte| sextet(*byte)) {
                    bits = bits.wrapping_shl(6) | u32::from(sextet);
                    count = count.saturating_add(6);
                    if let Some(left) = count.checked_sub(8) {
                        count = left;
                        let [.., byte] = bits.wrapping_shr(left).to_be_bytes();
                        layer.push(byte, place.clone());
                    }
                }
                layer.push(0, place.start..place.start);
            }
            at = next;
        }
        layer
    }
}

fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => byte.checked_sub(b'A'),
        b'a'..=b'z' => byte.checked_sub(b'a' - 26),
        b'0'..=b'9' => byte.checked_add(52 - b'0'),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

fn percent(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let [b'%', digits @ ..] = text else { return None };
    Some((vec![u8::try_from(hexadecimal(digits.get(..2)?)?).ok()?], 3))
}

fn form(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    if text.first() == Some(&b'+') { Some((b" ".to_vec(), 1)) } else { percent(text) }
}

/// Those of JSON, and those of other languages for the same.
fn backslash(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let [b'\\', kind, rest @ ..] = text else { return None };
    let meant = match kind {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 8,
        b'f' => 12,
        b'"' | b'\\' | b'/' | b'\'' => *kind,
        b'x' => return Some((vec![u8::try_from(hexadecimal(rest.get(..2)?)?).ok()?], 4)),
        b'u' => return unicode(rest),
        _ => return None,
    };
    Some((vec![meant], 2))
}

/// What follows `\u`: four digits, or twice of them for a pair of surrogates.
fn unicode(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let first = hexadecimal(text.get(..4)?)?;
    let second = text.get(4..10).and_then(|next| hexadecimal(next.strip_prefix(b"\\u")?));
    let units = [first, second.unwrap_or_default()].map(|unit| u16::try_from(unit).unwrap_or_default());
    let mut characters = char::decode_utf16(units);
    let character = characters.next()?.ok()?;
    Some((utf8(character), if character.len_utf16() == 2 { 12 } else { 6 }))
}

/// `&quot;` and the like.
fn entity(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let [b'&', rest @ ..] = text else { return None };
    let length = rest.iter().take(9).position(|byte| *byte == b';')?;
    let name = rest.get(..length)?;
    let character = match name {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        [b'#', b'x' | b'X', digits @ ..] => char::from_u32(hexadecimal(digits)?)?,
        [b'#', digits @ ..] => char::from_u32(std::str::from_utf8(digits).ok()?.parse().ok()?)?,
        _ => return None,
    };
    Some((utf8(character), length.saturating_add(2)))
}

/// What a message cannot show, as it shows it.
fn invisible(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    text.first().filter(|byte| !matches!(byte, b' '..=b'~')).map(|_| (b"?".to_vec(), 1))
}

/// A line break and the indentation behind it, which stand for nothing where a long word was wrapped.
fn line_break(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let blanks = text.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    text.get(..blanks)?.contains(&b'\n').then(|| (Vec::new(), blanks))
}

fn hexadecimal(digits: &[u8]) -> Option<u32> {
    let are_digits = digits.iter().all(u8::is_ascii_hexdigit);
    let text = std::str::from_utf8(digits).ok().filter(|_| are_digits)?;
    u32::from_str_radix(text, 16).ok()
}

fn utf8(character: char) -> Vec<u8> {
    character.encode_utf8(&mut [0; 4]).as_bytes().to_vec()
}
