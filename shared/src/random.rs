//! Randomness from the system: the only place that asks for it.

use std::io;

/// Fills `bytes` from the system's random device.
///
/// # Errors
/// When the system has none to give.
#[expect(clippy::disallowed_methods, reason = "this is the owner of randomness")]
pub(crate) fn fill(bytes: &mut [u8]) -> io::Result<()> {
    getrandom::fill(bytes).map_err(io::Error::other)
}
