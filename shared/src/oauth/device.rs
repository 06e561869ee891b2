//! The device authorization request (RFC 8628): a code that a person enters on another device.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::error::notes::Notes;
use crate::error::{Error, Report};
use crate::header::Headers;
use crate::oauth::authorization_server::AuthorizationServer;
use crate::oauth::body::Body;
use crate::oauth::client::Client;
use crate::oauth::failure::Failure;
use crate::oauth::form::{Encoding, Form};
use crate::oauth::patience::persist;
use crate::oauth::refusal::{busy, redirected, said};
use crate::oauth::request::has_error;
use crate::oauth::transport::{JSON, Message, Transport};
use crate::oauth::url::Endpoint;
use crate::os::clock;
use crate::secret::Secret;

/// What a server answers to a device, and the device shows.
#[derive(Debug)]
pub struct DeviceAuthorization {
    /// What the token endpoint is asked with.
    pub device_code: Secret,
    /// What the person enters.
    pub user_code: String,
    /// Where.
    pub verification_url: String,
    /// The same with the code in it.
    pub complete_url: Option<String>,
    /// How long the codes are good for.
    pub life: Duration,
    /// How long to wait between two requests.
    pub interval: Duration,
}

/// Where the lifetime is absent, which RFC 8628 does not allow; the longest that is believed; the usual interval, and the longest.
const LIFE: u64 = 300;
const LONGEST_LIFE: u64 = 24 * 60 * 60;
const INTERVAL: u64 = 5;
const LONGEST_INTERVAL: u64 = 60;

/// The most characters of a user code.
const LONGEST_CODE: usize = 64;

/// What a device asks for.
#[derive(Debug)]
pub struct DeviceRequest<'a> {
    /// The authorization server.
    pub server: &'a AuthorizationServer,
    /// Its endpoint for devices.
    pub endpoint: &'a Endpoint,
    /// The client that asks.
    pub client: &'a Client,
    /// The words of the scope.
    pub scope: &'a [String],
    /// Audiences and resources by the names of their parameters.
    pub others: &'a [(String, String)],
}

impl DeviceRequest<'_> {
    /// Asks for the codes.
    ///
    /// # Errors
    /// [`Error::Refused`] when the server refuses or its answer cannot be used, [`Error::Transient`] when it cannot be reached or
    /// is not available; those of [`Client`] for a credential that cannot be used.
    pub fn send(&self, transport: &Transport, notes: &Notes) -> Result<DeviceAuthorization, Error> {
        persist(transport.deadline(), Duration::ZERO, notes, || self.attempt(transport, notes))
    }

    fn attempt(&self, transport: &Transport, notes: &Notes) -> Result<DeviceAuthorization, Failure> {
        let Self { server, endpoint, client, .. } = self;
        let mut form = Form::default();
        let audience = server.issuer().unwrap_or(endpoint.as_str());
        let authorization = client.authenticate(&mut form, audience, clock::now(), notes)?;
        if !self.scope.is_empty() {
            form.add("scope", &self.scope.join(" "));
        }
        for (name, value) in self.others {
            form.add(name, value);
        }
        for secret in form.secrets().chain(client.secret()).chain(&authorization) {
            notes.redactor().add(secret.expose());
        }
        let body = form.encode();
        let message = Message {
            body: body.expose(),
            content_type: Encoding::Form.media_type(),
            accept: JSON,
            authorization: authorization.as_ref(),
            proof: None,
            headers: &Headers::default(),
        };
        let response = transport.post(endpoint, &message, notes)?;
        let status = response.status;
        notes.explain(|| {
            format!("{endpoint} asked for a device code ({}): it answered {status}", client.method().name())
        });
        let body = Body::read(&response);
        let said = || said(&response, &body, notes.redactor());
        match (status, body.object()) {
            (200..300, Some(object)) if !has_error(object) => Ok(self.read(object, notes)?),
            (300..400, _) => {
                Err(Failure::Lasting(redirected(endpoint, Some("--device-url"), &response, notes.redactor())))
            }
            (408 | 429 | 500.., _) => Err(busy(endpoint, status, response.retry_after, &said())),
            _ => {
                let fact = format_args!("{endpoint} gave no device code");
                let cause = format_args!("it answered {status}{}", said());
                let remedy = "check --client-id and --scope, and that the client may use the device flow";
                Err(Failure::Lasting(Error::Refused(Report::new(fact, cause, remedy))))
            }
        }
    }

    fn read(&self, object: &Map<String, Value>, notes: &Notes) -> Result<DeviceAuthorization, Error> {
        let endpoint = self.endpoint;
        let refused = |cause: &str| {
            let fact = format_args!("the answer of {endpoint} cannot be used");
            Error::Refused(Report::new(fact, cause, "check --device-url: it is not a device authorization endpoint"))
        };
        let text = |name: &str| object.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        // A number, which some write as a string.
        let number = |name: &str| {
            let value = object.get(name)?;
            value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
        };
        let device_code = text("device_code").ok_or_else(|| refused("it has no device_code"))?;
        notes.redactor().add(device_code.as_bytes());
        let user_code = text("user_code").ok_or_else(|| refused("it has no user_code"))?;
        if user_code.len() > LONGEST_CODE || !user_code.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return Err(refused("its user_code is not a short text of visible characters"));
        }
        // Google says verification_url.
        let url = text("verification_uri").or_else(|| text("verification_url"));
        let url = url.and_then(|url| shown_url(url, endpoint));
        let life = number("expires_in").filter(|life| *life > 0).unwrap_or(LIFE).min(LONGEST_LIFE);
        let interval = number("interval").unwrap_or(INTERVAL).clamp(1, LONGEST_INTERVAL);
        Ok(DeviceAuthorization {
            device_code: Secret::new(device_code.as_bytes().to_vec()),
            user_code: user_code.to_owned(),
            verification_url: url.ok_or_else(|| refused("it has no usable verification_uri"))?,
            complete_url: text("verification_uri_complete").and_then(|url| shown_url(url, endpoint)),
            life: Duration::from_secs(life),
            interval: Duration::from_secs(interval),
        })
    }
}

/// A URL that a person can be shown: https, or plain HTTP of a loopback host that is asked by plain HTTP itself.
fn shown_url(text: &str, endpoint: &Endpoint) -> Option<String> {
    Endpoint::compared(text, endpoint).map(|url| url.as_str().to_owned())
}

/// The interval after one that was too short (RFC 8628 section 3.5): five seconds longer, or what the server says.
#[must_use]
pub fn slower(interval: Duration, said: Option<u64>) -> Duration {
    let longer = interval.saturating_add(Duration::from_secs(5));
    said.map_or(longer, |said| Duration::from_secs(said.min(LONGEST_INTERVAL)).max(longer))
}
