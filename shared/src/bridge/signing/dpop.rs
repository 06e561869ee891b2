//! DPoP (RFC 9449): each request with a proof for its token.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue, WWW_AUTHENTICATE};

use super::{Learned, Unsigned, header};
use crate::error::Error;
use crate::oauth::challenge::Challenge;
use crate::run::KeyBinding;
use crate::secret::Secret;

/// What proves the key of tokens.
#[derive(Debug)]
pub(super) struct Dpop(pub(super) Arc<KeyBinding>);

impl Dpop {
    /// `DPoP`, and `Authorization` of that scheme where there is a token.
    pub(super) fn sign(
        &self,
        request: &Unsigned<'_>,
        now: DateTime<Utc>,
    ) -> Result<Vec<(HeaderName, HeaderValue)>, Error> {
        let authorization = request.field(AUTHORIZATION.as_str()).map(Secret::new);
        let token = authorization.as_ref().and_then(|value| token(value.expose()));
        let proof = self.0.proof(request.method, request.url, token, now)?;
        let mut headers = vec![header("dpop", proof.expose(), true)?];
        if let Some(token) = token {
            let value = Secret::new([b"DPoP ", token].concat());
            headers.push(header(AUTHORIZATION.as_str(), value.expose(), true)?);
        }
        Ok(headers)
    }

    /// Keeps the nonce of any answer from `url` (section 8.2), which may ask for it (section 9).
    pub(super) fn learn(&self, url: &str, status: u16, headers: &HeaderMap) -> Learned {
        let nonce = headers.get("dpop-nonce").and_then(|value| value.to_str().ok());
        let Some(nonce) = nonce.filter(|nonce| !nonce.is_empty()) else { return Learned::Nothing };
        self.0.keep_nonce(url, nonce);
        let asks = |challenge: &Challenge| challenge.parameter("error") == Some("use_dpop_nonce");
        let challenges = Challenge::parse(headers.get_all(WWW_AUTHENTICATE));
        let is_asked = matches!(status, 400 | 401) && challenges.iter().any(asks);
        if is_asked { Learned::Nonce } else { Learned::Nothing }
    }
}

/// The token in a value of `Authorization`.
fn token(value: &[u8]) -> Option<&[u8]> {
    let at = value.iter().position(|byte| *byte == b' ')?;
    let (scheme, token) = value.split_at_checked(at)?;
    let is_ours = scheme.eq_ignore_ascii_case(b"bearer") || scheme.eq_ignore_ascii_case(b"dpop");
    is_ours.then(|| token.trim_ascii()).filter(|token| !token.is_empty())
}
