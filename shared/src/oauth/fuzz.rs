//! The doors to what authorization servers and protected resources answer.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use ureq::http::HeaderMap;

use super::answer::Reading;
use super::authorization_server::AuthorizationServer;
use super::challenge::Challenge;
use super::client::Method;
use super::discovery::ProtectedResource;
use super::kind::Kind;
use super::life::{AnswerTime, ExpiryTeller};
use super::refusal::Question;
use super::request::{self, Reply};
use super::sent::Sent;
use super::transport::Response;
use super::url::Endpoint;
use crate::error::{Error, Redactor};

/// An answer as it comes through HTTP.
#[derive(Debug)]
pub struct Received<'a> {
    /// The status code.
    pub status: u16,
    /// Names and values of its headers.
    pub headers: Vec<(&'a str, &'a [u8])>,
    /// All behind them, decoded.
    pub body: &'a [u8],
}

/// What the answer of the token endpoint at `endpoint` to a request at `now` comes to.
///
/// # Errors
/// Those of a token request.
pub fn token_answer(
    received: &Received<'_>,
    endpoint: &Endpoint,
    reading: &Reading,
    now: DateTime<Utc>,
    redactor: &Redactor,
) -> Result<Reply, Error> {
    let mut headers = HeaderMap::new();
    for (name, value) in &received.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<ureq::http::HeaderName>(), (*value).try_into()) {
            headers.append(name, value);
        }
    }
    let response = Response::new(received.status, &headers, received.body.to_vec());
    let skew = response.skew(now);
    let (grant, method, sent) = (&Kind::RefreshToken, Method::Basic, &Sent::default());
    let question = Question { endpoint, grant, method, is_ready_made: false, sent, redactor };
    request::read(reading, &question, &response, AnswerTime { teller: ExpiryTeller::Endpoint, asked_at: now, skew })
        .map_err(Error::from)
}

/// The schemes and parameters in lines of `WWW-Authenticate`.
pub fn challenges<L: AsRef<[u8]>>(lines: impl IntoIterator<Item = L>) -> Vec<(String, Vec<(String, String)>)> {
    Challenge::parse(lines).into_iter().map(Challenge::into_parts).collect()
}

/// The authorization server that calls itself `issuer`, from its metadata; nothing where that is no JSON object.
///
/// # Errors
/// Those of [`AuthorizationServer::discover`].
#[must_use]
pub fn authorization_server(issuer: &Endpoint, metadata: &[u8]) -> Option<Result<AuthorizationServer, Error>> {
    object(metadata).map(|metadata| AuthorizationServer::read(issuer, &metadata, &Redactor::default()))
}

/// The resource at `server`, from its metadata; nothing where that is no JSON object.
///
/// # Errors
/// Those of [`ProtectedResource::discover`].
#[must_use]
pub fn protected_resource(
    server: &Endpoint,
    expected: Option<&Endpoint>,
    metadata: &[u8],
) -> Option<Result<ProtectedResource, Error>> {
    object(metadata).map(|metadata| ProtectedResource::read(server, expected, &metadata, None, &Redactor::default()))
}

fn object(metadata: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(metadata).ok()
}
