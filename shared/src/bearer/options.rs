//! The options that say which token is wanted, from whom, and how it is kept.

pub(super) mod login;
mod plain;

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};

use self::login::LoginOptions;
use crate::cache::CACHE_DIRECTORY;
use crate::cache::policy::{self, OnReask};
use crate::config::profile::Alternatives;
use crate::error::{Error, Report};
use crate::header::Life;
use crate::oauth::answer::Reading;
use crate::oauth::client::Method;
use crate::oauth::form::Encoding;
use crate::oauth::kind::GrantParser;
use crate::os::clock::{self, parse_duration, parse_positive_duration};
use crate::os::user_key::STATE_DIRECTORY;
use crate::run::Run;

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
    #[command(flatten)]
    pub(super) login: LoginOptions,
}

/// The groups of options in the help that are no struct.
const GITHUB: &str = "GitHub installation token";
const CONNECTION: &str = "Connection";

/// What the help shows as examples: what a command line does, and the command line.
pub const EXAMPLES: [(&str, &str); 2] = [
    (
        "Client credentials, at an issuer's token endpoint:",
        "hdr-bearer-refresh --issuer https://login.acme.example --client-id my-client \\\n    --client-secret file:~/.config/acme/client-secret",
    ),
    (
        "A token from a command, with a second header:",
        "hdr-bearer-refresh --command 'gcloud auth print-access-token' --add 'X-Request-ID: {uuid}'",
    ),
];

/// Where the token comes from, and on which way.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Token source")]
pub(super) struct TokenSourceOptions {
    /// Token endpoint of the authorization server.
    #[arg(long, value_name = "URL")]
    pub(super) token_url: Option<String>,

    /// Issuer; its metadata names the token endpoint.
    ///
    /// RFC 8414 and OpenID Connect Discovery.
    #[arg(long, value_name = "URL")]
    pub(super) issuer: Option<String>,

    /// Ask the MCP server for its authorization server (RFC 9728).
    ///
    /// The issuer that it names gets no secret that could be used elsewhere, such as a client secret or a refresh token. To
    /// send one, add --issuer with the issuer that the MCP server must name.
    ///
    /// The MCP server gets a request without a credential. Its answer may name its metadata and a scope; if not, its
    /// well-known URLs are tried.
    #[arg(long)]
    pub(super) discover: bool,

    /// Send secrets to any issuer that --discover finds.
    #[arg(long)]
    pub(super) any_issuer: bool,

    /// Command that prints a token.
    ///
    /// It is run without a shell. It prints the bare token, or the JSON of gcloud, az, aws, vault, gh or kubectl.
    #[arg(long, value_name = "COMMAND LINE", allow_hyphen_values = true)]
    pub(super) command: Option<String>,

    /// Variable to pass to --command; repeatable.
    ///
    /// One token is cached for each of its values. A command always gets HOME, PATH, the locale, the proxy variables and
    /// similar ones, and the variables of common clouds and password managers (AWS_*, VAULT_* and so on); for each value of
    /// the latter a token is cached too.
    #[arg(long, value_name = "NAME")]
    pub(super) vary: Vec<String>,

    /// Token that another program keeps up to date.
    ///
    /// It is printed as it is: nothing is requested or cached. An expired JWT is refused.
    #[arg(long, value_name = "SOURCE", allow_hyphen_values = true)]
    pub(super) token: Option<String>,

    /// Service with a token request of its own.
    #[arg(long, value_enum, value_name = "NAME", help_heading = GITHUB)]
    pub(super) preset: Option<Preset>,

    /// Client ID or app ID of the GitHub App.
    #[arg(long, value_name = "TEXT", help_heading = GITHUB)]
    pub(super) app_id: Option<String>,

    /// ID of the installation: the number in the URL of its settings.
    #[arg(long, value_name = "TEXT", help_heading = GITHUB)]
    pub(super) installation_id: Option<String>,

