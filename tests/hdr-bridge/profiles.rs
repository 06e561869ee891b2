//! Profiles with a table for hdr-bridge.

use super::{URL, bridge};
use crate::common::{Helper, LOG};

const CONFIG: &str = "[profiles.acme]
server = 'https://mcp.acme.example'
[profiles.acme.hdr-bridge]
proxy = 'ftp://h'
[profiles.other.hdr-bridge]
tls-cert = 'none.pem'
[profiles.wrong.hdr-bridge]
tls-certt = 'none.pem'
[profiles.valued.hdr-bridge]
transport = 'ws'
";

fn with_profiles(arguments: &[&str]) -> Helper {
    bridge(arguments).prepared_by("mkdir -p ~/.config/hdr").file(".config/hdr/config.toml", CONFIG, 0o600)
}

#[test]
fn a_profile_is_chosen_by_its_name_or_by_the_url() {
    let of_acme = "--proxy (~/.config/hdr/config.toml line 4): it is not the URL of a proxy; write \
                   http://HOST:PORT, https://HOST:PORT or socks5h://HOST:PORT";
    with_profiles(&[URL]).run().fails(2, of_acme);
    with_profiles(&["--server-url", URL]).run().fails(2, of_acme);
    with_profiles(&[]).env("API_URL", URL).run().fails(2, of_acme);
    with_profiles(&[URL, "--profile", "acme"]).run().fails(2, of_acme);
    // Paths in a profile are relative to its file.
    let outcome = with_profiles(&["https://h/", "--profile", "other"]).run();
    assert_eq!(outcome.code(), Some(2), "{}", outcome.stderr());
    assert!(
        outcome
            .stderr()
            .contains("/.config/hdr/none.pem cannot be used (~/.config/hdr/config.toml line 6): it does not exist; "),
        "{}",
        outcome.stderr()
    );
    let log = String::from_utf8(outcome.file(LOG)).unwrap();
    assert!(log.contains(" profile=other "), "{log}");
}

#[test]
fn a_profile_that_is_bound_serves_no_other_server() {
    with_profiles(&["https://h/", "--profile", "acme"]).run().fails(
        2,
        "profile acme is bound to https://mcp.acme.example and not to https://h of --server-url: its origin is another one; use another \
         profile, or change its server in ~/.config/hdr/config.toml line 2",
    );
}

#[test]
fn what_is_no_option_of_the_bridge_is_told_with_its_line() {
    let outcome = with_profiles(&["https://h/", "--profile", "wrong"]).run();
    assert_eq!(outcome.code(), Some(2));
    let said = outcome.stderr();
    assert!(said.contains("line 8") && said.contains("tls-cert"), "{said}");
    let outcome = with_profiles(&["https://h/", "--profile", "valued"]).run();
    assert_eq!(outcome.code(), Some(2));
    assert!(outcome.stderr().contains("line 10"), "{}", outcome.stderr());
}
