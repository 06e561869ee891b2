//! What `-h` and `--help` print: the short help one line for each option, the long help everything, both in groups.

use super::minimal;

fn printed(flag: &str) -> String {
    let outcome = minimal().arg(flag).run();
    assert_eq!((outcome.stderr().as_str(), outcome.code()), ("", Some(0)), "{flag}");
    String::from_utf8(outcome.stdout().to_vec()).expect("help is text")
}

/// The groups in the help and the long options of each, in their order.
fn groups(help: &str) -> Vec<(&str, Vec<&str>)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    let options = help.split("\nValues:\n").next().expect("help has a beginning");
    for line in options.lines() {
        let title = line.strip_suffix(':').filter(|_| !line.starts_with(' '));
        groups.extend(title.map(|title| (title, Vec::new())));
        let words =
            line.strip_prefix("      --").or_else(|| line.get(2..).filter(|_| line.starts_with("  -"))?.get(6..));
        let name = words.and_then(|words| words.split([' ', '[']).next());
        if let (Some(name), Some((_, options))) = (name, groups.last_mut()) {
            options.push(name);
        }
    }
    groups
}

#[test]
fn options_are_in_the_same_groups_in_both_helps() {
    let (short, long) = (printed("-h"), printed("--help"));
    assert_eq!(groups(&short), groups(&long));
    let shared = [
        ("Headers", vec!["header", "add"]),
        ("Server and profile", vec!["server-url", "server-name", "profile", "config", "env-file"]),
        ("Output", vec!["format", "timeout", "log", "log-successes"]),
        ("Setup and debugging", vec!["check", "print-config", "explain", "now", "nonce"]),
        ("Help", vec!["help", "version"]),
    ];
    let groups = groups(&short);
    assert!(groups.ends_with(&shared), "{groups:?}");
    let own: Vec<_> = groups.iter().flat_map(|(_, options)| options).copied().collect();
    for option in crate::OPTIONS {
        assert!(own.contains(&option.trim_start_matches('-')), "{option}: {groups:?}");
    }
    assert!(groups.iter().all(|(title, _)| *title != "Options"), "{groups:?}");
}

#[test]
fn the_short_help_has_one_line_for_each_option_and_names_the_long_one() {
    let help = printed("-h");
    let (_, groups) = help.split_once(":\n").expect("a group");
    let end = format!("\nRun {} --help for details, the kinds of values, and examples.\n", crate::NAME);
    let options = groups.strip_suffix(&end).expect("the last line");
    for line in options.lines().filter(|line| !line.is_empty() && line.starts_with(' ')) {
        let is_option = line.starts_with("  -") || line.starts_with("      --") || line.starts_with("  [");
        assert!(is_option && line.chars().count() <= 100, "{line}");
        assert!(line.trim().contains("  "), "no description: {line}");
    }
    assert!(!help.contains("\nValues:\n") && !help.contains("\nExamples:\n"), "{help}");
}

#[test]
fn the_long_help_explains_each_kind_of_value_once_and_ends_with_two_examples() {
    let help = printed("--help");
    let (options, end) = help.split_once("\nValues:\n").expect("the kinds of values");
    assert!(!options.contains("file:PATH"), "{options}");
    for kind in ["SOURCE", "TEMPLATE", "TEXT", "DURATION", "TIME"] {
        let is_used = [format!("<{kind}>"), format!(": {kind}>"), format!("={kind}>")]
            .iter()
            .any(|value| options.contains(value));
        assert_eq!(
            end.matches(&format!("\n  {kind} ")).count() + usize::from(end.starts_with(&format!("  {kind} "))),
            usize::from(is_used),
            "{kind}: {end}"
        );
    }
    // Whoever looks for an option by the beginning of a line finds it and no description.
    let is_description = |line: &&str| line.trim_start().starts_with("--") && !line.starts_with("      --");
    assert_eq!(options.lines().find(is_description), None, "{options}");
    let (_, examples) = end.split_once("\nExamples:\n").expect("examples");
    let commands: Vec<_> =
        examples.lines().filter_map(|line| line.strip_prefix("    ")).filter(|line| line.starts_with("hdr-")).collect();
    assert_eq!(commands.len(), 2, "{examples}");
    assert!(commands.iter().all(|command| command.starts_with(&format!("{} ", crate::NAME))), "{examples}");
    // None is broken by the width of the help.
    let lines: Vec<_> = examples.lines().collect();
    let is_whole = |pair: &[&str]| !pair[1].starts_with("    ") || pair[0].ends_with([':', '\\']);
    assert!(lines.windows(2).all(is_whole), "{examples}");
    assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
}

#[test]
fn the_first_flag_decides_which_help_is_printed() {
    for (line, flag) in [("-h --help", "-h"), ("--help -h", "--help"), ("-hV", "-h"), ("--explain -h --zzz", "-h")] {
        let outcome = minimal().args(line.split(' ')).run();
        outcome.ends(0, &printed(flag), "");
    }
}
