//! GitHub's installation tokens: asked for with a JWT that a GitHub App signs, at an endpoint of the REST API.

mod refusal;

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use self::refusal::failure;
use crate::error::notes::Notes;
use crate::error::{Error, Report};
use crate::header::{HeaderName, Headers};
use crate::oauth::answer::{Answer, Reading, UnusableAnswer};
use crate::oauth::failure::Failure;
use crate::oauth::form::Encoding;
use crate::oauth::life::{AnswerTime, ExpiryTeller};
use crate::oauth::parameters::Parameters;
use crate::oauth::patience::persist;
use crate::oauth::transport::{Message, Transport};
use crate::oauth::url::Endpoint;
use crate::os::clock::{self, elapsed, monotonic};
use crate::secret::Secret;
use crate::sign::algorithm::Algorithm;
use crate::sign::jws::{self, Header};
use crate::sign::key::SigningKey;

/// A GitHub App and the key that signs for it.
#[derive(Debug)]
pub struct App {
    option: &'static str,
    id: String,
    key: SigningKey,
    header: Header,
}

/// A request for a token of one installation.
#[derive(Clone, Copy, Debug)]
pub struct InstallationRequest<'a> {
    /// The `access_tokens` of the installation.
    pub endpoint: &'a Endpoint,
    /// The App that sends it.
    pub app: &'a App,
    /// What the token is narrowed to: `repositories`, `permissions`.
    pub parameters: &'a Parameters,
    /// Other headers of the request.
    pub headers: &'a Headers,
    /// How the answer is read.
    pub reading: &'a Reading,
}

/// How far `iat` lies in the past, against clocks that differ.
const BACKDATE: u64 = 60;

/// How long the JWT is valid; GitHub takes ten minutes at most.
const LIFE: u64 = 9 * 60;

/// The version of the API that is spoken.
const API_VERSION: (&str, &str) = ("X-GitHub-Api-Version", "2022-11-28");

const ACCEPT: &str = "application/vnd.github+json";

impl App {
    /// The App called `id`, by its client id or app id, whose private key `option` reads.
    ///
    /// # Errors
    /// [`Error::Secret`] for a key that does not sign with RS256.
    pub fn new(option: &'static str, key: Secret, id: &str) -> Result<Self, Error> {
        let algorithm = Some(Algorithm::RS256);
        let key = SigningKey::parse(option, key, None, None, algorithm)?;
        let header = Header::new(key.algorithm(option, None, algorithm)?);
        Ok(Self { option, id: id.to_owned(), key, header })
    }

    /// The JWT of one attempt at `now`.
    fn jwt(&self, now: DateTime<Utc>) -> Result<Secret, Error> {
        let now = now.timestamp();
        let mut claims = Map::new();
        claims.insert("iss".to_owned(), self.id.as_str().into());
        claims.insert("iat".to_owned(), now.saturating_sub_unsigned(BACKDATE).into());
        claims.insert("exp".to_owned(), now.saturating_add_unsigned(LIFE).into());
        jws::encode(self.option, &self.header, &claims, &self.key)
    }
}

impl InstallationRequest<'_> {
    /// Asks, and asks again after failures that pass, each time with a JWT of its own.
    ///
    /// # Errors
    /// [`Error::Refused`] when GitHub refuses or the answer has no token, [`Error::Transient`] when it cannot be reached, is
    /// not available or has a limit that is used up; [`Error::Secret`] for a key that cannot be used, [`Error::Usage`] and
    /// [`Error::Other`] for trust that cannot be read.
    pub fn send(&self, transport: &Transport, notes: &Notes) -> Result<Answer, Error> {
        let version = (API_VERSION.0, API_VERSION.1.as_bytes());
        let ours = [version].into_iter().filter(|(name, _)| self.headers.value(name).is_none());
        let mut headers = Headers::default();
        for (name, value) in ours.chain(self.headers.iter()) {
            if let Some(name) = HeaderName::of_request(name) {
                headers.add(name, Secret::new(value.to_vec()))?;
            }
        }
        persist(transport.deadline(), Duration::ZERO, notes, || self.attempt(&headers, transport, notes))
    }

    fn attempt(&self, headers: &Headers, transport: &Transport, notes: &Notes) -> Result<Answer, Failure> {
        let asked_at = clock::now();
        let jwt = self.app.jwt(asked_at)?;
        let authorization = Secret::new([b"Bearer ", jwt.expose()].concat());
        let form = self.parameters.others();
        for secret in form.secrets().chain([&jwt]) {
            notes.redactor().add(secret.expose());
        }
        let sent_body = form.body(Encoding::Json)?;
        let message = Message {
            body: sent_body.expose(),
            content_type: Encoding::Json.media_type(),
            accept: ACCEPT,
            authorization: Some(&authorization),
            proof: None,
            headers,
        };
        let started_at = monotonic();
        let response = transport.post(self.endpoint, &message, notes)?;
        notes.explain(|| {
            let milliseconds = elapsed(started_at).as_millis();
            let (endpoint, status) = (self.endpoint, response.status);
            format!("{endpoint} asked for an installation token: it answered {status} after {milliseconds} ms")
        });
        let skew = response.skew(clock::now());
        let object: Option<Map<String, Value>> = serde_json::from_slice(response.body.expose()).ok();
        let no_token = |cause: &str, remedy: &str| {
            let fact = format_args!("{} answered without a token", self.endpoint);
            Failure::Lasting(Error::Refused(Report::new(fact, cause, remedy)))
        };
        match object {
            Some(object) if response.is_success() => {
                if let Some(Value::String(token)) = object.get("token") {
                    notes.redactor().add(token.as_bytes());
                }
                let answer = self.reading.answer(
                    &object,
                    false,
                    AnswerTime { teller: ExpiryTeller::Endpoint, asked_at, skew },
                    notes.redactor(),
                );
                answer
                    .inspect(|answer| answer.warn(notes))
                    .map_err(|UnusableAnswer(cause, remedy)| no_token(&cause, remedy))
            }
            None if response.is_success() => {
                Err(no_token("the answer is not a JSON object", "check --api-url: another service may answer there"))
            }
            object => Err(failure(self.endpoint, &response, object.as_ref(), skew, notes.redactor())),
        }
    }
}
