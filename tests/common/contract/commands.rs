//! `cmd:`: however a command ends, and whatever it leaves behind.

use std::time::Duration;

use super::{CANARY, minimal};
use crate::SECRET;
use crate::process::are_gone;

/// Writes the numbers of a command and of its child to `~/pids`, and waits.
const HANGS: &str = "cmd:sh -c 'sleep 20 & echo $$ >~/pids; echo $! >>~/pids; wait'";

/// The same, deaf to SIGTERM and with its output closed.
const HANGS_ON: &str =
    "cmd:sh -c 'trap : TERM; exec >&- 2>&-; sleep 20 & echo $$ >~/pids; echo $! >>~/pids; while :; do wait; done'";

#[test]
fn one_that_hangs_is_ended_in_time_with_its_children() {
    for source in [HANGS, HANGS_ON] {
        let outcome = crate::with_key(source).args(["--timeout", "500ms"]).run();
        outcome.fails(
            5,
            &format!(
                "{SECRET}: cmd:sh failed: it did not finish within the 500 ms of --timeout; run it by hand, or see its \
                 stderr with --explain"
            ),
        );
        assert!(outcome.elapsed() >= Duration::from_millis(500), "{:?}", outcome.elapsed());
        assert!(outcome.elapsed() < Duration::from_millis(800), "{:?}", outcome.elapsed());
        are_gone(&lines(&outcome.file("pids"), 2));
    }
}

#[test]
fn all_commands_of_a_run_share_one_deadline() {
    let helper = crate::with_key("cmd:sh -c 'sleep 0.4; echo k'").args(["--timeout", "600ms"]);
    let outcome = helper.header("X-A: {cmd:sleep 0.4}").run();
    outcome.fails(
        5,
        "-H X-A: cmd:sleep failed: it did not finish within the 600 ms of --timeout; run it by hand, or see its \
         stderr with --explain",
    );
    assert!(outcome.elapsed() < Duration::from_millis(900), "{:?}", outcome.elapsed());
}

#[test]
fn one_that_fails_is_told_by_its_status_and_not_by_its_output() {
    let by_hand = "run it by hand, or see its stderr with --explain";
    let install = "install it, or give its absolute path: clients change PATH";
    for (line, message) in [
        ("false", format!("cmd:false failed: exit status: 1; {by_hand}")),
        (
            &format!("sh -c 'echo {CANARY}; echo {CANARY} >&2; exit 42'"),
            format!("cmd:sh failed: exit status: 42; {by_hand}"),
        ),
        ("sh -c 'kill -KILL $$'", format!("cmd:sh failed: signal: 9 (SIGKILL); {by_hand}")),
        ("sh -c 'kill -TERM $$'", format!("cmd:sh failed: signal: 15 (SIGTERM); {by_hand}")),
        ("yes", "cmd:yes failed: it printed more than 64 KiB; make it print only the secret".to_owned()),
        (
            "head -c 65537 /dev/zero",
            "cmd:head failed: it printed more than 64 KiB; make it print only the secret".to_owned(),
        ),
        ("hdr-no-such", format!("cmd:hdr-no-such cannot be run: it does not exist; {install}")),
        ("/hdr/no-such x", format!("cmd:/hdr/no-such cannot be run: it does not exist; {install}")),
        ("/", format!("cmd:/ cannot be run: permission denied; {install}")),
        ("/etc/passwd", format!("cmd:/etc/passwd cannot be run: permission denied; {install}")),
    ] {
        // A PATH that everybody may search: in another one, a missing program is told as `permission denied`.
        let path = "/usr/bin:/bin";
        crate::with_key(&format!("cmd:{line}")).env("PATH", path).run().fails(3, &format!("{SECRET}: {message}"));
        let helper = minimal().env("PATH", path).header(&format!("X-A: {{cmd:{line}}}"));
        helper.run().fails(3, &format!("-H X-A: {message}"));
    }
}

#[test]
fn a_child_that_it_leaves_behind_is_ended_and_not_waited_for() {
    for leave in ["sleep 20 &", "sleep 20 >&2 & exec 2>&-;", "(trap : TERM HUP; sleep 20; sleep 20) &"] {
        let outcome = minimal().header(&format!("X-A: {{cmd:sh -c '{leave} echo $! >~/pids; echo a'}}")).run();
        outcome.prints(r#"{"X-A":"a"}"#);
        assert!(outcome.elapsed() < Duration::from_secs(5), "{:?}", outcome.elapsed());
        are_gone(&lines(&outcome.file("pids"), 1));
    }
    let outcome = crate::with_key("cmd:sh -c 'sleep 20 & echo $! >~/pids; exit 1'").run();
    let by_hand = "run it by hand, or see its stderr with --explain";
    outcome.fails(3, &format!("{SECRET}: cmd:sh failed: exit status: 1; {by_hand}"));
    are_gone(&lines(&outcome.file("pids"), 1));
}

#[test]
fn a_signal_to_the_helper_ends_both() {
    for source in [HANGS, HANGS_ON] {
        for (signal, number) in [("TERM", 15), ("INT", 2), ("HUP", 1)] {
            let running = crate::with_key(source).start();
            let pids = running.lines("pids", 2);
            running.signal(signal);
            running.finish().is_ended_by(number);
            are_gone(&pids);
        }
    }
}

#[track_caller]
fn lines(bytes: &[u8], count: usize) -> Vec<String> {
    let lines: Vec<_> = String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), count, "{lines:?}");
    lines
}
