//! What the hdr helpers share. A helper is a struct of options and one function that makes headers; everything that
//! reads, signs, checks or prints is here, in rooms on five storeys. An import goes down, or sideways to a room that does
//! not import back.
//!
//! From roof to ground:
//!
//! - The program around a helper: [`program`].
//! - The helpers: [`hmac`], [`jwt`], [`bearer`], [`tenant`].
//! - Protocols and stores: [`oauth`], [`cache`], [`sign`].
//! - What a run is made of: [`header`], [`run`], [`config`], [`secret`], [`client`], [`server`].
//! - The ground: [`error`], [`os`].

pub mod program;

#[cfg(feature = "bearer")]
pub mod bearer;
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
