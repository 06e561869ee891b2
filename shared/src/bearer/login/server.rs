//! The server at which a person signs in, and what is asked for there.

use crate::bearer::endpoint_lookup::EndpointLookup;
use crate::bearer::login::Login;
use crate::error::Error;
use crate::oauth::authorization_server::AuthorizationServer;
use crate::oauth::discovery::ProtectedResource;
use crate::oauth::grant::Grant;
use crate::oauth::url::Endpoint;

/// Where a person signs in, and for what.
pub(super) struct SignInServer {
    pub(super) server: AuthorizationServer,
    /// What the MCP server says that it is.
    pub(super) resource: Option<String>,
    /// The words of the scope.
    pub(super) scope: Vec<String>,
}

/// The scope by which OpenID Connect asks for a refresh token.
pub(super) const OFFLINE: &str = "offline_access";

impl Login<'_> {
    /// The server that the options name, with the endpoints that they name.
    ///
    /// # Errors
    /// Those of discovery; [`Error::Usage`] for a URL that cannot be used, and where a client secret must not be sent to an issuer
    /// that the MCP server alone names.
    pub(super) fn server(&self) -> Result<SignInServer, Error> {
        let (mut server, resource, wanted) = self.found()?;
        let login = &self.options.login;
        let typed = |option, url: &Option<String>| url.as_deref().map(|url| Endpoint::typed(option, url)).transpose();
        if let Some(endpoint) = typed("--authorization-url", &login.authorization_url)? {
            server.sign_in.authorization_endpoint = Some(endpoint);
        }
        if let Some(endpoint) = typed("--device-url", &login.device_url)? {
            server.sign_in.device_endpoint = Some(endpoint);
        }
        if let Some(endpoint) = typed("--revocation-url", &login.revocation_url)? {
            server = server.revoking_at(endpoint);
        }
        let mut scope = self.options.scope(self.run)?;
        if scope.is_empty() {
            scope = wanted;
            let is_offered = server.sign_in.scopes.iter().any(|scope| scope == OFFLINE);
            if is_offered && !scope.iter().any(|scope| scope == OFFLINE) {
                scope.push(OFFLINE.to_owned());
            }
        }
        Ok(SignInServer { server, resource, scope })
    }

    /// The server, the resource and the scope that discovery finds.
    fn found(&self) -> Result<(AuthorizationServer, Option<String>, Vec<String>), Error> {
        let Self { options, run, .. } = self;
        let notes = run.notes();
        // The certificate is for the authorization server alone.
        let certified = || options.way(options.certificate(run)?, self.step(), run);
        let plain = || options.way(None, self.step(), run);
        let (server, issuer) = match self.place {
            EndpointLookup::At(endpoint) => return Ok((AuthorizationServer::at(endpoint.clone()), None, Vec::new())),
            EndpointLookup::Issuer(issuer) => {
                return Ok((AuthorizationServer::discover(issuer, &certified()?, notes)?, None, Vec::new()));
            }
            EndpointLookup::Server { server, issuer } => (server, issuer),
        };
        let check = |issuer: &Endpoint| options.check_issuer(&Grant::ClientCredentials, issuer, notes.redactor());
        match ProtectedResource::find(server, issuer.as_ref(), &plain()?, notes)? {
            Ok(ProtectedResource { resource, issuer, scope }) => {
                check(&issuer)?;
                Ok((AuthorizationServer::discover(&issuer, &certified()?, notes)?, Some(resource), scope))
            }
            Err(none) if issuer.is_some() => Err(none.into()),
            Err(none) => {
                notes.explain(|| {
                    format!("{server} has no resource metadata, so that it is its own authorization server")
                });
                check(&server.with_path(String::new()))?;
                let found = AuthorizationServer::of_origin(server, &certified()?, notes)?;
                Ok((found, None, none.scope()))
            }
        }
    }
}
