//! The options that say which token is wanted, from whom, and how it is kept.

mod plain;

use std::path::Path;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::cache::CACHE_DIRECTORY;
use crate::cache::policy::OnReask;
use crate::config::profile::Alternatives;
use crate::error::{Error, Report};
use crate::oauth::answer::Reading;
use crate::oauth::client::Method;
use crate::oauth::form::Encoding;
use crate::oauth::kind::GrantParser;
use crate::os::clock::{parse_duration, parse_positive_duration};
use crate::os::user_key::STATE_DIRECTORY;

/// What displaces what of a profile: where the token comes from, how the client proves who it is, with what right it
/// asks.
pub const ALTERNATIVES: Alternatives = Alternatives {
    sets: &[ORIGINS, ISSUERS, CLIENTS, GRANTS],
    recipients: &["token-url", "issuer", "discover", "command", "token", "preset", "api-url", "any-issuer"],
    // Either alone leaves the endpoint what it is: TLS goes through a proxy, and an authority reaches nobody.
    together: &["proxy", "ca-cert"],
    // A Google service account names the endpoint.
    implied: &["assertion-key"],
    local: &["command", "token"],
    credentials: &[
        "client-secret",
        "client-key",
        "client-assertion",
        "tls-*",
        "refresh-token",
        "subject-token",
        "assertion",
        "assertion-key",
    ],
    parameters: &["param", "token-header"],
    headers: &["header", "add"],
};

/// What says which issuer is trusted.
const ISSUERS: &[&str] = &["token-url", "issuer", "command", "token", "preset", "api-url", "any-issuer"];
const ORIGINS: &[&str] = &["token-url", "issuer", "discover", "command", "token", "preset", "api-url"];
pub(super) const CLIENTS: &[&str] = &["client-secret", "client-key", "client-assertion", "tls-*"];
const GRANTS: &[&str] = &["refresh-token", "subject-token", "assertion", "assertion-key"];

/// All of them. They are kept as written; each is parsed where its value is made.
#[derive(Args, Clone, Debug)]
pub struct BearerOptions {
    #[command(flatten)]
    pub(super) origin: TokenSourceOptions,
    #[command(flatten)]
    pub(super) client: ClientOptions,
    #[command(flatten)]
    pub(super) grant: GrantOptions,
    #[command(flatten)]
    pub(super) assertion: AssertionOptions,
    #[command(flatten)]
    pub(super) reading: ReadingOptions,
    #[command(flatten)]
    pub(super) keeping: CacheOptions,
}

/// Where the token comes from, and on which way.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Where the token comes from")]
pub(super) struct TokenSourceOptions {
    /// The token endpoint of the authorization server.
    #[arg(long, value_name = "URL")]
    pub(super) token_url: Option<String>,

    /// The authorization server's issuer, whose metadata names the token endpoint (RFC 8414, OpenID Connect Discovery).
    #[arg(long, value_name = "URL")]
    pub(super) issuer: Option<String>,

    /// Ask the MCP server which authorization server it trusts (RFC 9728).
    ///
    /// The issuer that it names is sent no secret that could be used elsewhere, a client secret or a refresh token say:
    /// for that, say with --issuer which one the MCP server must name.
    ///
    /// The MCP server gets a request without a credential, whose refusal may say where its metadata is and which scope it
    /// wants; else it is asked at its well-known URLs.
    #[arg(long)]
    pub(super) discover: bool,

    /// With --discover: send secrets to whichever issuer the MCP server names.
    #[arg(long)]
    pub(super) any_issuer: bool,

    /// Run this command line, without a shell, and take the token that it prints: bare, or in the JSON of gcloud, az,
    /// aws, vault or kubectl.
    #[arg(long, value_name = "COMMAND LINE", allow_hyphen_values = true)]
    pub(super) command: Option<String>,

    /// Pass this environment variable to --command, and cache a token for each of its values; repeatable.
    ///
    /// A command always gets HOME, PATH, the locale, the proxy variables and the like, and the variables of common clouds
    /// and password managers (AWS_*, VAULT_* and so on); for each value of the latter a token is cached too.
    #[arg(long, value_name = "NAME")]
    pub(super) vary: Vec<String>,

