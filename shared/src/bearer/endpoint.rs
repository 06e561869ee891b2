//! The token endpoint as the options describe the asking of it.

use crate::bearer::chain::TokenRecipient;
use crate::bearer::endpoint_lookup::EndpointLookup;
use crate::bearer::options::BearerOptions;
use crate::bearer::parameters::texts;
use crate::cache::entry::About;
use crate::config::Profile;
use crate::error::{Error, OutsideText, Redactor, Report};
use crate::header::Headers;
use crate::header::Template;
use crate::oauth::answer::Reading;
use crate::oauth::authorization_server::AuthorizationServer;
use crate::oauth::client::{Client, Credentials, Method};
use crate::oauth::discovery::ProtectedResource;
use crate::oauth::form::Encoding;
use crate::oauth::grant::Grant;
use crate::oauth::kind::Kind;
use crate::oauth::parameters::{OwnParameters, Parameters};
use crate::oauth::proxy::Proxy;
use crate::oauth::request::{Polled, Reply};
use crate::oauth::revocation::{TokenKind, revoke};
use crate::oauth::token_request::TokenRequest;
use crate::oauth::transport::Transport;
use crate::oauth::trust::{ClientCertificate, Trust};
use crate::oauth::url::Endpoint;
use crate::os::clock::Deadline;
use crate::run::{KeyBinding, Run};
use crate::secret::Secret;

/// A token request that is complete but for its grant.
pub(super) struct PreparedRequest<'a> {
    run: &'a Run,
    transport: Transport,
    server: AuthorizationServer,
    client: Client,
    client_id: Option<String>,
    /// The same as files and messages have it: what a SOURCE says is a secret.
    shown_client_id: Option<String>,
    parameters: Parameters,
    encoding: Encoding,
    headers: Headers,
    /// What is asked for.
    scope: Vec<String>,
    /// What of it stands in options as it is, and holds no secret.
    written_scope: Vec<String>,
    reading: Reading,
}

/// Who is asked, by which client, and for what that no option says.
pub(super) struct RequestTarget {
    pub(super) server: AuthorizationServer,
    pub(super) method: Option<Method>,
    pub(super) credentials: Credentials,
    /// The resource that the MCP server says it is.
    pub(super) resource: Option<String>,
    /// The scope in place of that of options.
    pub(super) scope: Option<Vec<String>>,
}

impl<'a> PreparedRequest<'a> {
    /// Reads what the options name, and finds out where to ask with `grant`.
    ///
    /// # Errors
    /// [`Error::Usage`] for options that do not fit together, [`Error::Secret`] for a credential that cannot be had or
    /// used; those of discovery.
    pub(super) fn new(
        options: &BearerOptions,
        place: &EndpointLookup,
        grant: &Grant,
        deadline: Deadline,
        run: &'a Run,
    ) -> Result<Self, Error> {
        let credentials = options.credentials(run)?;
        let transport = options.way(options.certificate(run)?, deadline, run)?;
        let (server, resource) = options.find(place, grant, &transport, run)?;
        let (resource, wanted) = resource.map(|resource| (resource.resource, resource.scope)).unzip();
        let wanted = wanted.filter(|wanted| options.takes_scope(&grant.kind()) && !wanted.is_empty());
        if let Some(wanted) = &wanted {
            run.notes().explain(|| {
                let shown = OutsideText::new(wanted.join(" ")).words(run.notes().redactor(), &[]);
                format!("the scope is the one that the MCP server requested: {shown}")
            });
        }
        let to = RequestTarget { server, method: options.client.client_auth, credentials, resource, scope: wanted };
        Self::assemble(options, to, &grant.kind(), transport, run)
    }

    /// A request to a server that is known, with a grant of this kind.
    ///
    /// # Errors
    /// [`Error::Usage`] for options that do not fit together, [`Error::Secret`] for a credential that cannot be used.
    pub(super) fn assemble(
        options: &BearerOptions,
        to: RequestTarget,
        kind: &Kind,
        transport: Transport,
        run: &'a Run,
    ) -> Result<Self, Error> {
        let RequestTarget { server, method, credentials, resource, scope: wanted } = to;
        let client_id = credentials.id.clone();
        let shown_client_id = client_id.clone().map(|id| options.shown_client_id(id, run));
        let client = Client::new(method, server.auth_methods(), credentials)?;
        let mut written_scope = if wanted.is_some() { Vec::new() } else { options.grant.scope.clone() };
        written_scope.retain(|text| Template::parse("--scope", text, &[]).is_ok_and(|scope| !scope.reads_source()));
        let written_scope = texts("--scope", &written_scope, run)?;
        let scope = wanted.map_or_else(|| options.scope(run), Ok)?;
        let encoding = options.grant.body.unwrap_or_default();
        let client_id_in_body = client.method().sends_id_in_body();
        let is_json = encoding == Encoding::Json;
        let own = OwnParameters { grant: kind, client_id: client_id_in_body, is_json };
        let parameters = options.parameters(scope.clone(), resource, &own, run)?;
        let parameters = parameters.with_written_scope(written_scope.clone());
        let headers = options.token_headers(client.method().header(), run)?;
        let reading = options.reading.parse(run)?;
        Ok(Self {
            run,
            transport,
            server,
            client,
            client_id,
            shown_client_id,
            parameters,
            encoding,
            headers,
            scope,
            written_scope,
            reading,
        })
    }

