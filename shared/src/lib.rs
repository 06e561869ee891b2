//! What the hdr helpers share. A helper is a struct of options and one function that makes headers; everything that
//! reads, signs, checks or prints is here, in rooms on five storeys. An import goes down, or sideways to a room that does
//! not import back.
//!
//! From roof to ground:
//!
//! - The program around a helper: [`program`].
//! - The helpers: [`hmac`], [`jwt`], [`bearer`], [`tenant`]; and [`bridge`], which is handed them by the program.
//! - Protocols and stores: [`oauth`], [`cache`], [`sign`].
//! - What a run is made of: [`header`], [`run`], [`config`], [`secret`], [`client`], [`server`].
//! - The ground: [`error`], [`os`].
//!
//! Where to change what:
//!
//! - An option of all helpers: `program/options.rs`, or `header/options.rs` for one that adds headers; its `from_words` below
//!   it; a row in `shared/README.md`. Tests name what else has a list of options.
//! - A helper as it runs, its name and its help: `program/helpers`.
//! - An option of one helper: `options.rs` in its room, or `bearer/options.rs` and `bearer/unsent.rs`.
//! - A signature scheme of hdr-hmac: a row in `sign/scheme.rs`.
//! - A field in which commands print a token: `bearer/printed.rs`.
//! - An MCP client of `--check`: a row in `client/known.rs`.
//! - A client authentication: `oauth/client.rs`, and `bearer/unsent.rs` for the options that it uses.
//! - A service that `--preset` names: `jwt/preset.rs`.
//! - How a person signs in: `bearer/login`, over `oauth/authorization.rs`, `oauth/device.rs`, `oauth/redirect.rs` and
//!   `oauth/registration.rs`; what is kept of it: `bearer/sign_in`.
//! - What an error of an authorization server is answered with: `oauth/advice.rs`.

pub mod program;

#[cfg(feature = "bearer")]
pub mod bearer;
#[cfg(feature = "bridge")]
pub mod bridge;
#[cfg(feature = "hmac")]
pub mod hmac;
#[cfg(feature = "jwt")]
pub mod jwt;
#[cfg(feature = "tenant")]
pub mod tenant;

pub mod cache;
#[cfg(feature = "oauth")]
pub mod oauth;
#[cfg(feature = "encoding")]
pub mod sign;

pub mod client;
pub mod config;
pub mod header;
pub mod run;
pub mod secret;
pub mod server;

pub mod error;
pub mod os;

#[cfg(all(feature = "fuzz", unix))]
#[doc(hidden)]
pub mod fuzz;
