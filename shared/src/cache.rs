//! What is kept between runs: access tokens in the cache, which may be lost at any time, and rotated refresh tokens in
//! the state, which may not.

pub mod lock;