    /// The same with another deadline.
    pub(super) fn until(self, deadline: Deadline) -> Self {
        Self { transport: self.transport.until(deadline), ..self }
    }

    /// Sends the request; its token records which issuer and client it is from.
    ///
    /// # Errors
    /// Those of [`TokenRequest::send`].
    pub(super) fn send(&self, grant: &Grant) -> Result<(Reply, About), Error> {
        self.check_binding(grant)?;
        let reply = self.request(grant).send(&self.transport, self.run.notes())?;
        let about = self.about(grant, &reply);
        Ok((reply, about))
    }

    /// Asks once with the code of a device.
    ///
    /// # Errors
    /// Those of [`TokenRequest::poll`].
    pub(super) fn poll(&self, grant: &Grant, transport: &Transport) -> Result<Polled, Error> {
        self.request(grant).poll(transport, self.run.notes())
    }

    fn request<'r>(&'r self, grant: &'r Grant) -> TokenRequest<'r> {
        TokenRequest {
            server: &self.server,
            client: &self.client,
            grant,
            parameters: &self.parameters,
            encoding: self.encoding,
            headers: &self.headers,
            binding: self.run.binding(),
            reading: &self.reading,
        }
    }

    /// Which issuer and client a token is from that `reply` brings.
    pub(super) fn about(&self, grant: &Grant, reply: &Reply) -> About {
        let endpoint = self.server.token_endpoint(self.client.method() == Method::Tls);
        let redactor = self.run.notes().redactor();
        let asked = OutsideText::new(self.scope.join(" "));
        let granted = reply.answer.as_ref().ok().and_then(|answer| answer.scope.as_ref());
        let scope = granted.unwrap_or(&asked).words(redactor, &self.written_scope);
        let shown = |texts: &[String]| {
            texts.iter().map(|text| OutsideText::new(text).shown_with_path(redactor)).collect::<Vec<_>>()
        };
        About {
            issuer: shown_issuer(self.server.issuer().unwrap_or(endpoint.origin()), redactor),
            client_id: self.shown_client_id.clone(),
            profile: self.run.profile().map(|profile| profile.name().to_owned()),
            scope: Some(scope).filter(|scope| !scope.is_empty()),
            grant: Some(grant.kind().uri().to_owned()),
            resource: shown(self.parameters.resource()),
            audience: shown(self.parameters.audience()),
        }
    }

    /// The same with another revocation endpoint.
    pub(super) fn revoking_at(self, endpoint: Endpoint) -> Self {
        Self { server: self.server.revoking_at(endpoint), ..self }
    }

    /// The authorization server.
    pub(super) fn server(&self) -> &AuthorizationServer {
        &self.server
    }

    /// The client.
    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Its identifier.
    pub(super) fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }

    /// The words of the scope that is asked for.
    pub(super) fn scope(&self) -> &[String] {
        &self.scope
    }

    /// What else is asked for, whatever the grant.
    pub(super) fn parameters(&self) -> &Parameters {
        &self.parameters
    }
}

impl PreparedRequest<'_> {
    /// Refuses to bind a refresh token to a key that ends with this process: servers bind that of a client that does not
    /// authenticate (RFC 9449 section 5).
    fn check_binding(&self, grant: &Grant) -> Result<(), Error> {
        let is_bound =
            matches!(grant.kind(), Kind::RefreshToken | Kind::SignIn) && self.client.method() == Method::None;
        if !is_bound || self.run.binding().is_none_or(KeyBinding::is_lasting) {
            return Ok(());
        }
        let what = if grant.kind() == Kind::SignIn { "the sign-in is not used" } else { "--refresh-token is not sent" };
        let fact = format_args!("{what} with --sign dpop");
        let cause = "the server may bind its replacement to the key, and the key ends with this process";
        Err(Error::Usage(
            Report::new(fact, cause, "give hdr-bridge a key that lasts: --dpop-key SOURCE").and("--refresh-token"),
        ))
    }
}

/// An issuer as the headers of files have it.
fn shown_issuer(issuer: &str, redactor: &Redactor) -> String {
    OutsideText::new(issuer).shown_with_path(redactor)
}

