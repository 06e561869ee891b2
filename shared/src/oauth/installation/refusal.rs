//! What GitHub says of a request that brings no token, and what to change.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Map, Value};

use crate::error::{Error, OutsideText, Redactor, Report};
use crate::oauth::failure::Failure;
use crate::oauth::refusal::{busy, redirected};
use crate::oauth::transport::Response;
use crate::oauth::url::Endpoint;

/// GitHub takes a JWT whose times are off by about this much.
const TOLERABLE: TimeDelta = TimeDelta::seconds(50);

/// The failure that an answer without a token is; `skew` says how far GitHub's clock is ahead of ours.
pub(super) fn failure(
    endpoint: &Endpoint,
    response: &Response,
    object: Option<&Map<String, Value>>,
    skew: TimeDelta,
    redactor: &Redactor,
) -> Failure {
    let text = message(object);
    let said = if text.is_empty() { String::new() } else { format!(" ({})", OutsideText::new(&text).shown(redactor)) };
    let status = response.status;
    let lower = text.to_ascii_lowercase();
    if matches!(status, 408 | 429 | 500..) || status == 403 && lower.contains("rate limit") {
        return match busy(endpoint, status, response.retry_after, &said) {
            // When the limit is over is not told: to ask again at once would prolong it.
            Failure::Passing { error, retry_after } if status == 403 && retry_after == Duration::ZERO => {
                Failure::Lasting(error)
            }
            failure => failure,
        };
    }
    if (300..400).contains(&status) {
        return Failure::Lasting(redirected(endpoint, Some("--api-url"), response, redactor));
    }
    let fact = format_args!("{endpoint} refused the installation token");
    let cause = format_args!("it answered {status}{said}");
    Failure::Lasting(Error::Refused(Report::new(fact, cause, remedy(status, &lower, skew))))
}

fn remedy(status: u16, said: &str, skew: TimeDelta) -> String {
    let is_about_times = ["'exp'", "'iat'", "expiration time", "issued at"].iter().any(|it| said.contains(it));
    if status == 401 && (skew.abs() > TOLERABLE || is_about_times) {
        let seconds = skew.num_seconds();
        return match seconds {
            0 => "set this machine's clock".to_owned(),
            1.. => format!("set this machine's clock, which is {seconds}s behind GitHub's"),
            _ => format!("set this machine's clock, which is {}s ahead of GitHub's", seconds.saturating_neg()),
        };
    }
    let remedy = match status {
        401 if said.contains("generate a public key") => {
            "generate a private key in the settings of the App, and give it with --assertion-key"
        }
        401 => {
            "check that --assertion-key is a private key of the App that --app-id names (its client id or app id, not the \
             installation's number), and that it is not deleted in its settings"
        }
        404 if said.contains("integration not found") => {
            "check --app-id: no App has that id at this server; --api-url names another server"
        }
        404 => {
            "check --installation-id (the number at the end of the URL of the installation's settings), that the App of \
             --app-id is installed there, and --api-url: that of GitHub Enterprise Server ends in /api/v3"
        }
        403 if said.contains("suspended") => "ask the owner of the installation to unsuspend the App in its settings",
        403 => {
            "see the server's message; an owner may have to accept new permissions of the App, or allow this machine's address"
        }
        422 => {
            "check --param-json repositories, repository_ids and permissions: the installation must have all that the token \
             requests"
        }
        _ => "see the server's message, and check --api-url",
    };
    remedy.to_owned()
}

/// What GitHub says, with what it says of each error.
fn message(object: Option<&Map<String, Value>>) -> String {
    let text = |object: &Map<String, Value>, name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
    let Some(object) = object else { return String::new() };
    let errors = object.get("errors").and_then(Value::as_array).into_iter().flatten();
    let errors = errors.filter_map(|error| match error {
        Value::String(error) => Some(error.clone()),
        Value::Object(error) => text(error, "message"),
        _ => None,
    });
    text(object, "message").into_iter().chain(errors).collect::<Vec<_>>().join(": ")
}
