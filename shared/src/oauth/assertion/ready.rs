//! Assertions that another system signed (RFC 7521 section 3): sent as they are while they are valid.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::error::{Error, Report};
use crate::oauth::token;
use crate::secret::Secret;

/// An assertion as its source holds it.
#[derive(Clone, Debug)]
pub struct ReadyAssertion {
    option: &'static str,
    /// Its source, as messages name it.
    source: String,
    text: Secret,
    /// When it expires, where it is a JWT that says so.
    expiry: Option<DateTime<Utc>>,
}

impl ReadyAssertion {
    /// The assertion `text` that `option` reads from `source`.
    #[must_use]
    pub fn new(option: &'static str, source: &dyn fmt::Display, text: Secret) -> Self {
        let expiry = token::claims(&text).as_ref().and_then(token::expiry);
        Self { option, source: source.to_string(), text, expiry }
    }

    /// The assertion, for a request at `now`.
    ///
    /// # Errors
    /// [`Error::Secret`] when it has expired.
    pub(in crate::oauth) fn at(&self, now: DateTime<Utc>) -> Result<&Secret, Error> {
        match self.expiry {
            Some(expiry) if expiry <= now => Err(Error::Secret(Report::new(
                format_args!("{}: the assertion in {} has expired and was not sent", self.option, self.source),
                format_args!("it was valid until {}", expiry.to_rfc3339_opts(SecondsFormat::Secs, true)),
                "let the system that issues it renew it",
            ))),
            _ => Ok(&self.text),
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn ready(claims: &str) -> ReadyAssertion {
        let [header, claims] = [r#"{"alg":"RS256"}"#, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
        let text = Secret::new(format!("{header}.{claims}.c2ln").into_bytes());
        ReadyAssertion::new("--assertion", &"file:~/token", text)
    }

    #[test]
    fn it_is_sent_until_it_expires() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let one = ready(r#"{"exp":1700000000}"#);
        assert_eq!(one.at(at(1_699_999_999)).unwrap().expose(), one.text.expose());
        for now in [1_700_000_000, 1_700_000_001] {
            let error = one.at(at(now)).unwrap_err();
            let expected = "--assertion: the assertion in file:~/token has expired and was not sent: it was valid until \
                            2023-11-14T22:13:20Z; let the system that issues it renew it";
            assert_eq!((error.to_string().as_str(), error.exit_code()), (expected, 3));
        }
        for lasting in [ready("{}"), ReadyAssertion::new("--assertion", &"env:S", Secret::new(b"opaque".to_vec()))] {
            assert!(lasting.at(at(i64::from(u32::MAX))).is_ok());
        }
    }
}