impl PreparedRequest<'_> {
    /// Where it is sent, and for whom.
    pub(super) fn recipient(&self) -> TokenRecipient {
        TokenRecipient {
            issuer: self.server.issuer().map(str::to_owned),
            shown_issuer: self.server.issuer().map(|issuer| shown_issuer(issuer, self.run.notes().redactor())),
            endpoint: self.server.token_endpoint(self.client.method() == Method::Tls).clone(),
            client_id: self.client_id.clone(),
            shown_client_id: self.shown_client_id.clone(),
        }
    }

    /// Revokes a token in place of asking for one.
    ///
    /// # Errors
    /// Those of [`revoke`].
    pub(super) fn revoke(&self, token: &Secret, kind: TokenKind) -> Result<(), Error> {
        revoke(&self.server, &self.client, token, kind, &self.transport, self.run.notes())
    }
}

impl BearerOptions {
    /// The authorization server at `place`, and what the MCP server says of itself. An issuer that the MCP server alone
    /// names is asked nothing before it is clear that `grant` and client may be sent to it.
    fn find(
        &self,
        place: &EndpointLookup,
        grant: &Grant,
        transport: &Transport,
        run: &Run,
    ) -> Result<(AuthorizationServer, Option<ProtectedResource>), Error> {
        let discover = |issuer| AuthorizationServer::discover(issuer, transport, run.notes());
        match place {
            EndpointLookup::At(endpoint) => Ok((AuthorizationServer::at(endpoint.clone()), None)),
            EndpointLookup::Issuer(issuer) => Ok((discover(issuer)?, None)),
            EndpointLookup::Server { server, issuer } => {
                let ask = |way| ProtectedResource::discover(server, issuer.as_ref(), way, run.notes());
                // The certificate is for the authorization server alone.
                let resource = match self.client.tls_cert {
                    None => ask(transport),
                    Some(_) => ask(&self.way(None, *transport.deadline(), run)?),
                }?;
                self.check_issuer(grant, &resource.issuer, run.notes().redactor())?;
                Ok((discover(&resource.issuer)?, Some(resource)))
            }
        }
    }

    /// The words of `--scope`.
    ///
    /// # Errors
    /// Those of rendering it.
    pub(super) fn scope(&self, run: &Run) -> Result<Vec<String>, Error> {
        let mut scope = texts("--scope", &self.grant.scope, run)?;
        scope.retain(|scope| !scope.is_empty());
        Ok(scope)
    }

    /// Whether the MCP server chooses the scope of a token that is got with such a grant, where it is asked. A refresh token
    /// has the scope that somebody consented to, and asking for more of it fails (RFC 6749 section 6).
    pub(super) fn takes_scope(&self, kind: &Kind) -> bool {
        self.origin.discover && self.grant.scope.is_empty() && *kind != Kind::RefreshToken
    }

    /// The way to endpoints, on which all is over by `deadline`; the certificate is shown to them.
    ///
    /// # Errors
    /// [`Error::Usage`] for a proxy that cannot be used.
    pub(super) fn way(
        &self,
        certificate: Option<ClientCertificate>,
        deadline: Deadline,
        run: &Run,
    ) -> Result<Transport, Error> {
        let proxy = self.origin.proxy.as_deref();
        let trust = Trust::new(self.origin.ca_cert.clone());
        // A repository's settings may set variables, and a profile can do without them.
        let (proxy, trust) = if run.profile().is_none_or(Profile::trusts_environment) {
            (Proxy::new(proxy)?, trust)
        } else {
            (proxy.map(Proxy::typed).transpose()?, trust.without_variables())
        };
        Ok(Transport::new(trust, proxy, certificate, deadline))
    }

    /// The certificate of `--tls-cert` and `--tls-key`.
    ///
    /// # Errors
    /// Those of [`ClientCertificate::read`].
    pub(super) fn certificate(&self, run: &Run) -> Result<Option<ClientCertificate>, Error> {
        let pair = self.client.tls_cert.as_deref().zip(self.client.tls_key.as_deref());
        let read = |(cert, key): (&str, &str)| {
            let certificate = ClientCertificate::read(cert, key, run.notes())?;
            certificate.check()?;
            Ok(certificate)
        };
        pair.map(read).transpose()
    }

    /// The client id, without what a SOURCE in it says.
    fn shown_client_id(&self, id: String, run: &Run) -> String {
        let template = self.client.client_id.as_deref().map(|text| Template::parse("--client-id", text, &[]));
        let is_written = template.is_none_or(|template| template.is_ok_and(|template| !template.reads_source()));
        if is_written { id } else { OutsideText::new(id).shown(run.notes().redactor()) }
    }
}
