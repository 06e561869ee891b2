//! OAuth 2.0 (RFC 6749) as a client that has its own credentials: no browser, no user.
//!
//! Imported by `bearer` and `bridge`.

mod advice;
pub mod answer;
pub mod assertion;
pub mod authorization_server;
mod body;
pub mod challenge;
pub mod client;
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
mod refusal;
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
