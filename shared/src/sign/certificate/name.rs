//! The names in a certificate: of whom it is, and of hosts (RFC 6125, RFC 9525).

use std::net::IpAddr;

use crate::sign::der::{Elements, OBJECT_IDENTIFIER};

const SET: u8 = 0x31;
const DNS_NAME: u8 = 0x82;
const IP_ADDRESS: u8 = 0x87;
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ORGANIZATION: &[u8] = &[0x55, 0x04, 0x0a];
/// UTF8String, NumericString, PrintableString, TeletexString and IA5String, whose ASCII is the same.
const STRINGS: [u8; 5] = [0x0c, 0x12, 0x13, 0x14, 0x16];

/// The last common name of a `Name`.
pub(super) fn common_name(name: &[u8]) -> Option<String> {
    attribute(name, COMMON_NAME)
}

/// What a `Name` is shown as.
pub(super) fn shown(name: &[u8]) -> Option<String> {
    common_name(name).or_else(|| attribute(name, ORGANIZATION))
}

fn attribute(name: &[u8], kind: &[u8]) -> Option<String> {
    let mut sets = Elements::new(name);
    let mut last = None;
    while let Some(set) = sets.next(SET) {
        let mut attributes = Elements::new(set);
        while let Some(mut attribute) = attributes.sequence() {
            if attribute.next(OBJECT_IDENTIFIER) == Some(kind) {
                let text = STRINGS.iter().find_map(|tag| attribute.next(*tag));
                last = text.map(|text| String::from_utf8_lossy(text).into_owned()).or(last);
            }
        }
    }
    last
}

/// The hosts that a certificate is for: those of its extension, and only where that has none, its common name.
#[derive(Clone, Debug)]
pub(crate) struct Names<'a> {
    hosts: Vec<&'a str>,
    addresses: Vec<IpAddr>,
    common_name: Option<String>,
}

impl<'a> Names<'a> {
    pub(super) fn new(alternative_names: Option<&'a [u8]>, common_name: Option<String>) -> Self {
        let mut names = Self { hosts: Vec::new(), addresses: Vec::new(), common_name: None };
        let mut rest = Elements::new(alternative_names.unwrap_or_default());
        while let Some((tag, contents)) = rest.any() {
            match tag {
                DNS_NAME => names.hosts.extend(std::str::from_utf8(contents)),
                IP_ADDRESS => names.addresses.extend(address(contents)),
                _ => {}
            }
        }
        if names.hosts.is_empty() && names.addresses.is_empty() {
            names.common_name = common_name;
        }
        names
    }

    /// Whether it is for `host`, a name or an address.
    pub(crate) fn include(&self, host: &str) -> bool {
        let hosts = self.hosts.iter().copied().chain(self.common_name.as_deref());
        match host.parse::<IpAddr>() {
            Ok(address) => self.addresses.contains(&address) || self.common_name.as_deref() == Some(host),
            Err(_) => hosts.into_iter().any(|name| matches(name, host)),
        }
    }

    /// Each of them, as messages show it.
    pub(crate) fn shown(&self) -> Vec<String> {
        self.common_name.clone().map_or_else(|| self.alternative(), |name| vec![name])
    }

    /// Those of the extension.
    pub(crate) fn alternative(&self) -> Vec<String> {
        let hosts = self.hosts.iter().map(|host| (*host).to_owned());
        hosts.chain(self.addresses.iter().map(IpAddr::to_string)).collect()
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    four.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

/// Whether `name`, in which the first label may be `*`, is that of `host`.
fn matches(name: &str, host: &str) -> bool {
    let host = host.trim_end_matches('.');
    match name.strip_prefix("*.") {
        Some(parent) => {
            let rest = host.split_once('.').filter(|(label, _)| !label.is_empty());
            parent.contains('.') && rest.is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(parent))
        }
        None => name.trim_end_matches('.').eq_ignore_ascii_case(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_is_one_whole_label() {
        for (name, host, expected) in [
            ("example.com", "Example.COM", true),
            ("example.com", "example.com.", true),
            ("*.example.com", "a.example.com", true),
            ("*.example.com", "a.b.example.com", false),
            ("*.example.com", "example.com", false),
            ("*.example.com", ".example.com", false),
            ("*.com", "example.com", false),
            ("*", "example", false),
            ("a*.example.com", "ab.example.com", false),
        ] {
            assert_eq!(matches(name, host), expected, "{name} {host}");
        }
    }

    #[test]
    fn the_common_name_counts_only_where_there_is_no_other() {
        let dns = [DNS_NAME, 1, b'a'];
        let address = [IP_ADDRESS, 4, 127, 0, 0, 1];
        let both = Names::new(Some(&dns), Some("b".to_owned()));
        assert!(both.include("a") && !both.include("b"));
        let only = Names::new(None, Some("b".to_owned()));
        assert!(only.include("b") && !only.include("a"));
        let address = Names::new(Some(&address), Some("b".to_owned()));
        assert!(address.include("127.0.0.1") && !address.include("b"));
        assert!(Names::new(None, Some("::1".to_owned())).include("::1"));
    }
}