    #[arg(long, value_name = "URL", help_heading = GITHUB, help = "URL of the API [default: https://api.github.com]")]
    pub(super) api_url: Option<String>,

    /// PEM file with certificate authorities to trust too.
    #[arg(long, value_name = "FILE", help_heading = CONNECTION)]
    pub(super) ca_cert: Option<String>,

    /// Proxy for HTTPS [default: $https_proxy, $all_proxy, except for $no_proxy].
    #[arg(long, value_name = "URL", help_heading = CONNECTION)]
    pub(super) proxy: Option<String>,
}

/// A service whose tokens are got in a way of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Preset {
    /// Installation token of a GitHub App; requires --assertion-key.
    GithubInstallation,
}

/// Who asks, and how that is proved.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Client authentication")]
pub(super) struct ClientOptions {
    /// Client identifier.
    #[arg(long, value_name = "TEXT")]
    pub(super) client_id: Option<String>,

    /// Client secret.
    #[arg(long, value_name = "SOURCE", allow_hyphen_values = true)]
    pub(super) client_secret: Option<String>,

    /// Authentication method [default: by the server's metadata].
    ///
    /// If the metadata lists none: basic with a secret, private-key-jwt with a key, none without either. The RFCs' names, such
    /// as client_secret_post, can be given too.
    #[arg(long, value_enum, value_name = "METHOD")]
    pub(super) client_auth: Option<Method>,

    /// Client certificate and chain in PEM (mutual TLS, RFC 8705).
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(super) tls_cert: Option<String>,

    /// Private key of --tls-cert in PEM, not encrypted.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(super) tls_key: Option<String>,

    /// Key that signs client assertions (RFC 7523).
    #[arg(long, value_name = "SOURCE", allow_hyphen_values = true)]
    pub(super) client_key: Option<String>,

    /// Key ID or thumbprint [default: the key file's].
    ///
    /// "thumbprint" is the thumbprint of the public key (RFC 7638).
    #[arg(long, value_name = "TEXT")]
    pub(super) client_kid: Option<String>,

    /// Algorithm of client assertions [default: by the key].
    #[arg(long, value_name = "NAME")]
    pub(super) client_alg: Option<String>,

    /// Certificate of --client-key, for x5t and x5t#S256.
    #[arg(long, value_name = "FILE")]
    pub(super) client_cert: Option<String>,

    /// Audience [default: the issuer if known, else the token URL].
    #[arg(long, value_name = "TEXT")]
    pub(super) client_aud: Option<String>,

    /// Further claim of client assertions; repeatable.
    #[arg(long, value_name = "NAME=TEXT")]
    pub(super) client_claim: Vec<String>,

    /// Further claim that is any JSON; repeatable.
    #[arg(long, value_name = "NAME=JSON")]
    pub(super) client_claim_json: Vec<String>,

    /// Client assertion from another system.
    ///
    /// It replaces --client-key. Examples are the tokens of a Kubernetes service account and of a GitHub Actions job. It is
    /// read again for each request; an expired one is refused.
    #[arg(long, value_name = "SOURCE", allow_hyphen_values = true)]
    pub(super) client_assertion: Option<String>,

    /// Type of --client-assertion [default: jwt-bearer].
    ///
    /// The default is urn:ietf:params:oauth:client-assertion-type:jwt-bearer.
    #[arg(long, value_name = "URI")]
    pub(super) client_assertion_type: Option<String>,
}

/// With what right, and for what.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Grant and token request")]
pub(super) struct GrantOptions {
    /// Grant type [default: by the options given].
    ///
    /// client-credentials, refresh-token, jwt-bearer, token-exchange, their names in the RFCs, or another grant type, with its
    /// parameters as --param. The default follows from the token or assertion given: refresh-token, jwt-bearer or
    /// token-exchange; with none of them it is client-credentials.
    #[arg(long, value_name = "NAME", value_parser = GrantParser, hide_possible_values = true)]
    pub(super) grant: Option<String>,

