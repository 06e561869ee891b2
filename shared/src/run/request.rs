//! The HTTP request that headers are made for, where a program of ours calls a helper in its own process for each request.
//! A helper that a client runs makes headers for a whole connection and knows of no request.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::error::{Error, Report};
use crate::run::binding::KeyBinding;
use crate::secret::Secret;
use crate::server::Server;

/// A request, as far as headers can depend on it.
#[derive(Clone)]
pub struct HttpRequest {
    method: String,
    url: String,
    content_digest: Option<String>,
    body: Option<Body>,
    headers: Vec<(String, Secret)>,
}

/// A body, kept where it is.
pub type Body = Arc<dyn AsRef<[u8]> + Send + Sync>;

impl HttpRequest {
    /// The request with this method and absolute URL, and the value of its `Content-Digest` (RFC 9530 section 2) where it
    /// has a body.
    ///
    /// # Errors
    /// [`Error::Other`] for a method that is not a token (RFC 9110 section 9.1), for a text that is not a URL, and for a digest
    /// that no header can have.
    pub fn new(method: &str, url: &str, content_digest: Option<&str>) -> Result<Self, Error> {
        let is_of_token = |byte: u8| byte.is_ascii_graphic() && !b"\"(),/:;<=>?@[\\]{}".contains(&byte);
        let unusable = |what, cause| Err(Error::Other(Report::new(what, cause, "report this as a bug")));
        if method.is_empty() || !method.bytes().all(is_of_token) {
            return unusable("the method of a request cannot be used", "it is not a token");
        }
        if Server::new(None, Some(url)).is_err() {
            return unusable("the URL of a request cannot be used", "it is not an absolute URL");
        }
        if !content_digest.unwrap_or_default().bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return unusable("the digest of a request cannot be used", "it is not visible ASCII");
        }
        let content_digest = content_digest.map(str::to_owned);
        Ok(Self { method: method.to_owned(), url: url.to_owned(), content_digest, body: None, headers: Vec::new() })
    }

    /// The same with this body, whose digest counts where no other was told.
    #[must_use]
    pub fn with_body(self, body: Body) -> Self {
        Self { body: Some(body), ..self }
    }

    /// The same with these headers too, which are known before those that are made for it. Names are in lower case.
    #[must_use]
    pub fn with_headers(mut self, headers: impl IntoIterator<Item = (String, Secret)>) -> Self {
        self.headers.extend(headers);
        self
    }

    /// The method, `POST` for example.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The absolute URL, with its query.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The value of `Content-Digest`; `None` without a body.
    #[must_use]
    pub fn content_digest(&self) -> Option<Cow<'_, str>> {
        let of_body = || Some(Cow::Owned(content_digest(self.body()?)));
        self.content_digest.as_deref().map(Cow::Borrowed).or_else(of_body)
    }

    /// The body, where it is known.
    #[must_use]
    pub fn body(&self) -> Option<&[u8]> {
        self.body.as_ref().map(|body| (**body).as_ref())
    }

    /// Whether it has a body, known or not.
    #[must_use]
    pub fn has_body(&self) -> bool {
        self.body.is_some() || self.content_digest.is_some()
    }

    /// The value of the header `name`, in lower case: of several, all of them (RFC 9421 section 2.1).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<Secret> {
        let values = self.headers.iter().filter(|(known, _)| known == name);
        let values: Vec<_> = values.map(|(_, value)| value.expose().trim_ascii()).collect();
        (!values.is_empty()).then(|| Secret::new(values.join(b", ".as_slice())))
    }
}

/// The placeholders that stand for parts of a request in templates: `{method}`, `{target}`, `{body}` and `{body:sha256}`.
pub(crate) const OF_A_REQUEST: [&str; 4] = ["method", "target", "body", "body:"];

/// The value of `Content-Digest` (RFC 9530 section 2) for a body.
#[must_use]
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(body)))
}

/// Without the URL, whose query may hold a secret.
impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest").field("method", &self.method).finish_non_exhaustive()
    }
}

/// What headers are made for, and what the MCP server refused before.
#[derive(Debug, Default)]
pub struct Call {
    /// The request; `None` where its headers are for more than one.
    pub request: Option<HttpRequest>,
    /// The token that the MCP server has just refused: it is not issued again while another one can be requested. The caller
    /// limits how often it calls with one.
    pub refused: Option<Secret>,
    /// The key that its token is to be bound to, where the caller proves with each request that it has it.
    pub binding: Option<Arc<KeyBinding>>,
    /// Variables that sources and commands see instead of those of this process; unset where they have no value.
    pub variables: Vec<(&'static str, Option<String>)>,
}
