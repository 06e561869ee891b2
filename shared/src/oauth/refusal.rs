//! Answers that are no token: what they mean and what to change (RFC 6749 section 5.2).

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Map, Value};

use crate::error::{Error, OutsideText, Redactor, Report};
use crate::oauth::client::Method;
use crate::oauth::failure::Failure;
use crate::oauth::grant::Kind;
use crate::oauth::transport::Response;
use crate::oauth::url::Endpoint;

/// What was asked, and of whom.
#[derive(Debug)]
pub(super) struct Question<'a> {
    pub(super) endpoint: &'a Endpoint,
    pub(super) grant: &'a Kind,
    pub(super) method: Method,
    /// Whether the grant is an assertion that another system signed.
    pub(super) is_ready_made: bool,
    pub(super) redactor: &'a Redactor,
}

/// The clocks may differ by this much before they are suspected.
const TOLERABLE: TimeDelta = TimeDelta::seconds(30);

impl Question<'_> {
    /// The failure that an answer without a token is. `object` is its JSON, if it is such; `skew` says how far the
    /// server's clock is ahead of ours.
    pub(super) fn failure(&self, response: &Response, object: Option<&Map<String, Value>>, skew: TimeDelta) -> Failure {
        let code = object.and_then(error_code);
        let said = said(object, self.redactor);
        let status = response.status;
        match (status, code) {
            (408 | 429 | 500.., _) | (_, Some("temporarily_unavailable" | "server_error" | "slow_down")) => {
                busy(self.endpoint, status, response.retry_after, &said)
            }
            (300..400, _) => Failure::Lasting(redirected(self.endpoint, response, self.redactor)),
            (_, code) => {
                let fact = format_args!("{} refused the token request", self.endpoint);
                let remedy = self.remedy(status, code, skew);
                Failure::Lasting(Error::Refused(Report::new(fact, format_args!("it answered {status}{said}"), remedy)))
            }
        }
    }

    /// An answer that came with success and has no token in it.
    pub(super) fn no_token(&self, cause: &str, remedy: &str) -> Error {
        Error::Refused(Report::new(format_args!("{} answered without a token", self.endpoint), cause, remedy))
    }

    /// Whether the grant is signed here.
    fn signs_grant(&self) -> bool {
        *self.grant == Kind::JwtBearer && !self.is_ready_made
    }

    fn remedy(&self, status: u16, code: Option<&str>, skew: TimeDelta) -> String {
        let signs = matches!(self.method, Method::PrivateKeyJwt | Method::ClientSecretJwt) || self.signs_grant();
        let is_about_proof = matches!(code, Some("invalid_client" | "invalid_grant") | None);
        if signs && is_about_proof && skew.abs() > TOLERABLE {
            let direction = if skew > TimeDelta::zero() { "behind" } else { "ahead of" };
            return format!(
                "set this machine's clock, which is {}s {direction} the server's",
                skew.num_seconds().abs()
            );
        }
        let method = self.method.name();
        let of_client = match self.method {
            Method::Basic | Method::BasicRaw | Method::Post | Method::ClientSecretJwt => "--client-id, --client-secret",
            Method::PrivateKeyJwt => "--client-id, --client-key",
            Method::Tls => "--client-id, --tls-cert",
            Method::None => "--client-id",
            Method::ClientAssertion => "--client-id, --client-assertion",
        };
        let remedy = match (code, self.grant) {
            (Some("invalid_client"), _) if self.method == Method::ClientAssertion => {
                "check --client-id, and that the server trusts who issued --client-assertion, its subject and its audience"
            }
            (Some("invalid_client"), _) => return format!("check {of_client} and --client-auth ({method} was used)"),
            (Some("invalid_grant"), Kind::RefreshToken) => {
                "the refresh token is used up, expired or revoked: get a new one and put it where --refresh-token says"
            }
            (Some("invalid_grant"), Kind::JwtBearer) if self.is_ready_made => {
                "check that the server trusts who issued --assertion, its subject and its audience"
            }
            (Some("invalid_grant"), Kind::JwtBearer) => "check --assertion-key, --iss, --sub and --aud",
            (Some("invalid_grant"), Kind::TokenExchange) => {
                "check that --subject-token is valid and meant for this server"
            }
            (Some("unauthorized_client"), grant) => {
                return format!(
                    "let the server allow this client the grant {}, or choose another --grant",
                    grant.name()
                );
            }
            (Some("unsupported_grant_type"), _) => "choose another --grant: the server does not know this one",
            (Some("invalid_scope"), _) => "check --scope",
            (Some("invalid_target"), _) => "check --resource and --audience",
            // What RFC 8693 section 2.2.2 has servers say of a token that they do not take.
            (Some("invalid_request"), Kind::TokenExchange) => {
                "see what it says; --subject-token may be no good here, or --scope, --audience or --param missing"
            }
            (Some("invalid_request"), _) => "see what it says; --scope, --audience and --param add what it may miss",
            (Some("invalid_dpop_proof" | "use_dpop_nonce"), _) => "let the server accept this client without DPoP",
            (Some("access_denied" | "consent_required" | "interaction_required" | "login_required"), _) => {
                "let somebody log in and consent at the server"
            }
            (None, _) if status == 401 => return format!("check {of_client} and --client-auth ({method} was used)"),
            (None, _) if matches!(status, 404 | 405 | 410) => "check the URL: it is not a token endpoint",
            _ => "see what the server logs about it",
        };
        remedy.to_owned()
    }
}

