//! Signatures: with a shared secret (HMAC and the schemes built on it), and with keys (JWT).
//!
//! Imported by the helpers, and `oauth` for assertions.

#[cfg(feature = "jwt")]
pub mod algorithm;
#[cfg(feature = "oauth")]
pub(crate) mod certificate;
#[cfg(feature = "hmac")]
pub mod component;
mod der;
#[cfg(feature = "oauth")]
pub mod dpop;
pub mod encoding;
#[cfg(feature = "hmac")]
pub mod hmac;
#[cfg(feature = "jwt")]
pub mod jws;
#[cfg(feature = "jwt")]
pub mod key;
pub mod key_file;
#[cfg(feature = "hmac")]
pub mod message_signature;
#[cfg(feature = "hmac")]
pub mod scheme;
#[cfg(feature = "bridge")]
pub(crate) mod sigv4;
