//! Text in messages: quoted, kept to one line, and the names that were probably meant.

use crate::error::outside::{OutsideText, Redactor};

/// `line` with each control character replaced by `?`.
pub(crate) fn one_line(line: &str) -> String {
    line.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

/// Text from outside as a message may quote it: at most 200 characters of visible ASCII and space, `?` for any other. Of a
/// URL it has neither user name nor password.
#[must_use]
pub fn quotable(text: impl AsRef<[u8]>) -> String {
    let visible = |byte: &u8| if matches!(byte, b' '..=b'~') { char::from(*byte) } else { '?' };
    let (before, after) = without_userinfo(text.as_ref());
    before.iter().chain(after).take(200).map(visible).collect()
}

/// What stands before and behind the userinfo of the first URL in `text`.
fn without_userinfo(text: &[u8]) -> (&[u8], &[u8]) {
    const BEGIN: &[u8] = b"://";
    let begin = text.windows(BEGIN.len()).position(|window| window == BEGIN);
    let split = begin.and_then(|begin| text.split_at_checked(begin.saturating_add(BEGIN.len())));
    let Some((before, rest)) = split else { return (text, &[]) };
    let authority = rest.iter().take_while(|byte| !matches!(byte, b'/' | b'?' | b'#' | b'\\')).count();
    let user = rest.iter().take(authority).rposition(|byte| *byte == b'@').map_or(0, |at| at.saturating_add(1));
    (before, rest.get(user..).unwrap_or_default())
}

/// Whether `text` is a short word that looks like no token, a mistyped name say, which a message may repeat.
#[must_use]
pub fn is_plain_word(text: &str) -> bool {
    const LONGEST: usize = 40;
    let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
    let is_short = (1..=LONGEST).contains(&text.len()) && text.bytes().all(is_usual);
    is_short && OutsideText::new(text).shown(&Redactor::default()) == text
}

/// The name among `known` that `name` was probably meant to be, if one is near.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |candidate: &&str| strsim::osa_distance(name, candidate);
    let near = known.into_iter().min_by_key(distance);
    near.filter(|near| distance(near).saturating_mul(2) <= name.len().max(near.len()))
}

/// The name among `known` that `name` is but for one or two edits, whatever its case.
pub fn mistyped<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_ascii_lowercase();
    let distances = known.into_iter().map(|candidate| (strsim::osa_distance(&lower, candidate), candidate));
    distances.min_by_key(|(edits, _)| *edits).filter(|(edits, _)| *edits <= 2).map(|(_, near)| near)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_text_is_short_and_visible() {
        assert_eq!(quotable("caf\u{e9}\t\u{1}"), "caf????");
        assert_eq!(quotable("x".repeat(300)).len(), 200);
        assert_eq!(quotable("file:https://u:p@q@host/a@b"), "file:https://host/a@b");
        assert_eq!(quotable("https://host/a@b"), "https://host/a@b");
        assert_eq!(quotable("u@host"), "u@host");
    }

    #[test]
    fn the_nearest_name_is_found() {
        assert_eq!(nearest("timestmap", ["uuid", "timestamp"]), Some("timestamp"));
        assert_eq!(nearest("evn", ["uuid", "env"]), Some("env"));
        assert_eq!(nearest("zzz", ["uuid", "timestamp"]), None);
    }
}
