//! One run: its instant, its deadline, its server and its secrets, read once and passed down.
//!
//! Imported by headers, protocols, helpers and the program.

mod context;
mod request;

pub use self::context::Run;
pub(crate) use self::context::RunOptions;
pub use self::request::{Call, HttpRequest};
