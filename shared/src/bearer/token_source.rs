//! Where the token comes from: what the options say, once it is clear that they say one thing.

use crate::bearer::endpoint_lookup::EndpointLookup;
use crate::bearer::installation::Installation;
use crate::bearer::options::{BearerOptions, CLIENTS, Preset};
use crate::bearer::parameters::named;
use crate::bearer::request::{Request, SignInUse, TokenProvider};
use crate::bearer::unsent::Way;
use crate::error::{Error, Report};
use crate::header::HeaderTemplate;
use crate::oauth::client::Method;
use crate::oauth::kind::Kind;
use crate::oauth::url::Endpoint;
use crate::run::Run;
use crate::secret::Source;
use crate::secret::command::CommandLine;
use crate::server::Part;
use crate::sign::key::SigningKey;

/// Where the token comes from.
pub(super) enum TokenSource {
    /// Another program keeps it.
    Given(Source),
    /// Somebody is asked for it.
    Requested(Box<Request>),
}

impl TokenSource {
    /// The origin that `options` name.
    ///
    /// # Errors
    /// [`Error::Usage`] when they name none or several, or one that cannot be used; those of reading a Google service
    /// account, which may be the only one to name a token endpoint.
    pub(super) fn parse(options: &BearerOptions, run: &Run) -> Result<Self, Error> {
        let named = &options.origin;
        let alone = [
            (&["--token-url"][..], named.token_url.is_some()),
            (&["--issuer", "--discover"], named.issuer.is_some() || named.discover),
            (&["--command"], named.command.is_some()),
            (&["--token"], named.token.is_some()),
            (&["--preset"], named.preset.is_some()),
        ];
        let given: Vec<_> = alone.iter().filter(|(_, is_given)| *is_given).map(|(options, _)| *options).collect();
        if given.len() > 1 {
            let shown: Vec<_> = given.iter().map(|options| options.join(" or ")).collect();
            let fact = format_args!("{} are given", shown.join(" and "));
            let report = Report::new(fact, "each says where the token comes from", "keep only one of them");
            return Err(Error::Usage(report.and_all(given.concat())));
        }
        if let Some(text) = &named.token {
            options.sent(Way::Token, run)?;
            return Ok(Self::Given(Source::parse("--token", text)?));
        }
        if let Some(line) = &named.command {
            let options = options.sent(Way::Command, run)?;
            let whom = TokenProvider::Command(CommandLine::whole("--command", line)?);
            return Ok(Self::Requested(Box::new(Request { options, whom, sign_in: SignInUse::Never })));
        }
        // A client that proves nothing misses no credential of its own.
        let without = if options.client.client_auth == Some(Method::None) { CLIENTS } else { &[] };
        if let Some(missing) = run.profile().and_then(|profile| profile.missing_credential(without)) {
            return Err(missing);
        }
        if named.preset == Some(Preset::GithubInstallation) {
            let options = options.sent(Way::Installation, run)?;
            let whom = TokenProvider::Installation(Installation::parse(&options, run)?);
            return Ok(Self::Requested(Box::new(Request { options, whom, sign_in: SignInUse::Never })));
        }
        options.check_ready_made(run)?;
        let place = EndpointLookup::parse(options, run)?;
        let kind = options.kind()?;
        let methods = options.methods(!matches!(place, EndpointLookup::At(_)), run);
        let options = options.sent(Way::Endpoint(&kind, &methods), run)?;
        let sign_in = options.sign_in_use(&kind)?;
        Ok(Self::Requested(Box::new(Request { options, whom: TokenProvider::Endpoint(place, kind), sign_in })))
    }
}

/// The issuer of `--issuer`.
fn issuer(url: &str) -> Result<Endpoint, Error> {
    let issuer = Endpoint::typed("--issuer", url)?;
    if issuer.has_query() {
        let cause = "it has a query, and an issuer has none";
        return Err(Error::Usage(Report::of("--issuer", " cannot be used", cause, "remove the ? and what follows it")));
    }
    Ok(issuer)
}

