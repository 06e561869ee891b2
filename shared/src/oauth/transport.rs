//! Requests to endpoints: HTTP over ureq, TLS over rustls, nothing followed and nothing waited for past the deadline.

mod arrived;
mod tls;

use std::cell::OnceCell;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rustls::ClientConfig;
use ureq::http::{HeaderMap, Response as HttpResponse, header};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{ConnectProxyConnector, Connector, SocksConnector, TcpConnector};
use ureq::{Agent, Body};

use self::arrived::ArrivedConnector;
use self::tls::TlsConnector;
use crate::error::Error;
use crate::error::notes::Notes;
use crate::header::Headers;
use crate::oauth::challenge::Challenge;
use crate::oauth::failure::{self, Failure};
use crate::oauth::proxy::Proxy;
use crate::oauth::public::PublicOnly;
use crate::oauth::trust::{ClientCertificate, Trust};
use crate::oauth::url::Endpoint;
use crate::os::clock::Deadline;
use crate::secret::Secret;

/// The most that is read of an answer, after decoding: 1 MiB.
const LIMIT: u64 = 1 << 20;

/// The way to endpoints. Trust is read when the first https endpoint is asked.
#[derive(Debug)]
pub struct Transport {
    trust: Trust,
    proxy: Option<Proxy>,
    certificate: Option<ClientCertificate>,
    deadline: Deadline,
    tls: OnceCell<Arc<ClientConfig>>,
    with_tls: OnceCell<Agent>,
    plain: OnceCell<Agent>,
}

/// An answer, whatever its status.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) status: u16,
    /// The server's clock.
    pub(super) date: Option<DateTime<Utc>>,
    /// How long it asks to wait.
    pub(super) retry_after: Option<Duration>,
    /// Where a redirect leads.
    pub(super) location: Option<String>,
    /// The media type in lower case, without parameters.
    pub(super) media_type: String,
    /// What it asks for.
    pub(super) challenges: Vec<Challenge>,
    /// The nonce that it wants in the next proof (RFC 9449 section 8).
    pub(super) dpop_nonce: Option<String>,
    pub(super) body: Secret,
}

/// What is posted to an endpoint.
#[derive(Debug)]
pub(super) struct Message<'a> {
    pub(super) body: &'a [u8],
    /// What the body is.
    pub(super) content_type: &'static str,
    /// What the answer may be.
    pub(super) accept: &'static str,
    pub(super) authorization: Option<&'a Secret>,
    /// The proof of the key that the token is to be bound to.
    pub(super) proof: Option<&'a Secret>,
    /// Other headers.
    pub(super) headers: &'a Headers,
}

/// Which hosts a request may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// The one that the user, or a server that the user trusts, has named.
    Any,
    /// One that another has named: none with an address outside the public internet.
    Public,
}

/// What the head of an MCP server's answer says of the credential.
#[derive(Debug)]
pub struct Verdict {
    /// The status code.
    pub status: u16,
    /// How long it asks to wait.
    pub(super) retry_after: Option<Duration>,
    /// What it asks for.
    pub challenges: Vec<Challenge>,
}

impl Transport {
    /// A way on which everything is over by `deadline`. The `certificate` is shown to servers that ask for one.
    #[must_use]
    pub fn new(trust: Trust, proxy: Option<Proxy>, certificate: Option<ClientCertificate>, deadline: Deadline) -> Self {
        Self {
            trust,
            proxy,
            certificate,
            deadline,
            tls: OnceCell::new(),
            with_tls: OnceCell::new(),
            plain: OnceCell::new(),
        }
    }

    /// The same way with another moment by which everything is over.
    #[must_use]
    pub fn until(self, deadline: Deadline) -> Self {
        Self { deadline, ..self }
    }

    /// The moment by which everything is over.
    #[must_use]
    pub fn deadline(&self) -> &Deadline {
        &self.deadline
    }

    /// Fetches a document.
    pub(super) fn get(&self, endpoint: &Endpoint, reach: Reach, notes: &Notes) -> Result<Response, Failure> {
        let agent = self.agent(endpoint, notes)?;
        let answer = self.reaching(agent, endpoint, reach)?.get(endpoint.as_str());
        let timed = answer
            .header(header::ACCEPT, JSON)
            .config()
            .timeout_global(Some(self.left(endpoint, &self.deadline, notes)?))
            .proxy(self.proxy_to(endpoint))
            .build();
        let answer = timed.call().map_err(|error| self.failure(error, endpoint, &self.deadline, notes))?;
        self.read(answer, endpoint, notes)
    }

