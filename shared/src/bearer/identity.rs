//! What shapes a token: everything that decides which token a request brings, and nothing that does not.

mod names;

use std::path::PathBuf;

use self::names::Names;
use crate::bearer::endpoint_lookup::EndpointLookup;
use crate::bearer::options::BearerOptions;
use crate::bearer::parameters::named;
use crate::bearer::request::{Request, TokenProvider};
use crate::cache::seal::Seal;
use crate::error::{Error, Report};
use crate::header::HeaderTemplate;
use crate::header::Template;
use crate::header::template::Constant;
use crate::jwt::claims::NamedJson;
use crate::oauth::assertion;
use crate::oauth::client::Method;
use crate::oauth::form::Encoding;
use crate::oauth::kind::Kind;
use crate::oauth::token;
use crate::oauth::url::Endpoint;
use crate::os::user_key::Key;
use crate::run::{KeyBinding, Run};
use crate::secret::Secret;
use crate::secret::Source;
use crate::secret::command::CommandLine;
use crate::secret::command::environment::CommandEnvironment;

pub(super) use self::names::Steady;

/// The claims that each JWT has of its own, whomever it is about.
const OF_ONE_JWT: [&str; 5] = ["iat", "nbf", "exp", "jti", "auth_time"];

/// What a request is known by.
pub(super) struct RequestIdentity {
    /// Its name, and what opens its token.
    pub(super) seal: Seal,
    /// What is the same of it in each run, where commands print a part of it.
    pub(super) steady: Option<Steady>,
}

impl Request {
    /// Its name and the seal of its token. The name is over every input that shapes the token: templates by their text
    /// and what their sources hold, never by time or nonce. The way to the server (`--proxy`, `--ca-cert`) shapes nothing.
    /// The seal is of all long-lived secrets that it is made with.
    ///
    /// # Errors
    /// Those of reading the sources, and [`Error::Usage`] for templates that cannot be parsed or rendered.
    pub(super) fn identity(&self, key: &Key, run: &Run) -> Result<RequestIdentity, Error> {
        let shaping = RequestIdentityBuilder { run, inputs: Names::new(key), credential: Vec::new() };
        let shaping = shaping.plain("--token-field", self.options.reading.token_field.as_deref());
        let shaping = shaping.plain("--expiry-field", self.options.reading.expiry_field.as_deref());
        let shaping = shaping.plain("--assume-life", Some(self.options.reading.assume_life()));
        // A bound token is of no use with another key, or with none.
        let shaping = shaping.plain("the key it is bound to", run.binding().map(KeyBinding::thumbprint));
        let shaping = match &self.whom {
            TokenProvider::Command(line) => shaping.command(line, &self.options.origin.vary),
            TokenProvider::Installation(installation) => {
                let shaping = shaping.plain("--preset", Some("github-installation"));
                shaping.plain("--api-url", Some(installation.api())).of_installation(&self.options)?
            }
            TokenProvider::SignIn(place, sign_in) => {
                let shaping = shaping.place(place).plain("sign-in", Some(&sign_in.kept.id));
                // Signing out opens it, whatever the options say that it was asked for with.
                shaping.of_request(&self.options, &Kind::SignIn)?.sealed_by_key()
            }
            TokenProvider::Endpoint(place, kind) => {
                let any_issuer = self.options.origin.any_issuer.then_some("");
                // Which scope that is need not be known: the next token is asked for with what the server says then.
                let scope_of_server = self.options.takes_scope(kind).then_some("");
                let shaping = shaping.place(place).plain("--any-issuer", any_issuer);
                shaping.plain("the scope that the MCP server wants", scope_of_server).of_request(&self.options, kind)?
            }
        };
        let credential = (!shaping.credential.is_empty()).then(|| joined(&shaping.credential));
        let (name, steady) = shaping.inputs.finish();
        let seal = Seal::new(key, credential.as_ref(), &name).map_err(|error| {
            Error::Other(Report::new("the token cannot be cached", error, "run again with --no-cache"))
        })?;
        Ok(RequestIdentity { seal, steady })
    }
}

/// A [`RequestIdentity`] being built.
struct RequestIdentityBuilder<'r> {
    run: &'r Run,
    inputs: Names,
    credential: Vec<Secret>,
}

