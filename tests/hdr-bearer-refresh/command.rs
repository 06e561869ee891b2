//! `--command`: programs that print a token.

use crate::common::{CANARY, Helper};
use crate::kept::{CACHE, below, names};
use crate::process::are_gone;
use crate::{EXECUTABLE, bearer, jwt, now};

/// The helper with a program that counts its runs in `~/runs` and then does what `script` says.
fn running(script: &str) -> Helper {
    let script = format!("echo run >>~/runs; n=$(wc -l <~/runs); {script}\n");
    Helper::new(EXECUTABLE).args(["--command", "sh ~/tool"]).file("tool", script, 0o600)
}

/// The helper with a program that prints this.
fn printing(output: &str) -> Helper {
    running("cat ~/output").file("output", output, 0o600)
}

#[test]
fn what_programs_print_is_understood() {
    let lives = jwt(&format!(r#"{{"exp":{}}}"#, now() + 3600));
    let later = now() + 3600;
    for (output, token) in [
        (CANARY, CANARY),
        ("ya29.abc\r\n", "ya29.abc"),
        ("\"eyJ.abc\"\n", "eyJ.abc"),
        (&lives, &lives),
        (
            &format!(
                r#"{{"accessToken":"az","expiresOn":"2001-01-01 00:00:00.000000","expires_on":{later},"tokenType":"Bearer"}}"#
            ),
            "az",
        ),
        (r#"{"credential":{"access_token":"gcloud","id_token":"i","token_expiry":"2999-01-01T00:00:00Z"}}"#, "gcloud"),
        (
            r#"{"kind":"ExecCredential","status":{"token":"aws-eks","expirationTimestamp":"2999-01-01T00:00:00Z"}}"#,
            "aws-eks",
        ),
        (&format!(r#"{{"authorizationToken":"aws-codeartifact","expiration":{later}.5}}"#), "aws-codeartifact"),
        (r#"{"auth":{"client_token":"vault","lease_duration":0},"lease_duration":0}"#, "vault"),
        (r#"{"data":{"token":"vault-oidc","ttl":600}}"#, "vault-oidc"),
        (r#"{"token":"gh","expires_at":"2999-01-01T00:00:00Z"}"#, "gh"),
        ("{\n  \"access_token\": \"oauth\",\n  \"expires_in\": \"600\"\n}\n", "oauth"),
    ] {
        let helper = printing(output);
        helper.again().run().prints(&bearer(token));
        let second = helper.run();
        second.prints(&bearer(token));
        assert_eq!(second.file("runs"), b"run\n", "{output}");
    }
}

#[test]
fn fields_can_be_named() {
    let output =
        r#"{"credential":{"access_token":"a","id_token":"i"},"until":"2001-01-01T00:00:00Z","access_token":"b"}"#;
    printing(output).args(["--token-field", "credential.id_token"]).run().prints(&bearer("i"));
    let no_token = "--command: sh did not print a usable token";
    for (options, message) in [
        (
            ["--token-field", "nope"],
            format!(
                "{no_token}: its JSON has no nope, but access_token, credential, until; name the right field with --token-field"
            ),
        ),
        (
            ["--expiry-field", "until"],
            format!(
                "{no_token}: its token has expired already; check the clocks of this machine and of the server, or name another --expiry-field"
            ),
        ),
    ] {
        printing(output).args(options).run().fails(3, &message);
    }
}

#[test]
fn a_life_that_nobody_tells_is_assumed() {
    let helper = running("echo token-$n").args(["--assume-life", "1s"]);
    helper.again().run().prints(&bearer("token-1"));
    std::thread::sleep(std::time::Duration::from_secs(1));
    helper.run().prints(&bearer("token-2"));
}

#[test]
fn what_is_no_token_is_refused_and_not_repeated() {
    for (output, what) in [
        (String::new(), "it printed nothing; make the command print only a token, or JSON"),
        (format!("ERROR: {CANARY}"), "it is text that contains spaces; make the command print only a token, or JSON"),
        (
            format!("\u{1}{CANARY}"),
            "its token has characters that are not allowed in a header; name the right field with --token-field",
        ),
        (
            format!(r#"{{"error":"{CANARY}"}}"#),
            "its JSON has no field that is known to hold a token, but error; name the field with --token-field",
        ),
        (
            format!(r#"{{"error":"login required","message":"run az login","key":"{CANARY}"}}"#),
            "its JSON has no field that is known to hold a token, but error, key, message (login required: run az login); see \
             its message, or name the field with --token-field",
        ),
        (
            format!(r#"{{"status":1,"error":{{"message":"no session {CANARY}"}},"key":"{CANARY}"}}"#),
            "its JSON has no field that is known to hold a token, but error, key, status (no session [redacted]); see its \
             message, or name the field with --token-field",
        ),
        (
            format!(r#"{{"title":"a pass phrase","notes":"another pass phrase","name":"{CANARY}"}}"#),
            "its JSON has no field that is known to hold a token, but name, notes, title; name the field with --token-field",
        ),
        (
            r#"{"access_token":"abcdefgh","token_type":"DPoP"}"#.to_owned(),
            "its token is of type DPoP, not Bearer; make the command print a plain bearer token",
        ),
        (
            r#"{"access_token":"abcdefgh","token_type":"hmac"}"#.to_owned(),
            "its token is of type hmac, not Bearer; make the command print a plain bearer token",
        ),
        (r#"{"access_token":""}"#.to_owned(), "its access_token is empty; name the right field with --token-field"),
        (
            jwt(&format!(r#"{{"exp":{},"sub":"{CANARY}"}}"#, now() - 1)),
            "its token has expired already; check the clocks of this machine and of the server, or name another --expiry-field",
        ),
    ] {
        let helper = printing(&output);
        helper.again().run().fails(3, &format!("--command: sh did not print a usable token: {what}"));
        assert_eq!(names(&helper, CACHE, ".token"), [""; 0]);
    }
}

#[test]
fn a_command_that_fails_is_told_by_its_status() {
    let by_hand = "run it by hand, or see its stderr with --explain";
    running(&format!("echo {CANARY}; echo {CANARY} >&2; exit 7"))
        .run()
        .fails(3, &format!("--command: sh failed: exit status: 7; {by_hand}"));
    running("yes").run().fails(3, "--command: sh failed: it printed more than 64 KiB; make it print only the secret");
    Helper::new(EXECUTABLE).args(["--command", "hdr-no-such"]).run().fails(
        3,
        "--command: hdr-no-such cannot be run: it does not exist; install it, or give its absolute path: clients change PATH",
    );
}

#[test]
fn a_command_that_hangs_is_ended_in_time() {
    let outcome = running("echo $$ >~/pid; sleep 20").args(["--timeout", "700ms"]).run();
    outcome.fails(
        5,
        "--command: sh failed: it did not finish within the 700 ms of --timeout; run it by hand, or see its stderr \
         with --explain",
    );
    are_gone(&[String::from_utf8(outcome.file("pid")).unwrap().trim().to_owned()]);
}

#[test]
fn a_command_line_is_split_and_its_program_has_a_place() {
    let relative = "is a relative path: clients choose the working directory; write a bare name found on PATH, an absolute \
                    path or ~/…";
    for (line, message) in [
        ("./tool", format!("--command: ./tool {relative}")),
        ("bin/tool x", format!("--command: bin/tool {relative}")),
        ("", "--command is not a command: it has no words; write PROGRAM ARGUMENTS".to_owned()),
        (
            "echo 'a",
            "--command: the command line cannot be split: an open single quote at its end; close it or escape it with a \
             backslash"
                .to_owned(),
        ),
    ] {
        Helper::new(EXECUTABLE).args(["--command", line]).run().fails(2, &message);
    }
    let helper = Helper::new(EXECUTABLE).prepared_by("printf '#!/bin/sh\\necho \"$1\"\\n' >~/tool; chmod 700 ~/tool");
    helper.args(["--command", "~/tool 'a b'", "--token-field", "x"]).run().fails(
        3,
        "--command: HOME/tool did not print a usable token: it is not a JSON object; remove --token-field, or make the \
         command print JSON",
    );
}

#[test]
fn variables_that_steer_it_choose_the_entry_and_no_others() {
    let helper = running("echo token-$n");
    helper.again().run().prints(&bearer("token-1"));
    let steering =
        ["AWS_PROFILE", "AZURE_CONFIG_DIR", "CLOUDSDK_CORE_ACCOUNT", "GOOGLE_X", "VAULT_ADDR", "KUBECONFIG", "GH_HOST"];
    for (number, name) in (2..).zip(steering) {
        let with = |value: &str| helper.again().env(name, value).run();
        with("a").prints(&bearer(&format!("token-{number}")));
        with("a").prints(&bearer(&format!("token-{number}")));
    }
    helper.again().env("AWS_PROFILE", "b").run().prints(&bearer("token-9"));
    for name in ["LANG", "FOO", "XAWS_PROFILE", "aws_profile"] {
        helper.again().env(name, "x").run().prints(&bearer("token-1"));
    }
}

#[test]
fn its_words_choose_the_entry_and_not_how_they_are_quoted() {
    let helper = running("echo $1-$n").beside();
    let with = |line: &str| helper.again().args(["--command", line]).run();
    with("sh ~/tool a").prints(&bearer("a-1"));
    with("sh  ~/tool 'a'").prints(&bearer("a-1"));
    with("sh ~/tool b").prints(&bearer("b-2"));
    with("sh ~/tool a ''").prints(&bearer("a-3"));
}

#[test]
fn explain_shows_neither_its_words_nor_its_token() {
    let script = format!("echo {CANARY}-token >&2; echo {CANARY}-token");
    let helper = running(&script).beside().args(["--explain", "--command", &format!("sh ~/tool {CANARY}")]);
    let ended = "--command: sh ended after N ms: exit status: 0; its stderr: [redacted]";
    helper.again().run().prints_saying(
        &bearer(&format!("{CANARY}-token")),
        &[
            "no token is cached: a new one is needed",
            ended,
            "a token from sh, valid for 300s, from --assume-life because the answer has no expiry",
        ],
    );
    for path in below(&helper.path(CACHE)) {
        let contents = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        assert!(!contents.contains(CANARY), "{}: {contents}", path.display());
    }
}
