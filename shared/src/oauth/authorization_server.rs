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
    /// What a person signs in with.
    pub sign_in: SignInMetadata,
}

/// What a sign-in needs to know of an authorization server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignInMetadata {
    /// Where a browser asks (RFC 6749 section 3.1).
    pub authorization_endpoint: Option<Endpoint>,
    /// Where a device asks (RFC 8628 section 3.1).
    pub device_endpoint: Option<Endpoint>,
    /// Where clients are registered (RFC 7591).
    pub registration_endpoint: Option<Endpoint>,
    /// `scopes_supported`.
    pub scopes: Vec<String>,
    /// `code_challenge_methods_supported`; empty where the server does not say.
    pub challenge_methods: Vec<String>,
    /// Whether its answers to a browser hold its issuer (RFC 9207).
    pub names_itself: bool,
    /// Whether a client may be named by the URL of a document about it.
    pub takes_client_documents: bool,
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
            sign_in: SignInMetadata::default(),
        }
    }

    /// The server as it was when somebody signed in there: nothing of it is asked for again.
    #[must_use]
    pub fn remembered(
        issuer: Option<String>,
        [token_endpoint, mutual_endpoint]: [Option<Endpoint>; 2],
        revocation_endpoints: [Option<Endpoint>; 2],
        auth_methods: Vec<String>,
    ) -> Option<Self> {
        let token_endpoint = token_endpoint?;
        Some(Self { issuer, mutual_endpoint, revocation_endpoints, auth_methods, ..Self::at(token_endpoint) })
    }

    /// Its endpoints as they are remembered: for tokens and for their revocation, each also for clients that show a certificate.
    #[must_use]
    pub fn endpoints(&self) -> [Option<&Endpoint>; 4] {
        let [revocation, mutual_revocation] = &self.revocation_endpoints;
        [Some(&self.token_endpoint), self.mutual_endpoint.as_ref(), revocation.as_ref(), mutual_revocation.as_ref()]
    }

    /// The same with another revocation endpoint.
    #[must_use]
    pub fn revoking_at(self, endpoint: Endpoint) -> Self {
        Self { revocation_endpoints: [Some(endpoint), None], ..self }
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
