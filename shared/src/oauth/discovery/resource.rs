//! The MCP server as a protected resource (RFC 9728): which authorization server it trusts, and with which scope.

use std::collections::HashSet;
use std::mem::take;

use serde_json::{Map, Value};

use super::unauthorized::Unauthorized;
use super::{fetch, is_nearly, text, texts};
use crate::error::notes::Notes;
use crate::error::{Error, OutsideText, Redactor, Report};
use crate::oauth::transport::{Reach, Transport};
use crate::oauth::url::Endpoint;

/// What a protected resource says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtectedResource {
    /// Its identifier, which the token request names (RFC 8707).
    pub resource: String,
    /// The issuer of its tokens.
    pub issuer: Endpoint,
    /// The scope that they need: what its 401 says, else all that its metadata lists. Text from outside.
    pub scope: Vec<String>,
}

/// A server has no metadata.
#[derive(Debug)]
pub struct NoMetadata {
    error: Error,
    /// The scope in its 401. Text from outside.
    scope: Option<String>,
}

impl NoMetadata {
    /// The scope in its 401.
    #[must_use]
    pub fn scope(&self) -> Vec<String> {
        self.scope.as_deref().map(|scope| tokens(scope.split(' '))).unwrap_or_default()
    }
}

impl From<NoMetadata> for Error {
    fn from(none: NoMetadata) -> Self {
        none.error
    }
}

/// Why the metadata that a 401 names is not used.
enum Unused {
    /// It was not looked at, or is of no use.
    Because(String),
    /// It could not be had.
    Failed(Error),
}

impl ProtectedResource {
    /// What the MCP server at `server` says, whose query has no part in it: in its 401, else at its well-known URLs. The
    /// first issuer that it names counts, or `expected`, which it must name then.
    ///
    /// # Errors
    /// [`Error::Refused`] when it says nothing, speaks of another resource or names no such issuer; [`Error::Usage`]
    /// when the issuer is plain HTTP; [`Error::Transient`] when the server cannot be reached.
    pub fn discover(
        server: &Endpoint,
        expected: Option<&Endpoint>,
        transport: &Transport,
        notes: &Notes,
    ) -> Result<Self, Error> {
        Self::find(server, expected, transport, notes)?.map_err(Error::from)
    }

    /// The same; where the server has no metadata anywhere, the error that this is for whoever needs it.
    ///
    /// # Errors
    /// Those of [`ProtectedResource::discover`].
    pub fn find(
        server: &Endpoint,
        expected: Option<&Endpoint>,
        transport: &Transport,
        notes: &Notes,
    ) -> Result<Result<Self, NoMetadata>, Error> {
        let (mut unauthorized, mut unused) = match Unauthorized::ask(server, transport, notes) {
            Ok(unauthorized) => (unauthorized, None),
            Err(error @ (Error::Transient(_) | Error::Refused(_))) => {
                notes.explain(|| {
                    format!("the MCP server did not answer, so its well-known URLs are requested: {error}")
                });
                (Unauthorized::default(), Some(Unused::Failed(error)))
            }
            Err(error) => return Err(error),
        };
        let mut metadata = None;
        if let Some(url) = take(&mut unauthorized.resource_metadata) {
            match named(&url, server, transport, notes)? {
                Ok(found) => metadata = Some(found),
                Err(why) => {
                    notes.explain(|| format!("the resource_metadata in its 401 is not used: {}", why.shown()));
                    unused = Some(why);
                }
            }
        }
        let metadata = match metadata {
            Some(metadata) => metadata,
            None => match well_known(server, unused, transport, notes)? {
                Ok(metadata) => metadata,
                Err(none) => return Ok(Err(NoMetadata { scope: unauthorized.scope, ..none })),
            },
        };
        Self::read(server, expected, &metadata, unauthorized.scope.as_deref(), notes.redactor()).map(Ok)
    }

    pub(in crate::oauth) fn read(
        server: &Endpoint,
        expected: Option<&Endpoint>,
        metadata: &Map<String, Value>,
        scope: Option<&str>,
        redactor: &Redactor,
    ) -> Result<Self, Error> {
        let refused_with = |cause: &str, remedy: &str| {
            let fact = format_args!("the resource metadata of {server} cannot be used");
            Error::Refused(Report::new(fact, cause, remedy))
        };
        let refused = |cause: &str| refused_with(cause, INSTEAD);
        let resource = text(metadata, "resource").ok_or_else(|| refused("it does not name a resource"))?;
        if !covers(resource, server) {
            let other = OutsideText::new(resource).shown(redactor);
            let place =
                if other == server.origin() { " of the same server".to_owned() } else { format!(", at {other}") };
            return Err(refused(&format!("it is about another resource{place}")));
        }
        let issuers = texts(metadata, "authorization_servers");
        let issuer = match expected {
            Some(expected) => issuers.iter().find(|issuer| *issuer == expected.as_str()),
            None => issuers.first(),
        };
        let issuer = issuer.ok_or_else(|| match expected {
            Some(expected) => {
                let is_nearly = issuers.iter().any(|issuer| is_nearly(issuer, expected.as_str()));
                let remedy = if is_nearly { AS_NAMED } else { INSTEAD };
                let expected = expected.shown_with_path(redactor);
                let found = issuers.iter().take(MOST_SHOWN).map(|it| OutsideText::new(it).shown_with_path(redactor));
                let found = found.collect::<Vec<_>>().join(" and ");
                let found = Some(found).filter(|found| !found.is_empty()).unwrap_or_else(|| "none".to_owned());
                refused_with(&format!("it does not name the --issuer that is given, {expected}, but {found}"), remedy)
            }
            None => refused("it does not name an authorization server"),
        })?;
        let issuer = Endpoint::from_metadata("authorization server", issuer, server, redactor)?;
        if issuer.has_query() {
            return Err(refused("its authorization server is a URL with a query, and an issuer has none"));
        }
        let supported = texts(metadata, "scopes_supported");
        let scope = scope.map(|scope| tokens(scope.split(' '))).filter(|scope| !scope.is_empty());
        let scope = scope.unwrap_or_else(|| tokens(supported.iter().map(String::as_str)));
        Ok(Self { resource: resource.to_owned(), issuer, scope })
    }
}

