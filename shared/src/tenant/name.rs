//! What tenants are called.

use crate::error::{Error, Report};

/// The longest name.
const LONGEST: usize = 128;

/// What a name is, as messages say it.
pub(super) const SHAPE: &str =
    "a name is at most 128 letters, digits, dots, dashes and underscores, and begins with a letter or digit";

/// Whether a tenant can have this name.
pub(super) fn is_name(text: &[u8]) -> bool {
    let (Some(first), 1..=LONGEST) = (text.first(), text.len()) else {
        return false;
    };
    first.is_ascii_alphanumeric() && text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte))
}

/// The name in `text`, which came from `place`.
///
/// # Errors
/// [`Error::Usage`] when it is none; the message does not repeat it, since it may be anything.
pub(super) fn parse<'t>(place: &str, text: &'t [u8]) -> Result<&'t str, Error> {
    let name = if is_name(text) { std::str::from_utf8(text).ok() } else { None };
    name.ok_or_else(|| {
        Error::Usage(Report::new(format_args!("{place} is not a tenant name"), SHAPE, "write such a name there"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_plain() {
        let longest = "x".repeat(128);
        for name in ["a", "0", "Acme", "a.b_c-d", "9-", longest.as_str()] {
            assert!(is_name(name.as_bytes()), "{name}");
        }
        let longer = "x".repeat(129);
        for name in ["", ".a", "-a", "_a", "a b", "a\n", "a/b", "a{", "caf\u{e9}", "a\0", longer.as_str()] {
            assert!(!is_name(name.as_bytes()), "{name}");
        }
    }
}
