//! What an MCP server answers to a request without a credential: its 401 may say where its metadata is (RFC 9728 section
//! 5.1) and which scope it wants (RFC 6750 section 3).

use std::time::Duration;

use crate::error::Error;
use crate::error::notes::Notes;
use crate::header::Headers;
use crate::oauth::challenge::Challenge;
use crate::oauth::patience::persist;
use crate::oauth::refusal::busy;
use crate::oauth::transport::Transport;
use crate::oauth::url::Endpoint;

/// The first request of an MCP client (MCP 2025-11-25, lifecycle).
const INITIALIZE: &str = concat!(
    r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"#,
    r#""clientInfo":{"name":"hdr-bearer-refresh","version":""#,
    env!("CARGO_PKG_VERSION"),
    r#""}}}"#
);

/// What a 401 says, as the server wrote it.
#[derive(Default)]
pub(super) struct Unauthorized {
    /// The URL of the metadata.
    pub(super) resource_metadata: Option<String>,
    /// The scope that a token needs.
    pub(super) scope: Option<String>,
}

impl Unauthorized {
    /// What `server` says to an `initialize` without a credential, the query of its URL among them; nothing where it answers
    /// otherwise than with 401. Half of the time that is left is kept for asking elsewhere.
    ///
    /// # Errors
    /// [`Error::Transient`] when there is no answer in time, [`Error::Refused`] when it is no HTTP; those of trust that
    /// cannot be read.
    pub(super) fn ask(server: &Endpoint, transport: &Transport, notes: &Notes) -> Result<Self, Error> {
        let server = &server.with_path(server.path().to_owned());
        let deadline = transport.deadline();
        let half = deadline.limited_to(deadline.remaining().mul_f64(0.5), "asking the MCP server without a credential");
        let challenges = persist(&half, Duration::ZERO, notes, || {
            let none = Headers::default();
            let verdict = transport.post_json_until(server, &none, INITIALIZE.as_bytes(), &half, notes)?;
            let status = verdict.status;
            notes.explain(|| format!("{server} was asked without a credential and answered {status}"));
            match status {
                401 => Ok(verdict.challenges),
                408 | 429 | 500.. => Err(busy(server, status, verdict.retry_after, "")),
                _ => Ok(Vec::new()),
            }
        })?;
        Ok(Self::of(&challenges))
    }

    /// Bearer challenges come first: the scope of another scheme is no scope of OAuth.
    fn of(challenges: &[Challenge]) -> Self {
        let bearer = || challenges.iter().filter(|challenge| challenge.is_of("Bearer"));
        let named = |challenge: &Challenge| challenge.parameter("resource_metadata").is_some();
        let chosen = bearer().find(|challenge| named(challenge)).or_else(|| challenges.iter().find(|it| named(it)));
        let scope = |challenge: &Challenge| challenge.parameter("scope").map(str::to_owned);
        Self {
            resource_metadata: chosen.and_then(|it| it.parameter("resource_metadata")).map(str::to_owned),
            scope: chosen.filter(|it| it.is_of("Bearer")).and_then(scope).or_else(|| bearer().find_map(scope)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bearer_challenge_counts() {
        for (lines, metadata, scope) in [
            (&["Basic realm=a"][..], None, None),
            (&["Bearer"], None, None),
            (&["bearer Resource_Metadata=\"u\", SCOPE=\"a b\""], Some("u"), Some("a b")),
            (&["Basic scope=x, Bearer scope=a"], None, Some("a")),
            (&["DPoP resource_metadata=d, scope=x", "Bearer resource_metadata=u"], Some("u"), None),
            (&["DPoP resource_metadata=d, scope=x", "Bearer scope=a"], Some("d"), Some("a")),
            (&["DPoP resource_metadata=d, scope=x"], Some("d"), None),
            (&["Bearer scope=a", "Bearer resource_metadata=u"], Some("u"), Some("a")),
            (&["Bearer scope=a", "Bearer resource_metadata=u, scope=b"], Some("u"), Some("b")),
        ] {
            let found = Unauthorized::of(&Challenge::parse(lines));
            assert_eq!((found.resource_metadata.as_deref(), found.scope.as_deref()), (metadata, scope), "{lines:?}");
        }
    }
}
