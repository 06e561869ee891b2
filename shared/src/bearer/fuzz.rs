//! The door to what commands print.

use chrono::{DateTime, Utc};

use super::command;
use crate::error::Redactor;
use crate::oauth::answer::{Answer, Reading, Unfit};

/// The token in what a command printed at `now`; else what is wrong with it.
pub fn command_output(
    text: &str,
    reading: &Reading,
    now: DateTime<Utc>,
    redactor: &Redactor,
) -> Result<Answer, String> {
    command::read(text, reading, now, redactor).map_err(|Unfit(cause, remedy)| format!("{cause}; {remedy}"))
}
