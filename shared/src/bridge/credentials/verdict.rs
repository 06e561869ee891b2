//! What an answer of the MCP server says of the headers of its request.

use hyper::HeaderMap;
use hyper::header::WWW_AUTHENTICATE;

use crate::oauth::challenge::Challenge;

/// What an answer says of the headers of its request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// They are refused: others may be accepted.
    Refused,
    /// The proof of possession lacks the nonce that comes with the answer (RFC 9449 section 9).
    UseDpopNonce,
    /// The token is good, and lacks these scopes (RFC 6750 section 3.1): another one would have no more. Text from outside.
    InsufficientScope(Vec<String>),
    /// Nothing.
    No,
}

impl Verdict {
    /// What an answer with this status and these headers says, where the server `accepted` a request before or not: without
    /// that 403 may be all that it says to a bad credential.
    pub(super) fn of(status: u16, headers: &HeaderMap, accepted: bool) -> Self {
        if !matches!(status, 400 | 401 | 403) {
            return Self::No;
        }
        let challenges = Challenge::parse(headers.get_all(WWW_AUTHENTICATE));
        let with = |error: &str| challenges.iter().find(|challenge| challenge.parameter("error") == Some(error));
        if with("use_dpop_nonce").is_some() {
            return Self::UseDpopNonce;
        }
        if status == 400 {
            return Self::No;
        }
        if with("invalid_token").is_some() {
            return Self::Refused;
        }
        if let Some(challenge) = with("insufficient_scope") {
            let scopes = challenge.parameter("scope").unwrap_or_default();
            return Self::InsufficientScope(scopes.split_whitespace().map(str::to_owned).collect());
        }
        if status == 401 || !accepted { Self::Refused } else { Self::No }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(status: u16, lines: &[&'static str], accepted: bool) -> Verdict {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(WWW_AUTHENTICATE, line.parse().unwrap());
        }
        Verdict::of(status, &headers, accepted)
    }

    #[test]
    fn a_refusal_is_told_from_what_another_token_would_not_mend() {
        use Verdict::{InsufficientScope, No, Refused, UseDpopNonce};
        let scopes = || InsufficientScope(vec!["a".to_owned(), "b:c".to_owned()]);
        for (status, lines, before, after) in [
            (401, &[][..], Refused, Refused),
            (401, &["Bearer"], Refused, Refused),
            (401, &["Bearer error=\"invalid_token\""], Refused, Refused),
            (401, &["not a challenge \"", "=,"], Refused, Refused),
            (401, &["Bearer realm=\"x\"", "DPoP error=\"use_dpop_nonce\", algs=\"ES256\""], UseDpopNonce, UseDpopNonce),
            (401, &["DPoP error=\"invalid_token\", error_description=\"use_dpop_nonce\""], Refused, Refused),
            (400, &["DPoP error=\"use_dpop_nonce\""], UseDpopNonce, UseDpopNonce),
            (400, &["Bearer error=\"invalid_token\""], No, No),
            (403, &[], Refused, No),
            (403, &["Bearer error=invalid_token"], Refused, Refused),
            (403, &["Basic realm=\"error=invalid_token\""], Refused, No),
            (403, &["bearer scope=\"a  b:c\", error=\"insufficient_scope\""], scopes(), scopes()),
            (401, &["Bearer error=\"insufficient_scope\""], InsufficientScope(vec![]), InsufficientScope(vec![])),
            (200, &["Bearer error=\"invalid_token\""], No, No),
            (404, &[], No, No),
            (429, &["Bearer error=\"invalid_token\""], No, No),
            (500, &[], No, No),
            (503, &["Bearer"], No, No),
        ] {
            assert_eq!(verdict(status, lines, false), before, "{status} {lines:?}");
            assert_eq!(verdict(status, lines, true), after, "{status} {lines:?}, accepted");
        }
    }
}
