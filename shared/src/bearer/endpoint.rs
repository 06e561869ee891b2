//! The token endpoint as the options describe the asking of it.

use crate::bearer::chain::TokenRecipient;
use crate::bearer::options::BearerOptions;
use crate::bearer::origin::Place;
use crate::cache::entry::About;
use crate::clock::Deadline;
use crate::error::{Error, OutsideText, Redactor, Report};
use crate::headers::Headers;
use crate::invocation::Invocation;
use crate::jwt::claims::{NamedJson, NamedTemplate};
use crate::oauth::answer::Reading;
use crate::oauth::assertion::{Assertion, AssertionKey, Claim};
use crate::oauth::client::{Client, Credentials, Method};
use crate::oauth::discovery::{AuthorizationServer, ProtectedResource};
use crate::oauth::form::Encoding;
use crate::oauth::grant::{Grant, Kind, OwnParameters, Parameters};
use crate::oauth::proxy::Proxy;
use crate::oauth::request::{Reply, TokenRequest};
use crate::oauth::revocation::revoke;
use crate::oauth::transport::Transport;
use crate::oauth::trust::{ClientCertificate, Trust};
use crate::options::HeaderTemplate;
use crate::profile::Profile;
use crate::secret::Secret;
use crate::secret::token::check;
use crate::sign::algorithm::{Algorithm, parse_algorithm};
use crate::sign::key::SigningKey;
use crate::source::Source;
use crate::template::{OwnValues, Template};

/// A token request that is complete but for its grant.
pub(super) struct Prepared<'a> {
    run: &'a Invocation,
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

impl<'a> Prepared<'a> {
    /// Reads what the options name, and finds out where to ask with `grant`.
    ///
    /// # Errors
    /// [`Error::Usage`] for options that do not fit together, [`Error::Secret`] for a credential that cannot be had or
    /// used; those of discovery.
    pub(super) fn new(
        options: &BearerOptions,
        place: &Place,
        grant: &Grant,
        deadline: Deadline,
        run: &'a Invocation,
    ) -> Result<Self, Error> {
        let credentials = options.credentials(run)?;
        let transport = options.way(options.certificate(run)?, deadline, run)?;
        let (server, resource) = options.find(place, grant, &transport, run)?;
        let client_id = credentials.id.clone();
        let shown_client_id = client_id.clone().map(|id| options.shown_client_id(id, run));
        let client = Client::new(options.client.client_auth, server.auth_methods(), credentials)?;
        let mut scope = texts("--scope", &options.grant.scope, run)?;
        scope.retain(|scope| !scope.is_empty());
        let (resource, wanted) = resource.map(|resource| (resource.resource, resource.scope)).unzip();
        let wanted = wanted.filter(|wanted| options.takes_scope(&grant.kind()) && !wanted.is_empty());
        let mut written_scope = if wanted.is_some() { Vec::new() } else { options.grant.scope.clone() };
        written_scope.retain(|text| Template::parse("--scope", text, &[]).is_ok_and(|scope| !scope.reads_source()));
        let written_scope = texts("--scope", &written_scope, run)?;
        if let Some(wanted) = wanted {
            run.notes().explain(|| {
                let shown = OutsideText::new(wanted.join(" ")).words(run.notes().redactor(), &[]);
                format!("the scope is what the MCP server wants: {shown}")
            });
            scope = wanted;
        }
        let encoding = options.grant.body.unwrap_or_default();
        let (kind, client_id_in_body) = (grant.kind(), client.method().sends_id_in_body());
        let is_json = encoding == Encoding::Json;
        let own = OwnParameters { grant: &kind, client_id: client_id_in_body, is_json };
        let parameters = options.parameters(scope.clone(), resource, &own, run)?;
        let headers = options.token_headers(!client_id_in_body, run)?;
        let reading = options.reading.parse()?;
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

    /// Sends the request; of its token is told by whom and for whom it was asked.
    ///
    /// # Errors
    /// Those of [`TokenRequest::send`].
    pub(super) fn send(self, grant: &Grant) -> Result<(Reply, About), Error> {
        let request = TokenRequest {
            server: &self.server,
            client: &self.client,
            grant,
            parameters: &self.parameters,
            encoding: self.encoding,
            headers: &self.headers,
            reading: &self.reading,
        };
        let reply = request.send(&self.transport, self.run.notes())?;
        let endpoint = self.server.token_endpoint(self.client.method() == Method::Tls);
        let redactor = self.run.notes().redactor();
        let asked = OutsideText::new(self.scope.join(" "));
        let granted = reply.answer.as_ref().ok().and_then(|answer| answer.scope.as_ref());
        let scope = granted.unwrap_or(&asked).words(redactor, &self.written_scope);
        let shown = |texts: &[String]| {
            texts.iter().map(|text| OutsideText::new(text).shown_with_path(redactor)).collect::<Vec<_>>()
        };
        let about = About {
            issuer: shown_issuer(self.server.issuer().unwrap_or(endpoint.origin()), redactor),
            client_id: self.shown_client_id,
            profile: self.run.profile().map(|profile| profile.name().to_owned()),
            scope: Some(scope).filter(|scope| !scope.is_empty()),
            grant: Some(grant.kind().uri().to_owned()),
            resource: shown(self.parameters.resource()),
            audience: shown(self.parameters.audience()),
        };
        Ok((reply, about))
    }
}

/// An issuer as the headers of files have it.
fn shown_issuer(issuer: &str, redactor: &Redactor) -> String {
    OutsideText::new(issuer).shown_with_path(redactor)
}

impl Prepared<'_> {
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

