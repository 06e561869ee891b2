//! The hosts that `no_proxy` names, as curl reads it: names with all that is below them, addresses, and ranges of addresses.
//! ureq reads names alone, and hyper-util no ports.

use std::net::IpAddr;

use ipnet::IpNet;

/// What is reached without a proxy.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Exceptions {
    All,
    These(Vec<Exception>),
}

/// One of them, at one port where it says which.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Exception {
    hosts: Hosts,
    port: Option<u16>,
}

#[derive(Debug, PartialEq, Eq)]
enum Hosts {
    /// A name in lower case without dots around it.
    Name(String),
    Range(IpNet),
}

impl Exceptions {
    /// Reads a list with commas or blanks between its members. What is neither name nor address stands for nothing.
    pub(super) fn parse(list: &str) -> Self {
        if list.trim() == "*" {
            return Self::All;
        }
        let members = list.split(|c: char| c == ',' || c.is_ascii_whitespace());
        Self::These(members.filter_map(Exception::parse).collect())
    }

    /// Whether the host of `origin`, a scheme with `://` and an authority, is among them.
    pub(super) fn include(&self, origin: &str) -> bool {
        let exceptions = match self {
            Self::All => return true,
            Self::These(exceptions) => exceptions,
        };
        let authority = origin.split_once("://").map_or(origin, |(_, authority)| authority);
        let (host, port) = host_and_port(authority);
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let port = port.unwrap_or(HTTPS);
        let address = host.parse::<IpAddr>().ok();
        exceptions.iter().any(|exception| {
            exception.port.is_none_or(|only| only == port)
                && match (&exception.hosts, address) {
                    (Hosts::Name(name), None) => is_below(&host, name),
                    (Hosts::Range(range), Some(address)) => range.contains(&address),
                    _ => false,
                }
        })
    }
}

const HTTPS: u16 = 443;

impl Exception {
    fn parse(text: &str) -> Option<Self> {
        let (text, port) = match text.parse::<IpAddr>() {
            Ok(_) => (text, None),
            Err(_) => host_and_port(text),
        };
        let (place, bits) = text.split_once('/').map_or((text, None), |(place, bits)| (place, Some(bits)));
        let place = place.strip_prefix('[').and_then(|place| place.strip_suffix(']')).unwrap_or(place);
        let hosts = if let Ok(address) = place.parse::<IpAddr>() {
            Hosts::Range(bits.map_or(Some(address.into()), |bits| IpNet::new(address, bits.parse().ok()?).ok())?)
        } else {
            let name = place.trim_start_matches('*').trim_matches('.').to_ascii_lowercase();
            Hosts::Name(Some(name).filter(|name| !name.is_empty() && bits.is_none())?)
        };
        Some(Self { hosts, port })
    }
}

/// The host without brackets, and the port behind it. An address of IPv6 has a port only behind brackets.
fn host_and_port(text: &str) -> (&str, Option<u16>) {
    if let Some((address, behind)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return match behind.strip_prefix(':').map(str::parse) {
            Some(Ok(port)) => (address, Some(port)),
            _ if behind.is_empty() => (address, None),
            _ => (text, None),
        };
    }
    match text.split_once(':') {
        Some((host, port)) if !port.contains(':') => port.parse().map_or((text, None), |port| (host, Some(port))),
        _ => (text, None),
    }
}

/// Whether `host` is `name` or lies below it.
fn is_below(host: &str, name: &str) -> bool {
    host.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_matched_as_curl_matches_them() {
        for (list, host, direct) in [
            ("example.com", "EXAMPLE.com", true),
            ("Example.COM.", "a.example.com", true),
            (".example.com", "example.com.", true),
            ("example.com", "notexample.com", false),
            ("example.com", "example.com.evil", false),
            ("a b\tc,,d", "c", true),
            ("h:8443", "h:8443", true),
            ("h:8443", "h", false),
            ("h:443", "a.h", true),
            ("h:x", "h", false),
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.1.2.3", false),
            ("10.1.2.3/8", "10.9.9.9:8443", true),
            ("192.168.1.1", "192.168.1.1", true),
            ("192.168.1.1", "192.168.1.10", false),
            ("192.168.1.1:8443", "192.168.1.1:8443", true),
            ("192.168.1.1:8443", "192.168.1.1", false),
            ("10.0.0.0/33", "10.0.0.1", false),
            ("10.0.0.0/", "10.0.0.0", false),
            ("0.0.0.0/0", "1.2.3.4", true),
            ("::1", "[::1]", true),
            ("[::1]", "[0:0:0:0:0:0:0:1]", true),
            ("[::1]:8443", "[::1]:8443", true),
            ("[::1]:8443", "[::1]", false),
            ("2001:db8::/32", "[2001:db8:1::2]:8443", true),
            ("[2001:db8::]/32", "[2001:db8:1::2]", true),
            ("2001:db8::/32", "[2001:db9::1]", false),
            ("::/0", "10.0.0.1", false),
            ("168.1.1", "192.168.1.1", false),
            ("10.0.0.0/8", "10.example.com", false),
            ("*", "h", true),
            (" * ", "h", true),
            ("x, *", "h", false),
            ("", "h", false),
            ("*.corp", "a.corp", true),
        ] {
            assert_eq!(Exceptions::parse(list).include(&format!("https://{host}")), direct, "{list} {host}");
        }
    }
}