    /// Refresh token.
    ///
    /// If the server rotates it, the newest one is kept in --state-dir. A new value in the source replaces that.
    #[arg(long, value_name = "SOURCE", allow_hyphen_values = true)]
    pub(super) refresh_token: Option<String>,

    /// Token to exchange (RFC 8693).
    #[arg(long, value_name = "SOURCE", allow_hyphen_values = true)]
    pub(super) subject_token: Option<String>,

    /// Type of --subject-token [default: jwt or access_token].
    ///
    /// The default is urn:ietf:params:oauth:token-type:jwt for a JWT, urn:ietf:params:oauth:token-type:access_token for any
    /// other token.
    #[arg(long, value_name = "URI")]
    pub(super) subject_token_type: Option<String>,

    /// Scope; repeatable [default with --discover: the server's].
    ///
    /// A refresh token is sent without a default scope.
    #[arg(long, value_name = "TEXT")]
    pub(super) scope: Vec<String>,

    /// Audience of the token; repeatable.
    #[arg(long, value_name = "TEXT")]
    pub(super) audience: Vec<String>,

    /// Resource; repeatable [default with --discover: the server's].
    ///
    /// RFC 8707. "{server:url}" is the MCP server itself.
    #[arg(long, value_name = "URL")]
    pub(super) resource: Vec<String>,

    /// Further parameter of the token request; repeatable.
    #[arg(long, value_name = "NAME=TEXT")]
    pub(super) param: Vec<String>,

    /// Further member of a JSON body; repeatable.
    #[arg(long, value_name = "NAME=JSON")]
    pub(super) param_json: Vec<String>,

    /// Format of the token request [default: form].
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(super) body: Option<Encoding>,

    /// Further header of the token request; repeatable.
    #[arg(long, value_name = "NAME: TEMPLATE", allow_hyphen_values = true)]
    pub(super) token_header: Vec<String>,
}

/// The assertion that is a grant.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Assertion grant (RFC 7523)")]
pub(super) struct AssertionOptions {
    /// Key that signs the assertion.
    ///
    /// The JSON of a Google service account also sets key ID, issuer and token endpoint.
    #[arg(long, value_name = "SOURCE", allow_hyphen_values = true)]
    pub(super) assertion_key: Option<String>,

    /// Key ID or thumbprint [default: the key file's].
    ///
    /// "thumbprint" is the thumbprint of the public key (RFC 7638).
    #[arg(long, value_name = "TEXT")]
    pub(super) assertion_kid: Option<String>,

    /// Algorithm of the assertion [default: by the key].
    #[arg(long, value_name = "NAME")]
    pub(super) assertion_alg: Option<String>,

    /// Certificate of --assertion-key, for x5t and x5t#S256.
    #[arg(long, value_name = "FILE")]
    pub(super) assertion_cert: Option<String>,

    /// Issuer of the assertion.
    #[arg(long, value_name = "TEXT")]
    pub(super) iss: Option<String>,

    /// Subject [default: the issuer of the assertion].
    #[arg(long, value_name = "TEXT")]
    pub(super) sub: Option<String>,

    /// Audience; repeatable [default: as --client-aud].
    ///
    /// The default is the issuer of the authorization server if it is known, else the token URL.
    #[arg(long, value_name = "TEXT")]
    pub(super) aud: Vec<String>,

    /// Further claim of the assertion; repeatable.
    #[arg(long, value_name = "NAME=TEXT")]
    pub(super) assertion_claim: Vec<String>,

    /// Further claim that is any JSON; repeatable.
    #[arg(long, value_name = "NAME=JSON")]
    pub(super) assertion_claim_json: Vec<String>,

    /// Assertion from another system, instead of --assertion-key.
    ///
    /// It is read again for each request; an expired one is refused.
    #[arg(long, value_name = "SOURCE", allow_hyphen_values = true)]
    pub(super) assertion: Option<String>,
}

