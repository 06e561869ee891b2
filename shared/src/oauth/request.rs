//! The token request (RFC 6749 section 3.2): asked until it is answered, refused or out of time.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::error::notes::Notes;
use crate::error::{Error, Redactor, Report};
use crate::oauth::answer::{Answer, Reading, UnusableAnswer};
use crate::oauth::body::Body;
use crate::oauth::client::Method;
use crate::oauth::failure::Failure;
use crate::oauth::grant::Grant;
use crate::oauth::kind::Kind;
use crate::oauth::life::{self, AnswerTime, ExpiryTeller};
use crate::oauth::patience::persist;
use crate::oauth::reason::{is_error, is_nothing};
use crate::oauth::refusal::Question;
use crate::oauth::sent::Sent;
use crate::oauth::token_request::TokenRequest;
use crate::oauth::transport::{JSON, Message, Response, Transport};
use crate::os::clock::{self, elapsed, monotonic};
use crate::secret::Secret;

/// What a server answered that did not refuse.
#[derive(Debug)]
pub struct Reply {
    /// The refresh token in it, which has replaced the one that was sent, whatever is wrong with the rest.
    pub refresh_token: Option<Secret>,
    /// The access token; [`Error::Refused`] when there is none that can be used.
    pub answer: Result<Answer, Error>,
    /// The ID token (OpenID Connect Core section 3.1.3.3), where one came. Nobody has verified it.
    pub id_token: Option<Secret>,
}

/// What asking with the code of a device came to (RFC 8628 section 3.5).
#[derive(Debug)]
pub enum Polled {
    /// The person has allowed it.
    Allowed(Reply),
    /// The person has not decided yet.
    Pending,
    /// The same, and it was asked too soon; the interval in seconds, where the server says one.
    TooSoon(Option<u64>),
    /// The server could not be asked, and may be another time.
    Unavailable,
}

/// The least time in which a refresh token is sent: the answer may replace it, and a run that does not wait loses both.
const LEAST: Duration = Duration::from_secs(2);

impl TokenRequest<'_> {
    /// Asks, and asks again after failures that pass. Each attempt has assertions of its own; a refresh token is sent
    /// again, since after a lost answer no other is known.
    ///
    /// # Errors
    /// [`Error::Refused`] when the server refuses or answers no JSON, [`Error::Transient`] when it cannot be reached, is
    /// not available, or too little time is left; [`Error::Secret`] for a key that cannot be used, [`Error::Usage`] and
    /// [`Error::Other`] for trust that cannot be read.
    pub fn send(&self, transport: &Transport, notes: &Notes) -> Result<Reply, Error> {
        let deadline = transport.deadline();
        let least = match self.grant.kind() {
            Kind::RefreshToken | Kind::SignIn => LEAST.min(deadline.timeout().mul_f64(0.25)),
            // A code is good for one request, and one that comes twice makes the server revoke what it gave (RFC 6749 section
            // 4.1.2).
            Kind::AuthorizationCode => return Ok(self.attempt(transport, true, &mut Map::new(), notes)?),
            _ => Duration::ZERO,
        };
        if deadline.remaining() < least {
            let fact = "the refresh token was not sent";
            let cause = format_args!("the rest of the {deadline} is too short to wait for its replacement");
            return Err(Error::Transient(Report::new(fact, cause, deadline.remedy())));
        }
        persist(deadline, least, notes, || self.attempt(transport, true, &mut Map::new(), notes))
    }

    /// Asks once with the code of a device.
    ///
    /// # Errors
    /// [`Error::Refused`] when the person has denied it or the server refuses, [`Error::Transient`] when the code has expired; the
    /// rest of those of [`TokenRequest::send`].
    pub fn poll(&self, transport: &Transport, notes: &Notes) -> Result<Polled, Error> {
        let mut object = Map::new();
        let failure = match self.attempt(transport, true, &mut object, notes) {
            Ok(reply) => return Ok(Polled::Allowed(reply)),
            Err(failure) => failure,
        };
        let error = object.get("error").and_then(Value::as_str).unwrap_or_default();
        let endpoint = self.server.token_endpoint(self.client.method() == Method::Tls);
        match error {
            "authorization_pending" => Ok(Polled::Pending),
            "slow_down" => Ok(Polled::TooSoon(object.get("interval").and_then(Value::as_u64))),
            "expired_token" => {
                let fact = format_args!("{endpoint} did not sign you in");
                Err(Error::Transient(Report::new(
                    fact,
                    "the code has expired",
                    "run login again, and enter the new code in time",
                )))
            }
            "access_denied" => {
                let fact = format_args!("{endpoint} did not sign you in");
                let remedy = "run login again, and allow the access that is asked for";
                Err(Error::Refused(Report::new(fact, "access was denied (access_denied)", remedy)))
            }
            // Section 3.5: after a timeout, more slowly.
            _ => match failure.into() {
                Error::Transient(error) => {
                    notes.explain(|| Error::Transient(error).to_string());
                    Ok(Polled::Unavailable)
                }
                error => Err(error),
            },
        }
    }

    /// Asks once; once more where the server `may_ask` for a nonce and does. What it says of a refusal goes to `refusal`.
    fn attempt(
        &self,
        transport: &Transport,
        may_ask: bool,
        refusal: &mut Map<String, Value>,
        notes: &Notes,
    ) -> Result<Reply, Failure> {
        let method = self.client.method();
        let endpoint = self.server.token_endpoint(method == Method::Tls);
        let audience = self.server.issuer().unwrap_or(endpoint.as_str());
        let asked_at = clock::now();
        let mut form = self.grant.form(self.parameters, audience, asked_at, notes)?;
        let authorization = self.client.authenticate(&mut form, audience, asked_at, notes)?;
        let proof = self.binding.map(|binding| binding.proof("POST", endpoint.as_str(), None, asked_at)).transpose()?;
        for secret in form.secrets().chain(self.client.secret()).chain(&authorization).chain(&proof) {
            notes.redactor().add(secret.expose());
        }
        let is_ready_made = matches!(self.grant, Grant::ReadyAssertion(_));
        let kind = self.grant.kind();
        let sent = Sent::of(self, &form, authorization.is_some(), endpoint, notes.redactor());
        let redactor = notes.redactor();
        let question = Question { endpoint, grant: &kind, method, is_ready_made, sent: &sent, redactor };

        let started_at = monotonic();
        let sent_body = form.body(self.encoding)?;
        let message = Message {
            body: sent_body.expose(),
            content_type: self.encoding.media_type(),
            accept: JSON,
            authorization: authorization.as_ref(),
            proof: proof.as_ref(),
            headers: self.headers,
        };
        let response = transport.post(endpoint, &message, notes)?;
        notes.explain(|| {
            let (grant, method) = (question.grant.name(), method.name());
            let milliseconds = elapsed(started_at).as_millis();
            format!("{endpoint} asked ({grant}, {method}): it answered {} after {milliseconds} ms", response.status)
        });
        if let (Some(binding), Some(nonce)) = (self.binding, &response.dpop_nonce) {
            binding.keep_nonce(endpoint.as_str(), nonce);
            if may_ask && asks_for_nonce(&response) {
                notes.explain(|| format!("{endpoint} asks for a nonce in the proof of the key; asking again with it"));
                return self.attempt(transport, false, refusal, notes);
            }
        }
        let skew = response.skew(clock::now());
        let reply =
            read(self.reading, &question, &response, AnswerTime { teller: ExpiryTeller::Endpoint, asked_at, skew });
        match &reply {
            Ok(Reply { answer: Ok(answer), .. }) => answer.warn(notes),
            Ok(_) => {}
            Err(_) => *refusal = Body::read(&response).object().cloned().unwrap_or_default(),
        }
        if reply.as_ref().map_or(true, |reply| reply.answer.is_err()) {
            notes.explain(|| format!("sent: {}", sent.shown(question.grant.name(), method.name())));
        }
        reply
    }
}

