//! How lives and moments are written: numbers, also as strings, dates of ISO 8601 and RFC 9110, and durations.
//! No library reads a moment in all the forms that token commands print.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::oauth::token::whole;

/// From this number on it is no longer seconds from now but a Unix time: 2001 in seconds, 2001 in milliseconds.
const UNIX_SECONDS: i64 = 1_000_000_000;
const UNIX_MILLISECONDS: i64 = 1_000_000_000_000;

/// What a number counts, where the name of its field says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Nothing says it: seconds, or a Unix time.
    Unknown,
    Milliseconds,
    Seconds,
    Minutes,
    Hours,
    /// Nothing of a number, but of a time without a zone that it is in UTC.
    Utc,
}

/// What a value says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// So long from now on.
    Life(TimeDelta),
    AnswerTime(DateTime<Utc>),
    /// A time in a zone that it does not tell.
    Local(NaiveDateTime),
}

impl Written {
    /// What `value` says, in this unit where it is a number; `None` where it says nothing.
    pub(super) fn parse(value: &Value, unit: Unit, is_life: bool) -> Option<Self> {
        match value {
            Value::Number(number) => Self::number(number.as_f64()?, unit, is_life),
            Value::String(text) => {
                let text = text.trim();
                match text.parse() {
                    Ok(number) => Self::number(number, unit, is_life),
                    Err(_) => date(text)
                        .map(|date| date.in_utc_if(unit == Unit::Utc))
                        .or_else(|| duration(text).map(Self::Life)),
                }
            }
            _ => None,
        }
    }

    fn in_utc_if(self, is_utc: bool) -> Self {
        match self {
            Self::Local(time) if is_utc => Self::AnswerTime(time.and_utc()),
            other => other,
        }
    }

    fn number(number: f64, unit: Unit, is_life: bool) -> Option<Self> {
        // A life that is over is over, however long, and one that is longer than any is no longer for that.
        let whole = |number: f64| whole(number.clamp(-1e14, 1e14));
        let number = if number.is_nan() { return None } else { whole(number)? };
        let is_of_milliseconds = is_life && unit == Unit::Milliseconds;
        match number {
            UNIX_MILLISECONDS.. => DateTime::from_timestamp_millis(number).map(Self::AnswerTime),
            UNIX_SECONDS.. if !is_of_milliseconds => DateTime::from_timestamp(number, 0).map(Self::AnswerTime),
            _ => match unit {
                Unit::Milliseconds => TimeDelta::try_milliseconds(number),
                Unit::Unknown | Unit::Seconds | Unit::Utc => TimeDelta::try_seconds(number),
                Unit::Minutes => TimeDelta::try_minutes(number),
                Unit::Hours => TimeDelta::try_hours(number),
            }
            .map(Self::Life),
        }
    }
}

/// A moment with its zone, in the ways in which programs write it, or a time without one.
fn date(text: &str) -> Option<Written> {
    if let Ok(moment) = DateTime::parse_from_rfc2822(text) {
        return Some(Written::AnswerTime(moment.to_utc()));
    }
    let text = text.to_ascii_uppercase().replace(',', ".");
    let text = match text.strip_suffix("UTC").or_else(|| text.strip_suffix("GMT")) {
        // `2023-11-14 22:14:20.123 +0000 UTC`, as Go prints it.
        Some(rest) if rest.contains(" +") => rest.trim_end().to_owned(),
        Some(rest) => format!("{}Z", rest.trim_end()),
        None => text,
    };
    let text = if text.contains('T') { text } else { text.replacen(' ', "T", 1) };
    let local = without_offset(&text);
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y%m%dT%H%M%S%.f"].into_iter().find_map(|format| {
        let moment = DateTime::parse_from_str(&text, &format!("{format}%#z")).ok();
        let moment = moment.map(|moment| Written::AnswerTime(moment.to_utc()));
        moment.or_else(|| NaiveDateTime::parse_from_str(local, format).ok().map(Written::Local))
    })
}

/// A moment without the offset of its zone; one that cannot be read, `+1:00` for example, is as good as none.
fn without_offset(text: &str) -> &str {
    let is_offset = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
    match text.rsplit_once(['+', '-']) {
        Some((moment, offset)) if moment.contains('T') && is_offset(offset) => moment.trim_end(),
        _ => text,
    }
}

