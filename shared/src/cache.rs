//! What is kept between runs: access tokens in the cache, which may be lost at any time, and rotated refresh tokens in
//! the state, which may not.
//!
//! A request has a [`fingerprint::Fingerprint`] over everything that shapes its token; files are named by it. Only the
//! process that holds the request's [`Lock`](crate::os::lock::Lock) sends it to the authorization server;
//! [`policy::decide`] says whether it needs to be sent.
//!
//! Imported by `bearer` alone.

#[cfg(feature = "cache")]
pub mod clients;
#[cfg(feature = "cache")]
pub mod entry;
#[cfg(feature = "cache")]
pub mod fingerprint;
#[cfg(all(feature = "fuzz", unix))]
pub(crate) mod fuzz;
#[cfg(feature = "cache")]
mod instant;
#[cfg(feature = "cache")]
pub mod issued;
#[cfg(feature = "cache")]
pub mod policy;
#[cfg(feature = "cache")]
pub mod prune;
#[cfg(feature = "cache")]
pub mod refusal;
#[cfg(feature = "cache")]
pub mod seal;
#[cfg(feature = "cache")]
pub mod sign_in;
#[cfg(feature = "cache")]
pub mod state;

/// Where access tokens are kept unless the user names another directory.
pub const CACHE_DIRECTORY: &str = "~/.cache/hdr";