/// The server's own words, in brackets.
pub(super) fn said(object: Option<&Map<String, Value>>, redactor: &Redactor) -> String {
    let description = object.and_then(|object| {
        let nested = || object.get("error")?.get("message");
        object.get("error_description").or_else(nested)?.as_str()
    });
    let quote = |text: &str| OutsideText::new(text).shown(redactor);
    match (object.and_then(error_code).map(quote), description.map(quote)) {
        (None, None) => String::new(),
        (Some(one), None) | (None, Some(one)) => format!(" ({one})"),
        (Some(code), Some(description)) => format!(" ({code}: {description})"),
    }
}

/// A server that may answer another time.
pub(super) fn busy(endpoint: &Endpoint, status: u16, retry_after: Option<Duration>, said: &str) -> Failure {
    let wish = retry_after.map_or_else(String::new, |wish| format!(" and asks to wait {}s", wish.as_secs()));
    let fact = format_args!("{endpoint} is not available");
    let error =
        Error::Transient(Report::new(fact, format_args!("it answered {status}{said}{wish}"), "try again later"));
    Failure::Passing { error, retry_after: retry_after.unwrap_or(Duration::ZERO) }
}

/// A redirect, which would take the credential elsewhere.
pub(super) fn redirected(endpoint: &Endpoint, response: &Response, redactor: &Redactor) -> Error {
    let target = response.location.as_deref().and_then(|location| {
        let is_path = location.starts_with('/') && !location.starts_with("//");
        let whole = if is_path { format!("{endpoint}{location}") } else { location.to_owned() };
        Endpoint::typed("", &whole).ok()
    });
    let target = match &target {
        Some(target) if target.origin() == endpoint.origin() => {
            OutsideText::new(format!("{target}{}", target.path())).shown_with_path(redactor)
        }
        Some(target) => OutsideText::new(target.origin()).shown(redactor),
        None => "another URL".to_owned(),
    };
    let cause = format_args!("it answered {}, to {target}, and credentials are not sent on", response.status);
    Error::Refused(Report::new(format_args!("{endpoint} redirected"), cause, "give the URL that it leads to"))
}

