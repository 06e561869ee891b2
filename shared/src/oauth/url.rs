//! Endpoints: the URLs that credentials are sent to.

use std::fmt;
use std::net::IpAddr;

use crate::error::{Error, OutsideText, Redactor, Report, quotable};
use crate::server::Url;

/// An absolute https URL; http only for a loopback host that the user typed. Messages see its origin alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    text: String,
    origin: String,
    path: String,
    has_tls: bool,
}

/// Where a redirect leads, to be shown and not to be followed.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) origin: String,
    pub(super) host: String,
    pub(super) has_tls: bool,
    pub(super) path: String,
}

/// Why a text is no endpoint.
enum NotAnEndpoint {
    NoUrl,
    Userinfo,
    Fragment,
    /// Plain HTTP; the origin it would have.
    Plain(String),
    /// No message can show its origin.
    Unpresentable,
}

impl NotAnEndpoint {
    /// The same, where messages can show what it holds.
    fn presentable(self, redactor: &Redactor) -> Self {
        match self {
            Self::Plain(origin) if !is_presentable(&origin, redactor) => Self::Unpresentable,
            other => other,
        }
    }
}

const UNPRESENTABLE: &str = "its host contains a secret, or text that looks like one";

/// Whether an origin shows no secret.
fn is_presentable(origin: &str, redactor: &Redactor) -> bool {
    OutsideText::new(origin).shown(redactor) == origin
}

impl Endpoint {
    /// The endpoint that the user gave to `option`.
    ///
    /// # Errors
    /// [`Error::Usage`] when it is no absolute URL, has userinfo or a fragment, or is plain HTTP to another host than
    /// this one.
    pub fn typed(option: &str, text: &str) -> Result<Self, Error> {
        Self::parse(text, true).map_err(|unfit| {
            let fact = " cannot be used";
            Error::Usage(match unfit {
                NotAnEndpoint::NoUrl if !text.bytes().all(|byte| byte.is_ascii_graphic()) => Report::of(
                    option,
                    fact,
                    "it has a blank, a control character or a letter beyond ASCII",
                    "write that percent-encoded, or in Punycode in a host",
                ),
                NotAnEndpoint::NoUrl | NotAnEndpoint::Unpresentable => Report::of(
                    option,
                    fact,
                    "it is not an absolute URL with a host",
                    "write the whole URL: https://HOST/PATH",
                ),
                NotAnEndpoint::Userinfo => Report::of(option, fact, "it contains a user name or password", "remove it"),
                NotAnEndpoint::Fragment => {
                    Report::of(option, fact, "it has a fragment", "remove the # and what follows it")
                }
                NotAnEndpoint::Plain(origin) => Report::of(
                    option,
                    format_args!(" {origin} cannot be used"),
                    "plain HTTP exposes credentials to the network",
                    "write https://; plain HTTP is allowed only for a loopback host",
                ),
            })
        })
    }

    /// The endpoint in the `field` of metadata that came from `source`. Plain HTTP leads only from loopback to loopback.
    ///
    /// # Errors
    /// [`Error::Usage`] when it is plain HTTP, [`Error::Refused`] when it cannot be used otherwise, or its origin shows
    /// what `redactor` would cut out.
    pub fn from_metadata(field: &str, text: &str, source: &Self, redactor: &Redactor) -> Result<Self, Error> {
        Self::parse(text, !source.has_tls).and_then(|endpoint| endpoint.presentable(redactor)).map_err(|unfit| {
            let fact = format_args!("the {field} in {source} cannot be used");
            let instead = "give the right one with --token-url";
            match unfit.presentable(redactor) {
                NotAnEndpoint::Unpresentable => Error::Refused(Report::new(fact, UNPRESENTABLE, instead)),
                NotAnEndpoint::NoUrl => {
                    Error::Refused(Report::new(fact, "it is not an absolute URL with a host", instead))
                }
                NotAnEndpoint::Userinfo => {
                    Error::Refused(Report::new(fact, "it contains a user name or password", instead))
                }
                NotAnEndpoint::Fragment => Error::Refused(Report::new(fact, "it has a fragment", instead)),
                NotAnEndpoint::Plain(origin) => {
                    let cause = format_args!("{origin} is plain HTTP, which exposes credentials to the network");
                    Error::Usage(Report::new(fact, cause, "give an https URL with --token-url"))
                }
            }
        })
    }

