//! Headers: names, values, the object that is printed, and the templates that values are made from.
//!
//! Imported by protocols, helpers and the program.

pub mod answer;
#[cfg(feature = "tenant")]
pub(crate) mod child_output;
pub mod life;
pub mod object;
mod options;
#[cfg(feature = "tenant")]
pub(crate) mod printed;
pub mod template;
pub mod templates;
pub mod timestamp;

pub use self::answer::{Answer, CallOutcome, Format, Made};
pub use self::life::Life;
pub use self::object::{HeaderName, Headers};
pub use self::options::HeaderOptions;
pub use self::template::Template;
pub use self::templates::{HeaderTemplate, HeaderTemplates};
