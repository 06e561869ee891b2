//! The HTTP request that headers are made for, where a program of ours calls a helper in its own process for each request.
//! A helper that a client runs makes headers for a whole connection and knows of no request.

use crate::secret::Secret;

/// A request, as far as headers can depend on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequest {
    /// The method, `POST` say.
    pub method: String,
    /// The absolute URL, with its query.
    pub url: String,
    /// The value of `Content-Digest` (RFC 9530 section 2), where the request has a body.
    pub content_digest: Option<String>,
}

/// What headers are made for, and what the MCP server refused before.
#[derive(Debug, Default)]
pub struct Call {
    /// The request; `None` where its headers are for more than one.
    pub request: Option<HttpRequest>,
    /// The token that the MCP server has just refused: it is not issued again while another one can be requested.
    pub refused: Option<Secret>,
}
