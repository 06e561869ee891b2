//! The options of every helper, and command lines that are no good.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use super::{CANARY, minimal};

#[test]
fn a_value_that_cannot_be_understood_is_refused() {
    let no_duration =
        "--timeout: it is not a duration of at most ten years; write a whole number and a unit: 500ms, 8s, 5m, 1h";
    let no_time = "--now: it is not a time between the years 1970 and 9000; write Unix seconds (1700000000) or RFC 3339 \
                   (2023-11-14T22:13:20Z)";
    let zero = "--timeout: the duration is zero; give a longer one";
    for (option, text, message) in [
        ("--timeout", "0s", zero),
        ("--timeout", "0ms", zero),
        ("--timeout", "", no_duration),
        ("--timeout", "8", no_duration),
        ("--timeout", "8 s", no_duration),
        ("--timeout", "1.5s", no_duration),
        ("--timeout", "1d", no_duration),
        ("--timeout", "99999999999999999999h", no_duration),
        ("--now", "", no_time),
        ("--now", "now", no_time),
        ("--now", "-1", no_time),
        ("--now", "2023-11-14", no_time),
        ("--now", "9999999999999", no_time),
        ("--now", "2023-11-14T22:13:20\u{1b}[31m", no_time),
    ] {
        minimal().args([option, text]).run().fails(2, message);
    }
}

#[test]
fn a_server_url_that_is_none_is_refused_and_not_repeated() {
    for url in [
        format!("mcp.example.com/mcp?key={CANARY}"),
        format!("https:///mcp?key={CANARY}"),
        format!("https://user:{CANARY}@/mcp"),
        format!("https://h:99999/?key={CANARY}"),
        format!("https://h x/?key={CANARY}"),
        format!("mailto:{CANARY}@h"),
        String::new(),
    ] {
        minimal().args(["--server-url", &url]).run().fails(
            2,
            "--server-url: it is not an absolute URL with an ASCII host; write https://HOST/PATH as the client has it",
        );
    }
}

#[test]
fn a_usage_error_is_told_by_clap() {
    for (arguments, error) in [
        (
            vec!["--zzz"],
            "error: unexpected argument '--zzz' found\n\n\
             Usage: NAME GIVENVERB\n\n\
             For more information, try '--help'.\n",
        ),
        (
            vec!["--timeoutt", "8s"],
            "error: unexpected argument '--timeoutt' found\n\n  \
             tip: a similar argument exists: '--timeout'\n\n\
             Usage: NAME GIVEN --timeout <DURATION>VERB\n\n\
             For more information, try '--help'.\n",
        ),
        (
            vec!["--timeout"],
            "error: a value is required for '--timeout <DURATION>' but none was supplied\n\n\
             For more information, try '--help'.\n",
        ),
        (
            vec!["--format", "yaml"],
            "error: invalid value 'yaml' for '--format <FORMAT>'\n  \
             [possible values: headers, curl, token]\n\n\
             For more information, try '--help'.\n",
        ),
        (
            vec!["--format", "curls"],
            "error: invalid value 'curls' for '--format <FORMAT>'\n  \
             [possible values: headers, curl, token]\n\n  \
             tip: a similar value exists: 'curl'\n\n\
             For more information, try '--help'.\n",
        ),
        (
            vec!["--format", CANARY],
            "error: invalid value '(not shown, it may be a secret)' for '--format <FORMAT>'\n  \
             [possible values: headers, curl, token]\n\n\
             For more information, try '--help'.\n",
        ),
        (
            vec!["--format", "a secret"],
            "error: invalid value '(not shown, it may be a secret)' for '--format <FORMAT>'\n  \
             [possible values: headers, curl, token]\n\n\
             For more information, try '--help'.\n",
        ),
        (
            vec!["--now", "1", "--now", "2"],
            "error: the argument '--now <TIME>' cannot be used multiple times\n\n\
             Usage: NAME [OPTIONS]VERB\n\n\
             For more information, try '--help'.\n",
        ),
    ] {
        minimal().args(arguments).run().ends(2, "", &of_clap(error));
    }
}

#[test]
fn a_stray_word_may_be_a_secret_and_is_not_repeated() {
    let [one, two] = crate::STRAY;
    for (words, error) in [
        (vec![CANARY], one),
        (vec!["--", CANARY], one),
        (vec!["--explain", CANARY], one),
        (vec!["X-A: 1", CANARY], two),
    ] {
        // Behind the dashes another helper stands, for one that wraps them.
        if words.first() == Some(&"--") && crate::VERB.contains("[--") {
            continue;
        }
        let error = format!("error: {error}\n\nFor more information, try '--help'.\n");
        minimal().args(words).run().ends(2, "", &error);
    }
}

#[test]
fn a_value_of_an_unknown_option_may_be_a_secret_and_is_not_repeated() {
    let error = "error: unexpected argument '--zzz' found\n\n\
                 Usage: NAME GIVENVERB\n\n\
                 For more information, try '--help'.\n";
    minimal().arg(format!("--zzz={CANARY}")).run().ends(2, "", &of_clap(error));
}

#[test]
fn an_argument_that_is_no_text_is_refused() {
    let outcome = minimal().arg("--nonce").arg(OsStr::from_bytes(b"\xff")).run();
    let error = "error: invalid UTF-8 was detected in one or more arguments\n\n\
                 Usage: NAME [OPTIONS]VERB\n\n\
                 For more information, try '--help'.\n";
    outcome.ends(2, "", &of_clap(error));
}

#[test]
fn help_names_every_option_and_version_the_version() {
    for flag in ["--help", "-h"] {
        let outcome = minimal().arg(flag).run();
        let help = String::from_utf8_lossy(outcome.stdout()).into_owned();
        outcome.ends(0, &help, "");
        assert!(help.contains(&format!("\nUsage: {} [OPTIONS]{}\n", crate::NAME, crate::VERB)), "{help}");
        let shared = [
            "-H, --header",
            "--add",
            "--format",
            "--profile",
            "--config",
            "--log",
            "--log-successes",
            "--env-file",
            "--server-url",
            "--server-name",
            "--timeout",
            "--explain",
            "--check[=<CLIENT[:SCOPE],...>]",
            "--print-config",
            "--now",
            "--nonce",
        ];
        for option in shared.iter().chain(crate::OPTIONS) {
            assert!(
                help.contains(&format!(" {option} ")) || help.contains(&format!(" {option}\n")),
                "{option}: {help}"
            );
        }
    }
    for flag in ["--version", "-V"] {
        minimal().arg(flag).run().prints(&format!("{} {}", crate::NAME, env!("CARGO_PKG_VERSION")));
    }
}

/// What clap says, of this helper.
fn of_clap(error: &str) -> String {
    error.replace("NAME", crate::NAME).replace("GIVEN", crate::GIVEN).replace("VERB", crate::VERB)
}
