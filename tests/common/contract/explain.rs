//! `--explain`: where each value came from, and no secret.

use super::{CANARY, Helper, explained, minimal};

fn prepared() -> Helper {
    let helper = minimal().env("V", CANARY).arg("--explain");
    let helper = helper.file("v", CANARY, 0o600).file("open", CANARY, 0o640).file("env", format!("F={CANARY}"), 0o600);
    let path = helper.path("env");
    helper.arg("--env-file").arg(path)
}

#[test]
fn it_says_where_each_value_came_from() {
    for (placeholder, said) in [
        ("{env:V}", vec!["-H X-A: read from env:V"]),
        ("{env:F}", vec!["-H X-A: read from env:F of --env-file"]),
        ("{file:~/v}", vec!["-H X-A: read from file:~/v"]),
        (
            "{file:~/open}",
            vec![
                "-H X-A: read from file:~/open",
                "warning: file:~/open can be read by group or others; run chmod 600 on it",
            ],
        ),
        ("{cmd:cat ~/v}", vec!["-H X-A: cmd:cat ended after N ms: exit status: 0", "-H X-A: read from cmd:cat"]),
    ] {
        let outcome = prepared().header(&format!("X-A: {placeholder}")).run();
        outcome.prints_saying(&format!(r#"{{"X-A":"{CANARY}"}}"#), &explained(&said));
    }
}

#[test]
fn it_says_how_far_a_run_came_that_fails() {
    let outcome = prepared().header("X-A: {file:~/v}").header("X-B: {env:MISSING}").run();
    let error = "-H X-B: env:MISSING is not set: MCP clients strip variables with credential-like names for project and plugin \
                 servers; set it, or keep the secret where it is not stripped: file:PATH or cmd:COMMAND LINE";
    outcome.fails_saying(3, &explained(&["-H X-A: read from file:~/v", error]));
}

#[test]
fn it_does_not_show_stderr_that_repeats_the_secret() {
    let header = "X-A: {cmd:sh -xc 'echo value'}";
    let ended = "-H X-A: cmd:sh ended after N ms: exit status: 0; its stderr: + echo [redacted]";
    let outcome = minimal().arg("--explain").header(header).run();
    outcome.prints_saying(r#"{"X-A":"value"}"#, &explained(&[ended, "-H X-A: read from cmd:sh"]));
}

#[test]
fn it_shows_the_beginning_of_what_a_command_says_on_stderr() {
    let noise = "printf \"caf\\303\\251\\033[31m\\n\" >&2; head -c 300 /dev/zero | tr \"\\000\" x >&2; head -c 99999 /dev/zero >&2";
    for (code, status) in [("0", "exit status: 0"), ("7", "exit status: 7")] {
        let header = format!("X-A: {{cmd:sh -c '{noise}; echo value; exit {code}'}}");
        let shown = format!("caf???[31m {}", "x".repeat(200 - 11));
        let ended = format!("-H X-A: cmd:sh ended after N ms: {status}; its stderr: {shown}");
        let outcome = minimal().arg("--explain").header(&header).run();
        if code == "0" {
            outcome.prints_saying(r#"{"X-A":"value"}"#, &explained(&[&ended, "-H X-A: read from cmd:sh"]));
            minimal().header(&header).run().prints(r#"{"X-A":"value"}"#);
        } else {
            let error = "-H X-A: cmd:sh failed: exit status: 7; run it by hand, or see its stderr with --explain";
            outcome.fails_saying(3, &explained(&[&ended, error]));
            minimal().header(&header).run().fails(3, error);
        }
    }
}

#[test]
fn without_it_a_readable_file_is_no_matter() {
    let helper = minimal().file("open", "a", 0o644).header("X-A: {file:~/open}");
    helper.run().prints(r#"{"X-A":"a"}"#);
}
