//! Points in time as our files write them: milliseconds since 1970.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serializer, de};

pub(super) fn serialize<S: Serializer>(instant: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_i64(instant.timestamp_millis())
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    let milliseconds = i64::deserialize(deserializer)?;
    DateTime::from_timestamp_millis(milliseconds).ok_or_else(|| de::Error::custom("no such time"))
}

/// The time from `earlier` to `later`, zero where they are the other way round.
pub(super) fn between(earlier: DateTime<Utc>, later: DateTime<Utc>) -> Duration {
    later.signed_duration_since(earlier).to_std().unwrap_or(Duration::ZERO)
}

/// Whether `at` lies in the `span` before `now`. What lies after `now` was written by a clock that was wrong.
pub(super) fn is_within(at: DateTime<Utc>, span: Duration, now: DateTime<Utc>) -> bool {
    at <= now && between(at, now) < span
}
