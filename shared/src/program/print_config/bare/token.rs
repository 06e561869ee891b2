//! What is a token by its own form, whatever it is called.

use crate::error::{OutsideText, Redactor};

/// How the tokens and keys of well-known services begin.
const PREFIXES: [&str; 34] = [
    "AIza",
    "EAAA",
    "GOCSPX-",
    "SG.",
    "atlasv1.",
    "dapi",
    "dckr_pat_",
    "dop_v1_",
    "figd_",
    "gho_",
    "ghp_",
    "ghr_",
    "ghs_",
    "ghu_",
    "github_pat_",
    "glpat-",
    "glsa_",
    "hf_",
    "hvb.",
    "hvs.",
    "lin_api_",
    "ntn_",
    "npm_",
    "pat-",
    "pypi-",
    "rk_live_",
    "rk_test_",
    "sk-",
    "sk_live_",
    "sk_test_",
    "tskey-",
    "whsec_",
    "xox",
    "ya29.",
];

/// How many bytes follow such a beginning at least.
const BEHIND_PREFIX: usize = 12;

/// From this length on a part without a separator may be random.
const LONG_PART: usize = 12;

/// Whether a word in `text` is a token: a JWT, a key in PEM, or of a form that a service gives to its tokens alone.
pub(super) fn is_in(text: &str) -> bool {
    let is_of_token = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let is_one = |word: &str| {
        let behind = PREFIXES.iter().find_map(|prefix| word.strip_prefix(prefix));
        is_jwt(word) || behind.is_some_and(|behind| behind.len() >= BEHIND_PREFIX && has_digit(behind))
    };
    text.contains("PRIVATE KEY-----") || text.split(|c| !is_of_token(c)).any(is_one)
}

/// Whether `word` is a JWT: three parts in base64url, the first of which begins like a JSON object.
fn is_jwt(word: &str) -> bool {
    let is_part =
        |part: &str| part.len() > 3 && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    word.starts_with("eyJ") && word.split('.').count() >= 3 && word.split('.').all(is_part)
}

/// Whether something in `text` would be cut out of a message as a token, and is no name that somebody chose either.
pub(super) fn looks_like_one_in(text: &str) -> bool {
    const MARKER: &str = "[redacted]";
    let would_be_cut = || OutsideText::new(text).shown(&Redactor::default()).contains(MARKER);
    let is_of_part = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    !text.contains(MARKER) && text.split(|c| !is_of_part(c)).any(is_random) && would_be_cut()
}

/// Whether a part is none that somebody would choose: letters and digits in turns.
fn is_random(part: &str) -> bool {
    let bytes = part.as_bytes();
    let is_turn = |(one, next): &(&u8, &u8)| {
        one.is_ascii_digit() != next.is_ascii_digit() || one.is_ascii_lowercase() && next.is_ascii_uppercase()
    };
    let turns = bytes.iter().zip(bytes.iter().skip(1)).filter(is_turn).count();
    part.len() >= LONG_PART && has_digit(part) && turns.saturating_mul(4) >= part.len()
}

fn has_digit(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_told_by_their_form() {
        for text in [
            "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
            "a=xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOHcBrzqgy",
            "Bearer sk-ant-api03-AbCdEfGh1234",
            "(glpat-AbCdEfGh1234IjKl)",
            "x eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln",
            "-----BEGIN EC PRIVATE KEY-----",
        ] {
            assert!(is_in(text), "{text}");
        }
        for text in ["sk-learn", "pat-a-cake", "xox", "task-force-2024-report-1", "eyJ.a.b", "", "npm_config_registry"]
        {
            assert!(!is_in(text), "{text}");
        }
        for text in ["A1b2C3d4E5f6G7h8I9j0K1l2M3", "5f4dcc3b5aa765d61d8327deb882cf99", "v1 q8Zr3LmP0xT7vB2nK9sW4yH6"] {
            assert!(looks_like_one_in(text), "{text}");
        }
        for text in [
            "acme-production-eu-west-1",
            "123e4567-e89b-12d3-a456-426614174000",
            "MyVeryLongProductName2024",
            "projects/123456789012/locations/global",
            "https://a1b2c3d4e5f6.example.com/path",
            "",
        ] {
            assert!(!looks_like_one_in(text), "{text}");
        }
    }
}
