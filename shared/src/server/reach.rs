//! How far a profile reaches: the one origin, and the paths of it, that it may serve.

use super::REDACTED;
use super::url::Url;

/// An origin and a path prefix.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reach {
    scheme: String,
    host: String,
    port: Option<u16>,
    path: String,
}

impl Reach {
    /// Parses the URL that says how far; `None` where it is none, or has more than origin and path.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).filter(|url| !url.has_userinfo && url.query.is_none() && !is_hidden(text))?;
        Some(Self { port: url.port.or(url.default_port()), scheme: url.scheme, host: url.host, path: url.path })
    }

    /// Whether the server at `text` lies within.
    ///
    /// # Errors
    /// Why not, in words that do not repeat the URL.
    pub(crate) fn includes(&self, text: &str) -> Result<(), &'static str> {
        let hidden = "the client replaced a part that is compared with REDACTED";
        let Some(url) = Url::parse(text) else {
            return Err(if is_hidden(text) { hidden } else { "it is not an absolute URL with an ASCII host" });
        };
        let is_whole_origin = self.path == "/";
        if url.has_userinfo {
            return Err("it has a user name before its host");
        }
        // What a client has hidden in a path may hold slashes and dots.
        if is_hidden(&url.host) || is_hidden(&url.scheme) || is_hidden(&url.path) && !is_whole_origin {
            return Err(hidden);
        }
        if (&url.scheme, &url.host, url.port.or(url.default_port())) != (&self.scheme, &self.host, self.port) {
            return Err("its origin is another one");
        }
        if !is_whole_origin && !self.includes_path(&url.path) {
            return Err("its path is another one");
        }
        Ok(())
    }

    /// Whether `path` is ours or lies below it. Some servers decode what is encoded once more, in forms that no standard has,
    /// or cut off what follows a semicolon, so such a path may lead out again.
    fn includes_path(&self, path: &str) -> bool {
        let lower = path.to_ascii_lowercase();
        let rest = path.strip_prefix(&self.path);
        let is_below = |rest: &str| rest.is_empty() || self.path.ends_with('/') || rest.starts_with('/');
        let leads_up = |segment: &str| segment.starts_with("..") || segment.ends_with("..");
        rest.is_some_and(is_below)
            && !ENCODED.iter().any(|way| lower.contains(way))
            && !path.split(['/', ';']).any(leads_up)
    }
}

/// Dots, slashes, backslashes and percent signs as they may be encoded; the last four begin encodings that are too long.
const ENCODED: [&str; 8] = ["%2e", "%2f", "%5c", "%25", "%c0", "%c1", "%e0%8", "%f0%8"];