/// How many issuers a message shows.
const MOST_SHOWN: usize = 3;

const AS_NAMED: &str = "write --issuer exactly as the MCP server does, with or without a final slash";
const INSTEAD: &str = "give --issuer or --token-url instead of --discover";

/// The metadata that the 401 of `server` names at `url`, or why it is not used. What stands elsewhere is asked for only where
/// that is no host of our own network, and counts only if it is of this server.
fn named(
    url: &str,
    server: &Endpoint,
    transport: &Transport,
    notes: &Notes,
) -> Result<Result<Map<String, Value>, Unused>, Error> {
    let url = match Endpoint::in_refusal(url, server, notes.redactor()) {
        Ok(url) => url,
        Err(cause) => return Ok(Err(Unused::Because(cause))),
    };
    let is_elsewhere = url.origin() != server.origin();
    let reach = if is_elsewhere { Reach::Public } else { Reach::Any };
    let is_of_server = |metadata: &Map<String, Value>| text(metadata, "resource").is_some_and(|it| covers(it, server));
    Ok(match fetch(&url, reach, transport, notes) {
        Ok(Ok(metadata)) if is_elsewhere && !is_of_server(&metadata) => {
            Err(Unused::Because(format!("{url} is about another resource")))
        }
        Ok(Ok(metadata)) => Ok(metadata),
        Ok(Err(answer)) => Err(Unused::Because(format!("{url} answered {answer}"))),
        Err(error @ (Error::Transient(_) | Error::Refused(_))) if is_elsewhere => Err(Unused::Failed(error)),
        Err(error) => return Err(error),
    })
}

/// The metadata at the well-known URLs of `server`; `unused` is what its 401 was good for.
fn well_known(
    server: &Endpoint,
    unused: Option<Unused>,
    transport: &Transport,
    notes: &Notes,
) -> Result<Result<Map<String, Value>, NoMetadata>, Error> {
    let mut last = String::new();
    for url in of_resource(server) {
        match fetch(&url, Reach::Any, transport, notes)? {
            Ok(metadata) => return Ok(Ok(metadata)),
            Err(answer) => last = answer,
        }
        if last != "404" {
            break;
        }
    }
    let fact = format_args!("{server} does not say which authorization server it trusts");
    let cause = format!("its well-known URL answered {last}");
    Err(match unused {
        Some(Unused::Failed(error)) => error,
        Some(Unused::Because(why)) => {
            let cause = format_args!("{cause}, and the resource_metadata in its 401 is not used: {why}");
            Error::Refused(Report::new(fact, cause, INSTEAD))
        }
        None => {
            let error = Error::Refused(Report::new(fact, cause, INSTEAD));
            return Ok(Err(NoMetadata { error, scope: None }));
        }
    })
}

impl Unused {
    fn shown(&self) -> String {
        match self {
            Self::Because(why) => why.clone(),
            Self::Failed(error) => error.to_string(),
        }
    }
}

/// The well-known URLs of a resource: RFC 9728 section 3.1, then the root.
fn of_resource(server: &Endpoint) -> Vec<Endpoint> {
    const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";
    let path = if server.path() == "/" { "" } else { server.path() };
    let mut paths = vec![format!("{WELL_KNOWN}{path}"), WELL_KNOWN.to_owned()];
    paths.dedup();
    paths.into_iter().map(|path| server.with_path(path)).collect()
}

/// Whether `resource` is the URL of `server`, or a prefix of it that ends where a segment does.
fn covers(resource: &str, server: &Endpoint) -> bool {
    let Some(resource) = Endpoint::compared(resource, server) else { return false };
    let has_query = resource.as_str().contains('?');
    let rest = server.path().strip_prefix(if resource.path() == "/" { "" } else { resource.path() });
    let ends_a_segment =
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || resource.path().ends_with('/'));
    resource.origin() == server.origin() && ends_a_segment && !has_query
}

/// The most bytes of a scope that somebody else names.
const LONGEST: usize = 4 << 10;

/// Those of `words` that may stand in a scope (RFC 6749 section 3.3), each once; none where they are out of all proportion.
fn tokens<'w>(words: impl Iterator<Item = &'w str>) -> Vec<String> {
    let is_token =
        |word: &&str| !word.is_empty() && word.bytes().all(|it| matches!(it, b'!'..=b'~') && !b"\"\\".contains(&it));
    let mut known = HashSet::new();
    let tokens: Vec<_> = words.filter(is_token).filter(|word| known.insert(*word)).map(str::to_owned).collect();
    let length: usize = tokens.iter().map(|token| token.len().saturating_add(1)).sum();
    if length > LONGEST { Vec::new() } else { tokens }
}

#[cfg(test)]
mod tests;