/// How an answer is read.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Reading the answer")]
pub(super) struct ReadingOptions {
    /// Field with the token [default: access_token, or the command's].
    ///
    /// A dot separates the names of nested objects: id_token, data.token. For --command the default is the field that gcloud,
    /// az, aws, vault, gh and kubectl use.
    #[arg(long, value_name = "PATH")]
    pub(super) token_field: Option<String>,

    /// Field with the token's lifetime or expiry [default: the usual ones].
    ///
    /// The earliest expiry counts, and the exp claim of a JWT always does.
    #[arg(long, value_name = "PATH")]
    pub(super) expiry_field: Option<String>,

    /// Lifetime of a token that has none [default: 5m].
    #[arg(long, value_name = "DURATION")]
    pub(super) assume_life: Option<String>,
}

/// How the token is kept and when it is served again.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Cache")]
pub(super) struct CacheOptions {
    /// Least remaining life [default: half its life, at most 30m].
    ///
    /// A cached token with less life left is renewed.
    #[arg(long, value_name = "DURATION")]
    pub(super) min_life: Option<String>,

    /// Do not cache access tokens.
    ///
    /// Rotated refresh tokens are kept nevertheless.
    #[arg(long)]
    pub(super) no_cache: bool,

    /// Get a new token, whatever is cached.
    #[arg(long)]
    pub(super) fresh: bool,

    /// Token for a repeated run.
    ///
    /// What a client gets that runs the helper again for the same server, because its token was refused or its connection was
    /// lost.
    #[arg(long, value_enum, value_name = "TOKEN", default_value_t = OnReask::Auto)]
    pub(super) on_reask: OnReask,

    /// Test a cached token at the MCP server; replace a refused one.
    ///
    /// The test is one ping, of at most 2s.
    #[arg(long)]
    pub(super) verify: bool,

    /// Directory of access tokens.
    #[arg(long, value_name = "DIR", default_value = CACHE_DIRECTORY)]
    pub(super) cache_dir: String,

    /// Directory of refresh tokens.
    ///
    /// Rotated refresh tokens, and the key that protects them and the cache.
    #[arg(long, value_name = "DIR", default_value = STATE_DIRECTORY)]
    pub(super) state_dir: String,
}

/// [`CacheOptions`] that decide whether a cached token is served.
pub(super) struct CachePolicy {
    pub(super) min_life: Option<Duration>,
    pub(super) fresh: bool,
    pub(super) on_reask: OnReask,
}

impl CachePolicy {
    /// For how long the headers with a token may be sent that is good from `issued_at` to `expires_at`.
    pub(super) fn life(&self, issued_at: DateTime<Utc>, expires_at: DateTime<Utc>) -> Life {
        policy::life(issued_at, expires_at, self.min_life, clock::now())
    }
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

    pub(super) fn parse(&self, run: &Run) -> Result<Reading, Error> {
        for (option, path) in [("--token-field", &self.token_field), ("--expiry-field", &self.expiry_field)] {
            path.as_deref().map_or(Ok(()), |path| check_path(option, path))?;
        }
        Ok(Reading {
            token_field: self.token_field.clone(),
            expiry_field: self.expiry_field.clone(),
            assume_life: parse_positive_duration("--assume-life", self.assume_life())?,
            is_life_given: self.assume_life.is_some(),
            bound_to: run.binding().map(|binding| binding.thumbprint().to_owned()),
        })
    }
}

/// Checks that `path` names a field. A name may begin with a dot, as `.expires` does.
fn check_path(option: &str, path: &str) -> Result<(), Error> {
    let rest = path.strip_prefix('.').unwrap_or(path);
    if !rest.split('.').any(|part| part.trim().is_empty()) {
        return Ok(());
    }
    let cause = if path.is_empty() { "it is empty" } else { "a name before, between or after its dots is empty" };
    let remedy =
        format_args!("write the name of a field, with dots for nested objects, for example {option} data.token");
    Err(Error::Usage(Report::of(option, " cannot be used", cause, remedy)))
}
