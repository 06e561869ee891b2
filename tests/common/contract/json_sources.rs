//! `json:PATH:FIELD`. Each refusal is seen twice: as the option of the helper's secret, and as a placeholder.

use super::profiles::with_profiles;
use super::{CANARY, Helper, minimal};
use crate::SECRET;

const FILE: &str = r#"{
  "client": {"id": "me", "secret": "s1", "a.b": {"c": "dots"}},
  "auths": {"https://index.example/v1/": {"auth": "colons"}},
  "tokens": ["t0", {"value": "t1"}],
  "client.secret": "whole name",
  "number": 7, "flag": true, "none": null, "empty": ""
}"#;

fn prepared(helper: Helper) -> Helper {
    helper.file("f.json", FILE, 0o600)
}

#[test]
fn a_field_is_found_by_its_way() {
    for (field, value) in [
        ("client.id", "me"),
        ("client.secret", "whole name"),
        ("client.a.b.c", "dots"),
        ("auths.https://index.example/v1/.auth", "colons"),
        ("tokens.0", "t0"),
        ("tokens.1.value", "t1"),
    ] {
        let helper = prepared(minimal()).header(&format!("X-A: {{json:~/f.json:{field}}}"));
        helper.run().prints(&format!(r#"{{"X-A":"{value}"}}"#));
    }
}

#[test]
fn a_path_may_have_colons_too() {
    let helper = minimal().prepared_by("mkdir ~/a ~/a:b").file("a:b/c:d.json", r#"{"k":"v","e:f":"w"}"#, 0o600);
    helper.header("X-A: {json:~/a:b/c:d.json:k}{json:~/a:b/c:d.json:e:f}").run().prints(r#"{"X-A":"vw"}"#);
}

#[test]
fn a_source_without_a_path_or_a_field_is_refused() {
    let message = ": json: is not followed by a path and a field: a colon separates the two, and neither may be empty; \
                   write json:PATH:FIELD, for example json:~/acme.json:client_secret";
    for source in ["json:", "json:~/f.json", "json:~/f.json:", "json::field", "json:C:\\f.json", "json:c:/f.json"] {
        fails(source, |helper| helper, 2, message);
    }
}

#[test]
fn a_field_that_is_no_string_is_refused_by_what_it_is_and_has() {
    for (field, cause, remedy) in [
        ("number", "it is a number, not a string", "write it in quotes there"),
        ("flag", "it is true or false, not a string", "write it in quotes there"),
        ("none", "it is null, not a string", "write it in quotes there"),
        ("client", "it is an object, not a string", "name one of its fields, client.NAME: a.b id secret"),
        ("tokens", "it is a list, not a string", "name one of its fields, tokens.NAME: 0 to 1"),
        (
            "clients",
            "the file is an object, and has no clients",
            "write client; it has auths client client.secret empty flag none number tokens",
        ),
        ("client.secrets", "client is an object, and has no secrets", "write client.secret; it has a.b id secret"),
        ("client.zzzz", "client is an object, and has no zzzz", "name one that it has: a.b id secret"),
        ("client.id.x", "client.id is a string, and has no x", "name another field"),
        ("tokens.2", "tokens is a list, and has no 2", "name one that it has: 0 to 1"),
    ] {
        let message = format!(": json:~/f.json:{field} cannot be used: {cause}; {remedy}");
        fails(&format!("json:~/f.json:{field}"), prepared, 3, &message);
    }
    let empty = ": json:~/f.json:empty is empty: an empty secret protects nothing; put the secret there";
    fails("json:~/f.json:empty", prepared, 3, empty);
}

#[test]
fn a_file_that_is_no_json_is_refused_by_the_place_of_the_mistake() {
    for (text, line, column) in [
        (format!("{{\n  \"a\": {CANARY}\n}}"), 2, 8),
        (format!("{CANARY}\n"), 1, 1),
        (format!("{{\"a\":\"{CANARY}\"}} x"), 1, 34),
        (String::new(), 1, 0),
    ] {
        let column = if column == 34 { text.len() } else { column };
        let message = format!(
            ": json:~/f.json is not valid JSON: the mistake is in line {line}, column {column}; correct it there, or use the whole file \
             with file:PATH"
        );
        fails("json:~/f.json:a", |helper| helper.file("f.json", &text, 0o600), 3, &message);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_refused() {
    for (path, remedy) in [
        ("~/missing.json", "put the secret into a regular file that this user can read, or use cmd:COMMAND LINE"),
        ("missing.json", "write an absolute path or ~/…: clients choose the working directory"),
    ] {
        let message = format!(": json:{path} cannot be read: it does not exist; {remedy}");
        fails(&format!("json:{path}:a"), |helper| helper, 3, &message);
    }
}

#[test]
fn a_pipe_is_read_once_for_all_its_fields() {
    let writer = r#"timeout 20 sh -c 'echo "{\"id\":\"i\",\"secret\":\"s\"}" > ~/pipe' </dev/null >/dev/null 2>&1 &"#;
    let helper = minimal().prepared_by(&format!("mkfifo -m 600 ~/pipe; {writer}"));
    helper.header("X-A: {json:~/pipe:id} {json:~/pipe:secret}").run().prints(r#"{"X-A":"i s"}"#);
}

#[test]
fn a_file_that_others_can_read_is_warned_of_once() {
    let helper = minimal().file("open.json", FILE, 0o640).arg("--explain");
    let outcome = helper.header("X-A: {json:~/open.json:client.id} {json:~/open.json:tokens.0}").run();
    outcome.prints_saying(
        r#"{"X-A":"me t0"}"#,
        &super::explained(&[
            "-H X-A: read from json:~/open.json:client.id",
            "warning: json:~/open.json can be read by group or others; run chmod 600 on it",
            "-H X-A: read from json:~/open.json:tokens.0",
        ]),
    );
}

#[test]
fn a_path_in_a_profile_is_relative_to_its_file() {
    let text = "[p.options]\nheader = \"X-A: {json:f.json:client.id} {basic:u:json:f.json:tokens.0}\"\n";
    let helper = with_profiles(text).file(".config/hdr/f.json", FILE, 0o600).args(["--profile", "p"]);
    helper.run().prints(r#"{"X-A":"me Basic dTp0MA=="}"#);
}

/// Prepares HOME, and runs with the source in either place.
#[track_caller]
fn fails(source: &str, prepare: impl Fn(Helper) -> Helper, code: i32, message: &str) {
    prepare(crate::with_key(source)).run().fails(code, &format!("{SECRET}{message}"));
    prepare(minimal()).header(&format!("X-A: {{{source}}}")).run().fails(code, &format!("-H X-A{message}"));
}
