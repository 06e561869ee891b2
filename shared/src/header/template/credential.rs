//! A credential behind the name of its scheme: people keep the name with it, and other things in its place.

use super::Template;
use super::placeholder::Placeholder;
use crate::error::{Error, Report};
use crate::run::Run;
use crate::secret::Secret;
use crate::secret::token;

impl Template {
    /// `value` of a secret as it stands behind `before`: the scheme `Bearer` that is there already is dropped.
    ///
    /// # Errors
    /// [`Error::Secret`] for what is no token where one is meant.
    pub(super) fn credential(&self, before: &[u8], value: Secret, run: &Run) -> Result<Secret, Error> {
        let is_token = ends_in(before, b"Bearer");
        let value = match token::without_bearer(&value).filter(|_| is_token) {
            Some(bare) => {
                let twice = "the value after `Bearer ` begins with `Bearer ` too, which is dropped";
                // A bare token is printed as it is kept.
                if run.prints_headers() {
                    run.notes().warn(format!("{}: {twice}; remove one of the two", self.label));
                }
                run.notes().redactor().add(bare.expose());
                bare
            }
            None => value,
        };
        if is_token || self.is_authorization {
            token::check(&self.label, "the secret", &value)?;
        }
        Ok(value)
    }
}

/// Refuses a scheme before a placeholder that writes it itself.
///
/// # Errors
/// [`Error::Usage`] then.
pub(super) fn check_scheme(option: &str, before: &str, placeholder: &Placeholder) -> Result<(), Error> {
    if !(matches!(placeholder, Placeholder::Basic(..)) && ends_in(before.as_bytes(), b"Basic")) {
        return Ok(());
    }
    let fact = format_args!(": `Basic ` precedes {{basic:…}}");
    Err(Error::Usage(Report::of(option, fact, "the placeholder adds it", "remove the `Basic ` before it")))
}

/// Whether `text` ends in the name of `scheme`, in any case, and blanks.
fn ends_in(text: &[u8], scheme: &[u8]) -> bool {
    let name = text.trim_ascii_end();
    let start = name.len().checked_sub(scheme.len());
    name.len() < text.len()
        && start.and_then(|start| name.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case(scheme))
}
