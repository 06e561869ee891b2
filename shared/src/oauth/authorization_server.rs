//! An authorization server as a token request knows it.

use crate::oauth::url::Endpoint;

/// An authorization server, as far as a client needs to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationServer {
    pub(super) issuer: Option<String>,
    pub(super) token_endpoint: Endpoint,
    /// The endpoint for clients that show a certificate (RFC 8705 section 5).
    pub(super) mutual_endpoint: Option<Endpoint>,
    /// Where tokens are revoked (RFC 7009); the second one is for clients that show a certificate.
    pub(super) revocation_endpoints: [Option<Endpoint>; 2],
    pub(super) auth_methods: Vec<String>,
}

impl AuthorizationServer {
    /// The server of which only the token endpoint is known.
    #[must_use]
    pub fn at(token_endpoint: Endpoint) -> Self {
        Self {
            issuer: None,
            token_endpoint,
            mutual_endpoint: None,
            revocation_endpoints: [None, None],
            auth_methods: Vec::new(),
        }
    }

    /// The issuer, where it is known.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// The token endpoint, for a client that shows a certificate if `mutual`.
    #[must_use]
    pub fn token_endpoint(&self, mutual: bool) -> &Endpoint {
        self.mutual_endpoint.as_ref().filter(|_| mutual).unwrap_or(&self.token_endpoint)
    }

    /// The revocation endpoint, for a client that shows a certificate if `mutual`; `None` where it names none that can be
    /// used.
    #[must_use]
    pub fn revocation_endpoint(&self, mutual: bool) -> Option<&Endpoint> {
        let [usual, with_certificate] = &self.revocation_endpoints;
        with_certificate.as_ref().filter(|_| mutual).or(usual.as_ref())
    }

    /// The ways to authenticate that it lists, by their names in metadata.
    #[must_use]
    pub fn auth_methods(&self) -> &[String] {
        &self.auth_methods
    }
}