/// Whether a client has hidden a part of `text`; a host is in lower case by the time that it is looked at.
fn is_hidden(text: &str) -> bool {
    text.to_ascii_lowercase().contains(&REDACTED.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origin_and_path_prefix_are_compared() {
        let other_origin = Err("its origin is another one");
        let other_path = Err("its path is another one");
        let no_url = Err("it is not an absolute URL with an ASCII host");
        let hidden = Err("the client replaced a part that is compared with REDACTED");
        for (reach, url, included) in [
            ("https://h", "https://h", Ok(())),
            ("https://h", "HTTPS://H:443/any?k=REDACTED#f", Ok(())),
            ("https://h", "https://h/mREDACTEDp", Ok(())),
            ("https://H:443/", "https://h/x", Ok(())),
            ("https://h", "http://h", other_origin),
            ("https://h", "https://h:8443", other_origin),
            ("https://h", "https://h.evil.example", other_origin),
            ("https://h", "https://evil.example/https://h", other_origin),
            ("https://h", "https://h@evil.example", Err("it has a user name before its host")),
            ("https://h", "https://evil.example\\@h", other_origin),
            ("https://h", "https://REDACTED", hidden),
            ("https://h", "https://hREDACTED/", hidden),
            ("https://h", "https://h:REDACTED/", hidden),
            ("https://h", "https://redacted.h", hidden),
            ("https://h", "HTTPS://h.Redacted/", hidden),
            ("https://h/team", "https://h/team/redacted", hidden),
            ("https://h/team", "https://h/team?k=REDACTED", Ok(())),
            ("https://h", "https://redacted@h/", Err("it has a user name before its host")),
            ("https://h", "https://@h/", Err("it has a user name before its host")),
            ("https://h", "https://h:443@evil.example/", Err("it has a user name before its host")),
            ("https://h", "https://evil.example#@h", other_origin),
            ("https://h", "https://evil.example?@h", other_origin),
            ("https://h", "https://h./", other_origin),
            ("https://h", "https://h:0443/", Ok(())),
            ("https://h", "https://h:/", Ok(())),
            ("https://h", "wss://h/", other_origin),
            ("https://h", "ht\ttps://h\n/", Ok(())),
            ("https://h", "https://%68/", no_url),
            ("https://h", "https:/h/", no_url),
            ("https://h", "https:\\\\h/", no_url),
            ("https://h", "https:////h/", no_url),
            ("https://h", "https://\u{ff48}/", no_url),
            ("https://h", "https://h\u{3002}evil/", no_url),
            ("https://xn--bcher-kva.example", "https://b\u{fc}cher.example/", no_url),
            ("https://h/team", "https://h\\team\\x", Ok(())),
            ("https://h/team", "https://h//team/", other_path),
            ("https://h/team", "https://h/x/../team//y", Ok(())),
            ("https://h/team", "https://h/team/%2E%2e/other", other_path),
            ("https://h/team", "https://h/team/.%2e/other", other_path),
            ("https://h/team", "https://h/team/x/%2e/y", Ok(())),
            ("https://h/team", "https://h/team;x=1", other_path),
            ("https://h/team", "https://h/team/x;y=1", Ok(())),
            ("https://h/team", "https://h/team/x;../other", other_path),
            ("https://h/team", "https://h/team/%c0%ae%c0%ae/other", other_path),
            ("https://h/team", "https://h/team/%E0%80%AE./other", other_path),
            ("https://h/team", "https://h/team/%00../other", other_path),
            ("https://h/team", "https://h/te%61m", other_path),
            ("https://h/team", "https://h/team/v1..v2", Ok(())),
            ("https://h", "https://h:x/", Err("it is not an absolute URL with an ASCII host")),
            ("https://h/team", "https://h/team", Ok(())),
            ("https://h/team", "https://h/team/a/../b?x", Ok(())),
            ("https://h/team", "https://h/teams", other_path),
            ("https://h/team", "https://h/", other_path),
            ("https://h/team", "https://h/team/../other", other_path),
            ("https://h/team", "https://h/team/%2e%2e/other", other_path),
            ("https://h/team", "https://h/team/..%2Fother", other_path),
            ("https://h/team", "https://h/team/..\\..\\other", other_path),
            ("https://h/team", "https://h/team/..;/other", other_path),
            ("https://h/team", "https://h/team/%2e%2e%3b/other", other_path),
            ("https://h/team", "https://h/team/..%3b/other", other_path),
            ("https://h/team", "https://h/team/..%00/other", other_path),
            ("https://h/team", "https://h/team/.%252e/other", other_path),
            ("https://h/team", "https://h/team/REDACTED", hidden),
            ("https://h", "https://h/\u{fffd}", Ok(())),
            ("https://h", "https://h\u{fffd}/", Err("it is not an absolute URL with an ASCII host")),
            ("https://h/team", "https://h/Team", other_path),
            ("https://h/team/", "https://h/team/", Ok(())),
            ("https://h/team/", "https://h/team/x", Ok(())),
            ("https://h/team/", "https://h/team", other_path),
            ("https://h/a/../team", "https://h/team", Ok(())),
        ] {
            assert_eq!(Reach::parse(reach).unwrap().includes(url), included, "{reach} {url}");
        }
    }

    #[test]
    fn what_is_no_origin_with_a_path_is_none() {
        for text in ["", "h", "https://u@h", "https://h/?q", "https://h/REDACTED", "https://redacted", "https://h:x"] {
            assert_eq!(Reach::parse(text), None, "{text}");
        }
    }
}
