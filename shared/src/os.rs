//! The operating system: the clock, randomness, signals, files and their locks, the environment and the user's key,
//! each effect with one owner.
//!
//! Imported by every room.

#[cfg(feature = "bearer")]
pub(crate) mod browser;
pub mod clock;
pub mod environment;
pub(crate) mod file;
pub mod lock;
#[cfg(feature = "oauth")]
pub(crate) mod loopback;
pub(crate) mod memory;
pub mod private;
pub(crate) mod random;
#[cfg(unix)]
pub(crate) mod signals;
#[cfg(feature = "bearer")]
pub(crate) mod terminal;
pub mod user_key;
pub(crate) mod zone;
