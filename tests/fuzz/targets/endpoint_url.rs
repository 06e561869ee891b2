//! URLs that credentials are sent to: other parsers see the same origin in them.

use hdr::error::Error;
use hdr::oauth::proxy::Proxy;
use hdr::oauth::url::Endpoint;
use url::Url;

pub(crate) const CHANGES: u64 = 60_000;
pub(crate) const WORDS: &[&str] = &[
    "https://",
    "http://",
    "localhost",
    "127.0.0.1",
    "[::1]",
    "login.example.com",
    ":443",
    ":80",
    ":",
    "@",
    "user:password@",
    "#",
    "?",
    "\\",
    "/..",
    "%2e",
    "%41",
    "\u{fc}",
    "127.1",
    "2130706433",
    "[::ffff:127.0.0.1]",
    "localhost.",
    "socks5h://",
];

pub(crate) fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match Endpoint::typed("--token-url", &text) {
        Ok(endpoint) => check_endpoint(&endpoint, &text),
        Err(error) => check_refusal(&error, &text),
    }
    if let Err(error) = Proxy::typed(&text) {
        check_refusal(&error, &text);
    }
}

fn check_endpoint(endpoint: &Endpoint, text: &str) {
    assert_eq!(endpoint.as_str(), text);
    let url = Url::parse(text).expect("a URL for others too");
    assert_eq!(url.scheme() == "https", endpoint.has_tls());
    let origin = Url::parse(endpoint.origin()).expect("a URL");
    assert_eq!(url.origin(), origin.origin(), "{text}");
    assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none(), "{text}");
    let host = url.host_str().unwrap_or_default();
    let is_loopback = host == "localhost" || host.starts_with("127.") || host == "[::1]";
    assert!(endpoint.has_tls() || is_loopback, "{text}");
    // It shows its origin alone.
    assert_eq!(
        (format!("{endpoint}"), format!("{endpoint:?}")),
        (endpoint.origin().to_owned(), endpoint.origin().to_owned())
    );
}

/// A message shows no password.
fn check_refusal(error: &Error, text: &str) {
    assert_eq!(error.exit_code(), 2, "{error}");
    let password =
        Url::parse(text).ok().and_then(|url| url.password().map(str::to_owned)).filter(|text| text.ends_with("-123"));
    assert!(password.is_none_or(|password| !error.to_string().contains(&password)), "{error}");
}