/// A duration with units, as Go and protobuf write it (`1h30m`, `3599.5s`) and as ISO 8601 does (`PT1H`).
fn duration(text: &str) -> Option<TimeDelta> {
    let text = text.to_ascii_lowercase();
    let (is_iso, mut rest) = match text.strip_prefix('p') {
        Some(rest) => (true, rest),
        None => (false, text.as_str()),
    };
    let mut seconds = 0_f64;
    let mut is_time = !is_iso;
    let mut parts = 0_u8;
    while !rest.is_empty() {
        if let Some(time) = rest.strip_prefix('t').filter(|_| is_iso && !is_time) {
            (is_time, rest) = (true, time);
            continue;
        }
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let (number, behind) = rest.split_at_checked(digits)?;
        let letters = if is_iso { 1 } else { behind.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(behind.len()) };
        let (unit, behind) = behind.split_at_checked(letters)?;
        let factor = match (unit, is_time) {
            ("ms", _) => 0.001,
            ("s", true) => 1.0,
            ("m", true) => 60.0,
            ("h", true) => 3600.0,
            ("d", _) => 86400.0,
            _ => return None,
        };
        seconds += number.parse::<f64>().ok()? * factor;
        (rest, parts) = (behind, parts.checked_add(1)?);
    }
    (parts > 0).then(|| TimeDelta::try_seconds(whole(seconds)?)).flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn moments_are_written_in_many_ways() {
        for text in [
            "2023-11-14T22:14:20Z",
            "2023-11-14t22:14:20z",
            "2023-11-14T22:14:20.123456789Z",
            "2023-11-14T22:14:20,5Z",
            "2023-11-14T23:14:20+01:00",
            "2023-11-14T23:14:20.000+0100",
            "2023-11-14T14:14:20-08",
            "2023-11-14 22:14:20+00:00",
            "2023-11-14 22:14:20 UTC",
            "2023-11-14T22:14:20 UTC",
            "2023-11-14T22:14:20UTC",
            "2023-11-14T22:14:20.5 GMT",
            "2023-11-14 22:14:20 gmt",
            "2023-11-14 22:14:20.1 +0000 UTC",
            "2023-11-14 23:14:20 +0100",
            "20231114T221420Z",
            "Tue, 14 Nov 2023 22:14:20 GMT",
            "1700000060",
            " 1700000060.9 ",
            "1700000060123",
        ] {
            let Some(Written::AnswerTime(moment)) = Written::parse(&json!(text), Unit::Unknown, true) else {
                panic!("{text}")
            };
            assert_eq!(moment.timestamp(), 1_700_000_060, "{text}");
        }
        let minute = Written::parse(&json!("2023-11-14T22:14Z"), Unit::Unknown, false);
        assert_eq!(minute, DateTime::from_timestamp(1_700_000_040, 0).map(Written::AnswerTime));
        let unreadable = ["+1:00", "-1:00", "+01:60", "+140", "+001", "+01:0", "+00:00:00", " +0:0"];
        let unreadable = unreadable.map(|offset| format!("2023-11-14T22:14:20{offset}"));
        for text in
            ["2023-11-14 22:14:20.000000", "2023-11-14T22:14:20"].map(str::to_owned).into_iter().chain(unreadable)
        {
            let Some(Written::Local(_)) = Written::parse(&json!(text), Unit::Unknown, false) else { panic!("{text}") };
        }
    }

    #[test]
    fn lives_are_written_in_many_ways() {
        for (value, unit, seconds) in [
            (json!(3600), Unit::Unknown, 3600),
            (json!("3600"), Unit::Seconds, 3600),
            (json!(3599.7), Unit::Unknown, 3599),
            (json!(-5), Unit::Unknown, -5),
            (json!(-1e300), Unit::Unknown, -100_000_000_000_000),
            (json!(7_776_000_000_i64), Unit::Milliseconds, 7_776_000),
            (json!(60), Unit::Minutes, 3600),
            (json!("1"), Unit::Hours, 3600),
            (json!("3599.5s"), Unit::Unknown, 3599),
            (json!("1h0m0s"), Unit::Unknown, 3600),
            (json!("768h"), Unit::Unknown, 2_764_800),
            (json!("PT1H"), Unit::Unknown, 3600),
            (json!("P1DT30M"), Unit::Unknown, 88_200),
        ] {
            let life = TimeDelta::try_seconds(seconds).map(Written::Life);
            assert_eq!(Written::parse(&value, unit, true), life, "{value}");
        }
        for value in
            [json!("soon"), json!("NaN"), json!(null), json!([3600]), json!(true), json!(""), json!("p"), json!("5x")]
        {
            assert_eq!(Written::parse(&value, Unit::Unknown, true), None, "{value}");
        }
    }
}