    /// Revokes a refresh token in place of asking for an access token.
    ///
    /// # Errors
    /// Those of [`revoke`].
    pub(super) fn revoke(&self, token: &Secret) -> Result<(), Error> {
        revoke(&self.server, &self.client, token, &self.transport, self.run.notes())
    }
}

impl BearerOptions {
    /// The authorization server at `place`, and what the MCP server says of itself. An issuer that the MCP server alone
    /// names is asked nothing before it is clear that `grant` and client may be sent to it.
    fn find(
        &self,
        place: &Place,
        grant: &Grant,
        transport: &Transport,
        run: &Invocation,
    ) -> Result<(AuthorizationServer, Option<ProtectedResource>), Error> {
        let discover = |issuer| AuthorizationServer::discover(issuer, transport, run.notes());
        match place {
            Place::At(endpoint) => Ok((AuthorizationServer::at(endpoint.clone()), None)),
            Place::Issuer(issuer) => Ok((discover(issuer)?, None)),
            Place::Server { server, issuer } => {
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
        run: &Invocation,
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
    pub(super) fn certificate(&self, run: &Invocation) -> Result<Option<ClientCertificate>, Error> {
        let pair = self.client.tls_cert.as_deref().zip(self.client.tls_key.as_deref());
        pair.map(|(cert, key)| ClientCertificate::read(cert, key, run.notes())).transpose()
    }

    /// The client id, without what a SOURCE in it says.
    fn shown_client_id(&self, id: String, run: &Invocation) -> String {
        let template = self.client.client_id.as_deref().map(|text| Template::parse("--client-id", text, &[]));
        let is_written = template.is_none_or(|template| template.is_ok_and(|template| !template.reads_source()));
        if is_written { id } else { OutsideText::new(id).shown(run.notes().redactor()) }
    }

    fn credentials(&self, run: &Invocation) -> Result<Credentials, Error> {
        let client = &self.client;
        let secret = client.client_secret.as_deref().map(|text| required("--client-secret", Some(text), run));
        let algorithm = client.client_alg.as_deref().map(|name| parse_algorithm("--client-alg", name)).transpose()?;
        let key = client.client_key.as_deref().map(|source| KeyOptions {
            key: ("--client-key", source),
            kid: ("--client-kid", client.client_kid.as_ref()),
            alg: ("--client-alg", client.client_alg.as_deref()),
            cert: client.client_cert.as_deref(),
        });
        Ok(Credentials {
            id: Template::text("--client-id", client.client_id.as_ref(), run)?,
            secret: secret.transpose()?,
            key: key.map(|key| key.read(run)).transpose()?,
            has_certificate: client.tls_cert.is_some(),
            audience: Template::text("--client-aud", client.client_aud.as_ref(), run)?,
            algorithm,
            claims: self.client_claims(run)?,
            assertion: self.ready_client_assertion(run)?,
        })
    }

    /// The grant of this kind; of a refresh token, the one in its SOURCE.
    ///
    /// # Errors
    /// [`Error::Usage`] for an option that is missing or does not fit, [`Error::Secret`] for a secret that cannot be had
    /// or used.
    pub(super) fn grant(&self, kind: &Kind, run: &Invocation) -> Result<Grant, Error> {
        Ok(match kind {
            Kind::ClientCredentials => Grant::ClientCredentials,
            Kind::RefreshToken => {
                Grant::RefreshToken(required_token("--refresh-token", self.grant.refresh_token.as_deref(), run)?)
            }
            Kind::JwtBearer => match self.ready_assertion(run)? {
                Some(ready_made) => Grant::ReadyAssertion(ready_made),
                None => Grant::JwtBearer(Box::new(self.assertion(run)?)),
            },
            Kind::TokenExchange => Grant::TokenExchange {
                // One of a type of its own may be anything.
                subject_token: match self.grant.subject_token_type {
                    Some(_) => required("--subject-token", self.grant.subject_token.as_deref(), run)?,
                    None => required_token("--subject-token", self.grant.subject_token.as_deref(), run)?,
                },
                subject_token_type: self.grant.subject_token_type.clone(),
            },
            Kind::Extension(uri) => Grant::Extension(uri.clone()),
        })
    }

    fn assertion(&self, run: &Invocation) -> Result<Assertion, Error> {
        let given = &self.assertion;
        let option = "--assertion-key";
        // Complains of its absence.
        let source = given.assertion_key.as_deref();
        Source::required(option, source)?;
        let key = KeyOptions {
            key: (option, source.unwrap_or_default()),
            kid: ("--assertion-kid", given.assertion_kid.as_ref()),
            alg: ("--assertion-alg", given.assertion_alg.as_deref()),
            cert: given.assertion_cert.as_deref(),
        };
        let issuer = Template::text("--iss", given.iss.as_ref(), run)?;
        let subject = Template::text("--sub", given.sub.as_ref(), run)?;
        let audience = texts("--aud", &given.aud, run)?;
        let written = claims("--assertion-claim", &given.assertion_claim, run)?;
        let in_json = json_claims("--assertion-claim-json", &given.assertion_claim_json, run)?;
        Assertion::of_grant(key.read(run)?, issuer, subject, &audience, [written, in_json].concat())
    }

    fn client_claims(&self, run: &Invocation) -> Result<Vec<Claim>, Error> {
        let written = claims("--client-claim", &self.client.client_claim, run)?;
        Ok([written, json_claims("--client-claim-json", &self.client.client_claim_json, run)?].concat())
    }

    fn parameters(
        &self,
        scope: Vec<String>,
        discovered: Option<String>,
        own: &OwnParameters<'_>,
        run: &Invocation,
    ) -> Result<Parameters, Error> {
        let audience = texts("--audience", &self.grant.audience, run)?;
        let mut resource = texts("--resource", &self.grant.resource, run)?;
        if resource.is_empty() {
            resource.extend(discovered);
        }
        let mut parameters = Parameters::new(scope, audience, resource);
        self.add_others(&mut parameters, own, run)?;
        Ok(parameters)
    }

    /// Adds the parameters of `--param` and `--param-json` to a request that sets `own` itself.
    ///
    /// # Errors
    /// [`Error::Usage`] for one that cannot be set; those of rendering it.
    pub(super) fn add_others(
        &self,
        parameters: &mut Parameters,
        own: &OwnParameters<'_>,
        run: &Invocation,
    ) -> Result<(), Error> {
        for parameter in named("--param", &self.grant.param) {
            let NamedTemplate { name, template } = parameter?;
            parameters.add(&name, template.render(run, &OwnValues::default())?, template.may_hold_secret(), own)?;
        }
        for text in &self.grant.param_json {
            let NamedJson { name, json } = NamedJson::parse("--param-json", text)?;
            parameters.add_json(&name, json.render(run)?, own)?;
        }
        Ok(())
    }

    /// The headers of `--token-header`, of a request that sets `Authorization` itself if `authorizes` says so.
    ///
    /// # Errors
    /// [`Error::Usage`] for one that the request sets itself, or that is there twice; [`Error::Headers`] for a value that
    /// no header may have; those of rendering it.
    pub(super) fn token_headers(&self, authorizes: bool, run: &Invocation) -> Result<Headers, Error> {
        let mut headers = Headers::default();
        for text in &self.grant.token_header {
            let header = HeaderTemplate::of_request(TOKEN_HEADER, text)?;
            let name = header.name();
            let is = |other: &str| name.eq_ignore_ascii_case(other);
            let refused = |cause: &str| {
                let fact = format_args!("{TOKEN_HEADER} {name} cannot be set");
                Err(Error::Usage(Report::new(fact, cause, "leave it out")))
            };
            if OWN_HEADERS.iter().any(|own| is(own)) || authorizes && is("Authorization") {
                return refused("the token request sets it itself");
            }
            if headers.value(name).is_some() {
                return refused("it is there twice, and names are unique, ignoring case");
            }
            header.render_into(&mut headers, run)?;
        }
        Ok(headers)
    }
}

const TOKEN_HEADER: &str = "--token-header";

/// Headers that a token request sets itself, or that belong to its connection.
const OWN_HEADERS: [&str; 15] = [
    "Accept",
    "Accept-Encoding",
    "Connection",
    "Content-Encoding",
    "Content-Length",
    "Content-Type",
    "Expect",
    "Host",
    "Keep-Alive",
    "Proxy-Authorization",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
];

/// The claims of a repeatable `option` whose values are `NAME=TEXT`.
fn claims(option: &'static str, texts: &[String], run: &Invocation) -> Result<Vec<Claim>, Error> {
    let claim = |claim: Result<NamedTemplate, Error>| {
        let NamedTemplate { name, template } = claim?;
        Ok(Claim { option, name, value: template.render_text(run, &OwnValues::default())?.into() })
    };
    named(option, texts).map(claim).collect()
}

/// The claims of a repeatable `option` whose values are `NAME=JSON`.
fn json_claims(option: &'static str, texts: &[String], run: &Invocation) -> Result<Vec<Claim>, Error> {
    let claim = |text: &String| {
        let NamedJson { name, json } = NamedJson::parse(option, text)?;
        Ok(Claim { option, name, value: json.render(run)? })
    };
    texts.iter().map(claim).collect()
}

/// The options of a key that signs assertions, each with its name.
struct KeyOptions<'a> {
    key: (&'a str, &'a str),
    kid: (&'a str, Option<&'a String>),
    alg: (&'a str, Option<&'a str>),
    cert: Option<&'a str>,
}

impl KeyOptions<'_> {
    fn read(self, run: &Invocation) -> Result<AssertionKey, Error> {
        let (option, source) = self.key;
        let algorithm = self.alg.1.map(|name| parse_algorithm(self.alg.0, name)).transpose()?;
        let kid = Template::text(self.kid.0, self.kid.1, run)?;
        let secret = required(option, Some(source), run)?;
        let chosen = kid.as_deref().filter(|kid| *kid != "thumbprint");
        let key = SigningKey::parse(option, secret, None, chosen, algorithm)?;
        let key = AssertionKey::new(option, key, algorithm, kid.as_deref(), self.cert)?;
        if let Some(weakness) = key.weakness() {
            run.notes().warn(weakness);
        }
        if key.algorithm() == Algorithm::EdDSA {
            let alg = self.alg.0;
            run.notes()
                .explain(|| format!("{option} signs with EdDSA; some servers want {alg} Ed25519, its newer name"));
        }
        Ok(key)
    }
}

/// The secret of an `option` that cannot be left out.
fn required(option: &str, text: Option<&str>, run: &Invocation) -> Result<Secret, Error> {
    run.secret(option, &Source::required(option, text)?)
}

/// Like [`required`], of an option that takes a token.
fn required_token(option: &str, text: Option<&str>, run: &Invocation) -> Result<Secret, Error> {
    let source = Source::required(option, text)?;
    let token = run.secret(option, &source)?;
    check(&format!("{option}: what {source} holds"), &token)?;
    Ok(token)
}

/// What the templates of a repeatable `option` stand for.
fn texts(option: &str, templates: &[String], run: &Invocation) -> Result<Vec<String>, Error> {
    templates.iter().filter_map(|text| Template::text(option, Some(text), run).transpose()).collect()
}

/// The `NAME=TEXT`s of a repeatable `option`.
pub(super) fn named<'t>(
    option: &'t str,
    texts: &'t [String],
) -> impl Iterator<Item = Result<NamedTemplate, Error>> + 't {
    texts.iter().map(move |text| NamedTemplate::parse(option, text))
}
