//! What is kept between runs: access tokens in the cache, which may be lost at any time, and rotated refresh tokens in
//! the state, which may not.
//!
//! A request has a [`fingerprint::Fingerprint`] over everything that shapes its token; files are named by it. Whoever
//! asks the authorization server holds the request's [`lock::Lock`]; [`policy::decide`] says whether there is anything
//! to ask for.

pub mod entry;
pub mod fingerprint;
pub mod handout;
mod instant;
pub mod key;
pub mod lock;
pub mod policy;
pub mod prune;
pub mod refusal;
pub mod seal;
pub mod state;

/// Where access tokens are kept unless the user names another directory.
pub const CACHE_DIRECTORY: &str = "~/.cache/hdr";

/// Where rotated refresh tokens and the user's key are kept unless the user names another directory.
pub const STATE_DIRECTORY: &str = "~/.local/state/hdr";
