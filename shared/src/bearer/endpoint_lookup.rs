//! Where a token endpoint is.

use crate::oauth::url::Endpoint;

/// How the token endpoint is found.
#[derive(Clone, Debug)]
pub(super) enum EndpointLookup {
    /// It is known.
    At(Endpoint),
    /// The metadata of this issuer names it.
    Issuer(Endpoint),
    /// The MCP server names the issuer, which must be the one that is given.
    Server { server: Endpoint, issuer: Option<Endpoint> },
}