    /// Print the token that another program keeps; nothing is asked or cached.
    #[arg(long, value_name = "SOURCE", allow_hyphen_values = true)]
    pub(super) token: Option<String>,

    /// Get the token that a particular service issues in a way of its own.
    #[arg(long, value_enum)]
    pub(super) preset: Option<Preset>,

    /// With --preset github-installation: the client id or app id of the GitHub App.
    #[arg(long, value_name = "TEXT")]
    pub(super) app_id: Option<String>,

    /// With --preset github-installation: the number of the installation, which stands in the URL of its settings.
    #[arg(long, value_name = "TEXT")]
    pub(super) installation_id: Option<String>,

    /// With --preset github-installation: where the API is [default: `https://api.github.com`].
    #[arg(long, value_name = "URL")]
    pub(super) api_url: Option<String>,

    /// Trust the certificate authorities in this PEM file too.
    #[arg(long, value_name = "FILE")]
    pub(super) ca_cert: Option<String>,

    /// Reach https endpoints through this proxy [default: $https_proxy, $all_proxy, except for $no_proxy].
    #[arg(long, value_name = "URL")]
    pub(super) proxy: Option<String>,
}

/// A service whose tokens are got in a way of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Preset {
    /// The installation token of a GitHub App; needs --app-id, --installation-id and --assertion-key.
    GithubInstallation,
}

/// Who asks, and how that is proved.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Client authentication")]
pub(super) struct ClientOptions {
    /// The client's identifier at the authorization server; a template.
    #[arg(long, value_name = "TEXT")]
    pub(super) client_id: Option<String>,

    /// The client's secret: env:NAME, file:PATH, json:PATH:FIELD or cmd:COMMAND LINE.
    #[arg(long, value_name = "SOURCE", allow_hyphen_values = true)]
    pub(super) client_secret: Option<String>,

    /// How the client authenticates [default: what the server's metadata lists, else basic with a secret,
    /// private-key-jwt with a key, none without].
    #[arg(long, value_enum)]
    pub(super) client_auth: Option<Method>,

    /// The client's certificate and its chain in PEM, for mutual TLS (RFC 8705).
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(super) tls_cert: Option<String>,

    /// The unencrypted private key of --tls-cert in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(super) tls_key: Option<String>,

    /// The key that signs the client's assertions (RFC 7523): env:NAME, file:PATH, json:PATH:FIELD or cmd:COMMAND LINE.
    #[arg(long, value_name = "SOURCE", allow_hyphen_values = true)]
    pub(super) client_key: Option<String>,

    /// The key id in them, or `thumbprint` (RFC 7638) [default: the one in the key's file].
    #[arg(long, value_name = "TEXT")]
    pub(super) client_kid: Option<String>,

    /// The algorithm that signs them [default: what the key is for].
    #[arg(long, value_name = "NAME")]
    pub(super) client_alg: Option<String>,

    /// The certificate that names the key in them, as x5t and x5t#S256.
    #[arg(long, value_name = "FILE")]
    pub(super) client_cert: Option<String>,

    /// Their audience [default: the issuer where it is known, else the token endpoint].
    #[arg(long, value_name = "TEXT")]
    pub(super) client_aud: Option<String>,

    /// Another claim in them; repeatable.
    #[arg(long, value_name = "NAME=TEXT")]
    pub(super) client_claim: Vec<String>,

    /// The same with a value in JSON; repeatable.
    #[arg(long, value_name = "NAME=JSON")]
    pub(super) client_claim_json: Vec<String>,

    /// An assertion that another system signs for the client, in place of --client-key: env:NAME, file:PATH,
    /// json:PATH:FIELD or cmd:COMMAND LINE. A Kubernetes service account token, say, or that of a GitHub Actions job.
    #[arg(long, value_name = "SOURCE", allow_hyphen_values = true)]
    pub(super) client_assertion: Option<String>,

    /// Its type [default: urn:ietf:params:oauth:client-assertion-type:jwt-bearer].
    #[arg(long, value_name = "URI")]
    pub(super) client_assertion_type: Option<String>,
}

