//! What is written out in the value of an option, and what is only named there by a placeholder.

use super::name::Holder;
use super::token;

/// Authentication schemes that may stand alone before what proves something.
const SCHEMES: [&str; 14] = [
    "apikey",
    "api-key",
    "basic",
    "bearer",
    "bot",
    "digest",
    "dpop",
    "hawk",
    "hmac",
    "key",
    "negotiate",
    "ntlm",
    "signature",
    "token",
];

/// Placeholders whose values are no secret, so that the text around them may be one.
const PLAIN: [&str; 5] = ["timestamp", "uuid", "nonce", "server", "tenant"];

/// Placeholders whose values prove something. Every other one is text.
const PROVING: [&str; 6] = ["env", "file", "json", "cmd", "basic", "token"];

/// Parameters of an authentication scheme whose values are no secret.
const PUBLIC_PARAMETERS: [&str; 8] =
    ["algorithm", "created", "expires", "headers", "keyid", "realm", "username", "version"];

/// What stands in the text where a placeholder was.
const PLAIN_MARK: char = '\u{1}';
const SECRET_MARK: char = '\u{2}';
const SIGNATURE_MARK: char = '\u{3}';
const MARKS: [char; 3] = [PLAIN_MARK, SECRET_MARK, SIGNATURE_MARK];

/// The longest name that may stand before a placeholder.
const LONGEST_LABEL: usize = 32;

/// The text of a template, with a mark in the place of each placeholder.
pub(super) struct Written<'t> {
    text: String,
    /// What stands between the braces of the placeholders.
    pub(super) placeholders: Vec<&'t str>,
}

impl<'t> Written<'t> {
    pub(super) fn of(template: &'t str) -> Self {
        let mut written = Self { text: String::with_capacity(template.len()), placeholders: Vec::new() };
        let mut rest = template;
        while let Some(brace) = rest.find(['{', '}']) {
            let (before, from_brace) = rest.split_at_checked(brace).unwrap_or((rest, ""));
            written.push(before);
            let doubled = from_brace.get(..2).filter(|start| matches!(*start, "{{" | "}}"));
            let inner = from_brace.strip_prefix('{').filter(|_| doubled.is_none());
            let inner = inner.and_then(|inner| Some(inner.split_once('}')?.0));
            let length = if let Some((inner, mark)) = inner.and_then(|inner| Some((inner, mark_of(inner)?))) {
                written.text.push(mark);
                written.placeholders.push(inner);
                inner.len().saturating_add(2)
            } else {
                written.push(from_brace.get(..1).unwrap_or_default());
                doubled.map_or(1, str::len)
            };
            rest = from_brace.get(length..).unwrap_or_default();
        }
        written.push(rest);
        written
    }

    fn push(&mut self, text: &str) {
        self.text.extend(text.chars().filter(|c| !MARKS.contains(c)));
    }
}

/// The mark of a placeholder, where it is one.
fn mark_of(inner: &str) -> Option<char> {
    let name = inner.split(':').next().unwrap_or_default();
    if PLAIN.contains(&name) {
        return Some(PLAIN_MARK);
    }
    if name == "signature" { Some(SIGNATURE_MARK) } else { PROVING.contains(&name).then_some(SECRET_MARK) }
}

/// Whether a template holds a secret that is written out. Where it should hold a credential, nothing may be written but a
/// scheme, the names of what placeholders stand for, and punctuation; the same behind a scheme anywhere else. What looks
/// like a token is one in any place.
pub(super) fn is_bare(template: &str, holder: Holder) -> bool {
    let Written { text, .. } = Written::of(template);
    let text = text.trim();
    if token::is_in(text) {
        return true;
    }
    let names_secret = text.contains([SECRET_MARK, SIGNATURE_MARK]);
    let behind = behind_scheme(text, holder == Holder::Authorization && names_secret);
    match holder {
        Holder::Authorization | Holder::Credential => holds_literal(behind.unwrap_or(text), holder, names_secret),
        Holder::Other | Holder::Identifier if behind.is_some_and(|behind| !behind.is_empty()) => {
            holds_literal(behind.unwrap_or_default(), Holder::Authorization, names_secret)
        }
        Holder::Other => token::looks_like_one_in(text),
        Holder::Identifier => false,
    }
}

