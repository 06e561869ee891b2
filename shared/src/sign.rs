//! Signatures: with a shared secret (HMAC and the schemes built on it), and with keys (JWT).

pub mod component;
pub mod encoding;
pub mod hmac;
pub mod message_signature;
pub mod scheme;