    /// The endpoint that `source` names in its refusal, or what is wrong with it. Plain HTTP leads only from loopback to
    /// loopback.
    pub(super) fn in_refusal(text: &str, source: &Self, redactor: &Redactor) -> Result<Self, String> {
        let endpoint = Self::parse(text, !source.has_tls).and_then(|endpoint| endpoint.presentable(redactor));
        endpoint.map_err(|unfit| match unfit.presentable(redactor) {
            NotAnEndpoint::Unpresentable => UNPRESENTABLE.to_owned(),
            NotAnEndpoint::NoUrl => "it is not an absolute URL with a host".to_owned(),
            NotAnEndpoint::Userinfo => "it contains a user name or password".to_owned(),
            NotAnEndpoint::Fragment => "it has a fragment".to_owned(),
            NotAnEndpoint::Plain(origin) => format!("{origin} is plain HTTP"),
        })
    }

    /// The URL that metadata of `source` names, which is only compared.
    pub(super) fn compared(text: &str, source: &Self) -> Option<Self> {
        Self::parse(text, !source.has_tls).ok()
    }

    /// Itself, where messages can show its origin.
    fn presentable(self, redactor: &Redactor) -> Result<Self, NotAnEndpoint> {
        if is_presentable(&self.origin, redactor) { Ok(self) } else { Err(NotAnEndpoint::Unpresentable) }
    }

    /// The whole URL as messages show an issuer: without its query, and without secrets.
    #[must_use]
    pub fn shown_with_path(&self, redactor: &Redactor) -> String {
        OutsideText::new(&self.text).shown_with_path(redactor)
    }

    /// Whether it has a query, which no issuer has (RFC 8414 section 2).
    #[must_use]
    pub fn has_query(&self) -> bool {
        self.text.contains('?')
    }

    /// Where `reference`, the `Location` of its redirect, leads; `None` where that is no URL that a message can show.
    pub(super) fn joined(&self, reference: &str) -> Option<Target> {
        let reference = Some(reference).filter(|reference| !reference.is_empty() && is_uri(reference))?;
        let url = Url::joined(&self.text, reference).filter(|url| !url.has_userinfo)?;
        matches!(url.scheme.as_str(), "http" | "https").then(|| Target {
            origin: url.origin(),
            has_tls: url.scheme == "https",
            host: url.host,
            path: url.path,
        })
    }

    /// The host, in lower case.
    pub(crate) fn host(&self) -> &str {
        let authority = self.origin.split_once("://").map_or("", |(_, authority)| authority);
        let end = authority.find(']').map(|at| at.saturating_add(1)).or_else(|| authority.find(':'));
        authority.get(..end.unwrap_or(authority.len())).unwrap_or(authority)
    }

    fn parse(text: &str, plain_loopback: bool) -> Result<Self, NotAnEndpoint> {
        let url = Url::parse(text).filter(|_| is_uri(text)).ok_or(NotAnEndpoint::NoUrl)?;
        let has_tls = url.scheme == "https";
        if !has_tls && url.scheme != "http" {
            return Err(NotAnEndpoint::NoUrl);
        }
        if url.has_userinfo {
            return Err(NotAnEndpoint::Userinfo);
        }
        if text.contains('#') {
            return Err(NotAnEndpoint::Fragment);
        }
        let origin = url.origin_as_written();
        let may_go_without = plain_loopback && is_loopback(&url.host);
        if !has_tls && !may_go_without {
            return Err(NotAnEndpoint::Plain(quotable(origin)));
        }
        let before_query = text.split('?').next().and_then(|text| text.split_once("://"));
        let path = before_query
            .and_then(|(_, text)| text.split_once('/'))
            .map_or_else(String::new, |(_, path)| format!("/{path}"));
        Ok(Self { text: text.to_owned(), origin, path, has_tls })
    }

