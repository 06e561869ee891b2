//! The error for a member that a JSON object has twice.

use crate::error::{Error, Report, quotable};

/// The refusal of a member that is twice in an object at `place`.
pub(crate) fn twice(place: &str, member: &str) -> Error {
    let fact = format_args!("{place}: the member {} cannot be set", quotable(member));
    Error::Usage(Report::new(fact, "it occurs twice in one object", "remove one of them"))
}
