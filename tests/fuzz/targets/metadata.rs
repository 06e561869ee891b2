//! What authorization servers (RFC 8414) and protected resources (RFC 9728) say of themselves.

use hdr::fuzz::{authorization_server, protected_resource};
use hdr::oauth::url::Endpoint;
use url::Url;

pub(crate) const CHANGES: u64 = 40_000;
pub(crate) const WORDS: &[&str] = &[
    "\"issuer\":",
    "\"token_endpoint\":",
    "\"resource\":",
    "\"authorization_servers\":[",
    "\"mtls_endpoint_aliases\":{",
    "\"token_endpoint_auth_methods_supported\":[",
    "\"scopes_supported\":[",
    "\"revocation_endpoint\":",
    "https://login.example.com/tenant",
    "https://mcp.example.com/mcp",
    "http://",
    "http://127.0.0.1",
    "http://localhost:1/",
    "http://[::1]/",
    "https://mcp.example.com:443",
    "/..",
    "%2e%2e",
    "@",
    "#",
    "?x",
    "\\u002e",
];

const ISSUERS: [&str; 2] = ["https://login.example.com/tenant", "http://127.0.0.1:9000"];
const SERVERS: [&str; 2] = ["https://mcp.example.com/mcp/a", "http://127.0.0.1:9001/mcp"];

pub(crate) fn check(bytes: &[u8]) {
    for issuer in ISSUERS.map(endpoint) {
        if let Some(Ok(server)) = authorization_server(&issuer, bytes) {
            assert_eq!(server.issuer(), Some(issuer.as_str()));
            for mutual in [false, true] {
                check_trust(server.token_endpoint(mutual), &issuer);
                server.revocation_endpoint(mutual).into_iter().for_each(|found| check_trust(found, &issuer));
            }
        }
    }
    for server in SERVERS.map(endpoint) {
        for expected in [None, Some(endpoint(ISSUERS[0]))] {
            if let Some(Ok(found)) = protected_resource(&server, expected.as_ref(), bytes) {
                check_trust(&found.issuer, &server);
                assert!(expected.is_none_or(|expected| expected == found.issuer));
                check_covers(&found.resource, &server);
                let scope = found.scope.join(" ");
                assert!(scope.len() <= 4 << 10 && scope.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()));
                assert!(!scope.contains(['"', '\\']) && found.scope.iter().all(|token| !token.is_empty()));
            }
        }
    }
}

fn endpoint(text: &str) -> Endpoint {
    Endpoint::typed("--issuer", text).expect("a URL")
}

/// Plain HTTP leads only from loopback to loopback.
fn check_trust(found: &Endpoint, source: &Endpoint) {
    let url = Url::parse(found.as_str()).expect("a URL for others too");
    assert_eq!(url.scheme() == "https", found.has_tls(), "{url}");
    let host = url.host_str().unwrap_or_default();
    let is_loopback = host == "localhost" || host.starts_with("127.") || host == "[::1]";
    assert!(found.has_tls() || is_loopback && !source.has_tls(), "{url}");
    assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none(), "{url}");
}

/// A resource is the server, or a part of its path that ends where a segment does, of the same origin.
fn check_covers(resource: &str, server: &Endpoint) {
    let [resource, server] = [resource, server.as_str()].map(|text| Url::parse(text).expect("a URL for others too"));
    assert_eq!(resource.origin(), server.origin(), "{resource}");
    assert_eq!(resource.query(), None, "{resource}");
    let rest = server.path().strip_prefix(resource.path().trim_end_matches('/'));
    assert!(rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')), "{resource}");
}
