//! `--token`: a token that another program keeps, alone or in the JSON that it writes.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::Value;

use crate::bearer::printed;
use crate::clock;
use crate::error::{Error, Report};
use crate::headers::Headers;
use crate::helper::Answer;
use crate::invocation::Invocation;
use crate::oauth::answer::{Reading, Unfit};
use crate::oauth::life::{Moment, Teller};
use crate::oauth::token;
use crate::secret::Secret;
use crate::secret::token::check;
use crate::source::Source;

/// The headers with the token in `source`.
///
/// # Errors
/// [`Error::Secret`] when there is none, or it has expired; those of rendering the headers.
pub(super) fn answer(
    source: &Source,
    reading: &Reading,
    render: &impl Fn(&Secret) -> Result<Headers, Error>,
    run: &Invocation,
) -> Result<Answer, Error> {
    let (token, end) = read(source, reading, run)?;
    let headers = render(&token)?;
    match end {
        Some(end) if end <= clock::now() => Err(Error::Secret(Report::new(
            format_args!("--token: the token in {source} has expired"),
            format_args!("it was valid until {}", end.to_rfc3339_opts(SecondsFormat::Secs, true)),
            "let the program that keeps it renew it",
        ))),
        _ => Ok(Answer::Headers { headers, token }),
    }
}

/// The token and its end, where that is told.
fn read(source: &Source, reading: &Reading, run: &Invocation) -> Result<(Secret, Option<DateTime<Utc>>), Error> {
    let kept = run.secret("--token", source)?;
    let json = kept.expose_text().map(str::trim);
    let is_json = |text: &&str| matches!(serde_json::from_str(text), Ok(Value::Object(_) | Value::String(_)));
    let is_field_named = reading.token_field.is_some() || reading.expiry_field.is_some();
    let Some(json) = json.filter(|text| is_json(text) || is_field_named) else {
        check(&format!("--token: what {source} holds"), &kept)?;
        let end = token::claims(&kept).as_ref().and_then(token::expiry);
        return Ok((kept, end));
    };
    let redactor = run.notes().redactor();
    redactor.add_strings(json.as_bytes());
    let at = Moment::by_our_clock(Teller::File, clock::now());
    let answer = printed::read(json, reading, at, redactor).map_err(|Unfit(cause, remedy)| {
        Error::Secret(Report::new(format_args!("--token: {source} holds no token that can be used"), cause, remedy))
    })?;
    let end = (!answer.life_is_assumed).then_some(answer.expires_at);
    Ok((answer.access_token, end))
}
