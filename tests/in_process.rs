//! Helpers as a program calls them that has them in its own process: many times, from several threads, each time for one
//! request and with the token that was refused.
#![cfg(unix)]
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    reason = "the tests listen on loopback and end at the first surprise"
)]

#[path = "common/endpoint.rs"]
mod endpoint;

use std::path::Path;
use std::thread;

use hdr::error::Error;
use hdr::program::helper::Helper;
use hdr::program::helpers::{Bearer, Hmac, Jwt};
use hdr::program::in_process::{InProcess, Made};
use hdr::run::{Call, HttpRequest};
use hdr::secret::Secret;

use crate::endpoint::Endpoint;

/// The helper `H` with the options in `line`, in which a comma stands for a blank in a value, and HOME for a folder of this
/// test alone.
fn helper<H: Helper>(line: &str, home: &Path) -> Result<InProcess<H>, Error> {
    std::fs::write(home.join("config.toml"), "").unwrap();
    std::fs::write(home.join("key"), "0123456789abcdef0123456789abcdef").unwrap();
    let line = format!("{} --config HOME/config.toml {line}", H::NAME).replace("HOME", &home.display().to_string());
    let words: Vec<_> = line.split(' ').map(|word| word.replace(',', " ").into()).collect();
    InProcess::new(&words)
}

fn lines(made: &Made) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    made.headers.iter().map(|(name, value)| format!("{name}: {}", text(value))).collect()
}

/// A call for a POST to the server of these tests with the digest of its body, after `refused` was refused.
fn post_with(digest: Option<&str>, refused: Option<&Secret>) -> Call {
    let request = HttpRequest::new("POST", "https://mcp.example/mcp?tenant=acme", digest).unwrap();
    Call { request: Some(request), refused: refused.cloned() }
}

fn post(refused: Option<&Secret>) -> Call {
    post_with(Some("sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"), refused)
}

const CLIENT: &str = "--client-id c --client-secret file:HOME/key --cache-dir HOME/cache --state-dir HOME/state \
                      --on-reask mint --log off";

#[test]
fn a_token_is_cached_between_calls_and_replaced_once_it_was_refused() {
    let home = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::minting();
    let line = format!("--token-url {} {CLIENT}", endpoint.url());
    let bearer = helper::<Bearer>(&line, home.path()).unwrap();
    let first = bearer.headers(post(None)).unwrap();
    assert_eq!(lines(&first), ["Authorization: Bearer token-0"]);
    // That it is called again says nothing of the token, though a client that runs a helper again had it refused.
    for _ in 0..100 {
        assert_eq!(lines(&bearer.headers(post(None)).unwrap()), ["Authorization: Bearer token-0"]);
    }
    assert_eq!(endpoint.requests().len(), 1);
    let second = bearer.headers(post(Some(&first.token))).unwrap();
    assert_eq!(lines(&second), ["Authorization: Bearer token-1"]);
    // Another request that had the old one refused is served with what was requested meanwhile.
    assert_eq!(lines(&bearer.headers(post(Some(&first.token))).unwrap()), ["Authorization: Bearer token-1"]);
    assert_eq!(endpoint.requests().len(), 2);
}

#[test]
fn threads_that_had_the_same_token_refused_request_one_new_one() {
    let home = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::minting();
    let line = format!("--token-url {} {CLIENT}", endpoint.url());
    let bearer = helper::<Bearer>(&line, home.path()).unwrap();
    let first = bearer.headers(post(None)).unwrap();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let made = bearer.headers(post(Some(&first.token))).unwrap();
                assert_eq!(lines(&made), ["Authorization: Bearer token-1"]);
            });
        }
    });
    assert_eq!(endpoint.requests().len(), 2);
}

#[test]
fn a_message_signature_covers_the_request_it_is_made_for() {
    let home = tempfile::tempdir().unwrap();
    let line = "--key file:HOME/key --scheme rfc9421 --components @method,@target-uri,content-digest --now 1700000000";
    let hmac = helper::<Hmac>(line, home.path()).unwrap();
    let made = hmac.headers(post(None)).unwrap();
    // printf '%s' BASE | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef -binary | base64
    assert_eq!(
        lines(&made),
        [
            "Signature-Input: sig1=(\"@method\" \"@target-uri\" \"content-digest\");created=1700000000;expires=1700000300;\
             alg=\"hmac-sha256\"",
            "Signature: sig1=:yRfLUuaQ2uOU7lOnHDCZ2+lDxzoLm8eKas6x0lLzo7Y=:"
        ]
    );
    let error = hmac.headers(Call::default()).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    assert_eq!(
        hmac.headers(post_with(None, None)).unwrap_err().to_string(),
        "--components content-digest has no value: the request has no body; remove it from --components for requests \
         without one"
    );
}

#[test]
fn a_thousand_calls_make_a_thousand_tokens() {
    let home = tempfile::tempdir().unwrap();
    let jwt = helper::<Jwt>("--key file:HOME/key --alg HS256 --jti", home.path()).unwrap();
    let mut tokens: Vec<_> = (0..1000).map(|_| lines(&jwt.headers(post(None)).unwrap()).concat()).collect();
    tokens.sort_unstable();
    tokens.dedup();
    assert_eq!(tokens.len(), 1000);
}

#[test]
fn a_command_line_that_makes_no_headers_is_refused_with_its_reason() {
    let home = tempfile::tempdir().unwrap();
    for (line, message) in [
        ("--kee x", "hdr-hmac cannot be called: unexpected argument '--kee' found; see hdr-hmac --help"),
        (
            "--check",
            "hdr-hmac cannot be called: its command line asks for something else than headers; remove the verb, --check, \
             --print-config and --format",
        ),
    ] {
        let error = helper::<Hmac>(line, home.path()).err().unwrap();
        assert_eq!((error.to_string().as_str(), error.exit_code()), (message, 2));
    }
}

#[test]
fn a_profile_makes_headers_for_the_server_that_it_is_bound_to_alone() {
    let home = tempfile::tempdir().unwrap();
    let bound = |server: &str| {
        let config = format!("[profiles.acme]\nserver = \"{server}\"\n[profiles.acme.hdr-hmac]\nkey = \"file:key\"\n");
        std::fs::write(home.path().join("bound.toml"), config).unwrap();
        std::fs::write(home.path().join("key"), "0123456789abcdef0123456789abcdef").unwrap();
        let file = home.path().join("bound.toml").display().to_string();
        InProcess::<Hmac>::new(&["hdr-hmac", "--config", &file, "--profile", "acme"].map(Into::into)).unwrap()
    };
    assert_eq!(lines(&bound("https://mcp.example").headers(post(None)).unwrap()).len(), 2);
    let error = bound("https://other.example/").headers(post(None)).unwrap_err();
    let message = "profile acme is bound to https://other.example and not to https://mcp.example: its origin is another one; use \
                   another profile, or change its server in ";
    assert!(error.to_string().starts_with(message), "{error}");
    assert_eq!(error.exit_code(), 2);
}

#[test]
fn a_request_that_would_break_a_signature_base_is_refused() {
    for (method, url, digest) in [
        ("POST\n", "https://mcp.example/", None),
        ("", "https://mcp.example/", None),
        ("POST", "mcp.example", None),
        ("POST", "https://mcp.example/", Some("a\nb")),
    ] {
        assert_eq!(HttpRequest::new(method, url, digest).unwrap_err().exit_code(), 1, "{method:?} {url} {digest:?}");
    }
}
