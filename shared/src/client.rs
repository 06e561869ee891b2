//! The MCP clients: what is known of each, which of them runs us, and for which project.
//!
//! Imported by every room above the ground.

pub mod ancestry;
pub(crate) mod known;
pub(crate) mod mark;
pub(crate) mod project;
pub mod streams;

pub(crate) use self::known::Client;
