//! `--claim-json`: JSON in which only a known placeholder is one.

use crate::{makes, signing};

const HEADER: &str = r#"{"typ":"JWT","alg":"HS256"}"#;

#[test]
fn a_placeholder_stands_for_text_in_a_string_and_for_a_literal_outside() {
    let json = r#"{"t":"q\"\\ é\n","n":7}"#;
    for (claim, value) in [
        (r#"a={"at":{timestamp:unix},"of":"{timestamp:unix}"}"#, r#"{"at":1700000000,"of":"1700000000"}"#),
        (r#"a="{env:Q}""#, r#""say \"hi\" \\ {uuid}""#),
        (r#"a="<{json:~/f.json:t}>""#, r#""<q\"\\ é\n>""#),
        (r#"a={"{env:N}":[{env:N},{env:T},{file:~/null}]}"#, r#"{"-1.5":[-1.5,true,null]}"#),
        (r#"a={"\"{env:N}":"{{x}} {nope} {environment} \u007b"}"#, r#"{"\"-1.5":"{{x}} {nope} {environment} {"}"#),
        (r#"a={"b":{"c":{"d":"{server:host}"}}}"#, r#"{"b":{"c":{"d":"h"}}}"#),
        (r#"a="{basic:u:env:T} {nonce}""#, r#""Basic dTp0cnVl n""#),
        (r#"a="$HOME \\$HOME""#, r#""$HOME \\$HOME""#),
        (r"a={}", r"{}"),
    ] {
        let helper = signing().env("Q", r#"say "hi" \ {uuid}"#).env("N", "-1.5").env("T", "true");
        let helper = helper.file("null", "null\n", 0o600).file("f.json", json, 0o600);
        let helper = helper.args(["--claim-json", claim, "--nonce", "n", "--server-url", "https://h/p"]);
        makes(helper, HEADER, &format!(r#"{{"a":{value},"exp":1700003600,"iat":1700000000}}"#));
    }
}

#[test]
fn what_would_be_no_json_is_refused() {
    let no_json = "the text after `=` is not valid JSON; quote strings: NAME='\"text\"'";
    let no_literal = "a placeholder outside quotes: its value is not a JSON number, true, false or null; write \"…\" \
                      around it for a string";
    for (claim, message) in [
        ("a={env:WORD}", no_literal),
        ("a=[{uuid}]", no_literal),
        ("a={env:TEXT}", no_literal),
        ("a={env:LIST}", no_literal),
        ("a={env:LIST", "a placeholder is not closed: `{` has no `}` after it; close it, or remove it"),
        ("a={env:NONE}}", no_json),
        ("a={text}", no_json),
        ("a=\"{env:NONE}", no_json),
        ("a={timestamp:unix}{timestamp:unix}x", no_json),
    ] {
        let helper =
            signing().env("WORD", "abc").env("TEXT", "\"abc\"").env("LIST", "[1]").args(["--claim-json", claim]);
        helper.run().fails(2, &format!("--claim-json a: {message}"));
    }
    signing()
        .args(["--claim-json", r#"a={"x":1,"{env:X}":2}"#])
        .env("X", "x")
        .run()
        .fails(2, "--claim-json a: the member x cannot be set: it occurs twice in one object; remove one of them");
    signing().args(["--claim-json", r#"a="{timestamp:nope}""#]).run().fails(
        2,
        "--claim-json a: {timestamp:nope} is unknown: no placeholder has that name; use one of {timestamp:unix} \
         {timestamp:unix-ms} {timestamp:rfc3339} {timestamp:http-date} {timestamp:basic}, or \\u007b for a brace",
    );
}

#[test]
fn a_brace_before_the_name_of_a_placeholder_is_written_as_json_writes_it() {
    for (text, near) in [("{env}", "{env:…}"), ("{uuid:1}", "{uuid}"), ("{server:hos}", "{server:host}")] {
        let json = format!(r#"a="{text}""#);
        let message = format!(
            "--claim-json a: {text} is unknown: no placeholder has that name; write {near}, or \\u007b for a brace"
        );
        signing().args(["--claim-json", &json]).run().fails(2, &message);
    }
    let claims = r#"{"a":"{env}","exp":1700003600,"iat":1700000000}"#;
    makes(signing().args(["--claim-json", r#"a="\u007benv}""#]), HEADER, claims);
}

#[test]
fn a_path_in_a_profile_is_relative_to_its_file() {
    let text = "[profiles.p.hdr-jwt]\nclaim-json = 'a={\"b\":{\"c\":\"{file:v}\"},\"d\":{json:f.json:n}}'\n";
    let helper = signing().prepared_by("mkdir -p ~/.config/hdr").file(".config/hdr/config.toml", text, 0o600);
    let helper = helper.file(".config/hdr/v", "w\n", 0o600).file(".config/hdr/f.json", r#"{"n":"5"}"#, 0o600);
    let claims = r#"{"a":{"b":{"c":"w"},"d":5},"exp":1700003600,"iat":1700000000}"#;
    makes(helper.args(["--profile", "p"]), HEADER, claims);
}

#[test]
fn nbf_is_iat() {
    let claims = r#"{"exp":1700003600,"iat":1700000000,"nbf":1700000000}"#;
    makes(signing().arg("--nbf"), HEADER, claims);
    let claims = r#"{"exp":1700003600,"iat":1699999940,"nbf":1699999940}"#;
    makes(signing().args(["--nbf", "--backdate", "1m"]), HEADER, claims);
    signing()
        .args(["--nbf", "--claim-json", "nbf={timestamp:unix}"])
        .run()
        .fails(2, "--nbf: the claim nbf cannot be set: --claim-json sets it already; remove one of them");
}
