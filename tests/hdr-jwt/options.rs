//! The options of this helper that are about neither keys nor claims.

use crate::common::{CANARY, Helper};
use crate::{hs256, signing, with_key};

const HEADER: &str = r#"{"typ":"JWT","alg":"HS256"}"#;
const CLAIMS: &str = r#"{"exp":1700003600,"iat":1700000000}"#;

#[test]
fn the_default_header_is_a_bearer_token() {
    let token = hs256(HEADER, CLAIMS);
    for (options, headers) in [
        (vec![], format!(r#"{{"Authorization":"Bearer {token}"}}"#)),
        (vec!["--add", "X-B: b"], format!(r#"{{"Authorization":"Bearer {token}","X-B":"b"}}"#)),
        (vec!["--add", "X-B: b", "-H", "X-T: t={token}"], format!(r#"{{"X-T":"t={token}","X-B":"b"}}"#)),
        (vec!["-H", "X-B: b"], r#"{"X-B":"b"}"#.to_owned()),
    ] {
        signing().args(options).run().prints(&headers);
    }
    signing().args(["--format", "curl"]).run().prints(&format!("header = \"Authorization: Bearer {token}\""));
    let message = "header authorization is given twice: names are unique, ignoring case; remove one";
    signing().args(["--add", "authorization: b"]).run().fails(6, message);
}

#[test]
fn a_key_must_be_named() {
    Helper::new(env!("CARGO_BIN_EXE_hdr-jwt")).run().fails(
        2,
        "--key is missing: no option says where it is kept; give --key file:PATH, env:NAME, json:PATH:FIELD or cmd:COMMAND LINE",
    );
}

#[test]
fn an_unknown_algorithm_is_refused() {
    let all = "use one of HS256 HS384 HS512 RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 EdDSA Ed25519";
    for (name, remedy) in [
        ("hs256", "write HS256"),
        ("ES512", all),
        ("eddsa", "write EdDSA"),
        ("ed25519", "write Ed25519"),
        ("none", all),
        ("None", all),
        ("", all),
        ("canary", all),
    ] {
        let shown = if name.is_empty() { String::new() } else { format!(" {name}") };
        let message = format!("--alg{shown}: helpers do not sign with it; {remedy}");
        signing().args(["--alg", name]).run().fails(2, &message);
    }
}

#[test]
fn a_life_that_no_token_can_have_is_refused() {
    let no_duration = "it is not a duration of at most ten years; write a whole number and a unit: 500ms, 8s, 5m, 1h";
    for (option, text, message) in [
        ("--ttl", "0s", "--ttl: the duration is zero; give a longer one".to_owned()),
        ("--ttl", "1", format!("--ttl: {no_duration}")),
        ("--backdate", "-5s", format!("--backdate: {no_duration}")),
        ("--backdate", "a", format!("--backdate: {no_duration}")),
    ] {
        signing().arg(format!("{option}={text}")).run().fails(2, &message);
    }
}

#[test]
fn a_short_secret_signs_with_a_warning() {
    for (algorithm, bits) in [("HS256", 256), ("HS384", 384), ("HS512", 512)] {
        let with = |length: usize| {
            let helper = with_key("env:K").env("K", "k".repeat(length)).args(["--alg", algorithm]);
            helper.header("X-A: a").run()
        };
        let warning =
            format!("warning: the key is shorter than the {bits} bits that {algorithm} requires; make a longer one");
        with(bits / 8).prints(r#"{"X-A":"a"}"#);
        with(bits / 8 - 1).prints_saying(r#"{"X-A":"a"}"#, &[&warning]);
    }
    // What counts is the key, not how it is written.
    let helper = with_key("env:K").env("K", "6b".repeat(31)).args(["--key-encoding", "hex"]).header("X-A: a");
    let warning = "warning: the key is shorter than the 256 bits that HS256 requires; make a longer one";
    helper.run().prints_saying(r#"{"X-A":"a"}"#, &[warning]);
}

#[test]
fn a_secret_is_decoded_as_told() {
    let token = hs256(HEADER, CLAIMS);
    let hex = crate::openssl::text("od -An -v -tx1 | tr -d ' \\n'", &[], CANARY);
    let base64 = crate::openssl::text("openssl base64 -A", &[], CANARY);
    for (encoding, key) in
        [("raw", CANARY), ("hex", &hex), ("base64", &base64), ("base64url", &crate::base64url(CANARY))]
    {
        let helper = signing().env("K", key).args(["--key-encoding", encoding, "--format", "token"]);
        helper.run().prints(&token);
    }
}
