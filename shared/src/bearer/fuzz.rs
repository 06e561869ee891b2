//! The door to what commands print.

use chrono::{DateTime, Utc};

use super::printed;
use crate::error::Redactor;
use crate::oauth::answer::{Answer, Reading, UnusableAnswer};
use crate::oauth::life::{AnswerTime, ExpiryTeller};

/// The token in what a command printed at `now`; else what is wrong with it.
pub fn command_output(
    text: &str,
    reading: &Reading,
    now: DateTime<Utc>,
    redactor: &Redactor,
) -> Result<Answer, String> {
    printed::read(text, reading, AnswerTime::by_our_clock(ExpiryTeller::Command, now), redactor)
        .map_err(|UnusableAnswer(cause, remedy)| format!("{cause}; {remedy}"))
}
