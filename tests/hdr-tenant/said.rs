//! What another helper says on stderr, as it is passed on.

use std::time::Duration;

use crate::common::{CANARY, Helper};
use crate::minimal;
use crate::wrapping::wrapping;

#[test]
fn what_another_program_says_is_cut_and_shows_no_secret() {
    let secret = |helper: Helper| helper.env("K", CANARY);
    for (line, code, message) in [
        ("exit 3", 3, "exit status: 3; run it by hand"),
        ("exit 127", 127, "exit status: 127; run it by hand"),
        ("kill -KILL $$", 1, "signal: 9 (SIGKILL); run it by hand"),
        ("echo one >&2; printf 'two\\033[1m\\n\\n' >&2; exit 2", 2, "exit status: 2: two?[1m; run it by hand"),
        ("echo \"no $K\" >&2; exit 5", 5, "exit status: 5: no [redacted]; run it by hand"),
        (
            "echo token-0123456789; echo bad token-0123456789 >&2; exit 1",
            1,
            "exit status: 1: bad [redacted]; run it by hand",
        ),
    ] {
        let helper = secret(minimal()).args(["-H", "X-K: {env:K}", "--", "sh", "-c", line]);
        helper.run().fails(code, &format!("sh failed: {message}"));
    }
    let long = "head -c 300 /dev/zero | tr '\\0' x >&2; exit 1";
    wrapping(long).run().fails(1, &format!("sh failed: exit status: 1: {}; run it by hand", "x".repeat(200)));
}

/// `hdr-tenant` around a script that is called like a helper of ours, with a secret in K that it knows itself.
fn around(name: &str, script: &str) -> Helper {
    let helper = minimal().env("K", CANARY).program(name, format!("#!/bin/sh\n{script}\n"));
    helper.args(["-H", "X-K: {env:K}", "--explain", "--log-successes", "--", &format!("~/{name}")])
}

#[test]
fn what_is_called_like_ours_shows_no_secret_either() {
    let printed = format!(r#"{{"X-K":"{CANARY}","Authorization":"token-0123456789"}}"#);
    let print = r#"echo '{"Authorization":"token-0123456789"}'"#;
    let before = ["-H X-K: read from env:K", "the tenant acme comes from --tenant"];
    let before = [before[1], before[0]];
    for name in ["hdr-hmac", "hdr-jwt", "hdr-bearer-refresh", "hdr-tenant", "hdr-x"] {
        let says = |what: &str| format!("echo \"{name}: {what}\" >&2;");
        let is_ours = name != "hdr-x";
        for secret in ["$K", "oken-012"] {
            let leaks = says(&format!("warning: leak {secret}")) + &says(&format!("step {secret}")) + print;
            let step = format!("{name}: step [redacted]");
            let warning = format!("warning: {name}: leak [redacted]");
            let lines = [format!("{name}: {name}: warning: leak [redacted]"), format!("{name}: {step}")];
            let ended = format!("{name} ended after N ms: exit status: 0");
            let said: &[&str] = if is_ours { &[&step, &ended, &warning] } else { &[&lines[0], &lines[1], &ended] };
            around(name, &leaks).run().prints_saying(&printed, &[&before, said].concat());
        }
        for line in [format!("{name}: fact $K: cause; remedy"), "error: $K".to_owned(), "bad $K".to_owned()] {
            let shown = line.replace("$K", "[redacted]");
            let message = if is_ours && line.starts_with("error") {
                format!("{name}: [redacted]; see {name} --help")
            } else if is_ours && line.ends_with("remedy") {
                shown
            } else {
                format!("{name} failed: exit status: 3: {shown}; run it by hand")
            };
            let outcome = around(name, &format!("echo \"{line}\" >&2; exit 3")).run();
            outcome.fails_saying(3, &[&before[..], &[&message]].concat());
        }
    }
}

#[test]
fn what_is_called_like_ours_is_cut_and_cleaned() {
    let line = |fill: usize| format!("printf 'hdr-jwt: a\\033\\342\\200\\256…%0{fill}d: b; c\\n' 0 >&2; exit 4");
    let run =
        |line: String| minimal().program("hdr-jwt", format!("#!/bin/sh\n{line}\n")).args(["--", "~/hdr-jwt"]).run();
    run(line(1500)).fails(4, &format!("hdr-jwt: a??…{}: b; c", "0".repeat(1500)));
    let cut = "0".repeat(1992);
    run(line(3000)).fails(4, &format!("hdr-jwt failed: exit status: 4: a??…{cut}; run it by hand"));
}

#[test]
fn much_that_is_said_beside_much_that_is_printed_takes_no_time() {
    let printed = "x".repeat(60_000);
    // Each row of bytes is another one, and none of them is printed.
    let numbers = "i=10000000; while [ $i -lt 10006600 ]; do echo $i; i=$((i+1)); done";
    for (name, said, explain) in [
        ("hdr-x", "cat ~/said", &[][..]),
        ("hdr-x", "cat ~/said", &["--explain"]),
        ("hdr-x", numbers, &["--explain"]),
        ("hdr-jwt", numbers, &["--explain"]),
        ("hdr-jwt", "sed 's/^/hdr-jwt: warning: /' ~/said", &[]),
    ] {
        let script = format!("#!/bin/sh\n({said}) >&2; cat ~/printed\n");
        let helper = minimal().file("said", "y".repeat(60_000), 0o600).program(name, script);
        let helper = helper.file("printed", format!("{{\"X-B\":\"{printed}\"}}"), 0o600);
        let outcome = helper.args(["--timeout", "2s"]).args(explain).args(["--", &format!("~/{name}")]).run();
        assert_eq!(outcome.code(), Some(0), "{said}");
        assert!(outcome.elapsed() < Duration::from_secs(2), "{said}: {:?}", outcome.elapsed());
    }
}

#[test]
fn what_it_says_when_it_is_told_to_end_is_not_lost() {
    let line = "trap 'echo bye >&2; exit' TERM; echo ready >&2; while :; do sleep 9 & wait; done";
    let helper = minimal().args(["--explain", "--timeout", "300ms", "--", "sh", "-c", line]);
    // Whether it has ended when its words are looked for is a matter of luck.
    for _ in 0..10 {
        let running: Vec<_> = (0..4).map(|_| helper.again().start()).collect();
        for running in running {
            running.finish().fails_saying(
                5,
                &[
                    "the tenant acme comes from --tenant",
                    "sh: ready",
                    "sh: bye",
                    "sh failed: it did not finish within the 300 ms of --timeout; try again, or raise --timeout",
                ],
            );
        }
    }
}
