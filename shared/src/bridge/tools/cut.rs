//! Taking items out of an array without touching anything else.

use std::ops::Range;

use hyper::body::Bytes;

/// `text` without those of the `items` of one array in it that are not kept. What stands between the items that are is one
/// comma, with the blanks that were before the later one.
pub(super) fn without(text: &Bytes, items: &[(Range<usize>, bool)]) -> Bytes {
    let (Some((first, _)), Some((last, _))) = (items.first(), items.last()) else { return text.clone() };
    if items.iter().all(|(_, is_kept)| *is_kept) {
        return text.clone();
    }
    let part = |range: Range<usize>| text.get(range).unwrap_or_default();
    let mut shown = part(0..first.start).to_vec();
    let mut end_before = None;
    let mut has_items = false;
    for (place, is_kept) in items {
        let start = if has_items { end_before.unwrap_or(place.start) } else { place.start };
        if *is_kept {
            shown.extend_from_slice(part(start..place.end));
            has_items = true;
        }
        end_before = Some(place.end);
    }
    shown.extend_from_slice(part(last.end..text.len()));
    shown.into()
}
