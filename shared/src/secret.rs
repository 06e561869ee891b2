//! Secrets, the sources that they come from, and the programs that are run for them.
//!
//! Imported by every room above the ground.

pub mod command;
pub(crate) mod env_file;
pub mod environment;
pub mod source;
pub(crate) mod token;
pub(crate) mod unicode;
mod value;
pub(crate) mod words;

pub use self::source::Source;
pub use self::value::Secret;