/// The `error` of RFC 6749 section 5.2, which some servers nest.
fn error_code(object: &Map<String, Value>) -> Option<&str> {
    let error = object.get("error")?;
    let nested = || error.get("status").or_else(|| error.get("code"))?.as_str();
    error.as_str().or_else(nested)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::secret::Secret;

    fn response(status: u16) -> Response {
        Response {
            status,
            date: None,
            retry_after: None,
            location: None,
            media_type: String::new(),
            body: Secret::default(),
        }
    }

    fn refused(grant: &Kind, method: Method, status: u16, answer: &Value, skew: i64) -> Error {
        let endpoint = Endpoint::typed("--token-url", "https://login.example.com/t?x=hunter3").unwrap();
        let redactor = Redactor::default();
        redactor.add(b"hun ter2");
        let question = Question { endpoint: &endpoint, grant, method, is_ready_made: false, redactor: &redactor };
        question.failure(&response(status), answer.as_object(), TimeDelta::seconds(skew)).into()
    }

    #[test]
    fn a_refusal_says_what_to_change() {
        use {Kind as K, Method as M};
        for (grant, method, status, code, remedy) in [
            (
                K::ClientCredentials,
                M::Basic,
                401,
                "invalid_client",
                "check --client-id, --client-secret and --client-auth (basic was used)",
            ),
            (
                K::ClientCredentials,
                M::Tls,
                401,
                "invalid_client",
                "check --client-id, --tls-cert and --client-auth (tls was used)",
            ),
            (
                K::RefreshToken,
                M::None,
                400,
                "invalid_grant",
                "the refresh token is used up, expired or revoked: get a new one and put it where --refresh-token says",
            ),
            (
                K::TokenExchange,
                M::Basic,
                403,
                "unauthorized_client",
                "let the server allow this client the grant token-exchange, or choose another --grant",
            ),
            (K::ClientCredentials, M::Basic, 400, "invalid_scope", "check --scope"),
            (K::ClientCredentials, M::Basic, 400, "invalid_target", "check --resource and --audience"),
            (K::ClientCredentials, M::Basic, 400, "odd", "see what the server logs about it"),
            (K::ClientCredentials, M::Basic, 200, "odd", "see what the server logs about it"),
        ] {
            let error = refused(&grant, method, status, &json!({ "error": code }), 0);
            let expected =
                format!("https://login.example.com refused the token request: it answered {status} ({code}); {remedy}");
            assert_eq!((error.to_string(), error.exit_code()), (expected, 4));
        }
    }

    #[test]
    fn a_clock_that_is_off_is_named() {
        for (skew, clock) in [(400, "400s behind"), (-400, "400s ahead of")] {
            let error = json!({ "error": "invalid_client" });
            let error = refused(&Kind::ClientCredentials, Method::PrivateKeyJwt, 401, &error, skew).to_string();
            let remedy = format!("set this machine's clock, which is {clock} the server's");
            assert!(error.ends_with(&remedy), "{error}");
        }
    }

    #[test]
    fn a_secret_is_cut_out_of_what_is_quoted() {
        for (text, shown) in [
            ("bad secret hun ter2!", "bad secret [redacted]!"),
            ("no hun+ter2", "no [redacted]"),
            ("aHVuIHRlcjI=", "[redacted]"),
        ] {
            let error = json!({ "error": "x", "error_description": text });
            let error = refused(&Kind::ClientCredentials, Method::Post, 400, &error, 0);
            let expected = "https://login.example.com refused the token request: it answered 400";
            assert_eq!(error.to_string(), format!("{expected} (x: {shown}); see what the server logs about it"));
        }
        let long = json!({ "error": "x", "error_description": format!("\r\n{}", "y".repeat(300)) });
        let error = refused(&Kind::ClientCredentials, Method::Post, 400, &long, 0).to_string();
        assert!(error.contains(&format!("(x: {})", "y".repeat(200))), "{error}");
    }

    #[test]
    fn what_passes_is_transient() {
        for (status, code) in
            [(408, "x"), (429, "slow_down"), (500, "invalid_client"), (503, "x"), (400, "temporarily_unavailable")]
        {
            let error = refused(&Kind::ClientCredentials, Method::Basic, status, &json!({ "error": code }), 0);
            let expected =
                format!("https://login.example.com is not available: it answered {status} ({code}); try again later");
            assert_eq!((error.to_string(), error.exit_code()), (expected, 5));
        }
    }
}
