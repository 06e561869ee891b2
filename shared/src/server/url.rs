//! URLs as clients take them apart: the WHATWG URL standard, as the url crate has it, for what can be meant of a server.

/// The parts of an absolute URL, as they stand in a request for it.
pub(crate) struct Url {
    /// Whether a user's name or password stands before the host.
    pub(crate) has_userinfo: bool,
    /// In lower case.
    pub(crate) scheme: String,
    /// In lower case, without userinfo; IPv6 addresses in brackets, in their shortest form.
    pub(crate) host: String,
    /// The same, an IPv6 address in the form that it is written in.
    #[cfg(feature = "oauth")]
    written_host: String,
    /// Unless it is the default one.
    pub(crate) port: Option<u16>,
    /// Without dot segments, `/` where the URL has none.
    pub(crate) path: String,
    pub(crate) query: Option<String>,
}

impl Url {
    /// Takes an absolute URL with a host apart. A host for which a client sends another name is not taken: one beyond ASCII
    /// or with percent-encoding, and an IPv4 address in another form than four numbers.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim_matches(|c| c <= ' ').replace(['\t', '\n', '\r'], "");
        let (scheme, rest) = text.split_once("://")?;
        let authority = rest.split(['/', '\\', '?', '#']).next()?;
        let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
        let end = if place.starts_with('[') { ']' } else { ':' };
        let written_host = place.split_inclusive(end).next()?.trim_end_matches(':').to_ascii_lowercase();
        let is_address = written_host.starts_with('[');
        let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
        // The crate sees no host beyond ASCII: without the tables it has no other names for one.
        if !scheme.chars().all(is_scheme) || !is_address && !written_host.chars().all(is_name) {
            return None;
        }
        let url = url::Url::parse(&text).ok()?;
        let host = url.host_str()?.to_ascii_lowercase();
        let is_meant = host == written_host || is_address && host.starts_with('[');
        (is_meant && !goes_up_from_drive(&text)).then(|| Self {
            has_userinfo: authority.contains('@'),
            scheme: url.scheme().to_owned(),
            host,
            #[cfg(feature = "oauth")]
            written_host,
            port: url.port(),
            path: Some(url.path()).filter(|path| !path.is_empty()).unwrap_or("/").to_owned(),
            query: url.query().map(str::to_owned),
        })
    }

    /// Takes the URL to which `reference` leads from `base` apart, as [`Url::parse`] does.
    #[cfg(feature = "oauth")]
    pub(crate) fn joined(base: &str, reference: &str) -> Option<Self> {
        let (scheme, _) = base.split_once(':')?;
        let before_path = reference.split(['/', '?', '#']).next()?;
        if reference.starts_with("//") {
            Self::parse(&format!("{scheme}:{reference}"))
        } else if before_path.contains(':') {
            Self::parse(reference)
        } else {
            Self::parse(url::Url::parse(base).ok()?.join(reference).ok()?.as_str())
        }
    }

    /// Scheme, host and, unless it is the default one, port.
    pub(crate) fn origin(&self) -> String {
        self.origin_at(&self.host)
    }

    /// Its origin, in which an IPv6 address has the form that it is written in.
    #[cfg(feature = "oauth")]
    pub(crate) fn origin_as_written(&self) -> String {
        self.origin_at(&self.written_host)
    }

    fn origin_at(&self, host: &str) -> String {
        let scheme = &self.scheme;
        self.port.map_or_else(|| format!("{scheme}://{host}"), |port| format!("{scheme}://{host}:{port}"))
    }

    /// The port that the scheme implies.
    pub(super) fn default_port(&self) -> Option<u16> {
        default_port(&self.scheme)
    }
}

/// Whether a `..` in its path leads out of a segment that looks like the letter of a drive. The url crate keeps such a segment,
/// as if this were the URL of a file; clients do not.
fn goes_up_from_drive(text: &str) -> bool {
    let is_drive = |segment: &str| matches!(segment.as_bytes(), [letter, b':' | b'|'] if letter.is_ascii_alphabetic());
    let before_query = text.split(['?', '#']).next().unwrap_or_default();
    let after_scheme = before_query.split_once("://").map_or(before_query, |(_, rest)| rest);
    let mut left: Vec<&str> = Vec::new();
    for segment in after_scheme.split(['/', '\\']).skip(1) {
        match segment.to_ascii_lowercase().replace("%2e", ".").as_str() {
            "." => {}
            ".." => {
                if left.pop().is_some_and(is_drive) {
                    return true;
                }
            }
            _ => left.push(segment),
        }
    }
    false
}

