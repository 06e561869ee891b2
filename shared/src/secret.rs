//! Bytes that must not be seen.

use std::fmt;

use zeroize::Zeroizing;

/// Secret bytes: wiped from memory when dropped, never shown by `Debug`, without `Display`.
#[derive(Clone, Default)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes the bytes over.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes themselves, for signing with or for the value they were made for.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The bytes as text, where they are UTF-8.
    #[must_use]
    pub fn expose_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// Whether `text` shows a part of it: eight bytes in a row, or all of one that is shorter.
    #[must_use]
    pub fn is_shown_in(&self, text: &[u8]) -> bool {
        self.parts().any_in(text)
    }

    /// What of it must not be shown, for looking at several texts.
    #[must_use]
    pub fn parts(&self) -> Parts {
        let mut eights: Vec<u64> = self.0.windows(EIGHT).filter_map(number).collect();
        eights.sort_unstable();
        let short = if self.0.len() < EIGHT { self.clone() } else { Self::default() };
        Parts { eights: Zeroizing::new(eights), short }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// How many bytes in a row are a part of a secret.
const EIGHT: usize = 8;

/// The parts of a secret that must not be shown: eight bytes in a row, or all of one that is shorter.
pub struct Parts {
    /// In order.
    eights: Zeroizing<Vec<u64>>,
    /// All of a secret that is shorter.
    short: Secret,
}

impl Parts {
    /// Whether one of them stands in `text`.
    #[must_use]
    pub fn any_in(&self, text: &[u8]) -> bool {
        let short = self.short.expose();
        let is_part = |shown: &[u8]| number(shown).is_some_and(|shown| self.eights.binary_search(&shown).is_ok());
        text.windows(EIGHT).any(is_part) || !short.is_empty() && text.windows(short.len()).any(|shown| shown == short)
    }
}

fn number(eight: &[u8]) -> Option<u64> {
    eight.try_into().ok().map(u64::from_ne_bytes)
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_it_is_noticed() {
        let secret = |text: &str| Secret::new(text.as_bytes().to_vec());
        for (hidden, text, shown) in [
            ("supersecret", "the secret supersec... is wrong", true),
            ("supersecret", "it ends in ersecret", true),
            ("supersecret", "superb, secret", false),
            ("short", "too short", true),
            ("short", "shor", false),
            ("", "anything", false),
        ] {
            assert_eq!(secret(hidden).is_shown_in(text.as_bytes()), shown, "{text}");
        }
    }

    #[test]
    fn debug_shows_no_part_of_it() {
        assert_eq!(format!("{:?}", Secret::new(b"hunter2".to_vec())), "[redacted]");
    }
}
