//! One run: its instant, its deadline, its server and its secrets, read once and passed down.
//!
//! Imported by headers, protocols, helpers and the program.

mod binding;
mod context;
mod request;

pub use self::binding::{KeyBinding, Proof};
pub use self::context::Run;
pub(crate) use self::context::RunOptions;
pub(crate) use self::request::OF_A_REQUEST;
pub use self::request::{Body, Call, HttpRequest, content_digest};