    /// The agent for a request that may go so far. A proxy looks the host up by itself, so it is looked up here before.
    fn reaching(&self, agent: &Agent, endpoint: &Endpoint, reach: Reach) -> Result<Agent, Failure> {
        match (reach, self.proxy_of(endpoint)) {
            (Reach::Public, None) => {
                let connector = connector(self.tls.get().cloned());
                Ok(Agent::with_parts(agent.config().clone(), connector, PublicOnly::default()))
            }
            (Reach::Public, Some(_)) if PublicOnly::refuses(endpoint.as_str(), agent.config()) => {
                Err(failure::not_public(endpoint))
            }
            _ => Ok(agent.clone()),
        }
    }

    /// Sends a message.
    pub(super) fn post(&self, endpoint: &Endpoint, message: &Message<'_>, notes: &Notes) -> Result<Response, Failure> {
        let answer = self.send(endpoint, message, &self.deadline, notes)?;
        self.read(answer, endpoint, notes)
    }

    /// Sends a message until `deadline`; of the answer only its head is read.
    fn send(
        &self,
        endpoint: &Endpoint,
        message: &Message<'_>,
        deadline: &Deadline,
        notes: &Notes,
    ) -> Result<HttpResponse<Body>, Failure> {
        let mut request = self
            .agent(endpoint, notes)?
            .post(endpoint.as_str())
            .header(header::ACCEPT, message.accept)
            .header(header::CONTENT_TYPE, message.content_type);
        if let Some(authorization) = message.authorization {
            request = request.header(header::AUTHORIZATION, authorization.expose());
        }
        if let Some(proof) = message.proof {
            request = request.header("DPoP", proof.expose());
        }
        for (name, value) in message.headers.iter() {
            request = request.header(name, value);
        }
        let left = self.left(endpoint, deadline, notes)?;
        let timed = request.config().timeout_global(Some(left)).proxy(self.proxy_to(endpoint)).build();
        timed.send(message.body).map_err(|error| self.failure(error, endpoint, deadline, notes))
    }

    /// Posts JSON-RPC to an MCP server with these headers. Of the answer only its head is read.
    ///
    /// # Errors
    /// [`Error::Transient`] when there is no answer in time, [`Error::Refused`] when it is none; those of trust that
    /// cannot be read.
    pub fn post_json(
        &self,
        server: &Endpoint,
        headers: &Headers,
        json: &[u8],
        notes: &Notes,
    ) -> Result<Verdict, Error> {
        Ok(self.post_json_until(server, headers, json, &self.deadline, notes)?)
    }

    /// The same with a deadline that is earlier than that of others.
    pub(super) fn post_json_until(
        &self,
        server: &Endpoint,
        headers: &Headers,
        json: &[u8],
        deadline: &Deadline,
        notes: &Notes,
    ) -> Result<Verdict, Failure> {
        let accept = "application/json, text/event-stream";
        let message = Message { body: json, content_type: JSON, accept, authorization: None, proof: None, headers };
        let head = self.send(server, &message, deadline, notes)?;
        let challenges = Challenge::parse(head.headers().get_all(header::WWW_AUTHENTICATE));
        let (_, wish) = date_and_wish(head.headers());
        Ok(Verdict { status: head.status().as_u16(), retry_after: wish, challenges })
    }

    fn agent(&self, endpoint: &Endpoint, notes: &Notes) -> Result<&Agent, Error> {
        let known = if endpoint.has_tls() { &self.with_tls } else { &self.plain };
        if let Some(agent) = known.get() {
            return Ok(agent);
        }
        // Each request says which proxy it takes; ureq's own look at the environment has no say.
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(concat!("hdr/", env!("CARGO_PKG_VERSION")))
            .proxy(None);
        let tls = if endpoint.has_tls() {
            let client = self.trust.client(self.certificate.as_ref(), notes)?;
            Some(Arc::clone(self.tls.get_or_init(|| client)))
        } else {
            None
        };
        Ok(known.get_or_init(|| Agent::with_parts(config.build(), connector(tls), DefaultResolver::default())))
    }

    /// The time left, of which there is some: to ureq, none means a second.
    fn left(&self, endpoint: &Endpoint, deadline: &Deadline, notes: &Notes) -> Result<Duration, Failure> {
        let left = deadline.remaining();
        if left.is_zero() {
            let timeout = ureq::Error::Timeout(ureq::Timeout::Global);
            return Err(self.failure(timeout, endpoint, deadline, notes));
        }
        Ok(left)
    }