    /// The whole URL, byte for byte as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The URL in the one form that all spellings of it have (RFC 3986 section 6.2.2 and 6.2.3).
    #[must_use]
    pub fn normalized(&self) -> String {
        let path = Url::parse(&self.text).map_or_else(|| self.path.clone(), |url| url.path);
        let query = self.text.split_once('?').map(|(_, query)| query).filter(|query| !query.is_empty());
        let query = query.map_or_else(String::new, |query| format!("?{query}"));
        format!("{}{}", self.origin, with_least_escapes(&(path + &query)))
    }

    /// Scheme, host and, unless it is the default one, port, in lower case.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The path as it was given, which may be empty.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether it is reached through TLS.
    #[must_use]
    pub fn has_tls(&self) -> bool {
        self.has_tls
    }

    /// Another URL of the same origin; it has no query.
    #[must_use]
    pub fn with_path(&self, path: String) -> Self {
        Self { text: format!("{}{path}", self.origin), origin: self.origin.clone(), path, has_tls: self.has_tls }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

/// Whether `text` is written as RFC 3986 has it, so that nobody who sends a request to it writes it otherwise.
fn is_uri(text: &str) -> bool {
    let is_escape = |behind: &str| behind.bytes().take_while(u8::is_ascii_hexdigit).take(2).count() == 2;
    text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte))
        && text.split('%').skip(1).all(is_escape)
}

/// A path and a query in which nothing is escaped that need not be, and the rest in upper case (RFC 3986 section 6.2.2).
fn with_least_escapes(text: &str) -> String {
    let mut parts = text.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        match u8::from_str_radix(digits, 16).map(char::from) {
            Ok(plain) if plain.is_ascii_alphanumeric() || "-._~".contains(plain) => {
                text + plain.encode_utf8(&mut [0; 4]) + rest
            }
            _ => text + "%" + &digits.to_ascii_uppercase() + rest,
        }
    })
}

