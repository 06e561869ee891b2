//! The parameters of HTTP Message Signatures (RFC 9421 section 2.3).

use std::time::Duration;

use crate::error::{Error, Report, quotable};
use crate::os::clock::parse_positive_duration;
use crate::run::Run;
use crate::sign::component::Components;

/// What `--label` and `--expires` say of a message signature.
#[derive(Debug)]
pub struct MessageSignature {
    label: String,
    life: Duration,
}

impl MessageSignature {
    /// Parses the two options; their defaults are `sig1` and `5m`.
    ///
    /// # Errors
    /// [`Error::Usage`] when the label is no key of RFC 8941 section 3.1.2 or the duration is none.
    pub fn parse(label: Option<&str>, expires: Option<&str>) -> Result<Self, Error> {
        let label = label.unwrap_or("sig1");
        let begins = label.starts_with(|c: char| c.is_ascii_lowercase() || c == '*');
        let goes_on = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '.' | '*');
        if !begins || !label.chars().all(goes_on) {
            let cause = format_args!("`{}` is not a key of a structured field (RFC 8941)", quotable(label));
            return Err(Error::Usage(Report::of(
                "--label",
                "",
                cause,
                "use lower case letters and digits, a letter first",
            )));
        }
        let life = parse_positive_duration("--expires", expires.unwrap_or("5m"))?;
        Ok(Self { label: label.to_owned(), life })
    }

    /// The label under which both headers name the signature.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The value of `@signature-params`: the components, then `created`, `expires`, `keyid` where there is one, `alg`.
    #[must_use]
    pub fn parameters(&self, run: &Run, components: &Components, key_id: Option<&str>, algorithm: &str) -> String {
        let created = run.now().timestamp();
        let expires = created.saturating_add_unsigned(self.life.as_secs().max(1));
        let key_id = key_id.map(|key_id| format!(";keyid=\"{key_id}\"")).unwrap_or_default();
        let components = components.inner_list();
        format!("{components};created={created};expires={expires}{key_id};alg=\"{algorithm}\"")
    }
}