    fn failure(&self, error: ureq::Error, endpoint: &Endpoint, deadline: &Deadline, notes: &Notes) -> Failure {
        let request = failure::Request {
            endpoint,
            route: &self.route(endpoint),
            peer: failure::Peer { has_certificate: self.certificate.is_some(), redactor: notes.redactor() },
            deadline,
        };
        failure::of(error, &request)
    }

    /// Through which proxy, if any, as messages say it.
    fn route(&self, endpoint: &Endpoint) -> String {
        self.proxy_of(endpoint).map_or_else(String::new, |proxy| format!(" through {proxy}"))
    }

    fn proxy_of(&self, endpoint: &Endpoint) -> Option<&Proxy> {
        self.proxy.as_ref().filter(|proxy| endpoint.has_tls() && proxy.serves(endpoint.origin()))
    }

    fn proxy_to(&self, endpoint: &Endpoint) -> Option<ureq::Proxy> {
        self.proxy_of(endpoint).map(Proxy::connection)
    }

    fn read(&self, answer: HttpResponse<Body>, endpoint: &Endpoint, notes: &Notes) -> Result<Response, Failure> {
        let (head, body) = answer.into_parts();
        let body = body.into_with_config().limit(LIMIT).read_to_vec();
        let body = body.map_err(|error| self.failure(error, endpoint, &self.deadline, notes))?;
        Ok(Response::new(head.status.as_u16(), &head.headers, body))
    }
}

impl Response {
    pub(super) fn new(status: u16, headers: &HeaderMap, body: Vec<u8>) -> Self {
        let text = |name| text(headers, name);
        let (date, wish) = date_and_wish(headers);
        Self {
            status,
            date,
            retry_after: wish,
            location: text(header::LOCATION).map(str::to_owned),
            media_type: media_type(text(header::CONTENT_TYPE).unwrap_or_default()),
            challenges: Challenge::parse(headers.get_all(header::WWW_AUTHENTICATE)),
            dpop_nonce: headers.get("dpop-nonce").and_then(|nonce| nonce.to_str().ok()).map(str::to_owned),
            body: Secret::new(body),
        }
    }

    /// Whether it says that all went well.
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// How far the server's clock is ahead of ours, which shows `now`; nothing where it tells none.
    pub(super) fn skew(&self, now: DateTime<Utc>) -> TimeDelta {
        self.date.map_or_else(TimeDelta::zero, |date| date.signed_duration_since(now))
    }
}

/// How ureq connects by default, but that what has arrived is read, and that TLS trusts whom we trust.
fn connector(tls: Option<Arc<ClientConfig>>) -> impl Connector {
    ().chain(SocksConnector::default())
        .chain(ConnectProxyConnector::default())
        .chain(TcpConnector::default())
        .chain(ArrivedConnector)
        .chain(TlsConnector(tls))
}

/// The media type of answers.
pub(super) const JSON: &str = "application/json";

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn media_type(value: &str) -> String {
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The server's clock, and how long it asks to wait.
pub(crate) fn date_and_wish(headers: &HeaderMap) -> (Option<DateTime<Utc>>, Option<Duration>) {
    let date = text(headers, header::DATE).and_then(|date| DateTime::parse_from_rfc2822(date).ok());
    let date = date.map(|date| date.to_utc());
    (date, text(headers, header::RETRY_AFTER).and_then(|wish| retry_after(wish, date)))
}

/// Seconds, or a date by the server's own clock (RFC 9110 section 10.2.3).
fn retry_after(value: &str, date: Option<DateTime<Utc>>) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = DateTime::parse_from_rfc2822(value).ok()?.to_utc();
    at.signed_duration_since(date?).to_std().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let date = DateTime::from_timestamp(784_887_151, 0);
        assert_eq!(retry_after("120", None), Some(Duration::from_secs(120)));
        assert_eq!(retry_after("Tue, 15 Nov 1994 08:12:41 GMT", date), Some(Duration::from_secs(10)));
        for value in ["Tue, 15 Nov 1994 08:12:21 GMT", "soon", "-1", ""] {
            assert_eq!(retry_after(value, date), None, "{value}");
        }
    }

    #[test]
    fn media_types_have_no_parameters() {
        assert_eq!(media_type("Text/HTML ; charset=utf-8"), "text/html");
    }
}
