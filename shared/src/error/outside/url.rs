//! URLs in text from outside: their origins are shown, and nothing that may be a credential.

use super::{Mark, Marks};

/// How much of a URL is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// Scheme, host and port.
    Origin,
    /// The path too, without a query.
    Path,
    /// All of it.
    All,
}

/// Marks what of the URLs in `text` is not shown.
pub(super) fn search(text: &[u8], shown: Shown, marks: &mut Marks) {
    const BEGIN: &[u8] = b"://";
    let mut at = if shown == Shown::All { text.len() } else { 0 };
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let Some(found) = rest.windows(BEGIN.len()).position(|window| window == BEGIN) else { return };
        let start = at.saturating_add(found).saturating_add(BEGIN.len());
        let has_scheme = found.checked_sub(1).and_then(|last| rest.get(last)).is_some_and(u8::is_ascii_alphanumeric);
        let url = text.get(start..).unwrap_or_default();
        let url = url.get(..url.iter().take_while(|byte| is_of_url(**byte)).count()).unwrap_or_default();
        let url = without_punctuation(url);
        if has_scheme {
            let place = |offset: usize| start.saturating_add(offset);
            let ends = |byte: &u8| matches!(byte, b'/' | b'?' | b'#' | b'\\');
            let authority = url.iter().position(ends).unwrap_or(url.len());
            let user = url.iter().take(authority).rposition(|byte| *byte == b'@').map_or(0, |at| at.saturating_add(1));
            let query = url.iter().position(|byte| matches!(byte, b'?' | b'#')).unwrap_or(url.len());
            let end = if shown == Shown::Path { query } else { authority };
            marks.set(start..place(user), Mark::Dropped);
            marks.set(place(end)..place(url.len()), Mark::Dropped);
        }
        at = start.saturating_add(url.len());
    }
}

/// What of a secret that is a URL must not be seen: who asks, and what follows the origin. `None` where it is none.
pub(super) fn secret_parts(secret: &[u8]) -> Option<[&[u8]; 2]> {
    let text = std::str::from_utf8(secret).ok().filter(|text| !text.contains(char::is_whitespace))?;
    let (scheme, rest) = text.split_once("://")?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let (authority, path) = rest.split_at_checked(rest.find(['/', '?', '#']).unwrap_or(rest.len()))?;
    let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
    is_scheme.then_some([user.as_bytes(), path.as_bytes()])
}

fn is_of_url(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\"'`<>".contains(&byte) || !byte.is_ascii()
}

/// A URL without what ends the sentence that it stands in.
fn without_punctuation(url: &[u8]) -> &[u8] {
    let is_end = |byte: &u8| b".,;:!?)]}".contains(byte);
    let shown = url.iter().rposition(|byte| !is_end(byte)).map_or(0, |last| last.saturating_add(1));
    url.get(..shown).unwrap_or_default()
}
