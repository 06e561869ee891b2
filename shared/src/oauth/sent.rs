//! What a token request says, as its reader may see it: the names of its fields, and the values that are no secret.

use serde_json::{Map, Value};

use crate::error::{OutsideText, Redactor};
use crate::oauth::form::{Encoding, Form};
use crate::oauth::token;
use crate::oauth::token_request::TokenRequest;
use crate::oauth::url::Endpoint;
use crate::secret::Secret;

/// The header with the proof of a key (RFC 9449 section 4.1).
pub(super) const PROOF: &str = "DPoP";

/// What was sent, without secrets.
#[derive(Debug, Default)]
pub(super) struct Sent {
    pub(super) client_id: Option<String>,
    /// Whether the form encoding before basic changed the client's identifier or secret.
    pub(super) is_encoded: bool,
    pub(super) scope: Option<String>,
    pub(super) audience: Vec<String>,
    pub(super) resource: Vec<String>,
    /// The assertion that was signed here: the client's, else that of the grant.
    pub(super) assertion: Option<SentAssertion>,
    /// Whether metadata named the endpoint.
    pub(super) has_issuer: bool,
    /// The ways to authenticate that metadata lists.
    pub(super) listed: Vec<String>,
    /// The names of its parameters.
    pub(super) fields: Vec<String>,
    /// The names of the headers that were asked for.
    pub(super) headers: Vec<String>,
    pub(super) encoding: Encoding,
}

/// What an assertion says.
#[derive(Debug, Default)]
pub(super) struct SentAssertion {
    pub(super) audience: Option<String>,
    pub(super) issuer: Option<String>,
    pub(super) subject: Option<String>,
    pub(super) kid: Option<String>,
    pub(super) algorithm: Option<String>,
}

impl Sent {
    /// What `request` says with this form. What the user typed into an option that takes no secret is no token, wherever it
    /// is repeated.
    pub(super) fn of(
        request: &TokenRequest<'_>,
        form: &Form,
        has_authorization: bool,
        endpoint: &Endpoint,
        redactor: &Redactor,
    ) -> Self {
        let client_id = request.client.id();
        let parameters = request.parameters;
        let scope = parameters.scope();
        if let Some(typed) = client_id {
            redactor.allow(typed);
        }
        let headers = request.headers.iter().map(|(name, _)| name);
        let signed = [("client_assertion", request.client.signs()), ("assertion", request.grant.signs())];
        let signed = signed.into_iter().find(|(_, is_signed)| *is_signed).and_then(|(name, _)| form.value(name));
        Self {
            client_id: client_id.map(|id| OutsideText::new(id).shown_as_typed(redactor)),
            is_encoded: request.client.is_encoded(),
            scope: (!scope.is_empty())
                .then(|| OutsideText::new(scope.join(" ")).words(redactor, parameters.written_scope())),
            audience: parameters.audience().iter().map(|it| OutsideText::new(it).shown_with_path(redactor)).collect(),
            resource: parameters.resource().iter().map(|it| OutsideText::new(it).shown_with_path(redactor)).collect(),
            assertion: signed.and_then(|signed| SentAssertion::of(signed, endpoint, redactor)),
            has_issuer: request.server.issuer().is_some(),
            listed: request.server.auth_methods().to_vec(),
            fields: form.names().map(|name| OutsideText::new(name).shown(redactor)).collect(),
            headers: headers
                .chain(has_authorization.then_some("Authorization"))
                .chain(request.binding.is_some().then_some(PROOF))
                .map(str::to_owned)
                .collect(),
            encoding: request.encoding,
        }
    }

    /// All of it, for a request with this grant and client authentication.
    pub(super) fn shown(&self, grant: &str, method: &str) -> String {
        let mut parts = vec![format!("grant {grant}"), format!("client authentication {method}")];
        parts.extend(self.client_id.as_ref().map(|id| format!("client {id}")));
        parts.extend(self.scope.as_ref().map(|scope| format!("scope {scope}")));
        for (name, values) in [("audience", &self.audience), ("resource", &self.resource)] {
            parts.extend(values.iter().map(|value| format!("{name} {value}")));
        }
        let names = |names: &[String]| if names.is_empty() { "none".to_owned() } else { names.join(" ") };
        let body = if self.encoding == Encoding::Json { "JSON" } else { "a form" };
        parts.push(format!("{body} with {}", names(&self.fields)));
        parts.push(format!("headers {}", names(&self.headers)));
        parts.join(", ")
    }
}

impl SentAssertion {
    fn of(assertion: &Secret, endpoint: &Endpoint, redactor: &Redactor) -> Option<Self> {
        let (claims, header) = (token::claims(assertion)?, token::header(assertion)?);
        let text = |object: &Map<String, Value>, name| {
            let text = match object.get(name)? {
                Value::String(text) => text.clone(),
                Value::Array(texts) => texts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
                _ => return None,
            };
            // The path of a token endpoint is nobody's business, but of an issuer and an audience it is a part.
            let is_endpoint = text == endpoint.as_str() && text != endpoint.origin();
            Some(if is_endpoint {
                "the token URL".to_owned()
            } else {
                OutsideText::new(text).shown_with_path(redactor)
            })
        };
        Some(Self {
            audience: text(&claims, "aud"),
            issuer: text(&claims, "iss"),
            subject: text(&claims, "sub"),
            kid: text(&header, "kid"),
            algorithm: text(&header, "alg"),
        })
    }
}
