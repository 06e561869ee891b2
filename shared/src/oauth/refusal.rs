//! Answers that are no token: what they mean (RFC 6749 section 5.2).

use std::time::Duration;

use chrono::TimeDelta;

use crate::error::{Error, OutsideText, Redactor, Report};
use crate::oauth::body::{Body, With};
use crate::oauth::client::Method;
use crate::oauth::failure::Failure;
use crate::oauth::kind::Kind;
use crate::oauth::reason::Reason;
use crate::oauth::sent::Sent;
use crate::oauth::transport::Response;
use crate::oauth::url::{Endpoint, Target};

/// What was asked, and of whom.
#[derive(Debug)]
pub(super) struct Question<'a> {
    pub(super) endpoint: &'a Endpoint,
    pub(super) grant: &'a Kind,
    pub(super) method: Method,
    /// Whether the grant is an assertion that another system signed.
    pub(super) is_ready_made: bool,
    pub(super) sent: &'a Sent,
    pub(super) redactor: &'a Redactor,
}

impl Question<'_> {
    /// The failure that an answer without a token is; `skew` says how far the server's clock is ahead of ours.
    pub(super) fn failure(&self, response: &Response, body: &Body, skew: TimeDelta) -> Failure {
        let reason = reason(response, body, self.redactor);
        let status = response.status;
        let code = reason.code().unwrap_or_default().to_ascii_lowercase();
        let said = format!("{}{}", With(body, self.redactor), reason.shown(self.redactor));
        if is_busy(status, &code) {
            return busy(self.endpoint, status, response.retry_after, &said);
        }
        if (300..400).contains(&status) {
            return Failure::Lasting(redirected(self.endpoint, Some("--token-url"), response, self.redactor));
        }
        let fact = format_args!("{} refused the token request", self.endpoint);
        let cause = format_args!("it answered {status}{said}");
        let advice = self.advice(status, &reason, body, skew);
        Failure::Lasting(Error::Refused(Report::new(fact, cause, advice)))
    }

    /// What to do about a URL that is not of a token endpoint.
    pub(super) fn other_url(&self) -> &'static str {
        if self.sent.has_issuer {
            "give the right URL with --token-url: what the issuer names is not a token endpoint"
        } else {
            "check --token-url: it is not a token endpoint"
        }
    }

    /// An answer that came with success and has no token in it.
    pub(super) fn no_token(&self, cause: &str, remedy: &str) -> Error {
        Error::Refused(Report::new(format_args!("{} answered without a token", self.endpoint), cause, remedy))
    }
}

/// What stands behind the status of `response`: what its body is, and why it is no success, in its own words.
pub(super) fn said(response: &Response, body: &Body, redactor: &Redactor) -> String {
    format!("{}{}", With(body, redactor), reason(response, body, redactor).shown(redactor))
}

/// Why `response` is no success.
fn reason(response: &Response, body: &Body, redactor: &Redactor) -> Reason {
    match body {
        Body::Text(text) => Reason::of_text(text, redactor),
        body => Reason::of(body.value().as_ref(), &response.challenges),
    }
}

/// Whether another attempt may fare better: by the status, and by the codes that some send with another one.
fn is_busy(status: u16, code: &str) -> bool {
    let is_code = matches!(
        code,
        "temporarily_unavailable"
            | "server_error"
            | "slow_down"
            | "rate_limit_exceeded"
            | "too_many_requests"
            | "throttled"
    );
    matches!(status, 408 | 429 | 500..) || is_code
}

/// A server that may answer another time; `said` is what stands behind the status.
pub(super) fn busy(endpoint: &Endpoint, status: u16, retry_after: Option<Duration>, said: &str) -> Failure {
    let wish = retry_after.map_or_else(String::new, |wish| format!(" and asks to wait {}s", wish.as_secs()));
    let fact = format_args!("{endpoint} is not available");
    let remedy = match status {
        502 | 504 => "try again later: a gateway answered, and did not reach the server behind it",
        _ => "try again later",
    };
    let error = Error::Transient(Report::new(fact, format_args!("it answered {status}{said}{wish}"), remedy));
    Failure::Passing { error, retry_after: retry_after.unwrap_or(Duration::ZERO) }
}