/// With what right, and for what.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Grant")]
pub(super) struct GrantOptions {
    /// What entitles the client to a token: client-credentials, refresh-token, jwt-bearer or token-exchange, or the
    /// grant_type of another grant, whose parameters are those of --param [default: what is given: --refresh-token,
    /// --assertion-key, --assertion or --subject-token; else client-credentials].
    #[arg(long, value_name = "NAME", value_parser = GrantParser, hide_possible_values = true)]
    pub(super) grant: Option<String>,

    /// The refresh token: env:NAME, file:PATH, json:PATH:FIELD or cmd:COMMAND LINE. Where the server rotates it, the
    /// newest one is kept in --state-dir, and a new value here begins anew.
    #[arg(long, value_name = "SOURCE", allow_hyphen_values = true)]
    pub(super) refresh_token: Option<String>,

    /// The token to exchange (RFC 8693): env:NAME, file:PATH, json:PATH:FIELD or cmd:COMMAND LINE.
    #[arg(long, value_name = "SOURCE", allow_hyphen_values = true)]
    pub(super) subject_token: Option<String>,

    /// Its type [default: urn:ietf:params:oauth:token-type:jwt for a JWT, else …:access_token].
    #[arg(long, value_name = "URI")]
    pub(super) subject_token_type: Option<String>,

    /// The scope to ask for; repeatable [default with --discover: what the MCP server wants, but for a refresh token].
    #[arg(long, value_name = "TEXT")]
    pub(super) scope: Vec<String>,

    /// The audience to ask for; repeatable.
    #[arg(long, value_name = "TEXT")]
    pub(super) audience: Vec<String>,

    /// The resource that the token is for (RFC 8707); repeatable [default with --discover: what the MCP server says].
    #[arg(long, value_name = "URL")]
    pub(super) resource: Vec<String>,

    /// Another parameter of the token request; repeatable.
    #[arg(long, value_name = "NAME=TEXT")]
    pub(super) param: Vec<String>,

    /// Another member of a JSON body; repeatable.
    #[arg(long, value_name = "NAME=JSON")]
    pub(super) param_json: Vec<String>,

    /// How the parameters are written [default: form].
    #[arg(long, value_enum)]
    pub(super) body: Option<Encoding>,

    /// Another header of the token request; repeatable.
    #[arg(long, value_name = "NAME: TEMPLATE", allow_hyphen_values = true)]
    pub(super) token_header: Vec<String>,
}

/// The assertion that is a grant.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Assertion (RFC 7523)")]
pub(super) struct AssertionOptions {
    /// The key that signs it: env:NAME, file:PATH, json:PATH:FIELD or cmd:COMMAND LINE. A Google service account in
    /// JSON also says who issues it and which token endpoint to ask.
    #[arg(long, value_name = "SOURCE", allow_hyphen_values = true)]
    pub(super) assertion_key: Option<String>,

    /// The key id in it, or `thumbprint` (RFC 7638) [default: the one in the key's file].
    #[arg(long, value_name = "TEXT")]
    pub(super) assertion_kid: Option<String>,

    /// The algorithm that signs it [default: what the key is for].
    #[arg(long, value_name = "NAME")]
    pub(super) assertion_alg: Option<String>,

    /// The certificate that names the key in it, as x5t and x5t#S256.
    #[arg(long, value_name = "FILE")]
    pub(super) assertion_cert: Option<String>,

    /// Its issuer.
    #[arg(long, value_name = "TEXT")]
    pub(super) iss: Option<String>,

    /// Its subject [default: the issuer].
    #[arg(long, value_name = "TEXT")]
    pub(super) sub: Option<String>,

    /// Its audience; repeatable [default: the issuer of the server where it is known, else the token endpoint].
    #[arg(long, value_name = "TEXT")]
    pub(super) aud: Vec<String>,

    /// Another claim in it; repeatable.
    #[arg(long, value_name = "NAME=TEXT")]
    pub(super) assertion_claim: Vec<String>,

    /// The same with a value in JSON; repeatable.
    #[arg(long, value_name = "NAME=JSON")]
    pub(super) assertion_claim_json: Vec<String>,

    /// An assertion that another system signed, in place of --assertion-key: env:NAME, file:PATH, json:PATH:FIELD or
    /// cmd:COMMAND LINE.
    #[arg(long, value_name = "SOURCE", allow_hyphen_values = true)]
    pub(super) assertion: Option<String>,
}

