//! `--token`: a token that another program keeps, alone or in the JSON that it writes.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::Value;

use crate::bearer::printed;
use crate::error::{Error, Report};
use crate::header::{Answer, Headers, Life, Made};
use crate::oauth::answer::{Answer as Token, Reading, UnusableAnswer};
use crate::oauth::life::{self, AnswerTime, ExpiryTeller};
use crate::oauth::token;
use crate::os::clock;
use crate::run::Run;
use crate::secret::Secret;
use crate::secret::Source;
use crate::secret::token::check;

/// The headers with the token in `source`.
///
/// # Errors
/// [`Error::Secret`] when there is none, or it has expired; those of rendering the headers.
pub(super) fn answer(
    source: &Source,
    reading: &Reading,
    render: &impl Fn(&Secret) -> Result<Headers, Error>,
    run: &Run,
) -> Result<Answer, Error> {
    let (token, end) = read(source, reading, run)?;
    let headers = render(&token)?;
    match end {
        Some(end) if end <= clock::now() => Err(Error::Secret(Report::of(
            "--token",
            format_args!(": the token in {source} has expired"),
            format_args!("it was valid until {}", end.to_rfc3339_opts(SecondsFormat::Secs, true)),
            "renew it with the program that writes it",
        ))),
        _ => {
            // When its life began is not told.
            let life = end.map_or(Life::Unknown, |end| Life::of_token(clock::now(), end));
            Ok(Answer::Headers(Made { headers, token, life }))
        }
    }
}

/// The token and its expiry, where one is known.
fn read(source: &Source, reading: &Reading, run: &Run) -> Result<Found, Error> {
    let kept = run.secret("--token", source)?;
    if let Some(found) = beside(source, &kept, reading, run)? {
        return Ok(found);
    }
    let json = kept.expose_text().map(str::trim);
    let is_json = |text: &&str| matches!(serde_json::from_str(text), Ok(Value::Object(_) | Value::String(_)));
    let is_field_named = reading.token_field.is_some() || reading.expiry_field.is_some();
    let Some(json) = json.filter(|text| is_json(text) || is_field_named) else {
        check("--token", &format!("what {source} holds"), &kept)?;
        let end = token::claims(&kept).as_ref().and_then(token::expiry);
        return Ok((kept, end));
    };
    let redactor = run.notes().redactor();
    redactor.add_strings(json.as_bytes());
    let at = AnswerTime::by_our_clock(ExpiryTeller::File, clock::now());
    finished(source, printed::read(json, reading, at, redactor), run)
}

/// The token that `kept` is and its end, which the JSON around it may tell, where `source` is a member of that.
fn beside(source: &Source, kept: &Secret, reading: &Reading, run: &Run) -> Result<Option<Found>, Error> {
    let Some((file, field)) = source.document()?.filter(|_| reading.token_field.is_none()) else { return Ok(None) };
    let whole = run.secret("--token", &file)?;
    let Ok(Value::Object(object)) = serde_json::from_slice(whole.expose()) else { return Ok(None) };
    // JSON has its own expiry.
    let is_json = matches!(serde_json::from_slice(kept.expose()), Ok(Value::Object(_) | Value::String(_)));
    if is_json || life::field(&object, &field).and_then(Value::as_str).map(str::as_bytes) != Some(kept.expose()) {
        return Ok(None);
    }
    let redactor = run.notes().redactor();
    redactor.add_strings(whole.expose());
    let at = AnswerTime::by_our_clock(ExpiryTeller::File, clock::now());
    let reading = Reading { token_field: Some(field), ..reading.clone() };
    finished(source, reading.answer(&object, false, at, redactor), run).map(Some)
}

type Found = (Secret, Option<DateTime<Utc>>);

fn finished(source: &Source, answer: Result<Token, UnusableAnswer>, run: &Run) -> Result<Found, Error> {
    let answer = answer.map_err(|UnusableAnswer(cause, remedy)| {
        Error::Secret(Report::of("--token", format_args!(": {source} does not hold a usable token"), cause, remedy))
    })?;
    answer.warn(run.notes());
    let end = (!answer.life_is_assumed).then_some(answer.expires_at);
    Ok((answer.access_token, end))
}
