//! The parameters of HTTP Message Signatures (RFC 9421 section 2.3).

use std::time::Duration;

use chrono::{DateTime, Utc};

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
        self.parameters_at(run.now(), &components.inner_list(), None, key_id, algorithm)
    }

    /// The same for a signature that is made at that instant, of the components in `inner_list`; with `nonce` where there is
    /// one, before `keyid`.
    pub(crate) fn parameters_at(
        &self,
        at: DateTime<Utc>,
        inner_list: &str,
        nonce: Option<&str>,
        key_id: Option<&str>,
        algorithm: &str,
    ) -> String {
        let created = at.timestamp();
        let expires = created.saturating_add_unsigned(self.life.as_secs().max(1));
        let nonce = nonce.map(|nonce| format!(";nonce=\"{nonce}\"")).unwrap_or_default();
        let key_id = key_id.map(|key_id| format!(";keyid=\"{key_id}\"")).unwrap_or_default();
        format!("{inner_list};created={created};expires={expires}{nonce}{key_id};alg=\"{algorithm}\"")
    }
}
