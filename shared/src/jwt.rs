//! What stands in the JSON Web Tokens that helpers make.

pub mod claims;
pub mod preset;
