//! The Admin API key of Ghost, as Ghost shows it: `ID:SECRET`, the secret in hex.

use crate::error::{Error, Report};
use crate::secret::Secret;

/// The id and the secret, decoded, of the key that `option` was given.
///
/// # Errors
/// [`Error::Secret`] for what is no such key.
pub(super) fn split(option: &str, key: &Secret) -> Result<(String, Secret), Error> {
    let unusable =
        |cause, remedy| Error::Secret(Report::of(option, " is not an Admin API key of Ghost", cause, remedy));
    let copy = "copy the Admin API key whole, as ID:SECRET, from Settings, Integrations";
    let text = key.expose_text().unwrap_or_default();
    let text = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\u{feff}'));
    let is_hex = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let Some((id, secret)) = text.split_once(':') else {
        let content = "it is a Content API key (26 hex digits), which cannot sign";
        return Err(unusable(if text.len() == 26 && is_hex(text) { content } else { "it has no colon" }, copy));
    };
    match hex::decode(secret) {
        Ok(bytes) if is_hex(id) && !bytes.is_empty() => Ok((id.to_owned(), Secret::new(bytes))),
        _ => Err(unusable("its id or its secret is not hex", copy)),
    }
}
