//! Options and URLs that the bridge refuses before it serves a client.

use super::{URL, bridge};
use crate::common::LOG;

#[test]
fn the_server_is_reached_with_tls_or_is_on_this_host() {
    let missing = "the URL of the MCP server is missing: neither an argument, nor --server-url, nor the variable API_URL gives \
                   it; write hdr-bridge https://HOST/PATH";
    bridge(&[]).run().fails(2, missing);
    bridge(&["--check"]).run().fails(2, missing);
    let plain = |origin: &str, source: &str| {
        format!(
            "{source} {origin} cannot be used: plain HTTP exposes credentials to the network; write https://; plain HTTP is \
             allowed only for a loopback host"
        )
    };
    bridge(&["http://mcp.acme.example/mcp"]).run().fails(2, &plain("http://mcp.acme.example", "URL"));
    let url = bridge(&["--server-url", "http://mcp.acme.example:8080/mcp"]);
    url.run().fails(2, &plain("http://mcp.acme.example:8080", "--server-url"));
    bridge(&[]).env("API_URL", "http://mcp.acme.example/").run().fails(2, &plain("http://mcp.acme.example", "API_URL"));
    // The argument has precedence over the option, and the option over the variable.
    let both = bridge(&["http://a.example/", "--server-url", URL]).env("API_URL", URL);
    both.run().fails(2, &plain("http://a.example", "URL"));
    let both = bridge(&["--server-url", "http://b.example/"]).env("API_URL", URL);
    both.run().fails(2, &plain("http://b.example", "--server-url"));
}

#[test]
fn a_url_with_a_user_or_none_at_all_is_refused_without_being_shown() {
    let userinfo = "URL cannot be used: it contains a user name or password; remove it";
    bridge(&["https://user:canary@mcp.acme.example/mcp"]).run().fails(2, userinfo);
    bridge(&["https://canary@mcp.acme.example/mcp"]).run().fails(2, userinfo);
    for url in ["mcp.acme.example", "ftp://mcp.acme.example/", "https://", "canary"] {
        let outcome = bridge(&[url]).run();
        assert_eq!((outcome.code(), outcome.stdout()), (Some(2), &b""[..]), "{url}");
        assert!(!outcome.stderr().contains("canary"), "{url}: {}", outcome.stderr());
    }
}

#[test]
fn a_url_that_is_not_written_as_one_is_told_from_a_text_that_is_none() {
    let unwritten = "URL cannot be used: it has a blank, a control character or a letter beyond ASCII; write that \
                     percent-encoded, or in Punycode in a host";
    for url in ["https://h/a b", "https://h/\u{fc}", "https://m\u{fc}nchen.example/", "https://h/\n"] {
        bridge(&[url]).run().fails(2, unwritten);
    }
    let none = "URL cannot be used: it is not an absolute URL with a host; write the whole URL: https://HOST/PATH";
    for url in ["", "https://", "https:///mcp", "//h/x", "https:h", "ws://h/", "https://h:99999/", "http://127.1/"] {
        bridge(&[url]).run().fails(2, none);
    }
}

#[test]
fn values_that_cannot_be_understood_are_refused() {
    for (line, fact) in [
        (&["--connect-timeout", "soon"][..], "--connect-timeout: "),
        (&["--connect-timeout", "0s"], "--connect-timeout: "),
        (&["--request-timeout", "1 week"], "--request-timeout: "),
        (&["--proxy", "ftp://h"], "--proxy: "),
        (&["--proxy", "http://user:canary@h:1"], "--proxy does not take a password: "),
        (&["-H", "X-A"], "-H"),
        (&["-H", "X-A: {nope}"], "-H X-A: "),
        (&["--", "hdr-hmac", "--zzz"], "hdr-hmac cannot be called: "),
        (&["--", "hdr-bearer-refresh", "status"], "hdr-bearer-refresh cannot be called: "),
        (
            &["--", "hdr-jwt", "--help"],
            "hdr-jwt cannot be called: its command line asks for something else than headers; ",
        ),
        (&["--", "/opt/bin/hdr-hmac.exe", "--format", "curl"], "hdr-hmac cannot be called: "),
    ] {
        let outcome = bridge(&[&[URL], line].concat()).run();
        let said = outcome.stderr();
        assert_eq!((outcome.code(), outcome.stdout()), (Some(2), &b""[..]), "{line:?}: {said}");
        assert!(said.starts_with(&format!("hdr-bridge: {fact}")) && said.contains("; "), "{line:?}: {said}");
        assert!(!said.contains("canary"), "{line:?}: {said}");
    }
    for line in [
        &["--max-message", "many"][..],
        &["--max-message", "0"],
        &["--transport", "ws"],
        &["--repeat", "all"],
        &["--zzz"],
    ] {
        let outcome = bridge(&[&[URL], line].concat()).run();
        assert_eq!((outcome.code(), outcome.stdout()), (Some(2), &b""[..]), "{line:?}");
        assert!(outcome.stderr().starts_with("error: "), "{line:?}: {}", outcome.stderr());
    }
}

#[test]
fn a_helper_without_its_separator_is_told_what_is_missing() {
    bridge(&[URL, "hdr-bearer-refresh", "--token", "canary"]).run().ends(
        2,
        "",
        "error: unexpected argument '(not shown, it may be a secret)' found\n\n  tip: write -- before hdr-bearer-refresh\n\n\
         Usage: hdr-bridge [OPTIONS] [URL] [-- <HELPER>...]\n\nFor more information, try '--help'.\n",
    );
}

#[test]
fn headers_of_http_and_of_mcp_are_not_for_options() {
    for name in ["Content-Type", "Host", "accept", "Mcp-Session-Id", "MCP-Protocol-Version"] {
        let outcome = bridge(&[URL, "-H", &format!("{name}: a")]).run();
        let said = outcome.stderr();
        assert_eq!((outcome.code(), outcome.stdout()), (Some(6), &b""[..]), "{name}: {said}");
        assert!(said.starts_with(&format!("hdr-bridge: header {name} is reserved: ")), "{name}: {said}");
    }
}

#[test]
fn a_failure_before_the_first_message_is_logged_without_what_may_be_secret() {
    let outcome = bridge(&["https://user:canary-pw@mcp.acme.example/mcp", "--server-name", "acme"]).run();
    assert_eq!(outcome.code(), Some(2));
    let log = String::from_utf8(outcome.file(LOG)).unwrap();
    assert!(log.contains(" hdr-bridge exit=2 ") && log.contains(" server=acme "), "{log}");
    assert!(!log.contains("canary"), "{log}");
    let helper = bridge(&["http://mcp.acme.example/", "--log", "off"]);
    let outcome = helper.again().run();
    assert_eq!((outcome.code(), helper.path(LOG).exists()), (Some(2), false));
}
