//! What no template can mean, and credentials as people keep them: with their scheme, in JSON, in a `.env` file.

use super::{CANARY, minimal};

#[test]
fn a_variable_that_no_shell_expanded_is_refused() {
    let message = "-H X-A: it contains $NAME: no shell expanded it, and helpers expand placeholders only; write {env:NAME} for the \
                   variable's value, or \\$ for a dollar that is meant";
    for template in [
        "$TOKEN",
        "Bearer $TOKEN",
        "${TOKEN}",
        "a$X",
        "$API_KEY_2/b",
        "$_T",
        "$A.b",
        "${T:-x}",
        "${env:T}",
        "$$T",
        "\\\\$T",
    ] {
        minimal().header(&format!("X-A: {template}")).run().fails(2, message);
    }
}

#[test]
fn a_dollar_that_is_meant_stays() {
    for (template, value) in [
        ("$", "$"),
        ("$5", "$5"),
        ("a$b$Cd", "a$b$Cd"),
        ("$2b$10$Ny", "$2b$10$Ny"),
        ("$-A $(A) $.A", "$-A $(A) $.A"),
        ("\\$TOKEN \\${{A}}", "$TOKEN ${A}"),
        ("\\${nonce}", "$n"),
        ("{env:D}", "a$TOKEN"),
    ] {
        let helper = minimal().env("D", "a$TOKEN").args(["--nonce", "n"]).header(&format!("X-A: {template}"));
        helper.run().prints(&format!(r#"{{"X-A":"{value}"}}"#));
    }
}

#[test]
fn a_second_bearer_is_left_out() {
    let warning = |header: &str| {
        format!(
            "warning: -H {header}: the value after `Bearer ` begins with `Bearer ` too, which is dropped; remove one \
             of the two"
        )
    };
    for kept in ["Bearer abc", "bearer  abc", "BEARER abc", "Bearer Bearer abc"] {
        for source in ["env:T", "file:~/t", "json:~/t.json:t", "cmd:cat ~/t"] {
            let helper = || {
                let json = format!(r#"{{"t":"{kept}"}}"#);
                minimal().env("T", kept).file("t", format!("{kept}\n"), 0o600).file("t.json", json, 0o600)
            };
            for (header, value) in [("Authorization: Bearer ", "Bearer abc"), ("X-A: v1 bEARER  ", "v1 bEARER  abc")] {
                let name = header.split(':').next().unwrap_or_default();
                let outcome = helper().header(&format!("{header}{{{source}}}")).run();
                outcome.prints_saying(&format!(r#"{{"{name}":"{value}"}}"#), &[&warning(name)]);
            }
            let outcome = helper().header(&format!("X-A: {{{source}}}")).header(&format!("X-B: v:{{{source}}}")).run();
            outcome.prints(&format!(r#"{{"X-A":"{kept}","X-B":"v:{kept}"}}"#));
        }
    }
    let outcome = minimal().env("S", "Bearer").env("T", "Bearer abc").header("X-A: {env:S} {env:T}").run();
    outcome.prints_saying(r#"{"X-A":"Bearer abc"}"#, &[&warning("X-A")]);
}

#[test]
fn what_is_no_token_is_refused_where_one_is_meant() {
    let json = "it begins with `{`, as JSON does; name the field with the token: json:PATH:FIELD";
    let line =
        "it begins with `NAME=`, as a line of a .env file does; store only the token, or use --env-file and env:NAME";
    for (kept, message) in [
        (format!(r#"{{"access_token":"{CANARY}"}}"#), json),
        (format!("Bearer {{{CANARY}"), json),
        (format!("\"{CANARY}\""), "it begins with a quote; store the token without quotes"),
        (
            "<!DOCTYPE html>".to_owned(),
            "it begins with `<`, as HTML and placeholders like <token> do; put the token itself there",
        ),
        (
            "<token>".to_owned(),
            "it begins with `<`, as HTML and placeholders like <token> do; put the token itself there",
        ),
        (format!("TOKEN={CANARY}"), line),
        (format!("export T_2={CANARY}"), line),
    ] {
        for header in ["Authorization: Bearer {file:~/t}", "authorization: Token {file:~/t}", "X-A: bearer {file:~/t}"]
        {
            let name = header.split(':').next().unwrap_or_default();
            if kept.starts_with("Bearer") && name == "authorization" {
                continue;
            }
            let helper = minimal().file("t", &kept, 0o600).header(header);
            helper.run().fails(3, &format!("-H {name}: the secret is not a token: {message}"));
        }
    }
    for kept in ["ABCD==", "ABC=", "A=b", "abc=d", "AbC=d", "(x)", "[x]"] {
        let helper = minimal().env("T", kept).header("Authorization: Bearer {env:T}");
        helper.run().prints(&format!(r#"{{"Authorization":"Bearer {kept}"}}"#));
    }
    // Elsewhere such values are meant.
    for kept in ["JSESSIONID=1", "<a>"] {
        minimal().env("T", kept).header("Cookie: {env:T}").run().prints(&format!(r#"{{"Cookie":"{kept}"}}"#));
    }
}

#[test]
fn a_user_and_a_secret_become_basic_credentials() {
    for (placeholder, value) in [
        ("{basic:me@example.com:file:~/t}", "Basic bWVAZXhhbXBsZS5jb206czNjcmV0"),
        ("{basic::env:T}", "Basic OnMzY3JldA=="),
        ("{basic:a b:json:~/t.json:t}", "Basic YSBiOnMzY3JldA=="),
        ("{basic:caf\u{e9}:cmd:cat ~/t}", "Basic Y2Fmw6k6czNjcmV0"),
        ("{basic:file:env:T}", "Basic ZmlsZTpzM2NyZXQ="),
    ] {
        let helper =
            minimal().env("T", "s3cret").file("t", "s3cret\n", 0o600).file("t.json", r#"{"t":"s3cret"}"#, 0o600);
        let outcome = helper.header(&format!("Authorization: {placeholder}")).run();
        outcome.prints(&format!(r#"{{"Authorization":"{value}"}}"#));
    }
}

#[test]
fn a_basic_placeholder_that_cannot_be_used_is_refused() {
    let no_source = "the user is not followed by a colon and a source, and a password is never written out; write {basic:USER:SOURCE}, \
                     for example {basic:me@example.com:file:~/.config/acme.token}";
    let colon = "the user contains a colon, and RFC 7617 allows none; remove it";
    for (placeholder, message) in [
        ("{basic:me}", no_source),
        (&format!("{{basic:me:{CANARY}}}"), no_source),
        ("{basic:env:T}", no_source),
        ("{basic:a:b:env:T}", colon),
        ("{basic:https://h:file:~/t}", colon),
        ("{basic:a\tb:env:T}", "the user contains a control character, and RFC 7617 allows none; remove it"),
    ] {
        let helper = minimal().env("T", "s3cret").header(&format!("X-A: {placeholder}"));
        helper.run().fails(2, &format!("-H X-A: {{basic:…}} cannot be used: {message}"));
    }
    minimal().header("X-A: {basic:u:env:}").run().fails(
        2,
        "-H X-A: env: is not followed by the name of a variable: a name has letters, digits and underscores, and does not begin \
         with a digit; write env:NAME, without a $",
    );
    minimal()
        .env("T", "s3cret")
        .header("X-A: basic {basic:u:env:T}")
        .run()
        .fails(2, "-H X-A: `Basic ` precedes {basic:…}: the placeholder adds it; remove the `Basic ` before it");
}

/// Whatever repeats the pair shows no part of it.
#[test]
fn a_basic_value_is_not_shown() {
    let header = "X-B: {cmd:sh -c 'printf \"Basic dTpzM2NyZXQtMTIz is wrong, as is dTpzM2NyZXQtMTIz\" >&2; exit 1'}";
    let helper = minimal().env("T", "s3cret-123").arg("--explain").header("X-A: {basic:u:env:T}").header(header);
    let outcome = helper.run();
    assert_eq!(outcome.code(), Some(3));
    let said = outcome.stderr();
    assert!(said.contains("its stderr: Basic [redacted] is wrong, as is [redacted]"), "{said}");
}
