//! URLs of MCP servers: what is read of them is read again once it is printed, and a binding holds whatever their spelling.

use hdr::fuzz::{includes, parts};

pub(crate) const CHANGES: u64 = 40_000;
pub(crate) const WORDS: &[&str] = &[
    "https://",
    "mcp.example.com",
    "/team",
    "/..",
    "/.",
    "%2e",
    "%2F",
    "%5c",
    "\\",
    ";",
    "@",
    ":443",
    ":",
    "?",
    "#",
    "//",
    "[::1]",
    "127.0.0.1",
    "0x7f",
    "\u{fc}",
    "\u{ff0e}",
    "REDACTED",
    "user:password@",
    "xn--",
];

/// What profiles are bound to.
const BOUND: [&str; 3] =
    ["https://mcp.example.com", "https://mcp.example.com/team", "https://[2001:db8::1]:8443/team/"];

pub(crate) fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Some(found) = parts(&text) else {
        assert!(BOUND.iter().all(|bound| includes(bound, &text) == Some(false)));
        return;
    };
    let authority = found.port.map_or_else(|| found.host.clone(), |port| format!("{}:{port}", found.host));
    let query = found.query.as_ref().map_or_else(String::new, |query| format!("?{query}"));
    let printed = format!("{}://{authority}{}{query}", found.scheme, found.path);
    let mut again = parts(&printed).expect("a URL once printed");
    again.has_userinfo = found.has_userinfo;
    assert_eq!(again, found, "{printed}");

    for bound in BOUND {
        if includes(bound, &text) == Some(true) {
            let bound = parts(bound).expect("a URL");
            let port = |port: Option<u16>| port.unwrap_or(443);
            assert_eq!((&found.scheme, &found.host, port(found.port)), (&bound.scheme, &bound.host, port(bound.port)));
            assert!(!found.has_userinfo, "{text}");
            let rest = found.path.strip_prefix(&bound.path).expect("a path below");
            assert!(bound.path.ends_with('/') || rest.is_empty() || rest.starts_with('/'), "{text}");
            assert!(bound.path == "/" || !rest.to_ascii_lowercase().contains("%2e"), "{text}");
        }
    }
}
