//! Which headers are printed, and in which order.

use crate::common::CANARY;
use crate::{signing, with_key};

/// HMAC-SHA-256 of `2023-11-14T22:13:20+00:00` under `Jefe`.
fn signature() -> String {
    crate::openssl::text(
        "openssl dgst -sha256 -mac HMAC -macopt hexkey:$1 -r | cut -d' ' -f1 | tr -d '\\n'",
        &[crate::HEX_KEY],
        "2023-11-14T22:13:20+00:00",
    )
}

#[test]
fn the_default_headers_are_three_at_most() {
    let (now, time, signature) = (["--now", "1700000000"], "2023-11-14T22:13:20+00:00", signature());
    let two = format!(r#""X-Timestamp":"{time}","X-Signature":"{signature}""#);
    for (options, headers) in [
        (vec![], format!("{{{two}}}")),
        (vec!["--scheme", "timestamp"], format!("{{{two}}}")),
        (vec!["--api-key", "env:API_KEY"], format!("{{{two},\"X-API-Key\":\"a\"}}")),
        (vec!["--add", "X-B: b", "--api-key", "env:API_KEY"], format!("{{{two},\"X-API-Key\":\"a\",\"X-B\":\"b\"}}")),
        (vec!["-H", "X-B: b {signature}"], format!(r#"{{"X-B":"b {signature}"}}"#)),
        (vec!["--add", "X-C: c", "-H", "X-B: b"], r#"{"X-B":"b","X-C":"c"}"#.to_owned()),
    ] {
        signing().env("API_KEY", "a").env("TZ", "UTC0").args(now).args(options).run().prints(&headers);
    }
}

#[test]
fn an_api_key_beside_h_is_not_printed_and_says_so() {
    let helper = signing().env("API_KEY", "a").args(["-H", "X-B: b", "--api-key", "env:API_KEY"]);
    let warning =
        "warning: --api-key prints no header where -H replaces the default ones; use -H 'X-API-Key: {env:NAME}'";
    helper.run().prints_saying(r#"{"X-B":"b"}"#, &[warning]);
}

#[test]
fn explain_says_what_is_signed() {
    let server = |name: &str| format!("--components {name}: the server is that of --server-url");
    for (options, steps) in [
        (vec![], vec!["signed with sha256: the message".to_owned()]),
        (vec!["--algorithm", "sha1"], vec!["signed with sha1: the message".to_owned()]),
        (
            vec!["--scheme", "rfc9421"],
            vec![server("@authority"), server("@path"), "signed with hmac-sha256: @authority @path".to_owned()],
        ),
        (
            vec!["--scheme", "kong", "--key-id", "a", "--components", "Host", "--algorithm", "sha512"],
            vec![
                server("host"),
                "signed with hmac-sha512: date host".to_owned(),
                "warning: the date is signed, and no Date header is printed; add -H 'Date: {timestamp:http-date}'"
                    .to_owned(),
            ],
        ),
    ] {
        let helper = signing().args(["--explain", "--server-url", "https://h/p", "-H", "X-A: a"]).args(options);
        let steps: Vec<_> = ["--key: read from env:K"].into_iter().chain(steps.iter().map(String::as_str)).collect();
        helper.run().prints_saying(r#"{"X-A":"a"}"#, &steps);
    }
}

#[test]
fn the_key_is_the_variable_secret_key_unless_told() {
    let helper = crate::Helper::new(env!("CARGO_BIN_EXE_hdr-hmac"));
    let helper = helper.env("SECRET_KEY", crate::KEY).args(["--now", "2023-11-14T23:13:20+01:00"]);
    helper.env("TZ", "UTC0").args(["--format", "token"]).run().prints(&signature());
    crate::Helper::new(env!("CARGO_BIN_EXE_hdr-hmac")).run().fails(
        3,
        "--key: env:SECRET_KEY is not set: MCP clients strip variables with credential-like names for project and plugin \
         servers; set it, or keep the secret where it is not stripped: file:PATH or cmd:COMMAND LINE",
    );
}

#[test]
fn all_values_of_a_run_are_of_one_instant() {
    let helper = signing().args(["--message", "{timestamp:unix-ms} {nonce} {uuid}"]);
    let outcome = helper.header("X-M: {timestamp:unix-ms} {nonce} {uuid}").header("X-S: {signature}").run();
    let json: serde_json::Value = serde_json::from_slice(outcome.stdout()).unwrap();
    let signed = crate::openssl::text(
        "openssl dgst -sha256 -mac HMAC -macopt hexkey:$1 -r | cut -d' ' -f1 | tr -d '\\n'",
        &[crate::HEX_KEY],
        json["X-M"].as_str().unwrap(),
    );
    assert_eq!(json["X-S"], signed);
}

#[test]
fn a_default_header_cannot_be_added_again() {
    let message = "header x-signature is given twice: names are unique, ignoring case; remove one";
    signing().args(["--add", "x-signature: b"]).run().fails(6, message);
}

#[test]
fn an_api_key_is_a_source_too() {
    for (source, code, message) in [
        (
            CANARY,
            2,
            "--api-key does not take a bare value: a secret on a command line can be read by every process of the machine; name \
             where it is kept: env:NAME, file:PATH, json:PATH:FIELD or cmd:COMMAND LINE",
        ),
        ("env:E", 3, "--api-key: env:E is empty: an empty secret protects nothing; put the secret there"),
        ("env:B", 6, "header X-API-Key cannot be sent: its value begins or ends with a blank; trim it"),
    ] {
        let helper = with_key("env:K").env("K", "k").env("E", "").env("B", format!("{CANARY} "));
        helper.args(["--api-key", source]).run().fails(code, message);
    }
}
