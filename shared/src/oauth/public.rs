//! Addresses of the public internet, and requests that reach no others: a server that names a URL must not reach into our
//! network with it.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use ureq::Timeout;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// How long to wait for an address that only a proxy may know.
const PATIENCE: Duration = Duration::from_secs(1);

/// A resolver that knows no host with an address outside the public internet. What it answers is what is connected to, so
/// no second answer of a name server can lead elsewhere.
#[derive(Debug, Default)]
pub(super) struct PublicOnly(DefaultResolver);

/// A host has an address that is loopback, private, link-local or of another network that is not public.
#[derive(Debug)]
pub(super) struct NotPublic;

impl Resolver for PublicOnly {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let addresses = self.0.resolve(uri, config, timeout)?;
        if addresses.iter().all(|address| is_public(address.ip())) {
            return Ok(addresses);
        }
        Err(ureq::Error::Io(io::Error::other(NotPublic)))
    }
}

impl PublicOnly {
    /// Whether the host of `url`, which a proxy will look up, is known here by an address that is not public. One that is
    /// not known here at all is the proxy's to judge.
    pub(super) fn refuses(url: &str, config: &Config) -> bool {
        let timeout = NextTimeout { after: PATIENCE.into(), reason: Timeout::Resolve, ..NextTimeout::default() };
        let resolved = url.parse().map(|url| Self::default().resolve(&url, config, timeout));
        resolved.is_ok_and(|resolved| resolved.is_err_and(|error| is_not_public(&error)))
    }
}

/// Whether it was [`PublicOnly`] that refused.
pub(super) fn is_not_public(error: &ureq::Error) -> bool {
    matches!(error, ureq::Error::Io(error) if error.get_ref().and_then(|inner| inner.downcast_ref::<NotPublic>()).is_some())
}

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("its address is not public")
    }
}

impl std::error::Error for NotPublic {}

/// Whether an address is of the public internet (the registries of special-purpose addresses, RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let is_of_provider = |[a, b, ..]: [u8; 4]| a == 100 && b & 0b1100_0000 == 64;
    let is_of_tests = |[a, b, ..]: [u8; 4]| a == 198 && b & 0b1111_1110 == 18;
    let is_of_protocols = |[a, b, c, _]: [u8; 4]| [a, b, c] == [192, 0, 0];
    let octets = address.octets();
    !(octets[0] == 0
        || octets[0] >= 224
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_documentation()
        || is_of_provider(octets)
        || is_of_tests(octets)
        || is_of_protocols(octets))
}

/// Global unicast alone, without the ranges in it that lead to an IPv4 address or through a tunnel.
fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // NAT64 (RFC 6052): the address that it maps to counts.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            is_public_v4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
        }
        [0x2001, second, ..] => second > 0x1ff && second != 0xdb8,
        [0x2002 | 0x3fff, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_of_ones_own_are_not_public() {
        for text in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:8.8.8.8",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::808:808",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
        for text in [
            "1.1.1.1",
            "100.128.0.1",
            "172.32.0.1",
            "192.1.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "2001:4860:4860::8888",
            "2606:4700::1111",
            "2a00:1450::1",
            "64:ff9b::808:808",
        ] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn every_spelling_of_a_loopback_address_is_refused() {
        let config = ureq::Agent::config_builder().build();
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f.1",
            "0177.0.0.1",
            "0",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "localhost",
        ] {
            assert!(PublicOnly::refuses(&format!("https://{host}:8443/x"), &config), "{host}");
        }
        assert!(!PublicOnly::refuses("https://1.1.1.1/", &config));
    }
}