/// Whether the proof of the key only lacks a nonce (RFC 9449 section 8).
fn asks_for_nonce(response: &Response) -> bool {
    let body = Body::read(response);
    let error = body.object().and_then(|object| object.get("error")).and_then(Value::as_str);
    matches!(response.status, 400 | 401) && error == Some("use_dpop_nonce")
}

/// What a server's answer at that moment comes to.
pub(super) fn read(
    reading: &Reading,
    question: &Question<'_>,
    response: &Response,
    at: AnswerTime,
) -> Result<Reply, Failure> {
    let body = Body::read(response);
    let is_success = response.is_success();
    match body.object() {
        Some(object) if is_success && !has_error(object) && !is_refusal(object, reading) => {
            add_tokens(object, reading.token_field.as_deref(), question.redactor);
            let exchange = matches!(question.grant, Kind::TokenExchange | Kind::Extension(_));
            let answer = reading.answer(object, exchange, at, question.redactor);
            let text = |name: &str| object.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
            let secret = |name: &str| text(name).map(|text| Secret::new(text.as_bytes().to_vec()));
            Ok(Reply {
                refresh_token: secret("refresh_token"),
                id_token: secret("id_token"),
                answer: answer.map_err(|UnusableAnswer(cause, remedy)| question.no_token(&cause, remedy)),
            })
        }
        None if is_success && !body.value().is_some_and(|value| is_error(&value)) => {
            let what = body.shown(question.redactor).unwrap_or_default();
            Err(question.no_token(&format!("the answer is {what}"), question.other_url()).into())
        }
        object => {
            if let Some(object) = object {
                add_tokens(object, None, question.redactor);
            }
            Err(question.failure(response, &body, at.skew))
        }
    }
}

/// Adds the tokens in an answer to the secrets: the one that is read, and all that is called one.
fn add_tokens(object: &Map<String, Value>, field: Option<&str>, redactor: &Redactor) {
    let chosen = field.and_then(|path| life::field(object, path));
    let is_token = |name: &str| name.contains("token") && !name.ends_with("type") || name.contains("secret");
    let named = object.iter().filter(|(name, _)| is_token(&name.to_ascii_lowercase())).map(|(_, value)| value);
    for text in chosen.into_iter().chain(named).filter_map(Value::as_str) {
        redactor.add(text.as_bytes());
    }
}

/// Whether this is a refusal, which some servers send with status 200.
pub(super) fn has_error(object: &Map<String, Value>) -> bool {
    object.get("error").is_some_and(|error| !is_nothing(error))
}

/// Whether what has no token says why.
fn is_refusal(object: &Map<String, Value>, reading: &Reading) -> bool {
    let path = reading.token_field.as_deref().unwrap_or("access_token");
    life::field(object, path).is_none_or(is_nothing) && is_error(&Value::Object(object.clone()))
}

#[cfg(test)]
mod tests;