/// How an answer is read.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Reading the answer")]
pub(super) struct ReadingOptions {
    /// The field with the token, dots leading into objects: id_token, data.token [default: access_token, or what the
    /// command is known to print].
    #[arg(long, value_name = "PATH")]
    pub(super) token_field: Option<String>,

    /// The field that says how long it lives, or until when [default: all that are usual, of which the earliest counts].
    #[arg(long, value_name = "PATH")]
    pub(super) expiry_field: Option<String>,

    /// How long a token lives where nobody says so [default: 5m].
    #[arg(long, value_name = "DURATION")]
    pub(super) assume_life: Option<String>,
}

/// How the token is kept and when it is served again.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Cache")]
pub(super) struct CacheOptions {
    /// Renew a cached token that lives no longer than this [default: half of its life, at most 30m].
    #[arg(long, value_name = "DURATION")]
    pub(super) min_life: Option<String>,

    /// Neither serve nor keep access tokens; rotated refresh tokens are kept all the same.
    #[arg(long)]
    pub(super) no_cache: bool,

    /// Ask for a new token, whatever is cached.
    #[arg(long)]
    pub(super) fresh: bool,

    /// What to print for a client that runs the helper again for the same server, because its token was refused or its
    /// connection lost: a new token, the same one, or a new one if it is an MCP client.
    #[arg(long, value_enum, default_value_t = OnReask::Auto)]
    pub(super) on_reask: OnReask,

    /// Before a cached token is served, ping the MCP server with it, and replace it if that is refused.
    #[arg(long)]
    pub(super) verify: bool,

    /// Where access tokens are kept.
    #[arg(long, value_name = "DIR", default_value = CACHE_DIRECTORY)]
    pub(super) cache_dir: String,

    /// Where rotated refresh tokens and the key of the cache are kept.
    #[arg(long, value_name = "DIR", default_value = STATE_DIRECTORY)]
    pub(super) state_dir: String,
}

/// [`CacheOptions`] that decide whether a cached token is served.
pub(super) struct CachePolicy {
    pub(super) min_life: Option<Duration>,
    pub(super) fresh: bool,
    pub(super) on_reask: OnReask,
}

impl CacheOptions {
    pub(super) fn parse(&self) -> Result<CachePolicy, Error> {
        for (option, directory) in [("--cache-dir", &self.cache_dir), ("--state-dir", &self.state_dir)] {
            if !directory.starts_with("~/") && !Path::new(directory).is_absolute() {
                return Err(Error::Usage(Report::of(
                    option,
                    " cannot be used",
                    "it is a relative path, and clients choose the working directory",
                    "write an absolute path or ~/…",
                )));
            }
        }
        let min_life = self.min_life.as_deref().map(|text| parse_duration("--min-life", text)).transpose()?;
        Ok(CachePolicy { min_life, fresh: self.fresh, on_reask: self.on_reask })
    }
}

impl ReadingOptions {
    /// `--assume-life`, or its default.
    pub(super) fn assume_life(&self) -> &str {
        self.assume_life.as_deref().unwrap_or("5m")
    }

    pub(super) fn parse(&self) -> Result<Reading, Error> {
        for (option, path) in [("--token-field", &self.token_field), ("--expiry-field", &self.expiry_field)] {
            path.as_deref().map_or(Ok(()), |path| check_path(option, path))?;
        }
        Ok(Reading {
            token_field: self.token_field.clone(),
            expiry_field: self.expiry_field.clone(),
            assume_life: parse_positive_duration("--assume-life", self.assume_life())?,
            is_life_given: self.assume_life.is_some(),
        })
    }
}

/// Checks that `path` names a field. A name may begin with a dot, as `.expires` does.
fn check_path(option: &str, path: &str) -> Result<(), Error> {
    let rest = path.strip_prefix('.').unwrap_or(path);
    if !rest.split('.').any(|part| part.trim().is_empty()) {
        return Ok(());
    }
    let cause = if path.is_empty() { "it is empty" } else { "there is nothing before, between or behind its dots" };
    let remedy = format_args!("write the name of a field, dots leading into objects: {option} data.token say");
    Err(Error::Usage(Report::of(option, " cannot be used", cause, remedy)))
}
