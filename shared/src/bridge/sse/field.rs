//! The fields of an event, and what their values say.

use std::time::Duration;

use super::EventKind;

/// A field by its name.
#[derive(Clone, Copy)]
pub(super) enum Field {
    Data,
    Event,
    Id,
    Retry,
    /// A comment, or a field that says nothing to us.
    Other,
}

impl Field {
    /// The longest name of a field that counts, in bytes.
    pub(super) const LONGEST_NAME: usize = 5;

    pub(super) fn named(name: &[u8]) -> Self {
        match name {
            b"data" => Self::Data,
            b"event" => Self::Event,
            b"id" => Self::Id,
            b"retry" => Self::Retry,
            _ => Self::Other,
        }
    }
}

/// What events with this value of `event` are; `None` for those that are left out.
pub(super) fn kind(value: &[u8]) -> Option<EventKind> {
    match value {
        b"" | b"message" => Some(EventKind::Message),
        b"endpoint" => Some(EventKind::Endpoint),
        _ => None,
    }
}

/// The milliseconds in a value of `retry`, where it has digits alone; at most 2^32 - 1, which is 49 days.
pub(super) fn milliseconds(value: &[u8]) -> Option<Duration> {
    let is_number = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    let number = str::from_utf8(value).ok().filter(|_| is_number)?.parse().unwrap_or(u32::MAX);
    Some(Duration::from_millis(u64::from(number)))
}
