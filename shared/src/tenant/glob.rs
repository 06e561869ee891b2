//! Patterns of servers in which `*` matches anything.

use wildmatch::WildMatchPattern;

use crate::error::Error;
use crate::run::Run;
use crate::server::{Part, default_port};

/// `*` matches anything, also nothing; a question mark is itself.
type Pattern = WildMatchPattern<'*', '\0'>;

/// Which servers a rule is for: a pattern of hosts, or of URLs without their query.
pub(super) struct ServerGlob {
    scheme: Option<String>,
    /// Of the host, or behind a scheme of host and port: there `*` stands for no slash, as neither has one.
    place: String,
    /// Of the whole path; without it every path fits.
    path: Option<String>,
}

impl ServerGlob {
    /// Parses `HOST` or `SCHEME://HOST:PORT/PATH`, with `*` wherever anything may stand; `None` for anything else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
            None => (None, text),
        };
        let (place, path) = match rest.find('/').and_then(|slash| rest.split_at_checked(slash)) {
            Some((place, path)) => (place, Some(path.to_owned())),
            None => (rest, None),
        };
        // A client leaves out the port that the scheme implies.
        let implied = scheme.as_deref().and_then(default_port).map(|port| format!(":{port}"));
        let place = implied.and_then(|port| place.strip_suffix(&port)).unwrap_or(place);
        let is_port = |c| c == ':' && (scheme.is_some() || place.starts_with('[') && place.ends_with(']'));
        let fits = |c: char| c.is_ascii_alphanumeric() || "*-._~[]".contains(c) || is_port(c);
        let is_visible = |path: &str| path.bytes().all(|byte| matches!(byte, b'!'..=b'~') && !b"?#".contains(&byte));
        let is_whole = scheme.as_deref() != Some("") && !place.is_empty() && (scheme.is_some() || path.is_none());
        let usable = is_whole && place.chars().all(fits) && path.as_deref().is_none_or(is_visible);
        usable.then(|| Self { place: place.to_ascii_lowercase(), path, scheme })
    }

    /// Whether the server of this run is one of them; none is where its URL is not known.
    ///
    /// # Errors
    /// Those of [`crate::server::Server::part`], for the option `from`.
    pub(super) fn fits(&self, from: &str, run: &Run) -> Result<bool, Error> {
        let is = |part, pattern: &str| -> Result<bool, Error> {
            Ok(run.known_server(from, part)?.is_some_and(|text| Pattern::new(pattern).matches(&text)))
        };
        let Some(scheme) = &self.scheme else {
            return is(Part::Host, &self.place);
        };
        let path_fits = || self.path.as_deref().map_or(Ok(true), |path| is(Part::Path, path));
        Ok(is(Part::Scheme, scheme)? && is(Part::Authority, &self.place)? && path_fits()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything_and_nothing_else_for_another_text() {
        for (pattern, text, fits) in [
            ("*", "", true),
            ("a*b*c", "abbc", true),
            ("a*b*c", "acb", false),
            ("a**c", "a/b/c", true),
            ("a*a", "a", false),
            ("[::1]", "[::1]", true),
            ("a?c", "abc", false),
        ] {
            assert_eq!(Pattern::new(pattern).matches(text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn the_port_that_the_scheme_implies_is_left_out() {
        for (text, place) in [
            ("https://h:443/*", "h"),
            ("wss://[::1]:443", "[::1]"),
            ("http://h:80", "h"),
            ("https://h:80", "h:80"),
            ("http://h:443", "h:443"),
        ] {
            assert_eq!(ServerGlob::parse(text).unwrap().place, place, "{text}");
        }
    }

    #[test]
    fn a_pattern_is_of_a_host_or_of_a_url() {
        for text in ["h", "*", "*.Acme.example", "[::1]", "https://h", "HTTPS://h:8443/a/*", "https://*:*/"] {
            assert!(ServerGlob::parse(text).is_some(), "{text}");
        }
        for text in [
            "",
            "h/x",
            "h:80",
            "://h",
            "[::1]:80",
            "https://",
            "https:///x",
            "https://h?x",
            "https://h/?x",
            "u@h",
            "a b",
        ] {
            assert!(ServerGlob::parse(text).is_none(), "{text}");
        }
    }
}