impl RequestIdentityBuilder<'_> {
    fn sealed_by_key(self) -> Self {
        Self { credential: Vec::new(), ..self }
    }

    fn command(self, line: &CommandLine, vary: &[String]) -> Self {
        let program = line.located().map(PathBuf::into_os_string);
        let inputs = self.inputs.list("--command", line.words());
        let inputs = inputs.list("its program", program.iter().map(|path| path.as_encoded_bytes()));
        let environment = CommandEnvironment::new(vary, self.run.server_identity(), self.run.other_variables());
        let inputs = environment.shaping.into_iter().fold(inputs, |inputs, (name, value)| {
            let value = Secret::new(value.into_encoded_bytes());
            inputs.text("variable", name.as_encoded_bytes()).secret("its value", &value)
        });
        Self { inputs, ..self }
    }

    fn place(self, place: &EndpointLookup) -> Self {
        match place {
            EndpointLookup::At(endpoint) => self.plain("--token-url", Some(endpoint.as_str())),
            EndpointLookup::Issuer(issuer) => self.plain("--issuer", Some(issuer.as_str())),
            EndpointLookup::Server { server, issuer } => {
                let issuer = issuer.as_ref().map(Endpoint::as_str);
                self.plain("--discover", Some(server.as_str())).plain("--issuer", issuer)
            }
        }
    }

    fn of_installation(self, options: &BearerOptions) -> Result<Self, Error> {
        self.own_certificate(options)?
            .templates("--app-id", &options.origin.app_id)?
            .templates("--installation-id", &options.origin.installation_id)?
            .others(options)?
            .secret("--assertion-key", options.assertion.assertion_key.as_deref())
    }

    /// What every request has.
    fn others(self, options: &BearerOptions) -> Result<Self, Error> {
        let headers = options.grant.token_header.iter().map(|text| HeaderTemplate::of_request("--token-header", text));
        let with_headers = headers.into_iter().try_fold(self, |shaping, header| {
            let header = header?;
            let name = header.name().to_ascii_lowercase();
            shaping.plain("header", Some(&name)).template("--token-header", header.value())
        })?;
        with_headers.named_json("--param-json", &options.grant.param_json)?.named("--param", &options.grant.param)
    }

    fn of_request(self, options: &BearerOptions, kind: &Kind) -> Result<Self, Error> {
        let BearerOptions { client, grant, assertion, .. } = options;
        let plain = self
            .plain("--grant", Some(kind.name()))
            .plain("--client-auth", client.client_auth.map(Method::name))
            .plain("--body", grant.body.filter(|body| *body != Encoding::default()).map(Encoding::media_type))
            .plain("--client-alg", client.client_alg.as_deref())
            .plain("--client-assertion-type", client.client_assertion_type.as_deref())
            .plain("--subject-token-type", grant.subject_token_type.as_deref())
            .plain("--assertion-alg", assertion.assertion_alg.as_deref());
        let with_certificates = plain
            .certificates("--client-cert", client.client_cert.as_deref())?
            .certificates("--assertion-cert", assertion.assertion_cert.as_deref())?
            .own_certificate(options)?;
        let with_templates = with_certificates
            .templates("--client-id", &client.client_id)?
            .templates("--client-kid", &client.client_kid)?
            .templates("--client-aud", &client.client_aud)?
            .templates("--scope", &grant.scope)?
            .templates("--audience", &grant.audience)?
            .templates("--resource", &grant.resource)?
            .templates("--assertion-kid", &assertion.assertion_kid)?
            .templates("--iss", &assertion.iss)?
            .templates("--sub", &assertion.sub)?
            .templates("--aud", &assertion.aud)?
            .named("--client-claim", &client.client_claim)?
            .named("--assertion-claim", &assertion.assertion_claim)?
            .named_json("--client-claim-json", &client.client_claim_json)?
            .named_json("--assertion-claim-json", &assertion.assertion_claim_json)?
            .others(options)?;
        with_templates
            .secret("--client-key", client.client_key.as_deref())?
            .secret("--refresh-token", grant.refresh_token.as_deref())?
            .secret("--assertion-key", assertion.assertion_key.as_deref())?
            .renewed("--client-secret", client.client_secret.as_deref())?
            .renewed("--client-assertion", client.client_assertion.as_deref())?
            .renewed("--assertion", assertion.assertion.as_deref())?
            .renewed("--subject-token", grant.subject_token.as_deref())
    }

    fn plain(self, option: &str, text: Option<&str>) -> Self {
        match text {
            Some(text) => Self { inputs: self.inputs.text(option, text), ..self },
            None => self,
        }
    }

    fn templates<'t>(self, option: &str, texts: impl IntoIterator<Item = &'t String>) -> Result<Self, Error> {
        let templates = texts.into_iter().map(|text| Template::parse(option, text, &[]));
        templates.into_iter().try_fold(self, |shaping, template| shaping.template(option, &template?))
    }

    fn named(self, option: &str, texts: &[String]) -> Result<Self, Error> {
        named(option, texts).try_fold(self, |shaping, parameter| {
            let parameter = parameter?;
            shaping.plain("name", Some(&parameter.name)).template(option, &parameter.template)
        })
    }

    fn named_json(self, option: &str, texts: &[String]) -> Result<Self, Error> {
        texts.iter().map(|text| NamedJson::parse(option, text)).try_fold(self, |shaping, named| {
            let NamedJson { name, json } = named?;
            shaping.plain("name", Some(&name)).template(option, json.template())
        })
    }

    fn template(self, option: &str, template: &Template) -> Result<Self, Error> {
        let written = Self { inputs: self.inputs.text(option, template.as_written()), ..self };
        let constants = template.constants(written.run)?;
        Ok(constants.into_iter().fold(written, |shaping, constant| match constant {
            Constant::OfSource(secret) => shaping.with_credential("of it", secret),
            Constant::OfCommand(secret) => shaping.with_printed(option, "of it", secret),
            Constant::OfServer(part) => shaping.plain("of the server", Some(&part)),
        }))
    }

    fn secret(self, option: &str, source: Option<&str>) -> Result<Self, Error> {
        let Some(source) = source else { return Ok(self) };
        let source = Source::parse(option, source)?;
        let secret = self.run.secret(option, &source)?;
        Ok(self.of_source(option, &source, secret))
    }

    /// A credential that another system may renew, and then is a JWT: it enters by its claims but those that each JWT has
    /// of its own, and seals nothing, since the next one could not open what it sealed. Any other is a secret like all.
    fn renewed(self, option: &str, source: Option<&str>) -> Result<Self, Error> {
        let Some(source) = source else { return Ok(self) };
        let source = Source::parse(option, source)?;
        let credential = self.run.secret(option, &source)?;
        let Some(claims) = lasting_claims(&credential) else { return Ok(self.of_source(option, &source, credential)) };
        let inputs = self.inputs.text("a JWT", option);
        let inputs = match source {
            Source::Command(_) => inputs.printed(option, "its claims", &claims),
            _ => inputs.secret("its claims", &claims),
        };
        Ok(Self { inputs, ..self })
    }

    /// Certificates that name a key, by where they are kept and what they are.
    fn certificates(self, option: &str, path: Option<&str>) -> Result<Self, Error> {
        let Some(path) = path else { return Ok(self) };
        let chain = assertion::certificates(option, path)?;
        Ok(Self { inputs: self.inputs.text(option, path).list("its certificates", chain), ..self })
    }

    fn own_certificate(self, options: &BearerOptions) -> Result<Self, Error> {
        let Some(certificate) = options.certificate(self.run)? else { return Ok(self) };
        let inputs = self.inputs.text("--tls-cert", options.client.tls_cert.as_deref().unwrap_or_default());
        let inputs = inputs.list("its certificates", certificate.chain());
        Ok(Self { inputs, ..self }.with_credential("--tls-key", certificate.key().clone()))
    }

    fn of_source(self, option: &str, source: &Source, secret: Secret) -> Self {
        match source {
            Source::Command(_) => self.with_printed(option, option, secret),
            _ => self.with_credential(option, secret),
        }
    }

    fn with_printed(mut self, option: &str, label: &str, secret: Secret) -> Self {
        self.inputs = self.inputs.printed(option, label, &secret);
        self.credential.push(secret);
        self
    }

    fn with_credential(mut self, option: &str, secret: Secret) -> Self {
        self.inputs = self.inputs.secret(option, &secret);
        self.credential.push(secret);
        self
    }
}

/// The claims of a JWT that the next one about the same has too, in one order whatever the issuer's; `None` for anything
/// that is no JWT.
fn lasting_claims(token: &Secret) -> Option<Secret> {
    let mut claims = token::claims(token)?;
    claims.retain(|name, _| !OF_ONE_JWT.contains(&name.as_str()));
    // It may refer to anybody.
    if claims.is_empty() {
        return None;
    }
    // Members are sorted by name, at every depth, and numbers are as they were written.
    serde_json::to_vec(&claims).ok().map(Secret::new)
}

/// All `secrets` as one, each behind its length.
fn joined(secrets: &[Secret]) -> Secret {
    const LENGTH: usize = size_of::<u64>();
    let whole: usize = secrets.iter().map(|secret| secret.expose().len().saturating_add(LENGTH)).sum();
    let mut joined = Vec::with_capacity(whole);
    for secret in secrets {
        joined.extend(u64::try_from(secret.expose().len()).unwrap_or(u64::MAX).to_be_bytes());
        joined.extend(secret.expose());
    }
    Secret::new(joined)
}
