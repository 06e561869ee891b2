//! The door to what commands print.

use chrono::{DateTime, Utc};

use super::printed;
use crate::error::Redactor;
use crate::oauth::answer::{Answer, Reading, Unfit};
use crate::oauth::life::{Moment, Teller};

/// The token in what a command printed at `now`; else what is wrong with it.
pub fn command_output(
    text: &str,
    reading: &Reading,
    now: DateTime<Utc>,
    redactor: &Redactor,
) -> Result<Answer, String> {
    printed::read(text, reading, Moment::by_our_clock(Teller::Command, now), redactor)
        .map_err(|Unfit(cause, remedy)| format!("{cause}; {remedy}"))
}
