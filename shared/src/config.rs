//! The configuration file and the profiles in it.
//!
//! Imported by the run, the helpers and the program.

pub mod file;
pub(crate) mod members;
pub mod profile;

pub use self::profile::Profile;