impl EndpointLookup {
    fn parse(options: &BearerOptions, run: &Run) -> Result<Self, Error> {
        let named = &options.origin;
        let issuer = || named.issuer.as_deref().map(issuer).transpose();
        options.check_any_issuer()?;
        if let Some(url) = &named.token_url {
            return Endpoint::typed("--token-url", url).map(Self::At);
        }
        if named.discover {
            return Ok(Self::Server { server: mcp_server("--discover", Part::Path, run)?, issuer: issuer()? });
        }
        if let Some(issuer) = issuer()? {
            return Ok(Self::Issuer(issuer));
        }
        if let Some(text) = &options.assertion.assertion_key {
            let secret = run.secret(ASSERTION_KEY, &Source::parse(ASSERTION_KEY, text)?)?;
            let key = SigningKey::parse(ASSERTION_KEY, secret, None, None, None)?;
            if let Some(url) = key.token_uri {
                return Endpoint::typed("the token_uri of --assertion-key", &url).map(Self::At);
            }
        }
        if let Some(stray) = options.without_preset(run) {
            return Err(stray);
        }
        Err(Error::Usage(Report::new(
            "no authorization server is named",
            "no option says where the token comes from",
            "give --token-url URL, --issuer URL, or --discover to ask the MCP server which one it trusts",
        )))
    }
}

const ASSERTION_KEY: &str = "--assertion-key";

/// The URL of the MCP server for `option`, up to its path or, with its query, its target.
///
/// # Errors
/// [`Error::Usage`] when it is not known, hidden by the client, or plain HTTP to another host than this one.
pub(super) fn mcp_server(option: &str, up_to: Part, run: &Run) -> Result<Endpoint, Error> {
    let part = |part| run.server(option, part);
    // A WebSocket is opened by an HTTP request.
    let scheme = match &*part(Part::Scheme)? {
        "wss" => "https".to_owned(),
        "ws" => "http".to_owned(),
        other => other.to_owned(),
    };
    let url = format!("{scheme}://{}{}", part(Part::Authority)?, part(up_to)?);
    Endpoint::typed("--server-url", &url)
}

impl BearerOptions {
    /// Whether no option says where a token comes from.
    pub(super) fn names_no_server(&self) -> bool {
        let named = &self.origin;
        let options = [&named.token_url, &named.issuer, &named.command, &named.token, &self.assertion.assertion_key];
        options.iter().all(|option| option.is_none()) && !named.discover && named.preset.is_none()
    }

    /// Whether a sign-in serves a request with a grant of this `kind`: where nothing names another grant.
    fn sign_in_use(&self, kind: &Kind) -> Result<SignInUse, Error> {
        let Self { client, grant, .. } = self;
        match kind {
            // Without a sign-in it is the refresh token that is missing.
            Kind::RefreshToken if grant.refresh_token.is_none() => return Ok(SignInUse::Possible),
            Kind::ClientCredentials if grant.grant.is_none() => {}
            _ => return Ok(SignInUse::Never),
        }
        let credentials = [&client.client_secret, &client.client_key, &client.client_assertion, &client.tls_cert];
        // A client that says that it has no credential misses none.
        if client.client_auth.is_some() || credentials.iter().any(|credential| credential.is_some()) {
            return Ok(SignInUse::Possible);
        }
        // Some servers know the client by another parameter or header.
        let parameters = named("--param", &grant.param).collect::<Result<Vec<_>, Error>>()?;
        let headers = grant.token_header.iter().map(|text| HeaderTemplate::of_request("--token-header", text));
        let headers = headers.collect::<Result<Vec<_>, Error>>()?;
        let reads_source = parameters.iter().any(|parameter| parameter.template.reads_source())
            || headers.iter().any(|header| header.value().reads_source());
        Ok(if reads_source { SignInUse::Possible } else { SignInUse::Required })
    }

    fn kind(&self) -> Result<Kind, Error> {
        let given = &self.grant;
        let [refresh, subject] = [&given.refresh_token, &given.subject_token].map(Option::is_some);
        let ready_made = self.assertion.assertion.is_some().then_some("--assertion");
        let assertion = ready_made.or(self.assertion.assertion_key.is_some().then_some(ASSERTION_KEY));
        let asked = given.grant.as_deref().map(Kind::parse).transpose()?;
        Kind::choose(asked, refresh, assertion, subject)
    }
}
