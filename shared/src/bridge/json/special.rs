//! The end of what a string may hold as it is. Eight bytes at a time: strings of a MiB are ordinary, and memchr looks for
//! three bytes at most, not for a range.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = ONES << 7;

/// How many bytes come before the first quotation mark, backslash or control character; all where there is none.
pub(super) fn position(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    for (number, word) in words.iter().enumerate() {
        let marks = marks(u64::from_le_bytes(*word));
        if marks != 0 {
            return number.saturating_mul(8).saturating_add(marks.trailing_zeros() as usize >> 3);
        }
    }
    let in_rest = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..b' ')).unwrap_or(rest.len());
    bytes.len().saturating_sub(rest.len()).saturating_add(in_rest)
}

/// The high bits of the bytes in question. Above the lowest of them a borrow may have set one more.
fn marks(word: u64) -> u64 {
    let is_zero = |word: u64| word.wrapping_sub(ONES) & !word;
    let is_control = word.wrapping_sub(ONES << 5) & !word;
    let repeated = |byte: u8| ONES.wrapping_mul(u64::from(byte));
    (is_zero(word ^ repeated(b'"')) | is_zero(word ^ repeated(b'\\')) | is_control) & HIGHS
}
