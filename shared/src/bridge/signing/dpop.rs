//! DPoP (RFC 9449): each request with a proof for its token.

use std::cell::RefCell;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue, WWW_AUTHENTICATE};

use super::{Learned, Unsigned, header};
use crate::error::Error;
use crate::secret::Secret;
use crate::sign::dpop::{DpopKey, Proof};

/// What makes proofs for one origin.
#[derive(Debug)]
pub(super) struct Dpop {
    key: Arc<DpopKey>,
    /// The nonce that the server gave last.
    nonce: RefCell<Option<String>>,
}

impl Dpop {
    pub(super) fn new(key: Arc<DpopKey>) -> Self {
        Self { key, nonce: RefCell::default() }
    }

    /// `DPoP`, and `Authorization` of that scheme where there is a token.
    pub(super) fn sign(
        &self,
        request: &Unsigned<'_>,
        now: DateTime<Utc>,
    ) -> Result<Vec<(HeaderName, HeaderValue)>, Error> {
        let authorization = request.field(AUTHORIZATION.as_str()).map(Secret::new);
        let token = authorization.as_ref().and_then(|value| token(value.expose()));
        let nonce = self.nonce.borrow().clone();
        let proof = Proof { method: request.method, url: request.url, token, nonce: nonce.as_deref() };
        let proof = self.key.proof(&proof, now)?;
        let mut headers = vec![header("dpop", proof.expose(), true)?];
        if let Some(token) = token {
            let value = Secret::new([b"DPoP ", token].concat());
            headers.push(header(AUTHORIZATION.as_str(), value.expose(), true)?);
        }
        Ok(headers)
    }

    /// Keeps the nonce of any answer (section 8.2). It is asked for with 401 (section 9).
    pub(super) fn learn(&self, status: u16, headers: &HeaderMap) -> Learned {
        let Some(nonce) =
            headers.get("dpop-nonce").and_then(|value| value.to_str().ok()).filter(|nonce| !nonce.is_empty())
        else {
            return Learned::Nothing;
        };
        self.nonce.replace(Some(nonce.to_owned()));
        let asks = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
        let is_asked = status == 401 && asks.into_iter().any(|challenge| challenge.contains("use_dpop_nonce"));
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