fn is_loopback(host: &str) -> bool {
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_leads_where_its_location_says() {
        let base = Endpoint::typed("--token-url", "https://h:8443/a/b?c").unwrap();
        for (reference, target) in [
            ("../d/%C3%BC?e", Some("https://h:8443/d/%C3%BC")),
            ("//Other:443/x", Some("https://other/x")),
            ("http://[2001:DB8::1]/", Some("http://[2001:db8::1]/")),
            ("", None),
            ("a b", None),
            ("\\\\other", None),
            ("//user@other/", None),
            ("//%C3%BCA/", None),
            ("ftp://other/", None),
            ("http:other", None),
        ] {
            let found = base.joined(reference).map(|target| target.origin + &target.path);
            assert_eq!(found.as_deref(), target, "{reference}");
        }
    }

    #[test]
    fn all_spellings_have_one_form() {
        for (text, normalized) in [
            ("HTTPS://Login.Example.com:443", "https://login.example.com/"),
            ("https://h:8443/a/./b/../%7Ec%2fd?", "https://h:8443/a/~c%2Fd"),
            ("https://h/%2E%2e/a'(b)?x=%c3%a9&y='%41'", "https://h/a'(b)?x=%C3%A9&y='A'"),
        ] {
            assert_eq!(Endpoint::typed("--token-url", text).unwrap().normalized(), normalized);
        }
    }

    #[test]
    fn the_origin_alone_is_shown() {
        for (text, origin) in [
            ("HTTPS://Login.Example.com:443/oauth2/token?tenant=hunter2", "https://login.example.com"),
            ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
            ("http://localhost:80/token", "http://localhost"),
            ("http://127.8.0.1:9000/token", "http://127.8.0.1:9000"),
            ("http://[::1]:9000/token", "http://[::1]:9000"),
        ] {
            let endpoint = Endpoint::typed("--token-url", text).unwrap();
            assert_eq!(endpoint.to_string(), origin);
            assert_eq!(format!("{endpoint:?}"), origin);
            assert_eq!(endpoint.as_str(), text);
        }
    }

    #[test]
    fn what_is_no_endpoint_is_refused() {
        let whole = "it is not an absolute URL with a host; write the whole URL: https://HOST/PATH";
        let plain = "plain HTTP exposes credentials to the network; write https://; plain HTTP is allowed only for a loopback host";
        for (text, message) in [
            ("login.example.com/token", format!("--issuer cannot be used: {whole}")),
            ("https:///token", format!("--issuer cannot be used: {whole}")),
            ("ftp://h/token", format!("--issuer cannot be used: {whole}")),
            ("https://h:99999/", format!("--issuer cannot be used: {whole}")),
            ("https://h%41/", format!("--issuer cannot be used: {whole}")),
            ("https://2130706433/", format!("--issuer cannot be used: {whole}")),
            ("https://10.1/", format!("--issuer cannot be used: {whole}")),
            ("https://0xA000001/", format!("--issuer cannot be used: {whole}")),
            (
                "https://user:hunter2@h/",
                "--issuer cannot be used: it contains a user name or password; remove it".into(),
            ),
            ("https://h/#top", "--issuer cannot be used: it has a fragment; remove the # and what follows it".into()),
            ("http://login.example.com/x", format!("--issuer http://login.example.com cannot be used: {plain}")),
            ("http://localhost.example.com", format!("--issuer http://localhost.example.com cannot be used: {plain}")),
            ("http://127.0.0.1.example.com", format!("--issuer http://127.0.0.1.example.com cannot be used: {plain}")),
        ] {
            let error = Endpoint::typed("--issuer", text).unwrap_err();
            assert_eq!(error.to_string(), message, "{text}");
            assert_eq!(error.exit_code(), 2, "{text}");
        }
    }

    #[test]
    fn metadata_from_elsewhere_never_leads_to_plain_http() {
        let redactor = Redactor::default();
        let local = Endpoint::typed("--issuer", "http://127.0.0.1:1").unwrap();
        let remote = Endpoint::typed("--issuer", "https://login.example.com/tenant").unwrap();
        assert!(Endpoint::from_metadata("token_endpoint", "http://localhost:2/token", &local, &redactor).is_ok());
        for source in [&local, &remote] {
            let error =
                Endpoint::from_metadata("token_endpoint", "http://h.example/token", source, &redactor).unwrap_err();
            assert_eq!(error.exit_code(), 2);
        }
        let error =
            Endpoint::from_metadata("token_endpoint", "http://localhost:2/token", &remote, &redactor).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the token_endpoint in https://login.example.com cannot be used: http://localhost:2 is plain HTTP, \
             which exposes credentials to the network; give an https URL with --token-url"
        );
        let error = Endpoint::from_metadata("token_endpoint", "/token", &remote, &redactor).unwrap_err();
        assert_eq!(error.exit_code(), 4);
    }

    #[test]
    fn an_origin_of_metadata_that_shows_a_secret_is_refused() {
        let redactor = Redactor::default();
        redactor.add(b"hunter2-canary");
        let source = Endpoint::typed("--issuer", "https://login.example.com/t").unwrap();
        for text in [
            "https://hunter2-canary.invalid/token",
            "https://HUNTER2-canary.invalid:8443",
            "https://x.hunter2-can.invalid/",
            "http://hunter2-canary.invalid/token",
        ] {
            let error = Endpoint::from_metadata("token_endpoint", text, &source, &redactor).unwrap_err();
            assert_eq!(
                error.to_string(),
                "the token_endpoint in https://login.example.com cannot be used: its host contains a secret, or text \
                 that looks like one; give the right one with --token-url",
                "{text}"
            );
            assert_eq!(error.exit_code(), 4);
        }
        for text in [
            "https://a1b2c3d4e5f6g7h8i9j0k1l2m3n4.execute-api.eu-central-1.amazonaws.com/token",
            "https://[2001:db8::1]:8443/token",
            "https://Login.EXAMPLE.com:443",
            "https://h/hunter2-canary",
        ] {
            assert!(Endpoint::from_metadata("token_endpoint", text, &source, &redactor).is_ok(), "{text}");
        }
    }
}