/// What follows the authentication scheme that `text` begins with. One that is not known is a capitalized word before a
/// placeholder, where `any` may stand.
fn behind_scheme(text: &str, any: bool) -> Option<&str> {
    let (first, behind) = text.split_once([' ', '\t']).unwrap_or((text, ""));
    let behind = behind.trim_start();
    let is_known = SCHEMES.iter().any(|scheme| first.eq_ignore_ascii_case(scheme));
    let is_word = || {
        first.starts_with(|c: char| c.is_ascii_uppercase())
            && first.len() <= LONGEST_LABEL
            && first.chars().all(|c| c.is_ascii_alphabetic() || c == '-')
            && behind.starts_with([SECRET_MARK, SIGNATURE_MARK])
    };
    (is_known || any && is_word()).then_some(behind)
}

/// Whether something is written in `text` that is no punctuation, no name of what a placeholder stands for and no parameter
/// that anybody may read. Names stand there only where `names_secret`.
fn holds_literal(text: &str, holder: Holder, names_secret: bool) -> bool {
    let mut rest = text;
    while let Some(start) =
        rest.find(|c: char| !(MARKS.contains(&c) || c.is_ascii_punctuation() || c == ' ' || c == '\t'))
    {
        rest = rest.get(start..).unwrap_or_default();
        let is_of_word = |c: char| c.is_ascii_alphanumeric() || "-_.@".contains(c) || !c.is_ascii();
        let (word, behind) = rest.split_at(rest.find(|c| !is_of_word(c)).unwrap_or(rest.len()));
        let is_label = names_secret && word.len() <= LONGEST_LABEL && word.is_ascii();
        let of_scheme = holder == Holder::Authorization;
        let value = behind.strip_prefix('=').filter(|_| is_label);
        let before_mark = value.is_some_and(|value| value.strip_prefix('"').unwrap_or(value).starts_with(MARKS))
            // A user's name before the signature.
            || is_label && of_scheme && behind.strip_prefix(':').is_some_and(|behind| behind.starts_with(SIGNATURE_MARK));
        let is_public = of_scheme && PUBLIC_PARAMETERS.iter().any(|known| known.eq_ignore_ascii_case(word));
        rest = match value.filter(|_| is_public && !before_mark) {
            Some(value) => behind_value(value),
            None if before_mark => behind,
            None => return true,
        };
    }
    false
}

/// What follows a value, quoted or not, in a list of parameters.
fn behind_value(value: &str) -> &str {
    match value.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').map_or("", |(_, rest)| rest),
        None => value.split_once(',').map_or("", |(_, rest)| rest),
    }
}

/// Whether a URL in `text` has a user's name or password before its host.
pub(super) fn has_userinfo(text: &str) -> bool {
    let urls = text.match_indices("://").filter_map(|(at, mark)| text.get(at.saturating_add(mark.len())..));
    let authority =
        |url: &str| url.split(['/', '\\', '?', '#', ' ', '\t', '\n', '"', '\'']).next().map(|it| it.contains('@'));
    urls.into_iter().any(|url| authority(url) == Some(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_no_text() {
        for (template, text, placeholders) in [
            ("a {timestamp:unix} b", "a \u{1} b", &["timestamp:unix"][..]),
            ("{{a}} {x", "{a} {x", &[]),
            ("a{file:~/b}c}", "a\u{2}c}", &["file:~/b"]),
            ("{token}{nonce}{signature}", "\u{2}\u{1}\u{3}", &["token", "nonce", "signature"]),
            ("{hunter2}\u{2}", "{hunter2}", &[]),
            ("\u{e9}{uuid}\u{e9}", "\u{e9}\u{1}\u{e9}", &["uuid"]),
        ] {
            let written = Written::of(template);
            assert_eq!((written.text.as_str(), &*written.placeholders), (text, placeholders), "{template}");
        }
    }

    #[test]
    fn userinfo_stands_before_a_host() {
        for text in
            ["https://u@h", "x https://u:p@h/y", "socks5h://u:p@h:1", "a=https://b,https://@c", "https://u:p\u{e9}@h"]
        {
            assert!(has_userinfo(text), "{text}");
        }
        for text in ["https://h/@u", "https://h?a@b", "https://h#@", "u@h", "://", "https://h\\@u", "https://h u@x"] {
            assert!(!has_userinfo(text), "{text}");
        }
    }
}
