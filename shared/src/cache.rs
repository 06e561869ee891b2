//! What is kept between runs: access tokens in the cache, which may be lost at any time, and rotated refresh tokens in
//! the state, which may not.
//!
//! A request has a [`fingerprint::Fingerprint`] over everything that shapes its token; files are named by it. Whoever
//! asks the authorization server holds the request's [`lock::Lock`]; [`policy::decide`] says whether there is anything
//! to ask for.

#[cfg(feature = "cache")]
pub mod entry;
#[cfg(feature = "cache")]
pub mod fingerprint;
#[cfg(all(feature = "fuzz", unix))]
pub(crate) mod fuzz;
#[cfg(feature = "cache")]
pub mod handout;
#[cfg(feature = "cache")]
mod instant;
pub mod key;
pub mod lock;
#[cfg(feature = "cache")]
pub mod policy;
#[cfg(feature = "cache")]
pub mod prune;
#[cfg(feature = "cache")]
pub mod refusal;
#[cfg(feature = "cache")]
pub mod seal;
#[cfg(feature = "cache")]
pub mod state;

/// Where access tokens are kept unless the user names another directory.
pub const CACHE_DIRECTORY: &str = "~/.cache/hdr";

/// Where rotated refresh tokens and the user's key are kept unless the user names another directory.
pub const STATE_DIRECTORY: &str = "~/.local/state/hdr";
