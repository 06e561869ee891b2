//! What a sign-in brought, as it is written into its sealed file.

use chrono::{DateTime, Utc};
use clap::ValueEnum;
use serde_json::{Map, Value, json};

use crate::oauth::authorization_server::AuthorizationServer;
use crate::oauth::client::Method;
use crate::oauth::url::Endpoint;
use crate::secret::Secret;

/// What a sign-in brought, and where it is good.
#[derive(Debug)]
pub(in crate::bearer) struct KeptSignIn {
    /// Of this sign-in alone: no token of another one is taken for one of it.
    pub(in crate::bearer) id: String,
    pub(in crate::bearer) refresh_token: Option<Secret>,
    /// The newest access token, which is revoked with the sign-in.
    pub(in crate::bearer) access: IssuedAccess,
    pub(in crate::bearer) client_id: Option<String>,
    /// How a client authenticates that was registered for it, and with which secret.
    pub(in crate::bearer) registered: Option<(Method, Option<Secret>)>,
    pub(in crate::bearer) server: AuthorizationServer,
    /// What the MCP server said of itself.
    pub(in crate::bearer) resource: Option<String>,
}

/// An access token and its life.
#[derive(Debug)]
pub(in crate::bearer) struct IssuedAccess {
    pub(in crate::bearer) token: Secret,
    pub(in crate::bearer) issued_at: DateTime<Utc>,
    pub(in crate::bearer) expires_at: DateTime<Utc>,
}

impl KeptSignIn {
    /// It as JSON.
    pub(in crate::bearer) fn written(&self) -> Secret {
        let text = |secret: &Secret| secret.expose_text().unwrap_or_default().to_owned();
        let server = &self.server;
        let written = json!({
            "id": self.id,
            "refresh_token": self.refresh_token.as_ref().map(text),
            "access_token": text(&self.access.token),
            "issued_at": self.access.issued_at.timestamp_millis(),
            "expires_at": self.access.expires_at.timestamp_millis(),
            "client_id": self.client_id,
            "client_auth": self.registered.as_ref().map(|(method, _)| method.name()),
            "client_secret": self.registered.as_ref().and_then(|(_, secret)| secret.as_ref()).map(text),
            "issuer": server.issuer(),
            "endpoints": server.endpoints().map(|endpoint| endpoint.map(Endpoint::as_str)),
            "auth_methods": server.auth_methods(),
            "resource": self.resource,
        });
        Secret::new(written.to_string().into_bytes())
    }

    /// What [`KeptSignIn::written`] wrote.
    pub(in crate::bearer) fn read(written: &Secret) -> Option<Self> {
        let object: Map<String, Value> = serde_json::from_slice(written.expose()).ok()?;
        let text = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
        let secret = |name: &str| text(name).map(|text| Secret::new(text.into_bytes()));
        let time = |name: &str| object.get(name).and_then(Value::as_i64).and_then(DateTime::from_timestamp_millis);
        let list = |name: &str| object.get(name).and_then(Value::as_array).into_iter().flatten();
        // They were checked before they were written.
        let endpoint = |url: &Value| url.as_str().and_then(|url| Endpoint::typed("its endpoint", url).ok());
        let endpoints: Vec<_> = list("endpoints").map(endpoint).collect();
        let [token, mutual, revocation, mutual_revocation] = endpoints.try_into().ok()?;
        let auth_methods = list("auth_methods").filter_map(Value::as_str).map(str::to_owned).collect();
        let method = text("client_auth").map(|name| Method::from_str(&name, false).ok());
        let method = match method {
            Some(method) => Some(method?),
            None => None,
        };
        Some(Self {
            id: text("id")?,
            refresh_token: secret("refresh_token"),
            access: IssuedAccess {
                token: secret("access_token")?,
                issued_at: time("issued_at")?,
                expires_at: time("expires_at")?,
            },
            client_id: text("client_id"),
            registered: method.map(|method| (method, secret("client_secret"))),
            server: AuthorizationServer::remembered(
                text("issuer"),
                [token, mutual],
                [revocation, mutual_revocation],
                auth_methods,
            )?,
            resource: text("resource"),
        })
    }
}
