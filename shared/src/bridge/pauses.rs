//! Pauses that grow, each a little different, so that many bridges do not come back at the same moment.

use std::time::Duration;

use crate::os::random;

/// Pauses of 0.1 s, 0.2 s, 0.4 s and so on up to 2 s, or others, each of them up to a fifth longer or shorter.
pub(super) struct Pauses {
    next: Duration,
    first: Duration,
    longest: Duration,
}

impl Default for Pauses {
    fn default() -> Self {
        Self::between(Duration::from_millis(100), Duration::from_secs(2))
    }
}

impl Pauses {
    /// Pauses that begin with `first` and double up to `longest`.
    pub(super) fn between(first: Duration, longest: Duration) -> Self {
        Self { next: first, first, longest }
    }

    /// Begins with the first one again.
    pub(super) fn reset(&mut self) {
        self.next = self.first;
    }

    /// The next one.
    pub(super) fn next(&mut self) -> Duration {
        let pause = self.next;
        self.next = pause.saturating_mul(2).min(self.longest);
        varied(pause)
    }
}

/// A duration that is up to a fifth longer or shorter.
fn varied(duration: Duration) -> Duration {
    let mut byte = [128];
    // Without randomness every bridge pauses alike, which is no harm to one of them.
    let _ = random::fill(&mut byte);
    let [byte] = byte;
    let percent = u32::from(byte).saturating_mul(40) / 255;
    duration.mul_f64(f64::from(percent.saturating_add(80)) / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let mut pauses = Pauses::default();
        for expected in [100, 200, 400, 800, 1600, 2000, 2000] {
            let expected = Duration::from_millis(expected);
            let pause = pauses.next();
            assert!(pause >= expected * 8 / 10 && pause <= expected * 12 / 10, "{pause:?} for {expected:?}");
        }
        pauses.reset();
        assert!(pauses.next() <= Duration::from_millis(120));
    }
}
