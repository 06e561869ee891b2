//! Asking the MCP server whether it accepts the headers, before a cached token is served.

use std::time::Duration;

use crate::bearer::token_source::mcp_server;
use crate::cache::policy::TokenCheck;
use crate::error::Error;
use crate::header::Headers;
use crate::oauth::transport::{Transport, Verdict};
use crate::oauth::url::Endpoint;
use crate::run::Run;
use crate::server::Part;

/// The most that it may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// A JSON-RPC ping (MCP, utilities/ping).
const PING: &[u8] = br#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

/// The MCP server that `--verify` asks.
///
/// # Errors
/// [`Error::Usage`] when it is not known, or would be asked in the clear.
pub(super) fn server(run: &Run) -> Result<Endpoint, Error> {
    mcp_server("--verify", Part::Target, run)
}

/// What `server` answers to a client with these `headers`.
pub(super) fn answered(headers: &Headers, server: &Endpoint, way: &Transport, run: &Run) -> TokenCheck {
    let verdict = way.post_json(server, headers, PING, run.notes());
    run.notes().explain(|| match &verdict {
        Ok(verdict) => format!("{server} was asked with the cached token and answered {}", verdict.status),
        Err(error) => format!("{server} was asked with the cached token: {error}"),
    });
    match verdict.map(|verdict| verdict.status) {
        Ok(401 | 403) => TokenCheck::Refused,
        Ok(408 | 429 | 500..) | Err(Error::Transient(_)) => TokenCheck::Unavailable,
        Ok(_) | Err(Error::Refused(_)) => TokenCheck::Otherwise,
        Err(_) => TokenCheck::NotAsked,
    }
}

/// Whether `server` accepts `headers`, or cannot say: 401, and 403 for an invalid token (RFC 6750 section 3.1), refuse them.
pub(super) fn accepts(headers: &Headers, server: &Endpoint, way: &Transport, run: &Run) -> bool {
    match way.post_json(server, headers, PING, run.notes()) {
        Ok(Verdict { status, challenges, .. }) => {
            run.notes().explain(|| format!("--verify: {server} answered {status}"));
            let is_invalid =
                || challenges.iter().any(|challenge| challenge.parameter("error") == Some("invalid_token"));
            !(status == 401 || status == 403 && is_invalid())
        }
        Err(error) => {
            run.notes().warn(format!("--verify: the cached token is served unverified: {error}"));
            true
        }
    }
}