/// The port that a scheme implies.
pub(crate) fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "https" | "wss" => Some(443),
        "http" | "ws" => Some(80),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Node's `new URL` says of the same URLs.
    #[test]
    fn requests_are_those_of_a_client() {
        for (text, host, port, path, query) in [
            ("https://h", "h", None, "/", None),
            ("https://H:8443/a/../b/./c/..", "h", Some(8443), "/b/", None),
            ("https://h/../../x", "h", None, "/x", None),
            ("https://h/mcp?d=a..b&u=/c:/x", "h", None, "/mcp", Some("d=a..b&u=/c:/x")),
            ("https://h/v1..2/d:/x", "h", None, "/v1..2/d:/x", None),
            ("https://h/a:/b..c", "h", None, "/a:/b..c", None),
            ("https://h/c:/a/../b#..", "h", None, "/c:/b", None),
            ("https://h/%2e%2E/a%41/.", "h", None, "/a%41/", None),
            ("https://u:p%40@h:/a b?c d#e", "h", None, "/a%20b", Some("c%20d")),
            ("https://[::1]:80/{x}|[y]^`?{z}'|\"", "[::1]", Some(80), "/%7Bx%7D|[y]^%60", Some("{z}%27|%22")),
            ("https://h\\a\\b", "h", None, "/a/b", None),
            ("https://h/\u{e9}?\u{e9}", "h", None, "/%C3%A9", Some("%C3%A9")),
            ("https://h?", "h", None, "/", Some("")),
            ("https://h//a//", "h", None, "//a//", None),
            (" https://h/a\tb\r\n\u{1}", "h", None, "/ab", None),
            ("https://[2001:DB8::1]", "[2001:db8::1]", None, "/", None),
            ("https://[2001:0db8:0:0:1:0:0:0001]", "[2001:db8::1:0:0:1]", None, "/", None),
            ("https://[1:0:2:0:0:3:4:5]", "[1:0:2::3:4:5]", None, "/", None),
            ("https://[1:0:2:3:4:5:6:7]", "[1:0:2:3:4:5:6:7]", None, "/", None),
            ("https://[0:0:0:0:0:0:0:0]", "[::]", None, "/", None),
            ("https://[1:0:0:0:0:0:0:0]", "[1::]", None, "/", None),
            ("https://[::ffff:1.2.3.4]", "[::ffff:102:304]", None, "/", None),
            ("https://127.0.0.1", "127.0.0.1", None, "/", None),
            ("https://a.b1.", "a.b1.", None, "/", None),
            ("https://0X7s", "0x7s", None, "/", None),
            ("https://h:443/c:/a", "h", None, "/c:/a", None),
            ("https://xn--bcher-kva.example", "xn--bcher-kva.example", None, "/", None),
        ] {
            let url = Url::parse(text).unwrap();
            assert_eq!(
                (url.host.as_str(), url.port, url.path.as_str(), url.query.as_deref()),
                (host, port, path, query)
            );
        }
    }

    #[test]
    fn other_texts_are_no_url() {
        for text in [
            "",
            "h",
            "mailto:a@b",
            "https://",
            "https:///x",
            "https://h:x/",
            "https://h:65536/",
            "https://h:+1/",
            "https://a b/",
            "https://[::1/",
            "https://[x]/",
            "https://\u{fc}.example/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://0X7F000001/",
            "https://a.0X/",
            "https://x.0/",
            "https://[fe80::1%25eth0]/",
            "https://[::1::]/",
            "1https://h/",
            "https://h/a/c:/../../b",
            "https://\u{fc}Aa/",
            "https:\\\\\u{fc}A://h",
            "https://%C3%BCA/",
            "https:///\u{fc}A/",
            "https:evil://[::1]/",
            "https:evil.example://h/",
            "https:/evil://h",
            "https://u@:80/\u{fc}A",
            "https://h/a\\C|\\.%2E/b",
        ] {
            assert!(Url::parse(text).is_none(), "{text}");
        }
    }
}
