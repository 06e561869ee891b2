//! Dynamic client registration (RFC 7591): a client of the user's own at an authorization server that knows none.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::error::notes::Notes;
use crate::error::{Error, Report};
use crate::header::Headers;
use crate::oauth::authorization_server::AuthorizationServer;
use crate::oauth::body::Body;
use crate::oauth::client::Method;
use crate::oauth::failure::Failure;
use crate::oauth::patience::persist;
use crate::oauth::refusal::{busy, redirected, said};
use crate::oauth::request::has_error;
use crate::oauth::transport::{JSON, Message, Transport};
use crate::oauth::url::Endpoint;
use crate::secret::Secret;

/// The name of the client, as a person sees it who is asked for consent.
const CLIENT_NAME: &str = "hdr";

/// A client that a server has registered.
#[derive(Clone, Debug)]
pub struct RegisteredClient {
    /// Its identifier.
    pub id: String,
    /// Its secret, where it has one.
    pub secret: Option<Secret>,
    /// When that ends, in Unix seconds.
    pub secret_expires_at: Option<i64>,
    /// How it authenticates.
    pub method: Method,
    /// Where a browser may bring answers for it.
    pub redirect_urls: Vec<String>,
}

/// Registers a client at `endpoint` of `server` that is answered at `redirect_url`, and asks for `scope`.
///
/// # Errors
/// [`Error::Refused`] when the server refuses or its answer cannot be used, [`Error::Transient`] when it cannot be reached or is
/// not available.
pub fn register(
    server: &AuthorizationServer,
    endpoint: &Endpoint,
    redirect_url: &str,
    scope: &[String],
    transport: &Transport,
    notes: &Notes,
) -> Result<RegisteredClient, Error> {
    let method = method(server);
    let mut grants = vec!["authorization_code", "refresh_token"];
    grants.extend(server.sign_in.device_endpoint.as_ref().map(|_| "urn:ietf:params:oauth:grant-type:device_code"));
    let mut metadata = json!({
        "client_name": CLIENT_NAME,
        "application_type": "native",
        "redirect_uris": [redirect_url],
        "grant_types": grants,
        "response_types": ["code"],
        "token_endpoint_auth_method": metadata_name(method),
    });
    if let (Some(metadata), false) = (metadata.as_object_mut(), scope.is_empty()) {
        metadata.insert("scope".to_owned(), scope.join(" ").into());
    }
    let body = metadata.to_string();
    persist(transport.deadline(), Duration::ZERO, notes, || {
        let message = Message {
            body: body.as_bytes(),
            content_type: JSON,
            accept: JSON,
            authorization: None,
            proof: None,
            headers: &Headers::default(),
        };
        let response = transport.post(endpoint, &message, notes)?;
        let status = response.status;
        notes.explain(|| format!("{endpoint} asked to register a client: it answered {status}"));
        let body = Body::read(&response);
        let said = || said(&response, &body, notes.redactor());
        match (status, body.object()) {
            (200..300, Some(object)) if !has_error(object) => Ok(read(object, method, redirect_url, endpoint, notes)?),
            (300..400, _) => Err(Failure::Lasting(redirected(endpoint, None, &response, notes.redactor()))),
            (408 | 429 | 500.., _) => Err(busy(endpoint, status, response.retry_after, &said())),
            _ => {
                let fact = format_args!("{endpoint} did not register a client");
                let cause = format_args!("it answered {status}{}", said());
                let remedy = "register one by hand, and give --client-id";
                Err(Failure::Lasting(Error::Refused(Report::new(fact, cause, remedy))))
            }
        }
    })
}

/// How the client is to authenticate: a program on the user's machine keeps no secret (RFC 8252 section 8.5), so that it has none
/// where the server allows that.
fn method(server: &AuthorizationServer) -> Method {
    let listed = server.auth_methods();
    let known = [Method::None, Method::Basic, Method::Post];
    let is_listed = |method: &Method| listed.iter().any(|name| name == metadata_name(*method));
    known.into_iter().find(is_listed).unwrap_or(Method::None)
}

fn metadata_name(method: Method) -> &'static str {
    match method {
        Method::Basic => "client_secret_basic",
        Method::Post => "client_secret_post",
        _ => "none",
    }
}

fn read(
    object: &Map<String, Value>,
    asked: Method,
    redirect_url: &str,
    endpoint: &Endpoint,
    notes: &Notes,
) -> Result<RegisteredClient, Error> {
    let refused = |cause: &str| {
        let fact = format_args!("the client that {endpoint} registered cannot be used");
        Error::Refused(Report::new(fact, cause, "register one by hand, and give --client-id"))
    };
    let text = |name: &str| object.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let secret = text("client_secret").map(|secret| Secret::new(secret.as_bytes().to_vec()));
    if let Some(secret) = &secret {
        notes.redactor().add(secret.expose());
    }
    let method = match text("token_endpoint_auth_method") {
        None => asked,
        Some("none") => Method::None,
        Some("client_secret_basic") => Method::Basic,
        Some("client_secret_post") => Method::Post,
        Some(_) => return Err(refused("it is to authenticate in a way that was not asked for")),
    };
    if method != Method::None && secret.is_none() {
        return Err(refused("it is to authenticate with a client_secret, and the answer has none"));
    }
    let redirect_urls = object.get("redirect_uris").and_then(Value::as_array);
    let redirect_urls = redirect_urls.map(|urls| urls.iter().filter_map(Value::as_str).map(str::to_owned).collect());
    Ok(RegisteredClient {
        id: text("client_id").ok_or_else(|| refused("the answer has no client_id"))?.to_owned(),
        secret,
        // 0 is for ever.
        secret_expires_at: object.get("client_secret_expires_at").and_then(Value::as_i64).filter(|at| *at > 0),
        method,
        redirect_urls: redirect_urls.unwrap_or_else(|| vec![redirect_url.to_owned()]),
    })
}
