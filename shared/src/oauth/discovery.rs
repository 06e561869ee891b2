//! Discovery: from an issuer (RFC 8414, OpenID Connect Discovery) or a protected resource (RFC 9728) to the endpoint.

mod resource;
mod unauthorized;

use std::time::Duration;

use serde_json::{Map, Value};

use crate::error::notes::Notes;
use crate::error::{Error, OutsideText, Redactor, Report};
use crate::oauth::authorization_server::{AuthorizationServer, SignInMetadata};
use crate::oauth::body::{Body, With};
use crate::oauth::failure::Failure;
use crate::oauth::patience::persist;
use crate::oauth::refusal::{busy, redirected_metadata, said};
use crate::oauth::transport::{Reach, Transport};
use crate::oauth::url::Endpoint;
use crate::secret::words::quoted;

pub use self::resource::{NoMetadata, ProtectedResource};

impl AuthorizationServer {
    /// The server that calls itself `issuer`, from its metadata.
    ///
    /// # Errors
    /// [`Error::Refused`] when there is none, or it is of another issuer or without a token endpoint; [`Error::Usage`]
    /// when that is plain HTTP; [`Error::Transient`] when the server cannot be reached.
    pub fn discover(issuer: &Endpoint, transport: &Transport, notes: &Notes) -> Result<Self, Error> {
        let statuses = match metadata(issuer, transport, notes)? {
            Ok(metadata) => return Self::read(issuer, &metadata, notes.redactor()),
            Err(statuses) => statuses,
        };
        let fact = format_args!("{issuer} does not describe an authorization server");
        let cause = format_args!("its well-known URLs answered {}", statuses.join(", "));
        let remedy = match issuer.path().find("/.well-known/") {
            Some(_) => "write the issuer alone, without /.well-known/ and what follows, or give --token-url",
            None => "check the issuer, or give --token-url",
        };
        Err(Error::Refused(Report::new(fact, cause, remedy)))
    }

    /// The authorization server that the MCP server at `server` is itself, as servers of revision 2025-03-26 are that say nothing
    /// of another one: its origin is the issuer, and without metadata its endpoints are at the paths of that revision.
    ///
    /// # Errors
    /// Those of [`AuthorizationServer::discover`].
    pub fn of_origin(server: &Endpoint, transport: &Transport, notes: &Notes) -> Result<Self, Error> {
        let origin = server.with_path(String::new());
        let Ok(found) = metadata(&origin, transport, notes)? else {
            let at = |path: &str| server.with_path(path.to_owned());
            let sign_in = SignInMetadata {
                authorization_endpoint: Some(at("/authorize")),
                registration_endpoint: Some(at("/register")),
                ..SignInMetadata::default()
            };
            return Ok(Self { sign_in, ..Self::at(at("/token")) });
        };
        // The origin is what was derived here, and its root is the same server.
        let root = server.with_path("/".to_owned());
        let is_root = text(&found, "issuer") == Some(root.as_str());
        Self::read(if is_root { &root } else { &origin }, &found, notes.redactor())
    }

