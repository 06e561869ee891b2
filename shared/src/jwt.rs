//! JSON Web Tokens (RFC 7519): their claims, the services that expect certain ones, and the headers of hdr-jwt.
//!
//! Imported by the program of hdr-jwt, and by `bearer` for claims.

pub mod claims;
mod options;
pub mod preset;
mod token;

pub use self::options::{EXAMPLES, JwtOptions};
