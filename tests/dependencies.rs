//! What the executables are made of: one implementation of each thing, and none that a program has no use for.
#![expect(clippy::disallowed_methods, clippy::expect_used, reason = "the test asks cargo")]

use std::collections::BTreeSet;
use std::process::Command;

/// Crates of which one look-alike is enough, and `rsa`, whose private-key operations leak their timing.
const NOWHERE: [&str; 7] = ["aws-lc-rs", "curl", "native-tls", "openssl", "openssl-sys", "reqwest", "rsa"];

/// What hdr-bridge alone has.
const ASYNC: [&str; 6] = ["futures-channel", "hyper", "hyper-util", "mio", "tokio", "tokio-rustls"];

/// Tables of Unicode, which url brings along for hosts beyond ASCII; those are refused.
const TABLES: [&str; 3] = ["icu_normalizer_data", "icu_properties_data", "unicode-normalization"];

/// What a person signs in with: hdr-bearer-refresh and hdr-bridge alone have it.
const SIGN_IN: [&str; 3] = ["is-wsl", "open", "qrcode"];

/// Names of crates that are part of TLS, HTTP or JWT.
const NETWORK: [&str; 6] = ["http", "httparse", "rustls", "ureq", "ureq-proto", "webpki-roots"];
const JWT: [&str; 4] = ["jsonwebtoken", "ring", "rustls-pki-types", "untrusted"];

/// The crates that `arguments` of `cargo tree` list, without their versions.
fn crates(arguments: &[&str]) -> BTreeSet<String> {
    let common = ["tree", "--locked", "--offline", "--prefix", "none", "--format", "{p}", "--edges", "normal"];
    let output = Command::new(env!("CARGO")).args(common).args(arguments).output().expect("cargo");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).expect("text");
    lines.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

fn assert_absent(tree: &BTreeSet<String>, names: &[&str]) {
    let found: Vec<_> = names.iter().filter(|name| tree.contains(**name)).collect();
    assert!(found.is_empty(), "in the tree: {found:?}");
}

/// The crates of every platform.
fn locked() -> BTreeSet<String> {
    let lines = include_str!("../Cargo.lock").lines();
    let names = lines.filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    names.map(str::to_owned).collect()
}

#[test]
fn no_executable_has_rsa_or_a_second_stack() {
    let locked = locked();
    assert!(locked.contains("hdr-hmac") && locked.contains("windows-link"), "{locked:?}");
    assert_absent(&locked, &NOWHERE);
}

#[test]
fn url_has_no_tables_of_unicode() {
    let locked = locked();
    assert!(locked.contains("idna_adapter"), "{locked:?}");
    assert_absent(&locked, &TABLES);
}

#[test]
fn no_helper_has_an_async_runtime() {
    for helper in ["hdr-bearer-refresh", "hdr-hmac", "hdr-jwt", "hdr-tenant"] {
        assert_absent(&crates(&["--package", helper]), &ASYNC);
    }
}

#[test]
fn only_what_signs_people_in_opens_a_browser() {
    let tree = crates(&["--package", "hdr-bearer-refresh"]);
    assert!(SIGN_IN.iter().all(|name| tree.contains(*name)), "{tree:?}");
    for helper in ["hdr-hmac", "hdr-jwt", "hdr-tenant"] {
        assert_absent(&crates(&["--package", helper]), &SIGN_IN);
    }
}

#[test]
fn hdr_hmac_has_no_network_and_no_jwt() {
    let tree = crates(&["--package", "hdr-hmac"]);
    assert!(tree.contains("hmac"), "{tree:?}");
    assert_absent(&tree, &NETWORK);
    assert_absent(&tree, &JWT);
}

#[test]
fn hdr_jwt_has_no_network() {
    let tree = crates(&["--package", "hdr-jwt"]);
    assert!(tree.contains("jsonwebtoken"), "{tree:?}");
    assert_absent(&tree, &NETWORK);
}

#[test]
fn hdr_tenant_has_no_network_and_no_jwt() {
    let tree = crates(&["--package", "hdr-tenant"]);
    assert!(tree.contains("toml"), "{tree:?}");
    assert_absent(&tree, &NETWORK);
    assert_absent(&tree, &JWT);
}
