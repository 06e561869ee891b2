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
        let mut parts = Parts::default();
        parts.add(self);
        parts.are_shown_in(text)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What of some secrets must not be seen, sorted, so that looking for it in many texts takes no time to speak of.
#[derive(Default)]
pub(crate) struct Parts {
    /// All that are eight bytes in a row.
    rows: Zeroizing<Vec<u64>>,
    /// Secrets that are shorter.
    short: Vec<Secret>,
}

impl Parts {
    /// Adds those of `secret`.
    pub(crate) fn add(&mut self, secret: &Secret) {
        if secret.0.len() < ROW {
            self.short.extend(Some(secret.clone()).filter(|secret| !secret.is_empty()));
            return;
        }
        // What grows leaves copies behind that nobody wipes.
        let mut all = Zeroizing::new(Vec::with_capacity(self.rows.len().saturating_add(secret.0.len())));
        all.extend(self.rows.iter().copied().chain(rows(&secret.0)));
        all.sort_unstable();
        self.rows = all;
    }

    /// Adds those of `secret` unless it is short: such a word may stand in any text.
    #[cfg(feature = "tenant")]
    pub(crate) fn add_long(&mut self, secret: &Secret) {
        if secret.0.len() >= ROW {
            self.add(secret);
        }
    }

    /// Whether `text` shows one of them.
    pub(crate) fn are_shown_in(&self, text: &[u8]) -> bool {
        let is_shown = |secret: &Secret| text.windows(secret.0.len()).any(|shown| shown == secret.expose());
        rows(text).any(|row| self.rows.binary_search(&row).is_ok()) || self.short.iter().any(is_shown)
    }
}

/// How many bytes in a row are too many to be shown.
const ROW: usize = 8;

/// All rows of that many bytes in `bytes`, each as a number.
fn rows(bytes: &[u8]) -> impl Iterator<Item = u64> {
    bytes.windows(ROW).filter_map(|row| row.try_into().ok()).map(u64::from_ne_bytes)
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
    fn each_part_of_each_is_noticed() {
        let mut parts = Parts::default();
        for hidden in ["0123456789", "abcdefghij", "", "xyz", "12345678"] {
            parts.add(&Secret::new(hidden.as_bytes().to_vec()));
        }
        for (text, shown) in [
            ("01234567", true),
            (" 23456789 ", true),
            ("12345678", true),
            ("cdefghij", true),
            ("bcdefghi0", true),
            ("wxyz", true),
            ("xy z", false),
            ("3456789a", false),
            ("6789abcd", false),
            ("", false),
        ] {
            assert_eq!(parts.are_shown_in(text.as_bytes()), shown, "{text}");
        }
    }

    #[test]
    fn debug_shows_no_part_of_it() {
        assert_eq!(format!("{:?}", Secret::new(b"hunter2".to_vec())), "[redacted]");
    }
}
