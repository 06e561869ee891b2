//! The few changes that a text may undergo, with every other byte as it was.

use std::ops::Range;

use hyper::body::Bytes;
use memchr::memchr2;

use crate::bridge::id::Id;

/// `text` without a byte order mark before it: JSON has none, but some servers write one, and clients of HTTP leave it out.
pub(super) fn without_mark(mut text: Bytes) -> Bytes {
    if text.starts_with("\u{feff}".as_bytes()) {
        let _mark = text.split_to('\u{feff}'.len_utf8());
    }
    text
}

/// The JSON `text` in one line. In valid JSON, CR and LF stand between tokens alone.
pub(crate) fn one_line(text: Bytes) -> Bytes {
    if memchr2(b'\r', b'\n', &text).is_none() {
        return text;
    }
    text.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect()
}

/// The object `text` with `id` at `place`, or as its first member where it has none.
pub(super) fn with_id(text: &Bytes, place: Option<&Range<usize>>, id: &Id) -> Bytes {
    let id = id.as_json().as_bytes();
    let Some(place) = place else {
        let brace = text.iter().position(|byte| *byte == b'{').map_or(text.len(), |at| at.saturating_add(1));
        let (before, behind) = text.split_at_checked(brace).unwrap_or((text, b""));
        let comma: &[u8] = if behind.trim_ascii_start().starts_with(b"}") { b"" } else { b"," };
        return [before, b"\"id\":", id, comma, behind].concat().into();
    };
    let before = text.get(..place.start).unwrap_or_default();
    let behind = text.get(place.end..).unwrap_or_default();
    [before, id, behind].concat().into()
}
