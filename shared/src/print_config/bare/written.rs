//! What is written out in the value of an option, and what is only named there by a placeholder.

use crate::error::{OutsideText, Redactor};

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
const PLAIN: [&str; 4] = ["timestamp", "uuid", "nonce", "server"];

/// The text of a template without its placeholders.
struct Written {
    text: String,
    /// Whether a placeholder names a secret.
    names_secret: bool,
}

impl Written {
    fn of(template: &str) -> Self {
        let mut written = Self { text: String::with_capacity(template.len()), names_secret: false };
        let mut rest = template;
        while let Some(brace) = rest.find(['{', '}']) {
            let (before, from_brace) = rest.split_at_checked(brace).unwrap_or((rest, ""));
            written.text.push_str(before);
            let doubled = from_brace.get(..2).filter(|start| matches!(*start, "{{" | "}}"));
            let end = from_brace.find('}').filter(|_| from_brace.starts_with('{') && doubled.is_none());
            let length = if let Some(end) = end {
                let inner = from_brace.get(1..end).unwrap_or_default();
                written.names_secret |= !PLAIN.contains(&inner.split(':').next().unwrap_or_default());
                end.saturating_add(1)
            } else {
                written.text.push_str(from_brace.get(..1).unwrap_or_default());
                doubled.map_or(1, str::len)
            };
            rest = from_brace.get(length..).unwrap_or_default();
        }
        written.text.push_str(rest);
        written
    }
}

/// Whether a template holds a secret that is written out. That of a `credential` does unless it names one, or nothing is
/// written but a scheme; any does that has a scheme with something behind it, or what looks like a token.
pub(super) fn is_bare(template: &str, is_credential: bool) -> bool {
    let Written { text, names_secret } = Written::of(template);
    let text = text.trim();
    if names_secret {
        // What stands beside it is a user's name, or punctuation.
        return is_credential && looks_like_token(text) || is_jwt(text);
    }
    let (first, behind) = text.split_once([' ', '\t']).unwrap_or((text, ""));
    let has_scheme = SCHEMES.iter().any(|scheme| first.eq_ignore_ascii_case(scheme));
    let proof = if has_scheme { behind.trim() } else { text };
    !proof.is_empty() && (is_credential || has_scheme) || is_jwt(text)
}

/// Whether a word in `text` is a JWT: three parts in base64url, the first of which begins like a JSON object.
pub(super) fn is_jwt(text: &str) -> bool {
    let is_part =
        |part: &str| part.len() > 3 && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_=".contains(&byte));
    let is_one = |word: &str| word.starts_with("eyJ") && word.split('.').count() >= 3 && word.split('.').all(is_part);
    text.split([' ', '\t', ',', ';', '"', '\'']).any(is_one)
}

fn looks_like_token(text: &str) -> bool {
    const MARKER: &str = "[redacted]";
    !text.contains(MARKER) && OutsideText::new(text).shown(&Redactor::default()).contains(MARKER)
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
        for (template, text, names_secret) in [
            ("a {timestamp:unix} b", "a  b", false),
            ("{{a}} {x", "{a} {x", false),
            ("a{file:~/b}c}", "ac}", true),
            ("{token}{nonce}", "", true),
            ("\u{e9}{uuid}\u{e9}", "\u{e9}\u{e9}", false),
        ] {
            let written = Written::of(template);
            assert_eq!((written.text.as_str(), written.names_secret), (text, names_secret), "{template}");
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
