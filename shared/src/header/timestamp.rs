//! The forms in which `{timestamp}` writes an instant.

use chrono::{DateTime, Datelike, Local, Month, SecondsFormat, Utc};

use crate::error::Error;
use crate::os::zone;

/// How a timestamp is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Local time with its offset, as `date -Iseconds` prints it: `2023-11-14T23:13:20+01:00`.
    Local,
    /// Unix seconds: `1700000000`.
    Unix,
    /// Unix milliseconds: `1700000000000`.
    UnixMilliseconds,
    /// RFC 3339 in UTC: `2023-11-14T22:13:20Z`.
    Rfc3339,
    /// RFC 9110 section 5.6.7: `Tue, 14 Nov 2023 22:13:20 GMT`.
    HttpDate,
    /// ISO 8601 basic: `20231114T221320Z`.
    Basic,
}

impl Format {
    /// What may follow `timestamp:`.
    pub const NAMES: [&'static str; 5] = ["unix", "unix-ms", "rfc3339", "http-date", "basic"];

    /// The form named in `{timestamp:NAME}`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "unix" => Some(Self::Unix),
            "unix-ms" => Some(Self::UnixMilliseconds),
            "rfc3339" => Some(Self::Rfc3339),
            "http-date" => Some(Self::HttpDate),
            "basic" => Some(Self::Basic),
            _ => None,
        }
    }

    /// Writes `instant` in this form.
    ///
    /// # Errors
    /// [`Error::Usage`] when the local time zone cannot be read.
    pub fn render(self, instant: DateTime<Utc>) -> Result<String, Error> {
        if self == Self::Local {
            zone::check_zone()?;
        }
        Ok(match self {
            Self::Local => instant.with_timezone(&Local).to_rfc3339_opts(SecondsFormat::Secs, false),
            Self::Unix => instant.timestamp().to_string(),
            Self::UnixMilliseconds => instant.timestamp_millis().to_string(),
            Self::Rfc3339 => rfc3339(instant),
            Self::HttpDate => http_date(instant),
            Self::Basic => rfc3339(instant).replace(['-', ':'], ""),
        })
    }
}

/// IMF-fixdate. Put together here, since chrono's own templates would be a good part of a small helper, and httpdate panics
/// before 1970.
fn http_date(instant: DateTime<Utc>) -> String {
    let month = u8::try_from(instant.month()).ok().and_then(|month| Month::try_from(month).ok());
    let month = month.and_then(|month| month.name().get(..3)).unwrap_or_default();
    let text = rfc3339(instant);
    let time = text.get(11..19).unwrap_or_default();
    format!("{}, {:02} {month} {:04} {time} GMT", instant.weekday(), instant.day(), instant.year())
}

fn rfc3339(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_as_documented() {
        let instant = DateTime::from_timestamp(784_887_151, 0).unwrap();
        for (name, text) in [
            ("unix", "784887151"),
            ("unix-ms", "784887151000"),
            ("rfc3339", "1994-11-15T08:12:31Z"),
            ("http-date", "Tue, 15 Nov 1994 08:12:31 GMT"),
            ("basic", "19941115T081231Z"),
        ] {
            assert_eq!(Format::parse(name).unwrap().render(instant).unwrap(), text);
        }
        assert_eq!(Format::parse("iso"), None);
    }
}
