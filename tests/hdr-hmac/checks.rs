//! `--check` where it takes its time, and where a person looks at it.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::process::are_gone;
use crate::{EXECUTABLE, Helper, with_key};

#[test]
fn what_takes_longer_than_clients_wait_is_ended() {
    let hangs = "cmd:sh -c 'sleep 20 & echo $$ >>~/pids; echo $! >>~/pids; wait'";
    let outcome = with_key(hangs).args(["--check", "--timeout", "30s"]).run();
    let printed = String::from_utf8_lossy(outcome.stdout()).into_owned();
    let remedy = "use a shorter --timeout (8s is the default) and a faster source";
    let rows: Vec<_> = printed.lines().skip(1).map(|line| line.split(" ms  ").last().unwrap()).collect();
    let claude_code = format!("it took longer than 10 s, and Claude Code then connects without its headers; {remedy}");
    let codex = format!("it took longer than 10 s, and Codex then does not connect; {remedy}");
    assert_eq!(rows, [&*claude_code, &claude_code, &claude_code, &codex, "0 of 4 ok"]);
    outcome.ends(1, &printed, "");
    assert!((10..12).contains(&outcome.elapsed().as_secs()), "{:?}", outcome.elapsed());
    let pids: Vec<_> = String::from_utf8_lossy(&outcome.file("pids")).lines().map(str::to_owned).collect();
    assert_eq!(pids.len(), 8, "{pids:?}");
    are_gone(&pids);
}

/// Time that the four take one after another would be more than this.
#[test]
fn all_clients_are_checked_at_once() {
    let outcome = with_key("cmd:sh -c 'sleep 1; echo key'").arg("--check").run();
    assert_eq!(outcome.code(), Some(0), "{}", String::from_utf8_lossy(outcome.stdout()));
    assert!(outcome.elapsed() < Duration::from_secs(3), "{:?}", outcome.elapsed());
}

#[test]
fn a_terminal_shows_colours_unless_they_are_not_wanted() {
    let line =
        format!("{EXECUTABLE} --key env:LANG --check=codex,claude-code:user; {EXECUTABLE} --key env:A --check=codex");
    let run = |no_colour: &str| {
        let mut script = Command::new("script");
        script.args(["-qec", &line, "/dev/null"]).stdin(Stdio::null()).env_clear().env("PATH", "/usr/bin:/bin");
        script.env("SHELL", "/bin/sh").env("HOME", "/").env("LANG", "C").env("NO_COLOR", no_colour);
        script.output()
    };
    let coloured = match run("") {
        Ok(output) => String::from_utf8(output.stdout).unwrap(),
        Err(error) => {
            assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "script(1) makes the terminal");
            return;
        }
    };
    assert_eq!(coloured.matches("\u{1b}[32mok\u{1b}[0m ").count(), 2, "{coloured}");
    assert_eq!(coloured.matches("\u{1b}[31mfailed\u{1b}[0m ").count(), 1, "{coloured}");
    let plain = String::from_utf8(run("1").unwrap().stdout).unwrap();
    assert_eq!((plain.matches(" ok ").count(), plain.matches(" failed ").count()), (2, 1), "{plain}");
    assert!(!plain.contains('\u{1b}'), "{plain}");
}

/// What is checked is the program as it was called: here one that prints what none of ours would.
#[test]
fn each_client_has_rules_of_its_own() {
    let json = "make it print one JSON object of strings and nothing else";
    let long = "head -c 70000 /dev/zero | tr '\\0' x";
    let (ok, failed) = (|names: &str| format!("ok {names}"), |reason: &str| format!("failed {reason}"));
    for (prints, claude_code, codex) in [
        (
            long,
            failed("its output is not JSON; remove --format; without it headers are JSON"),
            failed("it printed more than 64 KiB, and Codex accepts no more; shorten the headers"),
        ),
        (r#"echo '{"Accept":"a"}'"#, ok("Accept: [redacted]"), failed("Codex refuses the header Accept; remove it")),
        (
            r#"echo '{"X-A":"a","x-a":"b"}'"#,
            ok("X-A: [redacted], x-a: [redacted]"),
            failed("x-a is given twice, which Codex refuses; remove one"),
        ),
        (
            r#"printf '\357\273\277{"X-A":"a"}'"#,
            ok("X-A: [redacted]"),
            failed("its output begins with a byte order mark, which Codex refuses; print it without one"),
        ),
        (
            r#"echo '{"X-A":1}'"#,
            failed(&format!("the value of X-A is not a string; {json}")),
            failed(&format!("the value of X-A is not a string; {json}")),
        ),
        (
            "exit 7",
            failed("exit 7, and nothing on stderr; run it by hand"),
            failed("exit 7, and nothing on stderr; run it by hand"),
        ),
    ] {
        let helper = Helper::new(EXECUTABLE).file("hdr-hmac", format!("#!/bin/sh\n{prints}\n"), 0o755);
        let called = helper.path("hdr-hmac");
        let helper = helper.through(["bash", "-c", "exec -a \"$0\" \"$@\"", &called.to_string_lossy()]);
        let outcome = helper.arg("--check=claude-code:project,codex").run();
        let printed = String::from_utf8_lossy(outcome.stdout()).into_owned();
        let result = |row: &str| {
            let (before, after) = row.split_once(" ms  ").unwrap();
            format!("{} {after}", if before.contains(" ok ") { "ok" } else { "failed" })
        };
        let rows: Vec<_> = printed.lines().skip(1).take(2).map(result).collect();
        assert_eq!(rows, [claude_code, codex], "{prints}");
        assert_eq!(outcome.code(), Some(1), "{prints}");
    }
}

#[test]
fn the_root_of_a_plugin_is_the_folder_of_its_bin() {
    for (program, root) in [("p/bin/hdr-hmac", "p"), ("p/bin/some-target/hdr-hmac", "p"), ("p/q/hdr-hmac", "p")] {
        let folder = std::path::Path::new(program).parent().unwrap().display();
        let helper = Helper::new(EXECUTABLE).prepared_by(&format!("mkdir -p ~/{folder}"));
        let helper = helper.file(program, "#!/bin/sh\necho \"$CLAUDE_PLUGIN_ROOT $PWD\" >~/seen\necho '{}'\n", 0o755);
        let called = helper.path(program);
        let root = helper.path(root).display().to_string();
        let helper = helper.through(["bash", "-c", "exec -a \"$0\" \"$@\"", &called.to_string_lossy()]);
        let outcome = helper.arg("--check=claude-code:plugin").run();
        assert_eq!(outcome.code(), Some(0), "{program}");
        assert_eq!(String::from_utf8_lossy(&outcome.file("seen")), format!("{root} {root}\n"), "{program}");
    }
}
