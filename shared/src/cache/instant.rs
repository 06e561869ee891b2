//! Points in time as our files write them: milliseconds since 1970.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serializer, de};

pub(super) fn serialize<S: Serializer>(instant: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_i64(instant.timestamp_millis())
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    let milliseconds = i64::deserialize(deserializer)?;
    DateTime::from_timestamp_millis(milliseconds).ok_or_else(|| de::Error::custom("no such time"))
}
