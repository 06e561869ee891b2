//! Errors and messages: what went wrong, what to do about it, notes of a run, and text from outside that may hold a
//! secret.
//!
//! Imported by every room.

pub(crate) mod json;
pub mod notes;
mod outside;
mod report;
mod text;
pub(crate) mod twice;

pub use self::outside::{OutsideText, Redactor};
pub use self::report::{About, Error, Location, Report};
pub use self::text::{is_plain_word, mistyped, nearest, quotable};
