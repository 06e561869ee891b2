//! What to change after a refusal: by status, code and words together, since servers differ in what each of them means.

use chrono::TimeDelta;

use crate::oauth::body::Body;
use crate::oauth::client::Method;
use crate::oauth::kind::Kind;
use crate::oauth::reason::Reason;
use crate::oauth::refusal::Question;
use crate::oauth::sent::PROOF;

/// The clocks may differ by this much before they are suspected.
const TOLERABLE: TimeDelta = TimeDelta::seconds(30);

const SEE_LOGS: &str = "see what the server logs about it; --explain shows what was sent";

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// The client, or its proof.
    Client,
    /// The refresh token, assertion or subject token.
    Grant,
    /// The client may not use the grant.
    NotAllowed,
    /// The client may not have what it asks for.
    Denied,
    UnknownGrant,
    Scope,
    Target,
    Request,
    Proof,
    Consent,
    /// The URL leads to something else.
    Url,
    /// The form of the body.
    MediaType,
    Unknown,
}

impl Question<'_> {
    /// What may help after a refusal with this status, `reason` and body; `skew` says how far the server's clock is ahead of
    /// ours.
    pub(super) fn advice(&self, status: u16, reason: &Reason, body: &Body, skew: TimeDelta) -> String {
        let is_of_gateway = body.is_page() || status == 403 && matches!(body, Body::Text(_));
        if is_of_gateway && let Some(advice) = self.of_page(status) {
            return advice.to_owned();
        }
        let words = reason.words();
        if status == 403 && words.is_empty() {
            let client = self.sent.client_id.as_deref().unwrap_or("this client");
            return format!(
                "configure the server to grant {client} what it requests; if the server does not log this request, a gateway \
                 or firewall in front of it refused this machine"
            );
        }
        let fault = self.fault(status, reason, &words);
        let is_about_proof = matches!(fault, Fault::Client | Fault::Grant | Fault::Unknown);
        if self.signs() && is_about_proof && skew.abs() > TOLERABLE {
            let direction = if skew > TimeDelta::zero() { "behind" } else { "ahead of" };
            let off = match skew.num_days().abs() {
                days @ 2.. => format!("{days} days"),
                _ => format!("{}s", skew.num_seconds().abs()),
            };
            return format!("set this machine's clock, which is {off} {direction} the server's");
        }
        let by_words = self
            .missing_parameter(&words)
            .or_else(|| is_about_proof.then(|| self.of_assertion(fault, &words)).flatten());
        by_words.unwrap_or_else(|| self.of_fault(fault, &words))
    }

    fn fault(&self, status: u16, reason: &Reason, words: &str) -> Fault {
        let code: String = reason.code().unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).collect();
        let mut code = code.to_ascii_lowercase();
        // Some write a number, or nothing, and the code in words.
        if !code.contains(|c: char| c.is_ascii_alphabetic()) {
            code = reason.code_in_words().unwrap_or(code);
        }
        if matches!(self.grant, Kind::RefreshToken | Kind::SignIn) && is_dead_refresh_token(&code, words) {
            return Fault::Grant;
        }
        // What API Gateway of AWS says of a path that it does not know.
        if status == 403 && words.contains("missing authentication token") {
            return Fault::Url;
        }
        match (code.as_str(), status) {
            (
                "invalidclient" | "incorrectclientcredentials" | "invalidclientcredentials" | "invalidclientid"
                | "invalidclientsecret" | "badclientid" | "badclientsecret" | "unknownclient" | "clientnotfound"
                | "authenticationfailure" | "authenticationfailed" | "invalidcredentials" | "badverificationcode",
                _,
            )
            // Keycloak and Auth0 say so of a wrong secret.
            | ("unauthorizedclient" | "accessdenied" | "unauthorized" | "", 401) => Fault::Client,
            ("invalidgrant" | "expiredtoken" | "invalidtoken" | "badrefreshtoken" | "invalidassertion", _) => Fault::Grant,
            ("unauthorizedclient", _) => Fault::NotAllowed,
            ("unsupportedgranttype", _) => Fault::UnknownGrant,
            ("invalidscope" | "insufficientscope", _) => Fault::Scope,
            ("invalidtarget" | "invalidresource" | "invalidaudience", _) => Fault::Target,
            ("invaliddpopproof" | "usedpopnonce", _) => Fault::Proof,
            ("accessdenied", _) if *self.grant == Kind::ClientCredentials => Fault::Denied,
            ("accessdenied" | "consentrequired" | "interactionrequired" | "loginrequired" | "mfarequired", _) => {
                Fault::Consent
            }
            (_, 415) => Fault::MediaType,
            ("invalidrequest", _) => Fault::Request,
            (_, 404 | 405 | 410) => Fault::Url,
            (_, 401) => Fault::Client,
            ("", 403) => Fault::Denied,
            (_, 400 | 422) if words.contains("required") || words.contains("missing") => Fault::Request,
            _ => Fault::Unknown,
        }
    }

    fn of_fault(&self, fault: Fault, words: &str) -> String {
        match fault {
            Fault::Client => self.of_client(words),
            Fault::Grant => self.of_grant(),
            Fault::NotAllowed => {
                let client = self.sent.client_id.as_deref().unwrap_or("this client");
                format!(
                    "configure the server to allow {client} the grant {}, or choose another --grant",
                    self.grant.name()
                )
            }
            Fault::Denied => {
                let client = self.sent.client_id.as_deref().unwrap_or("this client");
                format!(
                    "configure the server to grant {client} what it requests, or check {}, {}",
                    self.scope(),
                    self.target()
                )
            }
            Fault::UnknownGrant => {
                format!("choose another --grant: the server does not know {}", self.grant.name())
            }
            Fault::Scope => format!("check {}", self.scope()),
            Fault::Target => format!("check {}", self.target()),
            // What RFC 8693 section 2.2.2 has servers say of a token that they do not take.
            Fault::Request if *self.grant == Kind::TokenExchange => {
                "see the server's message; check --subject-token, or add --scope, --audience or --param".to_owned()
            }
            Fault::Request => {
                "see the server's message; --scope, --audience and --param add what may be missing".to_owned()
            }
            Fault::Proof if self.sent.headers.iter().any(|name| name == PROOF) => {
                "check this machine's clock, and that the server accepts the algorithm of the key".to_owned()
            }
            Fault::Proof => {
                "use hdr-bridge --sign dpop, or configure the server to accept this client without DPoP".to_owned()
            }
            Fault::Consent => "have a user sign in and consent at the server".to_owned(),
            Fault::Url => self.other_url().to_owned(),
            Fault::MediaType => "try --body json: the server does not accept a form".to_owned(),
            Fault::Unknown => SEE_LOGS.to_owned(),
        }
    }

    /// A parameter that the server misses where it looks for it.
    fn missing_parameter(&self, words: &str) -> Option<String> {
        let is_missing = [
            "missing",
            "required",
            "not provided",
            "not supplied",
            "not present",
            "not found in",
            "must be",
            "empty",
            "absent",
        ]
        .iter()
        .any(|word| words.contains(word));
        let is_about = |name: &str| is_missing && (words.contains(name) || words.contains(&name.replace('_', " ")));
        let id = self.sent.client_id.as_deref();
        if is_about("client_secret") {
            return match self.method {
                Method::None => Some(self.of_client(words)),
                Method::Basic | Method::BasicRaw => {
                    Some("try --client-auth post: the server expects the secret in the body".to_owned())
                }
                Method::Post => Some("try --client-auth basic: the server expects the secret in the header".to_owned()),
                _ => None,
            };
        }
        if is_about("client_id") {
            return Some(match (self.method, id) {
                (_, None) => "give --client-id".to_owned(),
                (Method::Basic | Method::BasicRaw, Some(id))
                    if !self.sent.fields.iter().any(|name| name == "client_id") =>
                {
                    format!("give --param client_id={id} too, or --client-auth post: the server expects it in the body")
                }
                (_, Some(_)) => return None,
            });
        }
        let audience = ["audience", "resource"].into_iter().find(|name| is_about(name));
        let is_given = |name| match name {
            "audience" => !self.sent.audience.is_empty(),
            _ => !self.sent.resource.is_empty(),
        };
        if let Some(name) = audience.filter(|name| !is_given(*name) && !self.signs()) {
            return Some(format!("give --{name}: none was requested"));
        }
        (is_about("scope") && self.sent.scope.is_none()).then(|| "give --scope: none was requested".to_owned())
    }

    fn of_client(&self, words: &str) -> String {
        let id = match self.sent.client_id.as_deref() {
            Some(id) => format!("--client-id ({id} was sent)"),
            // An assertion says itself whose it is.
            None if self.method == Method::ClientAssertion => "--client-id".to_owned(),
            None => "--client-id (none was sent)".to_owned(),
        };
        let used = format!("--client-auth ({} was used{})", self.method.name(), self.other_method());
        match self.method {
            Method::Basic if self.sent.is_encoded => {
                let raw = "some servers do not decode the form encoding of basic: try --client-auth basic-raw or post";
                format!("check {id}, --client-secret and {used}; {raw}")
            }
            Method::Basic | Method::BasicRaw | Method::Post => format!("check {id}, --client-secret and {used}"),
            Method::ClientSecretJwt => {
                format!("check {id}, --client-secret, {} and {used}", self.audience("--client-aud"))
            }
            Method::PrivateKeyJwt => {
                format!("check {id}, that the server knows --client-key, {} and {used}", self.audience("--client-aud"))
            }
            Method::Tls => format!("check {id}, that the server knows --tls-cert, and {used}"),
            Method::ClientAssertion => {
                format!("check {id}, and that the server trusts the issuer, subject and audience of --client-assertion")
            }
            Method::None if words.contains("public client") => format!("check {id}"),
            Method::None => {
                format!("check {id}; a client that has a secret or key needs --client-secret or --client-key")
            }
        }
    }

    /// The other way to send a secret, as metadata lists it.
    fn other_method(&self) -> &'static str {
        let is_listed = |name: &str| self.sent.listed.iter().any(|listed| listed == name);
        match self.method {
            Method::Basic | Method::BasicRaw if is_listed("client_secret_post") => {
                "; the server lists post too, as --client-auth post"
            }
            Method::Post if is_listed("client_secret_basic") => "; the server lists basic too, as --client-auth basic",
            Method::Basic | Method::BasicRaw if self.sent.listed.is_empty() => {
                "; some servers require --client-auth post"
            }
            Method::Post if self.sent.listed.is_empty() => "; some servers require --client-auth basic",
            _ => "",
        }
    }

    fn of_grant(&self) -> String {
        match self.grant {
            Kind::RefreshToken => {
                let another = match self.sent.client_id.as_deref() {
                    Some(id) => format!("issued to another client than {id}"),
                    None => "issued to a client that --client-id must name".to_owned(),
                };
                format!(
                    "the refresh token is used up, expired, revoked or {another}: get a new one and put it where \
                     --refresh-token says"
                )
            }
            Kind::JwtBearer if self.is_ready_made => {
                "check that the server trusts the issuer, subject and audience of --assertion".to_owned()
            }
            Kind::JwtBearer => format!("check --assertion-key, --iss, --sub and {}", self.audience("--aud")),
            Kind::TokenExchange => "check that --subject-token is valid and meant for this server".to_owned(),
            Kind::ClientCredentials => SEE_LOGS.to_owned(),
            Kind::AuthorizationCode | Kind::DeviceCode => {
                "the code is used up, expired or issued to another client: run login again".to_owned()
            }
            Kind::SignIn => "the sign-in has ended: run login again".to_owned(),
            Kind::Extension(uri) => format!("check the --param options of the grant {uri}"),
        }
    }

    fn scope(&self) -> String {
        let asked = self.sent.scope.as_deref();
        format!("--scope ({})", asked.map_or("none was requested".to_owned(), |scope| format!("{scope} was requested")))
    }

    fn target(&self) -> String {
        let part = |option: &str, values: &[String]| match values {
            [] => format!("{option} (none was requested)"),
            values => format!("{option} ({} was requested)", values.join(" ")),
        };
        format!("{} and {}", part("--resource", &self.sent.resource), part("--audience", &self.sent.audience))
    }

    fn audience(&self, option: &str) -> String {
        let audience = self.sent.assertion.as_ref().and_then(|assertion| assertion.audience.as_deref());
        audience.map_or_else(|| option.to_owned(), |audience| format!("{option} ({audience} was sent)"))
    }

    /// Whether an assertion is signed here.
    fn signs(&self) -> bool {
        self.signs_for_client() || self.signs_grant()
    }

    /// Whether the client's assertion is.
    fn signs_for_client(&self) -> bool {
        matches!(self.method, Method::PrivateKeyJwt | Method::ClientSecretJwt)
    }

    /// Whether the grant is an assertion that is.
    fn signs_grant(&self) -> bool {
        *self.grant == Kind::JwtBearer && !self.is_ready_made
    }

    /// What is wrong with an assertion, by the names of its parts in the server's words.
    fn of_assertion(&self, fault: Fault, words: &str) -> Option<String> {
        if !self.signs() {
            return None;
        }
        let is_of_grant = self.signs_grant() && !(self.signs_for_client() && fault == Fault::Client);
        let [aud, kid, alg, iss, sub, key] = if is_of_grant {
            ["--aud", "--assertion-kid", "--assertion-alg", "--iss", "--sub", "--assertion-key"]
        } else {
            ["--client-aud", "--client-kid", "--client-alg", "--client-id", "--client-id", "--client-key"]
        };
        let sent = self.sent.assertion.as_ref()?;
        let was = |option: &str, value: Option<&str>| match value {
            Some(value) => format!("{option} ({value} was sent)"),
            None => format!("{option} (none was sent)"),
        };
        let is_word =
            |name: &str| words.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).any(|word| word == name);
        let is_in = |name: &&str| if name.contains(' ') { words.contains(name) } else { is_word(name) };
        let has = |names: &[&str]| names.iter().any(is_in);
        let mut checked = Vec::new();
        if has(&["aud", "audience", "audiences"]) {
            checked.push(was(aud, sent.audience.as_deref()));
        }
        if has(&["kid", "key id", "keyid", "jwk", "jwks", "signing key", "no key", "no matching", "public key"]) {
            checked.push(was(kid, sent.kid.as_deref()));
        }
        if has(&["alg", "algorithm", "algorithms", "eddsa", "unsupported_algorithm"]) {
            let is_old_name = sent.algorithm.as_deref() == Some("EdDSA");
            let remedy = if is_old_name {
                format!("{alg} Ed25519, the newer name of EdDSA")
            } else {
                was(alg, sent.algorithm.as_deref())
            };
            checked.push(remedy);
        }
        if has(&["iss", "issuer"]) {
            checked.push(was(iss, sent.issuer.as_deref()));
        }
        if has(&["sub", "subject"]) && !(iss == sub && has(&["iss", "issuer"])) {
            checked.push(was(sub, sent.subject.as_deref()));
        }
        if has(&[
            "exp",
            "iat",
            "nbf",
            "expired",
            "expiration",
            "expiry",
            "lifetime",
            "clock",
            "not yet",
            "in the future",
            "too old",
        ]) {
            checked.push("this machine's clock (and the server's)".to_owned());
        }
        if checked.is_empty() && has(&["signature", "signed", "verify", "verified", "verification"]) {
            checked.push(format!("that the server has the public key of {key}"));
        }
        let last = checked.pop()?;
        Some(if checked.is_empty() {
            format!("check {last}")
        } else {
            format!("check {} and {last}", checked.join(", "))
        })
    }
}

