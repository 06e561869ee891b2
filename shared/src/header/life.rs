//! For how long headers may be sent.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// For how long headers may be sent, as far as whoever makes them knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// For the request that they were made for and no other.
    OneRequest,
    /// Until a moment that is known.
    Until {
        /// When others are to be asked for: these serve until their end while none can be had.
        renewal: DateTime<Utc>,
        /// From here on no server accepts them.
        end: DateTime<Utc>,
    },
    /// Until a server refuses them: nothing tells when they end.
    Unknown,
}

/// The longest time before the end of a token in which it is not sent: it may end on its way.
const MARGIN: Duration = Duration::from_secs(30);

impl Life {
    /// The life of a token that is good from `start` to `end`: others are asked for 30 s before its end, or a tenth of its life
    /// if that is less.
    #[must_use]
    pub fn of_token(start: DateTime<Utc>, end: DateTime<Utc>) -> Self {
        let whole = end.signed_duration_since(start).to_std().unwrap_or_default();
        let margin = whole.mul_f64(0.1).min(MARGIN);
        Self::Until { renewal: before(end, margin), end }
    }
}

/// The moment `span` before `end`.
pub(crate) fn before(end: DateTime<Utc>, span: Duration) -> DateTime<Utc> {
    let span = TimeDelta::from_std(span).unwrap_or(TimeDelta::MAX);
    end.checked_sub_signed(span).unwrap_or(DateTime::<Utc>::MIN_UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(milliseconds).unwrap()
    }

    #[test]
    fn a_token_is_replaced_half_a_minute_or_a_tenth_of_its_life_before_its_end() {
        for (seconds, renewal) in [(3600, 3570), (300, 270), (100, 90), (10, 9), (0, 0), (-5, -5)] {
            let expected = Life::Until { renewal: at(renewal * 1000), end: at(seconds * 1000) };
            assert_eq!(Life::of_token(at(0), at(seconds * 1000)), expected, "{seconds}");
        }
    }
}
