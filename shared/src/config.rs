//! The configuration file and the profiles in it, and plain command lines.
//!
//! Imported by the run, headers, the helpers and the program.

pub mod command_words;
pub mod file;
pub(crate) mod members;
pub mod profile;

pub use self::profile::Profile;
