//! Assertions that another system signed (RFC 7521 section 3): sent as they are while they are valid.

use std::cell::Cell;
use std::rc::Rc;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::error::notes::Notes;
use crate::error::{Error, Report};
use crate::oauth::token;
use crate::secret::Secret;
use crate::secret::Source;
use crate::secret::source::Sources;
use crate::secret::token::check;

/// An assertion in its source.
#[derive(Clone, Debug)]
pub struct ReadyAssertion {
    option: &'static str,
    source: Source,
    sources: Rc<Sources>,
    /// Whether it was sent.
    is_sent: Cell<bool>,
}

impl ReadyAssertion {
    /// The assertion that `option` reads from `source`, which is read by `sources`.
    #[must_use]
    pub fn new(option: &'static str, source: Source, sources: Rc<Sources>) -> Self {
        Self { option, source, sources, is_sent: Cell::new(false) }
    }

    /// The assertion, for a request at `now`. Whoever issues it may have renewed it since the last one.
    ///
    /// # Errors
    /// [`Error::Secret`] when it has expired; those of [`Sources::secret`].
    pub(in crate::oauth) fn at(&self, now: DateTime<Utc>, notes: &Notes) -> Result<Secret, Error> {
        // A program that has just run need not run again for the first one.
        let is_read = matches!(self.source, Source::Command(_)) && !self.is_sent.replace(true);
        let text = if is_read {
            self.sources.secret(self.option, &self.source, notes)
        } else {
            self.sources.secret_anew(self.option, &self.source, notes)
        }?;
        check(self.option, &format!("what {} holds", self.source), &text)?;
        match token::claims(&text).as_ref().and_then(token::expiry) {
            Some(expiry) if expiry <= now => Err(Error::Secret(Report::of(
                self.option,
                format_args!(": the assertion in {} has expired and was not sent", self.source),
                format_args!("it was valid until {}", expiry.to_rfc3339_opts(SecondsFormat::Secs, true)),
                "renew it with the system that issues it",
            ))),
            _ => Ok(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;
    use crate::os::clock::{Deadline, monotonic};
    use crate::secret::environment::Environment;

    fn jwt(claims: &str) -> String {
        let [header, claims] = [r#"{"alg":"RS256"}"#, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
        format!("{header}.{claims}.c2ln")
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test is another system that renews the assertion")]
    fn it_is_read_anew_and_sent_until_it_expires() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        let deadline = Deadline::new(monotonic(), Duration::from_secs(5));
        let environment = Environment::with_files(&[], &deadline, &Notes::default()).unwrap();
        let source = Source::parse("--assertion", &format!("file:{}", path.display())).unwrap();
        let shown = source.to_string();
        let ready = ReadyAssertion::new("--assertion", source, Rc::new(Sources::new(environment, deadline)));
        let at = |text: &str, seconds| {
            fs::write(&path, text).unwrap();
            ready.at(DateTime::from_timestamp(seconds, 0).unwrap(), &Notes::default())
        };
        let one = jwt(r#"{"exp":1700000000}"#);
        assert_eq!(at(&one, 1_699_999_999).unwrap().expose(), one.as_bytes());
        for now in [1_700_000_000, 1_700_000_001] {
            let error = at(&one, now).unwrap_err();
            let expected = format!(
                "--assertion: the assertion in {shown} has expired and was not sent: it was valid until \
                 2023-11-14T22:13:20Z; renew it with the system that issues it"
            );
            assert_eq!((error.to_string(), error.exit_code()), (expected, 3));
        }
        for lasting in [&*jwt("{}"), "opaque"] {
            assert_eq!(at(lasting, i64::from(u32::MAX)).unwrap().expose(), lasting.as_bytes());
        }
    }
}
