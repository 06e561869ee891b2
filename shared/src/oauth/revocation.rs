//! Token revocation (RFC 7009): a token that is no longer used is sent to the server, which ends it, and its grant with a refresh
//! token.

use std::time::Duration;

use crate::error::notes::Notes;
use crate::error::{Error, Report};
use crate::header::Headers;
use crate::oauth::authorization_server::AuthorizationServer;
use crate::oauth::body::Body;
use crate::oauth::client::{Client, Method};
use crate::oauth::failure::Failure;
use crate::oauth::form::{Encoding, Form};
use crate::oauth::patience::persist;
use crate::oauth::refusal::{busy, redirected, said};
use crate::os::clock;

use crate::oauth::request::has_error;
use crate::oauth::transport::{JSON, Message, Transport};
use crate::secret::Secret;

/// What kind of token is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A refresh token.
    Refresh,
    /// An access token.
    Access,
}

impl TokenKind {
    /// As messages name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Refresh => "refresh token",
            Self::Access => "access token",
        }
    }

    /// As the request names it.
    fn hint(self) -> &'static str {
        match self {
            Self::Refresh => "refresh_token",
            Self::Access => "access_token",
        }
    }
}

/// Revokes a token of `client` at `server`, who authenticates as for the token request. A token that is not valid
/// any more counts as revoked, as it does for the server.
///
/// # Errors
/// [`Error::Refused`] when the server names no revocation endpoint, or refuses; [`Error::Transient`] when it cannot be
/// reached or is not available; those of [`Client`] for a key or assertion that cannot be used.
pub fn revoke(
    server: &AuthorizationServer,
    client: &Client,
    token: &Secret,
    kind: TokenKind,
    transport: &Transport,
    notes: &Notes,
) -> Result<(), Error> {
    let method = client.method();
    let is_mutual = method == Method::Tls;
    let Some(endpoint) = server.revocation_endpoint(is_mutual) else {
        let fact = format_args!("{} does not revoke tokens", server.token_endpoint(is_mutual));
        let cause = "the metadata of its issuer has no usable revocation_endpoint";
        return Err(Error::Refused(Report::new(fact, cause, REMEDY)));
    };
    let audience = server.issuer().unwrap_or(endpoint.as_str());
    persist(transport.deadline(), Duration::ZERO, notes, || {
        let mut form = Form::default();
        form.add_secret("token", token);
        form.add("token_type_hint", kind.hint());
        let authorization = client.authenticate(&mut form, audience, clock::now(), notes)?;
        for secret in form.secrets().chain(client.secret()).chain(&authorization) {
            notes.redactor().add(secret.expose());
        }
        let sent_body = form.encode();
        let message = Message {
            body: sent_body.expose(),
            content_type: Encoding::Form.media_type(),
            accept: JSON,
            authorization: authorization.as_ref(),
            proof: None,
            headers: &Headers::default(),
        };
        let response = transport.post(endpoint, &message, notes)?;
        let status = response.status;
        notes.explain(|| {
            format!("{endpoint} asked to revoke the {} ({}): it answered {status}", kind.name(), method.name())
        });
        let body = Body::read(&response);
        let said = || said(&response, &body, notes.redactor());
        match status {
            200..300 if !body.object().is_some_and(has_error) => Ok(()),
            300..400 => Err(Failure::Lasting(redirected(endpoint, None, &response, notes.redactor()))),
            408 | 429 | 500.. => Err(busy(endpoint, status, response.retry_after, &said())),
            _ => {
                let fact = format_args!("{endpoint} did not revoke it");
                let cause = format_args!("it answered {status}{}", said());
                Err(Failure::Lasting(Error::Refused(Report::new(fact, cause, REMEDY))))
            }
        }
    })
}

const REMEDY: &str = "revoke it at the server by hand";
