//! HTTP Message Signatures (RFC 9421) with a private key.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hyper::header::{HeaderName, HeaderValue};

use super::{Unsigned, header};
use crate::error::{Error, Report, quotable};
use crate::os::random;
use crate::run::content_digest;
use crate::sign::component::Derived;
use crate::sign::jws::ReadyKey;
use crate::sign::message_signature::MessageSignature;

/// What signs messages.
#[derive(Debug)]
pub(super) struct MessageSigner {
    pub(super) key: ReadyKey,
    /// The name of its algorithm in signatures.
    pub(super) algorithm: &'static str,
    pub(super) key_id: Option<String>,
    /// What `--components` names; nothing for what is usual.
    pub(super) components: Option<Vec<Component>>,
    pub(super) signature: MessageSignature,
    pub(super) has_nonce: bool,
}

/// A component that can be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Component {
    Derived(&'static str, Derived),
    /// The header of that name, in lower case.
    Field(String),
}

/// What is signed of each request; of the last two what the request has.
const USUAL: [&str; 6] =
    ["@method", "@target-uri", "content-type", "content-digest", "authorization", "mcp-session-id"];

/// Headers that the bridge itself sets, and the beginning of the names of others.
const OF_THE_BRIDGE: [&str; 6] =
    ["accept", "content-digest", "content-length", "content-type", "host", "last-event-id"];
const OF_MCP: &str = "mcp-";

/// Headers about a body, which a request without one does not have.
const OF_THE_BODY: [&str; 3] = ["content-type", "content-digest", "content-length"];

impl Component {
    /// The components that `--components` names.
    ///
    /// # Errors
    /// [`Error::Usage`] for one that is not known or given twice.
    pub(super) fn parse_all(names: &str) -> Result<Vec<Self>, Error> {
        let mut components = Vec::new();
        for name in names.split_ascii_whitespace() {
            let component = Self::parse(&name.to_ascii_lowercase())?;
            if components.contains(&component) {
                let fact = format_args!(": {} is given twice", component.name());
                return Err(Error::Usage(Report::of("--components", fact, "a component is signed once", "remove one")));
            }
            components.push(component);
        }
        Ok(components)
    }

    fn parse(name: &str) -> Result<Self, Error> {
        if let Some((name, derived)) = Derived::of_request(name).filter(|(name, _)| name.starts_with('@')) {
            return Ok(Self::Derived(name, derived));
        }
        // What signs is not signed.
        let is_field =
            HeaderName::from_bytes(name.as_bytes()).is_ok() && !matches!(name, "signature" | "signature-input");
        if is_field {
            return Ok(Self::Field(name.to_owned()));
        }
        let fact = format_args!(": {} is unknown", quotable(name));
        let cause = "it is neither the name of a header nor a derived component of a request";
        let remedy =
            "use @method, @target-uri, @authority, @path, @query, @request-target, @scheme or the name of a header";
        Err(Error::Usage(Report::of("--components", fact, cause, remedy)))
    }

    fn name(&self) -> &str {
        match self {
            Self::Derived(name, _) => name,
            Self::Field(name) => name,
        }
    }
}

impl MessageSigner {
    /// Refuses a component that no request has, where nothing but the bridge and what `sets` headers makes some.
    ///
    /// # Errors
    /// [`Error::Usage`] then.
    pub(super) fn check_components(&self, sets: impl Fn(&str) -> bool) -> Result<(), Error> {
        let is_known = |name: &str| OF_THE_BRIDGE.contains(&name) || name.starts_with(OF_MCP) || sets(name);
        for component in self.components.iter().flatten() {
            if let Component::Field(name) = component
                && !is_known(name)
            {
                return Err(missing(name, "no request has such a header"));
            }
        }
        Ok(())
    }

    /// The headers that sign a request.
    pub(super) fn sign(
        &self,
        request: &Unsigned<'_>,
        now: DateTime<Utc>,
    ) -> Result<Vec<(HeaderName, HeaderValue)>, Error> {
        let digest = request.body.map(content_digest);
        let components = self.components(request)?;
        let nonce = if self.has_nonce { Some(nonce()?) } else { None };
        let (names, key_id) = (inner_list(&components), self.key_id.as_deref());
        let parameters = self.signature.parameters_at(now, &names, nonce.as_deref(), key_id, self.algorithm);
        let base = base(&components, request, digest.as_deref(), &parameters)?;
        let (label, signature) = (self.signature.label(), STANDARD.encode(self.key.sign(&base)?));
        let digest = digest.map(|digest| header("content-digest", digest.as_bytes(), false)).transpose()?;
        let mut headers: Vec<_> = digest.into_iter().collect();
        headers.push(header("signature-input", format!("{label}={parameters}").as_bytes(), false)?);
        headers.push(header("signature", format!("{label}=:{signature}:").as_bytes(), true)?);
        Ok(headers)
    }

    /// What is signed of this request, in order.
    fn components(&self, request: &Unsigned<'_>) -> Result<Vec<Component>, Error> {
        let is_there = |name: &str| request.body.is_some() || !OF_THE_BODY.contains(&name);
        if let Some(components) = &self.components {
            return Ok(components.iter().filter(|component| is_there(component.name())).cloned().collect());
        }
        let is_usual = |name: &&&str| match **name {
            "authorization" | "mcp-session-id" => request.field(name).is_some(),
            name => is_there(name),
        };
        USUAL.iter().filter(is_usual).map(|name| Component::parse(name)).collect()
    }
}

/// The names as an inner list (section 2.3).
fn inner_list(components: &[Component]) -> String {
    let names: Vec<_> = components.iter().map(|component| format!("\"{}\"", component.name())).collect();
    format!("({})", names.join(" "))
}

/// What is signed: the signature base (section 2.5).
fn base(
    components: &[Component],
    request: &Unsigned<'_>,
    digest: Option<&str>,
    parameters: &str,
) -> Result<Vec<u8>, Error> {
    let mut base = Vec::new();
    for component in components {
        base.extend(format!("\"{}\": ", component.name()).into_bytes());
        base.extend(value(component, request, digest)?);
        base.push(b'\n');
    }
    base.extend(format!("\"@signature-params\": {parameters}").into_bytes());
    Ok(base)
}

/// The value of a component of this request.
fn value(component: &Component, request: &Unsigned<'_>, digest: Option<&str>) -> Result<Vec<u8>, Error> {
    let of_url = |derived: Derived| derived.value(request.method, request.url);
    let found = match component {
        Component::Derived(_, derived) => of_url(*derived)?.map(String::into_bytes),
        Component::Field(name) => match name.as_str() {
            "content-digest" => digest.map(|digest| digest.as_bytes().to_vec()),
            "content-length" => request.body.map(|body| body.len().to_string().into_bytes()),
            "host" => of_url(Derived::Authority)?.map(String::into_bytes),
            name => request.field(name),
        },
    };
    found.ok_or_else(|| missing(component.name(), format_args!("the {} request has no such header", request.method)))
}

fn missing(name: &str, cause: impl fmt::Display) -> Error {
    let remedy = "remove it, or set the header with -H 'NAME: TEMPLATE'";
    Error::Usage(Report::of("--components", format_args!(" {name} has no value"), cause, remedy))
}

fn nonce() -> Result<String, Error> {
    let mut bytes = [0; 16];
    random::fill(&mut bytes).map_err(random::missing)?;
    Ok(hex::encode(bytes))
}

#[cfg(test)]
mod known_answers;
