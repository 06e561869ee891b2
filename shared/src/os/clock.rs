//! The clock and the deadline: the only place that asks what time it is.

use std::fmt;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
#[cfg(unix)]
use rustix::time::{ClockId, clock_gettime};

use crate::error::{Error, Report};

/// The moment by which everything a run does must be over.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    started_at: Instant,
    at: Instant,
    /// What set it, as a message names it.
    of: &'static str,
}

const TIMEOUT: &str = "--timeout";

/// The variable in which the helper that runs this one says how long it may take, as a duration.
pub(crate) const TIME_LEFT: &str = "HDR_TIMEOUT";

impl Deadline {
    /// A deadline `timeout` after `started_at`.
    #[must_use]
    pub fn new(started_at: Instant, timeout: Duration) -> Self {
        Self { started_at, at: started_at.checked_add(timeout).unwrap_or(started_at), of: TIMEOUT }
    }

    /// The deadline that the helper that runs this one has set, where that is earlier.
    pub(crate) fn inherited(self, time_left: Option<Duration>) -> Self {
        match time_left.filter(|left| *left < self.timeout()) {
            Some(left) => Self { of: TIME_LEFT, ..Self::new(self.started_at, left) },
            None => self,
        }
    }

    /// An earlier deadline for a part of the run, `time` from now, where that is earlier; `of` says for which.
    #[must_use]
    pub fn limited_to(&self, time: Duration, of: &'static str) -> Self {
        let now = monotonic();
        let part = Self { started_at: now, at: now.checked_add(time).unwrap_or(now), of };
        if part.at < self.at { part } else { *self }
    }

    /// The time left, zero once the deadline has passed.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.at.saturating_duration_since(monotonic())
    }

    /// Waits for `pause`, or until the deadline if that is sooner.
    #[expect(clippy::disallowed_methods, reason = "this is the wait that ends at the deadline")]
    pub fn pause(&self, pause: Duration) {
        std::thread::sleep(pause.min(self.remaining()));
    }

    /// The whole time that was given.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.at.saturating_duration_since(self.started_at)
    }

    /// What to do about one that was too short: only what the user has set can be longer.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self.of {
            TIMEOUT => "try again, or raise --timeout",
            TIME_LEFT => "try again, or raise the --timeout of the helper that runs this one",
            _ => "try again",
        }
    }
}

/// How long it was and what set it: `8000 ms of --timeout`.
impl fmt::Display for Deadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms of {}", self.timeout().as_millis(), self.of)
    }
}

/// The monotonic clock, for measuring how long something takes.
#[expect(clippy::disallowed_methods, reason = "this is the owner of the clock")]
#[must_use]
pub fn monotonic() -> Instant {
    Instant::now()
}

/// The time since the system started, in which the time counts that the machine was suspended, as far as the system tells
/// it.
#[cfg(unix)]
#[must_use]
pub(crate) fn uptime() -> Option<Duration> {
    #[cfg(target_os = "linux")]
    const CLOCK: ClockId = ClockId::Boottime;
    #[cfg(not(target_os = "linux"))]
    const CLOCK: ClockId = ClockId::Monotonic;
    clock_gettime(CLOCK).try_into().ok()
}

/// It is not told.
#[cfg(not(unix))]
#[must_use]
pub(crate) fn uptime() -> Option<Duration> {
    None
}

/// The time since `started_at` by the monotonic clock.
#[must_use]
pub fn elapsed(started_at: Instant) -> Duration {
    monotonic().saturating_duration_since(started_at)
}

/// The wall clock.
#[expect(clippy::disallowed_methods, reason = "this is the owner of the clock")]
#[must_use]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// The longest duration an option takes; keeps every sum of times within the range of dates.
const LONGEST: Duration = Duration::from_secs(10 * 366 * 24 * 60 * 60);

/// Parses a duration such as `500ms`, `8s`, `5m` or `1h`, at most ten years. humantime and jiff take sums of units as well, and
/// humantime `1M` for a month.
pub fn parse_duration(option: &str, text: &str) -> Result<Duration, Error> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let milliseconds = match unit {
        "ms" => Some(1),
        "s" => Some(1_000),
        "m" => Some(60_000),
        "h" => Some(3_600_000),
        _ => None,
    };
    milliseconds
        .and_then(|unit: u64| number.parse::<u64>().ok()?.checked_mul(unit))
        .map(Duration::from_millis)
        .filter(|duration| *duration <= LONGEST)
        .ok_or_else(|| {
            Error::Usage(Report::of(
                option,
                "",
                "it is not a duration of at most ten years",
                "write a whole number and a unit: 500ms, 8s, 5m, 1h",
            ))
        })
}

/// Like [`parse_duration`], for a duration that makes no sense as zero.
pub fn parse_positive_duration(option: &str, text: &str) -> Result<Duration, Error> {
    let duration = parse_duration(option, text)?;
    if duration.is_zero() {
        return Err(Error::Usage(Report::of(option, "", "the duration is zero", "give a longer one")));
    }
    Ok(duration)
}

/// Parses the time of `--now`: Unix seconds or RFC 3339, in the years 1970 to 9000.
pub fn parse_time(option: &str, text: &str) -> Result<DateTime<Utc>, Error> {
    let seconds = text.parse::<i64>().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let time = seconds.or_else(|| DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc()));
    time.filter(|time| (0..=LATEST).contains(&time.timestamp())).ok_or_else(|| {
        Error::Usage(Report::of(
            option,
            "",
            "it is not a time between the years 1970 and 9000",
            "write Unix seconds (1700000000) or RFC 3339 (2023-11-14T22:13:20Z)",
        ))
    })
}

/// The first second of the year 9000: [`LONGEST`] after it still has a year of four digits.
const LATEST: i64 = 221_845_392_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_one_unit() {
        for (text, milliseconds) in [("500ms", 500), ("8s", 8_000), ("5m", 300_000), ("1h", 3_600_000), ("0s", 0)] {
            assert_eq!(parse_duration("--x", text).unwrap(), Duration::from_millis(milliseconds), "{text}");
        }
        for text in
            ["", "8", "s", "-1s", "+1s", "1.5s", "1h30m", "8 s", "8S", "99999999999999999999s", "9000000h", "٣s"]
        {
            let error = parse_duration("--x", text).unwrap_err().to_string();
            assert!(error.starts_with("--x: it is not a duration"), "{text}: {error}");
        }
        assert_eq!(parse_positive_duration("--x", "0ms").unwrap_err().exit_code(), 2);
    }

    #[test]
    fn times_are_seconds_or_rfc_3339() {
        for text in ["1700000000", "2023-11-14T22:13:20Z", "2023-11-15T00:13:20+02:00"] {
            assert_eq!(parse_time("--now", text).unwrap().timestamp(), 1_700_000_000, "{text}");
        }
        for text in ["", "now", "-1", "2023-11-14", "1e9", "9223372036854775807", "221845392001"] {
            assert_eq!(parse_time("--now", text).unwrap_err().exit_code(), 2, "{text}");
        }
        assert_eq!(DateTime::from_timestamp(LATEST, 0).unwrap().to_rfc3339(), "9000-01-01T00:00:00+00:00");
    }
}