/// A redirect, which would take what is sent elsewhere, of the endpoint that `option` names, or metadata.
pub(super) fn redirected(endpoint: &Endpoint, option: Option<&str>, response: &Response, redactor: &Redactor) -> Error {
    let target = target(endpoint, response);
    let is_login = |path: &str| {
        let path = path.to_ascii_lowercase();
        ["login", "signin", "sign_in", "sso", "saml"].iter().any(|word| path.contains(word))
    };
    let remedy = match (&target, option) {
        (_, None) => "correct the URL in the metadata of the server".to_owned(),
        (Some(target), Some(option)) if is_login(&target.path) => {
            format!(
                "check {option}: it redirects to a login page, so it is not a token endpoint, or a gateway is in front of \
                 it"
            )
        }
        (Some(_), Some(option)) => format!("give the URL that it redirects to with {option}"),
        (None, Some(option)) => format!("check {option}, and ask the operator of the server for the right URL"),
    };
    let status = response.status;
    let cause = match &target {
        Some(_) => {
            let shown = shown(target.as_ref(), endpoint, redactor);
            format!("it answered {status}, to {shown}, and credentials do not follow a redirect")
        }
        None if response.location.is_some() => {
            format!("it answered {status}, with a Location that is not a usable URL")
        }
        None => format!("it answered {status}, without a Location"),
    };
    Error::Refused(Report::new(format_args!("{endpoint} redirected"), cause, remedy))
}

/// A redirect of what was asked for metadata, which says of nobody else whom to trust.
pub(super) fn redirected_metadata(endpoint: &Endpoint, response: &Response, redactor: &Redactor) -> Error {
    let shown = shown(target(endpoint, response).as_ref(), endpoint, redactor);
    let cause = format_args!("it answered {}, to {shown}, and metadata is not read from a redirect", response.status);
    let remedy = "give the --issuer whose metadata is there, or --token-url";
    Error::Refused(Report::new(format_args!("{endpoint} redirected"), cause, remedy))
}

fn target(endpoint: &Endpoint, response: &Response) -> Option<Target> {
    response.location.as_deref().and_then(|location| endpoint.joined(location))
}

/// Where a redirect leads: the path too where that is the same server, whatever its scheme.
fn shown(target: Option<&Target>, endpoint: &Endpoint, redactor: &Redactor) -> String {
    let Some(target) = target else { return "another URL".to_owned() };
    let is_other_scheme = target.host == endpoint.host() && target.has_tls != endpoint.has_tls();
    if target.origin == endpoint.origin() || is_other_scheme {
        OutsideText::new(format!("{}{}", target.origin, target.path)).shown_with_path(redactor)
    } else {
        OutsideText::new(&target.origin).shown(redactor)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::secret::Secret;

    fn response(status: u16) -> Response {
        Response {
            status,
            date: None,
            retry_after: None,
            location: None,
            media_type: String::new(),
            challenges: Vec::new(),
            dpop_nonce: None,
            body: Secret::default(),
        }
    }

    fn refused(grant: &Kind, method: Method, status: u16, answer: &Value, skew: i64) -> Error {
        let endpoint = Endpoint::typed("--token-url", "https://login.example.com/t?x=hunter3").unwrap();
        let redactor = Redactor::default();
        redactor.add(b"hun ter2");
        let sent = Sent { client_id: Some("abc".to_owned()), scope: Some("a b".to_owned()), ..Sent::default() };
        let question =
            Question { endpoint: &endpoint, grant, method, is_ready_made: false, sent: &sent, redactor: &redactor };
        let response = Response { body: Secret::new(answer.to_string().into_bytes()), ..response(status) };
        question.failure(&response, &Body::read(&response), TimeDelta::seconds(skew)).into()
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
                "check --client-id (abc was sent), --client-secret and --client-auth (basic was used; some servers require \
                 --client-auth post)",
            ),
            (
                K::ClientCredentials,
                M::Tls,
                401,
                "invalid_client",
                "check --client-id (abc was sent), that the server knows --tls-cert, and --client-auth (tls was used)",
            ),
            (
                K::RefreshToken,
                M::None,
                400,
                "invalid_grant",
                "the refresh token is used up, expired, revoked or issued to another client than abc: get a new one and put it \
                 where --refresh-token says",
            ),
            (
                K::TokenExchange,
                M::Basic,
                403,
                "unauthorized_client",
                "configure the server to allow abc the grant token-exchange, or choose another --grant",
            ),
            (K::ClientCredentials, M::Basic, 400, "invalid_scope", "check --scope (a b was requested)"),
            (
                K::ClientCredentials,
                M::Basic,
                400,
                "invalid_target",
                "check --resource (none was requested) and --audience (none was requested)",
            ),
            (
                K::ClientCredentials,
                M::Basic,
                400,
                "odd",
                "see what the server logs about it; --explain shows what was sent",
            ),
            (
                K::ClientCredentials,
                M::Basic,
                200,
                "odd",
                "see what the server logs about it; --explain shows what was sent",
            ),
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
            assert_eq!(
                error.to_string(),
                format!("{expected} (x: {shown}); see what the server logs about it; --explain shows what was sent")
            );
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
