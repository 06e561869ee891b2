//! What `-h`, `--help` and `--version` print.

use super::bridge;

fn printed(flag: &str) -> String {
    let outcome = bridge(&[flag]).run();
    assert_eq!((outcome.stderr().as_str(), outcome.code()), ("", Some(0)), "{flag}");
    String::from_utf8(outcome.stdout().to_vec()).expect("help is text")
}

#[test]
fn both_helps_have_every_option_in_its_group() {
    for flag in ["-h", "--help"] {
        let help = printed(flag);
        let mut rest = help.as_str();
        for text in [
            "\nUsage: hdr-bridge [OPTIONS] [URL] [-- <HELPER>...]\n",
            "\nServer and profile:\n",
            "--server-url <URL>",
            "--server-name <NAME>",
            "--profile <NAME>",
            "--config <FILE>",
            "--env-file <FILE>",
            "\nCredentials:\n",
            "-H, --header <NAME: TEMPLATE>",
            "--tls-cert <FILE>",
            "--tls-key <FILE>",
            "--ca-cert <FILE>",
            "\nRelay:\n",
            "--proxy <URL>",
            "--transport <",
            "--ignore-tool <GLOB>",
            "--repeat <",
            "--request-timeout <DURATION>",
            "--connect-timeout <DURATION>",
            "[default: 10s]",
            "--max-message <BYTES>",
            "\nSetup and debugging:\n",
            "--log <FILE|off>",
            "--check",
            "--print-config <CLIENT>",
            "--explain",
            "\nHelp:\n",
        ] {
            rest =
                rest.split_once(text).unwrap_or_else(|| panic!("{flag}: {text:?} is not behind the others: {help}")).1;
        }
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
    }
}

#[test]
fn the_long_help_has_the_kinds_of_values_and_two_examples() {
    let help = printed("--help");
    for text in [
        "\n  TEMPLATE  text in which",
        "\n  DURATION  500ms",
        "[possible values: claude-code, claude-plugin, claude-desktop, codex, cursor, vscode,\n          gemini, opencode]",
    ] {
        assert!(help.contains(text), "{text}: {help}");
    }
    let (_, examples) = help.split_once("\nExamples:\n").expect("examples");
    let commands: Vec<_> = examples.lines().filter_map(|line| line.strip_prefix("    hdr-bridge ")).collect();
    assert_eq!(commands.len(), 2, "{examples}");
}

#[test]
fn it_tells_its_version() {
    bridge(&["--version"]).run().prints(&format!("hdr-bridge {}", env!("CARGO_PKG_VERSION")));
}
