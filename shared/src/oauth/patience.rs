//! Attempts again after failures that pass, inside the deadline. backon knows no time that an attempt must have left, and its
//! jitter makes a pause longer.

use std::time::Duration;

use crate::error::Error;
use crate::error::notes::Notes;
use crate::oauth::failure::Failure;
use crate::os::clock::Deadline;
use crate::os::random::jittered;

/// How long to wait before each further attempt at most; jitter takes up to half of it.
const PAUSES: [Duration; 3] = [Duration::from_millis(200), Duration::from_millis(400), Duration::from_millis(800)];

/// What `attempt` brings, which is tried up to four times while its failures may pass and more than the `least` time is
/// left. The last failure is the one told.
pub(super) fn persist<T>(
    deadline: &Deadline,
    least: Duration,
    notes: &Notes,
    mut attempt: impl FnMut() -> Result<T, Failure>,
) -> Result<T, Error> {
    for longest in PAUSES {
        let (error, retry_after) = match attempt() {
            Ok(outcome) => return Ok(outcome),
            Err(Failure::Lasting(error)) => return Err(error),
            Err(Failure::Passing { error, retry_after }) => (error, retry_after),
        };
        let pause = jittered(longest).max(retry_after);
        if pause.saturating_add(least) >= deadline.remaining() {
            return Err(error);
        }
        notes.explain(|| format!("{error}; retrying in {} ms", pause.as_millis()));
        deadline.pause(pause);
    }
    attempt().map_err(Error::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Report;
    use crate::os::clock::monotonic;

    fn passing(retry_after: Duration) -> Failure {
        Failure::Passing { error: Error::Transient(Report::new("busy", "a", "b")), retry_after }
    }

    #[test]
    fn attempts_are_bounded() {
        let deadline = Deadline::new(monotonic(), Duration::from_secs(60));
        let mut attempts = 0;
        let outcome: Result<(), Error> = persist(&deadline, Duration::ZERO, &Notes::default(), || {
            attempts += 1;
            Err(passing(Duration::ZERO))
        });
        assert_eq!((attempts, outcome.unwrap_err().exit_code()), (4, 5));
    }

    #[test]
    fn nobody_waits_past_the_deadline() {
        let started_at = monotonic();
        let deadline = Deadline::new(started_at, Duration::from_secs(5));
        let mut attempts = 0;
        let outcome: Result<(), Error> = persist(&deadline, Duration::ZERO, &Notes::default(), || {
            attempts += 1;
            Err(passing(Duration::from_secs(6)))
        });
        assert_eq!((attempts, outcome.unwrap_err().exit_code()), (1, 5));
        assert!(crate::os::clock::elapsed(started_at) < Duration::from_secs(1));
    }
}
