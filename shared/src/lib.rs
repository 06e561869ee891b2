//! What the hdr helpers share. A helper is a struct of options and one function that makes headers; everything that
//! reads, signs, checks or prints is here.

pub mod ancestry;
#[cfg(feature = "bearer")]
pub mod bearer;
pub mod cache;
mod check;
mod client;
pub mod clock;
pub mod command;
mod command_line;
#[cfg(feature = "completions")]
mod completions;
pub mod config;
mod env_file;
pub mod environment;
pub mod error;
pub mod explain;
mod file;
#[cfg(all(feature = "fuzz", unix))]
#[doc(hidden)]
pub mod fuzz;
pub mod headers;
pub mod helper;
mod inquiry;
pub mod invocation;
mod json;
#[cfg(feature = "jwt")]
pub mod jwt;
mod log;
mod mark;
mod members;
mod memory;
#[cfg(feature = "oauth")]
pub mod oauth;
pub mod options;
pub mod print_config;
pub mod private;
pub mod profile;
mod project;
mod random;
pub mod secret;
pub mod server;
#[cfg(feature = "encoding")]
pub mod sign;
#[cfg(unix)]
mod signals;
pub mod source;
pub mod start;
mod stdout;
mod streams;
pub mod template;
#[cfg(feature = "tenant")]
pub mod tenant;
pub mod timestamp;
mod unicode;
mod words;
