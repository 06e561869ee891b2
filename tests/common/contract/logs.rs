//! The log: a line for each run that a client would keep silent about.

use std::os::unix::fs::PermissionsExt;

use super::{CANARY, Helper, minimal};
use crate::common::LOG;

/// The lines of the log, each without its time and with `ms=N`.
fn lines(helper: &Helper, name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(helper.path(name)).unwrap_or_default();
    assert!(text.is_empty() || text.ends_with('\n'), "{text}");
    let line = |line: &str| {
        let (time, rest) = line.split_once(' ').expect("a time");
        let shape: String = time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        assert_eq!(shape, "0000-00-00T00:00:00.000Z", "{line}");
        let (before, after) = rest.split_once(" ms=").expect("a duration");
        let after = after.trim_start_matches(|c: char| c.is_ascii_digit());
        let after = after.replace(&*helper.path("").to_string_lossy(), "HOME/");
        format!("{before} ms=N{after}")
    };
    text.lines().map(line).collect()
}

fn line(code: u8, about: &str, message: &str) -> String {
    format!("{} exit={code} ms=N {about} {message}", crate::NAME)
}

const NOTHING: &str = "profile=- server=- origin=-";

#[test]
fn each_failure_is_a_line_and_a_success_is_none() {
    let helper = minimal();
    helper.again().header("X-A: a").run().prints(r#"{"X-A":"a"}"#);
    assert!(!helper.path(".local").exists());

    let failing = helper.again().header("X-A: {env:MISSING}");
    let message = "-H X-A: env:MISSING is not set: MCP clients strip variables with credential-like names for project and \
                   plugin servers; set it, or keep the secret where it is not stripped: file:PATH or cmd:COMMAND LINE";
    failing.again().run().fails(3, message);
    let of_claude = failing.again().env("CLAUDE_CODE_MCP_SERVER_NAME", "plugin:a b:c");
    let url = format!("https://user:{CANARY}@mcp.example.com:8443/{CANARY}?{CANARY}");
    of_claude.env("CLAUDE_CODE_MCP_SERVER_URL", url).run().fails(3, message);
    failing.again().args(["--server-name", "n", "--server-url", "https://h"]).run().fails(3, message);
    let zzz = failing.again().args(["--zzz", CANARY]).run();
    assert_eq!(zzz.code(), Some(2));
    let choice = failing.args(["--format", "yaml"]).run();
    assert_eq!(choice.code(), Some(2));
    let file = "[profiles.p]\n[profiles.p.hdr]\n";
    let profile = helper.again().file("c", file, 0o600).args(["--profile", "p", "--config", "~/c"]).run();
    assert_eq!(profile.code(), Some(2));
    let of_profile = profile.stderr().replace(&format!("{}: ", crate::NAME), "");

    assert_eq!(
        lines(&helper, LOG),
        [
            line(3, NOTHING, message),
            line(3, "profile=- server=plugin:a?b:c origin=https://mcp.example.com:8443", message),
            line(3, "profile=- server=n origin=https://h", message),
            line(2, NOTHING, "error: unexpected argument '--zzz' found"),
            line(
                2,
                NOTHING,
                "error: invalid value 'yaml' for '--format <FORMAT>' [possible values: headers, \
                 curl, token]"
            ),
            line(2, "profile=p server=- origin=-", of_profile.trim_end()),
        ]
    );
    let mode = |name: &str| helper.path(name).metadata().expect(name).permissions().mode() & 0o777;
    assert_eq!((mode(LOG), mode(".local/state/hdr")), (0o600, 0o700));
}

#[test]
fn warnings_are_logged_and_successes_where_asked_for() {
    let helper = minimal().file("open", "value", 0o644).header("X-A: {file:~/open}");
    helper.again().run().prints(r#"{"X-A":"value"}"#);
    let exposed = "ok; warning: file:~/open can be read by group or others; run chmod 600 on it";
    assert_eq!(lines(&helper, LOG), [line(0, NOTHING, exposed)]);

    let helper = minimal().header("X-A: a").args(["--log-successes", "--log", "~/a/b/log"]);
    helper.again().run().prints(r#"{"X-A":"a"}"#);
    helper.again().run().prints(r#"{"X-A":"a"}"#);
    assert_eq!(lines(&helper, "a/b/log"), [line(0, NOTHING, "ok"), line(0, NOTHING, "ok")]);
    assert!(!helper.path(LOG).exists());
}

#[test]
fn off_is_off() {
    for off in [vec!["--log", "off"], vec!["--log=off"]] {
        let helper = minimal().args(off);
        assert_eq!(helper.again().header("X-A: {env:MISSING}").run().code(), Some(3));
        assert_eq!(helper.again().arg("--zzz").run().code(), Some(2));
        assert!(!helper.path(".local").exists());
    }
}

#[test]
fn a_log_that_cannot_be_written_is_no_error() {
    for prepare in [
        "mkdir -p ~/log",
        "ln -s elsewhere ~/log",
        "mkfifo ~/log",
        "ln -s /dev/full ~/log",
        "mkdir ~/log.1; head -c 1048576 /dev/zero >~/log",
    ] {
        let helper = minimal().prepared_by(prepare).args(["--log", "~/log", "--log-successes", "-H", "X-A: a"]);
        helper.again().run().prints(r#"{"X-A":"a"}"#);
        assert!(!helper.path("elsewhere").exists(), "{prepare}");
    }
    let helper = minimal().args(["--log", "/dev/null/log", "--log-successes", "-H", "X-A: a"]);
    helper.run().prints(r#"{"X-A":"a"}"#);
}

#[test]
fn what_was_open_to_others_is_closed() {
    let helper = minimal().prepared_by("echo old >~/log; chmod 666 ~/log").args(["--log", "~/log", "--log-successes"]);
    assert_eq!(helper.again().header("X-A: a").run().code(), Some(0));
    assert_eq!(helper.path("log").metadata().expect("a log").permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_full_log_is_moved_aside_once() {
    let full = |helper: Helper| helper.prepared_by("yes | head -c 1048570 >~/log; chmod 600 ~/log");
    let helper = full(minimal()).args(["--log", "~/log", "--log-successes", "-H", "X-A: a"]);
    helper.again().run().prints(r#"{"X-A":"a"}"#);
    let size = |name: &str| helper.path(name).metadata().expect(name).len();
    assert_eq!((lines(&helper, "log").len(), size("log.1")), (1, 1_048_570));
    let helper = full(helper);
    helper.again().run().prints(r#"{"X-A":"a"}"#);
    assert_eq!(lines(&helper, "log").len(), 1);
    assert!(!helper.path("log.2").exists());
}

#[test]
fn many_at_once_lose_no_line() {
    let helper = minimal().prepared_by("yes | head -c 1047000 >~/log; chmod 600 ~/log");
    let helper = helper.args(["--log", "~/log", "--log-successes", "-H", "X-A: a"]);
    let running: Vec<_> =
        (0..60).map(|number| helper.again().args(["--server-name", &format!("n{number}")]).start()).collect();
    for run in running {
        run.finish().prints(r#"{"X-A":"a"}"#);
    }
    let old = std::fs::read_to_string(helper.path("log.1")).expect("the full log");
    let new = std::fs::read_to_string(helper.path("log")).expect("the log");
    assert!(old.len() <= 1 << 20, "{}", old.len());
    let whole = |line: &&str| line.contains(" exit=0 ") && line.ends_with(" origin=- ok");
    let mut servers: Vec<_> = old.lines().chain(new.lines()).filter(whole).collect();
    servers.sort_by_key(|line| line.split(" server=").nth(1));
    servers.dedup_by_key(|line| line.split(" server=").nth(1));
    assert_eq!(servers.len(), 60, "{old}\n{new}");
    assert!(new.lines().all(|line| whole(&line)), "{new}");
}
