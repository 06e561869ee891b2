//! Randomness from the system: the only place that asks for it.

use std::io;
use std::time::Duration;

use crate::error::{Error, Report};

/// Fills `bytes` from the system's random device.
///
/// # Errors
/// When the system has none to give.
#[expect(clippy::disallowed_methods, reason = "this is the owner of randomness")]
pub(crate) fn fill(bytes: &mut [u8]) -> io::Result<()> {
    getrandom::fill(bytes).map_err(io::Error::other)
}

/// A random UUID (RFC 9562 version 4).
///
/// # Errors
/// [`Error::Other`] when the system has no randomness to give.
pub(crate) fn uuid() -> Result<String, Error> {
    let mut bytes = [0; 16];
    fill(&mut bytes).map_err(missing)?;
    Ok(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string())
}

/// The error of a run that cannot do without.
pub(crate) fn missing(error: io::Error) -> Error {
    Error::Other(Report::new("no random value can be generated", error, "check the system's random device"))
}

/// Between half of `longest` and all of it, so that many waiting runs do not retry at once.
pub(crate) fn jittered(longest: Duration) -> Duration {
    let mut byte = [0];
    // Without randomness there is no jitter, and they do.
    let _ = fill(&mut byte);
    let [random] = byte;
    longest.mul_f64(1.0 - f64::from(random) / 512.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_takes_at_most_half() {
        for _ in 0..100 {
            let pause = jittered(Duration::from_millis(800));
            assert!((Duration::from_millis(400)..=Duration::from_millis(800)).contains(&pause), "{pause:?}");
        }
    }
}
