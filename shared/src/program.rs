//! The program around a helper: its options, its run from the command line to one line on stdout, the log, and what
//! it answers about itself.
//!
//! Imported by the executables alone.

#[cfg(feature = "bridge")]
pub mod bridge;
pub(crate) mod check;
pub(crate) mod command_line;
#[cfg(feature = "completions")]
pub(crate) mod completions;
pub mod entry;
pub(crate) mod help;
pub mod helper;
pub mod helpers;
pub mod in_process;
pub(crate) mod inquiry;
pub(crate) mod log;
#[cfg(feature = "completions")]
pub(crate) mod manual;
pub mod options;
pub(crate) mod parser;
pub(crate) mod plain;
pub mod print_config;
mod profiled;
mod report;
pub mod start;
pub(crate) mod stdout;
