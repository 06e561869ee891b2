//! What stands in the JSON Web Tokens that helpers make.
//!
//! Imported by `bearer` for claims, and hdr-jwt.

pub mod claims;
pub mod preset;
