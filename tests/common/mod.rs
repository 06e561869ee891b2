//! Running a helper as MCP clients run it.

mod helper;
mod outcome;

pub(crate) use helper::Helper;

/// A secret that no message may show. Long enough for every algorithm that a helper might use it with.
pub(crate) const CANARY: &str = "canary-0123456789abcdef0123456789abcdef0123456789abcdef-canary";

/// Where the log is in HOME.
pub(crate) const LOG: &str = ".local/state/hdr/hdr.log";