/// Whether a refresh token is of no use any more, in the words of those who do not say `invalid_grant`.
fn is_dead_refresh_token(code: &str, words: &str) -> bool {
    const DEAD: [&str; 19] = [
        "invalid",
        "expired",
        "revoked",
        "unknown",
        "incorrect",
        "not valid",
        "already used",
        "been used",
        "reused",
        "inactive",
        "not active",
        "not found",
        "malformed",
        "does not exist",
        "doesn't exist",
        "no longer",
        "bad_",
        "blacklisted",
        "consumed",
    ];
    if matches!(code, "invalidclient" | "unsupportedgranttype" | "invalidscope") {
        return false;
    }
    let is_code = matches!(
        code,
        "invalidgrant"
            | "expiredtoken"
            | "tokenexpired"
            | "invalidtoken"
            | "tokenrevoked"
            | "invalidcode"
            | "badrefreshtoken"
    );
    let names_it =
        ["refresh_token", "refresh token", "refreshtoken", "refresh-token"].iter().any(|name| words.contains(name));
    let is_grant_type = words.contains("grant_type") || words.contains("grant type");
    is_code || names_it && !is_grant_type && DEAD.iter().any(|word| words.contains(word))
}

impl Question<'_> {
    /// What a page for browsers means, which something before or in place of the token endpoint has sent.
    fn of_page(&self, status: u16) -> Option<&'static str> {
        Some(match status {
            401 => {
                "a gateway in front of the token endpoint requires its own login: ask its operator for the header to send, and give \
             that with --token-header"
            }
            403 => {
                "a gateway or firewall in front of the token endpoint refuses this machine or request: ask its operator, or \
             take another route with --proxy"
            }
            407 => "the proxy requires a login: ask its operator, or give another one with --proxy",
            404 | 405 | 410 => self.other_url(),
            _ => return None,
        })
    }
}
