//! URLs as clients take them apart: the WHATWG URL standard for the schemes that MCP servers have, as far as a request
//! depends on it.

use std::borrow::Cow;
use std::net::Ipv6Addr;

/// The parts of an absolute URL, as they stand in a request for it.
pub(super) struct Url {
    /// Whether a user's name or password stands before the host.
    pub(super) has_userinfo: bool,
    /// In lower case.
    pub(super) scheme: String,
    /// In lower case, without userinfo; IPv6 addresses in brackets, in their shortest form.
    pub(super) host: String,
    pub(super) port: Option<u16>,
    /// Without dot segments, `/` where the URL has none.
    pub(super) path: String,
    pub(super) query: Option<String>,
}

impl Url {
    /// Takes an absolute URL with a host apart. Hosts beyond ASCII are not taken: a client sends another name for them.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim_matches(|c| c <= ' ').replace(['\t', '\n', '\r'], "");
        let (scheme, rest) = text.split_once("://")?;
        let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.chars().all(is_scheme) {
            return None;
        }
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '\\', '?']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
        let (host, port) = host_and_port(authority)?;
        Some(Self {
            has_userinfo: authority.contains('@'),
            scheme: scheme.to_ascii_lowercase(),
            host,
            port,
            path: without_dots(&path.replace('\\', "/")),
            query: query.map(|query| encoded(query, "\"'<>").into_owned()),
        })
    }

    /// The port that the scheme implies.
    pub(super) fn default_port(&self) -> Option<u16> {
        default_port(&self.scheme)
    }
}

/// The port that a scheme implies.
pub(crate) fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "https" | "wss" => Some(443),
        "http" | "ws" => Some(80),
        _ => None,
    }
}

fn host_and_port(authority: &str) -> Option<(String, Option<u16>)> {
    let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
    let after_address = place.rfind(']').unwrap_or_default();
    let colon = place.get(after_address..)?.find(':').map(|colon| colon.saturating_add(after_address));
    let (host, port) = colon.and_then(|colon| place.split_at_checked(colon)).unwrap_or((place, ""));
    let port = match port.strip_prefix(':').unwrap_or_default() {
        "" => None,
        digits => Some(digits.parse().ok().filter(|_| digits.bytes().all(|digit| digit.is_ascii_digit()))?),
    };
    if let Some(address) = host.strip_prefix('[') {
        let digits = address.strip_suffix(']')?;
        // Without a zone, which means something on one machine only.
        let address: Ipv6Addr = digits.parse().ok()?;
        return Some((format!("[{}]", shortest(address)), port));
    }
    if is_unusual_address(host) {
        return None;
    }
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
    host.chars().all(is_name).then(|| (host.to_ascii_lowercase(), port))
}

/// Whether a host is an IPv4 address in another form than four numbers: a resolver takes it for that address, and a client
/// writes it out. Whatever ends in a number is an address.
pub(crate) fn is_unusual_address(host: &str) -> bool {
    let last = host.trim_end_matches('.').rsplit('.').next();
    last.is_some_and(is_number) && !is_dotted(host)
}

/// Whether a label is a number in decimal or hexadecimal, as a host's last one may be. Octal ones have decimal digits too.
fn is_number(label: &str) -> bool {
    let (digits, radix) = match label.strip_prefix("0x").or_else(|| label.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None => (label, 10),
    };
    digits.chars().all(|digit| digit.is_digit(radix))
}

/// An IPv6 address as a client writes it into a request, however it was spelled: in hexadecimal, of which the first of the
/// longest runs of two or more zeros is left out.
fn shortest(address: Ipv6Addr) -> String {
    let segments = address.segments();
    let zeros_from = |start: usize| segments.iter().skip(start).take_while(|segment| **segment == 0).count();
    let write = |segments: &[u16]| segments.iter().map(|segment| format!("{segment:x}")).collect::<Vec<_>>().join(":");
    let longest = (0..segments.len()).rev().max_by_key(|start| zeros_from(*start)).unwrap_or_default();
    let length = zeros_from(longest);
    let around = segments.get(..longest).zip(segments.get(longest.saturating_add(length)..));
    match around.filter(|_| length > 1) {
        Some((before, behind)) => format!("{}::{}", write(before), write(behind)),
        None => write(&segments),
    }
}

/// Whether a host is an IPv4 address in its usual form.
fn is_dotted(host: &str) -> bool {
    let is_byte = |label: &str| label.parse::<u8>().is_ok() && (label == "0" || !label.starts_with(['0', '+']));
    host.split('.').count() == 4 && host.split('.').all(is_byte)
}

/// `path` with `.` and `..` resolved, encoded as a client encodes it.
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.strip_prefix('/').unwrap_or(path).split('/').peekable();
    while let Some(segment) = segments.next() {
        let dots = segment.to_ascii_lowercase().replace("%2e", ".");
        match dots.as_str() {
            "." => {}
            ".." => {
                kept.pop();
            }
            _ => {
                kept.push(segment);
                continue;
            }
        }
        if segments.peek().is_none() {
            kept.push("");
        }
    }
    let path = format!("/{}", kept.join("/"));
    encoded(&path, "\"<>`{}").into_owned()
}

/// `text` with everything outside visible ASCII, and the characters in `also`, percent-encoded.
fn encoded<'a>(text: &'a str, also: &str) -> Cow<'a, str> {
    let plain = |byte: u8| matches!(byte, b'!'..=b'~') && !also.contains(char::from(byte));
    if text.bytes().all(plain) {
        return text.into();
    }
    let write = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(write).collect::<String>().into()
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
        ] {
            assert!(Url::parse(text).is_none(), "{text}");
        }
    }
}
