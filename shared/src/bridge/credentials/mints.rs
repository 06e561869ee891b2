//! How often headers are made because the MCP server refused others: a server that refuses all must not have a token minted
//! for each request.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::AuthFailure;

/// The most that are made in a span of time, and how messages call it.
const LIMITS: [(usize, Duration, &str); 2] =
    [(3, Duration::from_secs(60), "minute"), (10, Duration::from_secs(60 * 60), "hour")];

/// When headers were made after refusals, as far as that still counts.
#[derive(Debug, Default)]
pub(crate) struct Mints(Vec<DateTime<Utc>>);

impl Mints {
    /// Notes one at `now`.
    pub(crate) fn note(&mut self, now: DateTime<Utc>) {
        let [.., (_, longest, _)] = LIMITS;
        self.0.retain(|at| age(*at, now).is_some_and(|age| age < longest));
        self.0.push(now);
    }

    /// Whether another one is made at `now`.
    ///
    /// # Errors
    /// How long it takes until then.
    pub(crate) fn check(&self, now: DateTime<Utc>) -> Result<(), AuthFailure> {
        let waits = LIMITS.iter().filter_map(|(most, span, name)| {
            let mut ages: Vec<_> = self.0.iter().filter_map(|at| age(*at, now)).filter(|age| age < span).collect();
            ages.sort_unstable();
            // The oldest of the last few has to be that old.
            let oldest = ages.get(most.checked_sub(1)?)?;
            Some((span.saturating_sub(*oldest), *most, *name))
        });
        match waits.max() {
            None => Ok(()),
            Some((wait, most, name)) => Err(AuthFailure::too_often(most, name, wait)),
        }
    }
}

/// How long ago `at` was; `None` for what lies in the future, noted by a clock that was wrong.
fn age(at: DateTime<Utc>, now: DateTime<Utc>) -> Option<Duration> {
    now.signed_duration_since(at).to_std().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_000_000_i64.saturating_add(seconds), 0).unwrap()
    }

    /// What a check at `now` says after mints at `times`.
    fn check(times: impl IntoIterator<Item = i64>, now: i64) -> Option<String> {
        let mut mints = Mints::default();
        times.into_iter().for_each(|seconds| mints.note(at(seconds)));
        mints.check(at(now)).err().map(|failure| failure.message)
    }

    fn too_often(refused: usize, span: &str, seconds: u64) -> String {
        AuthFailure::too_often(refused, span, Duration::from_secs(seconds)).message
    }

    #[test]
    fn three_in_a_minute_and_ten_in_an_hour() {
        assert_eq!(check([], 0), None);
        assert_eq!(check([0, 10], 10), None);
        assert_eq!(check([0, 10, 20], 20), Some(too_often(3, "minute", 40)));
        assert_eq!(check([0, 10, 20], 59), Some(too_often(3, "minute", 1)));
        assert_eq!(check([0, 10, 20], 60), None);
        assert_eq!(check([0, 10, 20, 60], 61), Some(too_often(3, "minute", 9)));
        let ten = (0..10).map(|number| number * 100);
        assert_eq!(check(ten.clone(), 1000), Some(too_often(10, "hour", 2600)));
        assert_eq!(check(ten.clone(), 3599), Some(too_often(10, "hour", 1)));
        assert_eq!(check(ten, 3600), None);
        // What a clock that was wrong has noted does not count.
        assert_eq!(check([500, 500, 500], 0), None);
    }

    #[test]
    fn the_message_says_how_long() {
        let message = check([0, 0, 0], 18).unwrap();
        assert_eq!(
            message,
            "the MCP server refuses each new credential: 3 were made after refusals in the last minute; check that the \
             server accepts them, others are made in 42 s"
        );
    }
}
