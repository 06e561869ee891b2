//! The key that tokens are bound to, where a program of ours proves with each request that it has it: DPoP (RFC 9449).

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

use crate::error::Error;
use crate::secret::Secret;
use crate::server::{Part, Server};

/// What a proof is for.
#[derive(Clone, Copy, Debug)]
pub struct Proof<'a> {
    /// The method of the request.
    pub method: &'a str,
    /// Its URL; query and fragment are no part of a proof.
    pub url: &'a str,
    /// The token that the request carries, if any.
    pub token: Option<&'a [u8]>,
    /// The nonce that the server gave last, if any.
    pub nonce: Option<&'a str>,
}

/// Makes a proof at an instant.
type Prove = dyn Fn(&Proof<'_>, DateTime<Utc>) -> Result<Secret, Error> + Send + Sync;

/// A key that tokens are bound to, and the nonces that servers want in its proofs.
pub struct KeyBinding {
    thumbprint: String,
    /// Whether a later process has the same key.
    is_lasting: bool,
    prove: Box<Prove>,
    /// The nonce that each origin gave last.
    nonces: Mutex<BTreeMap<String, String>>,
}

impl KeyBinding {
    /// The binding to the key with this thumbprint (RFC 7638), whose proofs `prove` makes. `is_lasting` says whether a later
    /// process has the same key.
    pub fn new(
        thumbprint: String,
        is_lasting: bool,
        prove: impl Fn(&Proof<'_>, DateTime<Utc>) -> Result<Secret, Error> + Send + Sync + 'static,
    ) -> Self {
        Self { thumbprint, is_lasting, prove: Box::new(prove), nonces: Mutex::default() }
    }

    /// The thumbprint of the key, by which servers know what a token is bound to.
    #[must_use]
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// Whether a later process has the same key.
    #[must_use]
    pub fn is_lasting(&self) -> bool {
        self.is_lasting
    }

    /// A proof for one request, with the nonce that its server gave last.
    ///
    /// # Errors
    /// [`Error::Other`] when the system has no randomness to give; [`Error::Secret`] for a key that is damaged.
    pub fn proof(&self, method: &str, url: &str, token: Option<&[u8]>, at: DateTime<Utc>) -> Result<Secret, Error> {
        let nonce = self.nonces.lock().unwrap_or_else(PoisonError::into_inner).get(&origin(url)).cloned();
        (self.prove)(&Proof { method, url, token, nonce: nonce.as_deref() }, at)
    }

    /// Keeps the nonce of an answer from `url` (section 8.2).
    pub fn keep_nonce(&self, url: &str, nonce: &str) {
        self.nonces.lock().unwrap_or_else(PoisonError::into_inner).insert(origin(url), nonce.to_owned());
    }
}

/// Scheme and authority of a URL, the same however it is written.
fn origin(url: &str) -> String {
    let server = Server::known(None, Some(url));
    let part = |part| server.part("", part).map(|(text, _)| text.into_owned()).unwrap_or_default();
    format!("{}://{}", part(Part::Scheme), part(Part::Authority))
}

/// Without the key.
impl fmt::Debug for KeyBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyBinding").field("thumbprint", &self.thumbprint).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_origin_has_the_nonce_that_it_gave_last() {
        let prove = |proof: &Proof<'_>, _| Ok(Secret::new(proof.nonce.unwrap_or("none").as_bytes().to_vec()));
        let binding = KeyBinding::new("jkt".to_owned(), true, prove);
        let nonce = |url| {
            let proof = binding.proof("POST", url, None, DateTime::UNIX_EPOCH).unwrap();
            proof.expose_text().unwrap().to_owned()
        };
        assert_eq!(nonce("https://as.example/token"), "none");
        binding.keep_nonce("https://as.example/token", "n1");
        binding.keep_nonce("https://as.example:8443/token", "n2");
        binding.keep_nonce("https://AS.example:443/other?a=1", "n3");
        assert_eq!(nonce("https://as.example/token"), "n3");
        assert_eq!(nonce("https://as.example:8443/"), "n2");
        assert_eq!(nonce("http://as.example/token"), "none");
    }
}
