//! OAuth 2.0 (RFC 6749) as a client that has its own credentials, and as one for which a person signs in.
//!
//! Imported by `bearer` and `bridge`.

mod advice;
pub mod answer;
pub mod assertion;
pub mod authorization;
pub mod authorization_server;
mod body;
pub mod challenge;
pub mod client;
pub mod device;
pub mod discovery;
mod exception;
pub(crate) mod failure;
pub mod form;
#[cfg(all(feature = "fuzz", unix))]
pub(crate) mod fuzz;
pub mod grant;
pub mod installation;
pub mod kind;
pub mod life;
pub mod parameters;
mod patience;
pub mod proxy;
mod public;
pub(crate) mod reason;
pub mod redirect;
mod refusal;
pub mod registration;
pub mod request;
pub mod revocation;
mod sent;
pub mod token;
pub mod token_request;
pub mod transport;
pub mod trust;
pub mod url;

#[cfg(test)]
mod scripted;
