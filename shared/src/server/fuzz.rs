//! The doors to the URLs of servers.

use super::reach::Reach;
use super::url::Url;

/// A URL, taken apart as for a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// Whether a user's name or password stands before the host.
    pub has_userinfo: bool,
    /// In lower case.
    pub scheme: String,
    /// In lower case, addresses in their shortest form.
    pub host: String,
    /// Where one is written.
    pub port: Option<u16>,
    /// Without dot segments.
    pub path: String,
    /// Behind the first `?`.
    pub query: Option<String>,
}

/// The parts of a URL, where it is one.
#[must_use]
pub fn parts(text: &str) -> Option<Parts> {
    let Url { has_userinfo, scheme, host, port, path, query, .. } = Url::parse(text)?;
    Some(Parts { has_userinfo, scheme, host, port, path, query })
}

/// Whether a profile that is bound to `bound`, where it can be, serves the server at `url`.
#[must_use]
pub fn includes(bound: &str, url: &str) -> Option<bool> {
    Reach::parse(bound).map(|reach| reach.includes(url).is_ok())
}
