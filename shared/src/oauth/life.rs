//! How long a token lives, in the ways in which that is told.

use std::time::Duration;

use chrono::{DateTime, Local, NaiveDateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

use crate::clock;

use crate::oauth::token::whole;

/// From this number on, a life is no longer seconds from now but a Unix time: 2001 in seconds, 2001 in milliseconds.
const UNIX_SECONDS: i64 = 1_000_000_000;
const UNIX_MILLISECONDS: i64 = 1_000_000_000_000;

/// The longest life that is believed: ten years of it are as good as for ever.
const LONGEST: i64 = 10 * 366 * 24 * 60 * 60;

/// The moment that `value` tells: seconds from `now` on, a Unix time in seconds or milliseconds, RFC 3339, or local time
/// as az writes it; numbers may be written as strings. `None` when it tells none.
#[must_use]
pub fn end(value: &Value, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    // A life that is over is over, however long.
    let whole = |number: f64| whole(number.clamp(-1e14, f64::INFINITY));
    let number = |text: &str| text.trim().parse::<f64>().ok().and_then(whole);
    let number = match value {
        Value::Number(value) => value.as_f64().and_then(whole),
        Value::String(text) => match number(text) {
            None => return date(text.trim()),
            number => number,
        },
        _ => None,
    };
    match number? {
        milliseconds @ UNIX_MILLISECONDS.. => DateTime::from_timestamp_millis(milliseconds),
        seconds @ UNIX_SECONDS.. => DateTime::from_timestamp(seconds, 0),
        seconds => now.checked_add_signed(TimeDelta::try_seconds(seconds.clamp(-LONGEST, LONGEST))?),
    }
}

fn date(text: &str) -> Option<DateTime<Utc>> {
    let local = || {
        let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").ok()?;
        clock::check_zone().ok()?;
        time.and_local_timezone(Local).earliest()
    };
    let with_offset = DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc());
    with_offset.or_else(|| local().map(|time| time.to_utc()))
}

/// The end of a life of `length`.
pub(super) fn after(now: DateTime<Utc>, length: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(length).ok().and_then(|length| now.checked_add_signed(length)).unwrap_or(now)
}

/// The value at a dotted `path`; a member whose name has the dots in it goes first.
#[must_use]
pub fn field<'a>(object: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(value) = object.get(path) {
        return Some(value);
    }
    let (first, rest) = path.split_once('.')?;
    field(object.get(first)?.as_object()?, rest)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lives_are_told_in_many_ways() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        for (value, seconds) in [
            (json!(3600), Some(1_700_003_600)),
            (json!("3600"), Some(1_700_003_600)),
            (json!(3599.7), Some(1_700_003_599)),
            (json!(0), Some(1_700_000_000)),
            (json!(-5), Some(1_699_999_995)),
            (json!(-1e14), Some(1_700_000_000 - LONGEST)),
            (json!("-1e300"), Some(1_700_000_000 - LONGEST)),
            (json!("NaN"), None),
            (json!(1_700_000_060), Some(1_700_000_060)),
            (json!("1700000060123"), Some(1_700_000_060)),
            (json!("2023-11-14T22:14:20Z"), Some(1_700_000_060)),
            (json!(999_999_999), Some(1_700_000_000 + LONGEST)),
            (json!(1e300), None),
            (json!("soon"), None),
            (json!(null), None),
            (json!([3600]), None),
        ] {
            assert_eq!(end(&value, now).map(|end| end.timestamp()), seconds, "{value}");
        }
    }

    #[test]
    fn paths_are_dotted() {
        let object = json!({ "a": { "b": { "c": 1 } }, "a.b": 2 });
        let at = |path| field(object.as_object().unwrap(), path).cloned();
        assert_eq!(at("a.b.c"), Some(json!(1)));
        assert_eq!(at("a.b"), Some(json!(2)));
        assert_eq!(at("a.x"), None);
        assert_eq!(at("a.b.c.d"), None);
    }
}
