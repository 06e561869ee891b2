//! Signatures of single requests: `--sign`.

mod aws;
mod dpop;
mod message_signature;
mod options;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue};

use self::aws::Aws;
pub(crate) use self::aws::Renewer;
use self::dpop::Dpop;
use self::message_signature::MessageSigner;
pub use self::options::SignOptions;
pub(crate) use self::options::SigningMeans;
use crate::error::{Error, Report};
use crate::run::KeyBinding;

/// What signs each request. What it learns from answers, it keeps.
#[derive(Debug)]
pub(crate) struct Signer(Scheme);

#[derive(Debug)]
enum Scheme {
    Message(Box<MessageSigner>),
    Aws(Box<Aws>),
    Dpop(Dpop),
}

/// A request whose headers are complete but for its signature. `Host`, `Content-Length` and `User-Agent` are not among them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unsigned<'a> {
    pub(crate) method: &'a str,
    /// The absolute URL.
    pub(crate) url: &'a str,
    pub(crate) body: Option<&'a [u8]>,
    pub(crate) headers: &'a [(HeaderName, HeaderValue)],
}

/// What an answer said of the signature of its request. All but [`Learned::Nothing`] are a reason to sign the request anew and
/// send it once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Learned {
    Nothing,
    /// The server asks for this nonce.
    Nonce,
    /// The server's clock shows another time.
    Skew,
    /// The credentials are used up: [`Signer::renewer`] reads other ones.
    Credentials,
}

impl Signer {
    /// The headers that sign `request`, to be set instead of those of the same names.
    ///
    /// # Errors
    /// [`Error::Usage`] for a component that the request lacks; [`Error::Secret`] without credentials; [`Error::Other`]
    /// without randomness.
    pub(crate) fn sign(
        &self,
        request: &Unsigned<'_>,
        now: DateTime<Utc>,
    ) -> Result<Vec<(HeaderName, HeaderValue)>, Error> {
        match &self.0 {
            Scheme::Message(signer) => signer.sign(request, now),
            Scheme::Aws(signer) => signer.sign(request, now),
            Scheme::Dpop(signer) => signer.sign(request, now),
        }
    }

    /// Refuses what no request has to be signed, where no helper makes headers: `sets` says which ones -H does.
    ///
    /// # Errors
    /// [`Error::Usage`] then.
    pub(crate) fn check_components(&self, sets: impl Fn(&str) -> bool) -> Result<(), Error> {
        match &self.0 {
            Scheme::Message(signer) => signer.check_components(sets),
            Scheme::Aws(_) | Scheme::Dpop(_) => Ok(()),
        }
    }

    /// The key that tokens are to be bound to.
    pub(crate) fn binding(&self) -> Option<Arc<KeyBinding>> {
        match &self.0 {
            Scheme::Dpop(Dpop(binding)) => Some(Arc::clone(binding)),
            Scheme::Message(_) | Scheme::Aws(_) => None,
        }
    }

    /// Takes in what the answer to a request to `url` with the headers `sent` says.
    pub(crate) fn learn(
        &self,
        url: &str,
        sent: &[(HeaderName, HeaderValue)],
        status: u16,
        headers: &HeaderMap,
        now: DateTime<Utc>,
    ) -> Learned {
        match &self.0 {
            Scheme::Message(_) => Learned::Nothing,
            Scheme::Aws(signer) => signer.learn(sent, status, headers, now),
            Scheme::Dpop(signer) => signer.learn(url, status, headers),
        }
    }

    /// What sees to it, before each signature, that there are credentials.
    pub(crate) fn renewer(&self) -> Option<&Renewer> {
        match &self.0 {
            Scheme::Aws(signer) => Some(&signer.renewer),
            Scheme::Message(_) | Scheme::Dpop(_) => None,
        }
    }
}

impl Unsigned<'_> {
    /// The value of the header `name`: of several, all of them (RFC 9421 section 2.1).
    fn field(&self, name: &str) -> Option<Vec<u8>> {
        let values = self.headers.iter().filter(|(known, _)| known.as_str() == name);
        let values: Vec<_> = values.map(|(_, value)| value.as_bytes().trim_ascii()).collect();
        (!values.is_empty()).then(|| values.join(b", ".as_slice()))
    }
}

/// A header as a request has it.
fn header(name: &str, value: &[u8], is_secret: bool) -> Result<(HeaderName, HeaderValue), Error> {
    let unfit = || {
        let cause = "it has characters that are not allowed in a header";
        Error::Headers(Report::of_header(name, " cannot be set", cause, "check the value that it is made from"))
    };
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unfit())?;
    let mut value = HeaderValue::from_bytes(value).map_err(|_| unfit())?;
    value.set_sensitive(is_secret);
    Ok((name, value))
}

#[cfg(test)]
mod tests;