    pub(super) fn read(issuer: &Endpoint, metadata: &Map<String, Value>, redactor: &Redactor) -> Result<Self, Error> {
        let refused = |cause: &str, remedy: &str| {
            Error::Refused(Report::new(format_args!("the metadata of {issuer} cannot be used"), cause, remedy))
        };
        let named =
            text(metadata, "issuer").ok_or_else(|| refused("it does not name an issuer", "give --token-url"))?;
        if named != issuer.as_str() {
            let found = OutsideText::new(named).shown_with_path(redactor);
            let cause = format!("it names the issuer {found}, not {}", issuer.shown_with_path(redactor));
            let remedy = match is_nearly(named, issuer.as_str()) {
                // What is not shown as it is cannot be typed.
                true if found == named => {
                    format!("give --issuer {}: a slash or the case of a letter differs", quoted(named))
                }
                true => "write the issuer exactly as the server does, with or without a final slash".to_owned(),
                false => "give the issuer as its own server writes it, or --token-url".to_owned(),
            };
            return Err(refused(&cause, &remedy));
        }
        let endpoint =
            text(metadata, "token_endpoint").ok_or_else(|| refused("it has no token_endpoint", "give --token-url"))?;
        let aliases = metadata.get("mtls_endpoint_aliases").and_then(Value::as_object);
        let mutual = aliases.and_then(|aliases| text(aliases, "token_endpoint"));
        // Where one of these cannot be used, tokens are issued all the same.
        let other = |named: Option<&Map<String, Value>>, field: &str| {
            Endpoint::from_metadata(field, text(named?, field)?, issuer, redactor).ok()
        };
        let revocation = |named| other(named, "revocation_endpoint");
        let says = |field: &str| metadata.get(field).and_then(Value::as_bool).unwrap_or_default();
        let sign_in = SignInMetadata {
            authorization_endpoint: other(Some(metadata), "authorization_endpoint"),
            device_endpoint: other(Some(metadata), "device_authorization_endpoint"),
            registration_endpoint: other(Some(metadata), "registration_endpoint"),
            scopes: texts(metadata, "scopes_supported"),
            challenge_methods: texts(metadata, "code_challenge_methods_supported"),
            names_itself: says("authorization_response_iss_parameter_supported"),
            takes_client_documents: says("client_id_metadata_document_supported"),
        };
        Ok(Self {
            issuer: Some(issuer.as_str().to_owned()),
            revocation_endpoints: [revocation(Some(metadata)), revocation(aliases)],
            token_endpoint: Endpoint::from_metadata("token_endpoint", endpoint, issuer, redactor)?,
            mutual_endpoint: mutual
                .map(|url| Endpoint::from_metadata("mTLS alias", url, issuer, redactor))
                .transpose()?,
            auth_methods: texts(metadata, "token_endpoint_auth_methods_supported"),
            sign_in,
        })
    }
}

/// The metadata of `issuer`, or what its well-known URLs answered instead.
fn metadata(
    issuer: &Endpoint,
    transport: &Transport,
    notes: &Notes,
) -> Result<Result<Map<String, Value>, Vec<String>>, Error> {
    let mut statuses = Vec::new();
    for url in of_issuer(issuer) {
        match fetch(&url, Reach::Any, transport, notes)? {
            Ok(metadata) => return Ok(Ok(metadata)),
            Err(answer) => statuses.push(answer),
        }
    }
    Ok(Err(statuses))
}

/// Whether two issuers differ in nothing but a slash at their end or the case of letters: to a server that is another one.
fn is_nearly(one: &str, other: &str) -> bool {
    one.trim_end_matches('/').eq_ignore_ascii_case(other.trim_end_matches('/'))
}

/// The well-known URLs of an issuer: RFC 8414 section 3.1, OpenID inserted likewise, OpenID appended.
fn of_issuer(issuer: &Endpoint) -> Vec<Endpoint> {
    let path = issuer.path().trim_end_matches('/');
    let mut paths = vec![
        format!("/.well-known/oauth-authorization-server{path}"),
        format!("/.well-known/openid-configuration{path}"),
        format!("{path}/.well-known/openid-configuration"),
    ];
    paths.dedup();
    paths.into_iter().map(|path| issuer.with_path(path)).collect()
}

/// The JSON object at `url`, or what stands there instead, in a word.
fn fetch(
    url: &Endpoint,
    reach: Reach,
    transport: &Transport,
    notes: &Notes,
) -> Result<Result<Map<String, Value>, String>, Error> {
    persist(transport.deadline(), Duration::ZERO, notes, || {
        let response = transport.get(url, reach, notes)?;
        notes.explain(|| format!("{url} asked for its metadata: it answered {}", response.status));
        match response.status {
            status @ (408 | 429 | 500..) => {
                let said = said(&response, &Body::read(&response), notes.redactor());
                Err(busy(url, status, response.retry_after, &said))
            }
            300..400 => Err(Failure::Lasting(redirected_metadata(url, &response, notes.redactor()))),
            200 => Ok(match Body::read(&response) {
                Body::Object(object) => Ok(object),
                body if body.is_page() => Err(format!("200{}", With(&body, notes.redactor()))),
                _ => Err("200 without JSON".to_owned()),
            }),
            // What most servers say of what they do not have.
            404 => Ok(Err("404".to_owned())),
            status => Ok(Err(format!("{status}{}", With(&Body::read(&response), notes.redactor())))),
        }
    })
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str)
}

fn texts(object: &Map<String, Value>, name: &str) -> Vec<String> {
    let values = object.get(name).and_then(Value::as_array).into_iter().flatten();
    values.filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
