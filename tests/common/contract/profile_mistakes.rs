//! Mistakes in the value of each option that a profile may give: the error is about that option, and says its line.

use super::minimal;
use super::profiles::with_profiles;
use crate::common::Helper;

const FILE: &str = "~/.config/hdr/config.toml";

#[test]
fn a_mistake_in_any_option_is_told_with_the_option_and_its_line() {
    let helper = |line: &str| with_profiles(&format!("[p.options]\n\n{line}")).args(["--profile", "p"]);
    let refused = refused(&helper, 3);
    for name in ["header", "add", "format", "env-file", "server-url", "timeout", "explain", "log-successes", "now"] {
        assert!(refused.iter().any(|known| known == name), "{name} takes anything: {refused:?}");
    }
}

/// Runs `helper` with each mistake in each of its options, whose line in the profile is `number`, and checks what is said
/// of it. Returns the options of which one was refused: others are not looked at in this run, or take any text.
pub(crate) fn refused(helper: &impl Fn(&str) -> Helper, number: usize) -> Vec<String> {
    let mut refused = Vec::new();
    for (name, kind) in options() {
        let outcomes: Vec<_> = mistakes(&kind).iter().map(|value| helper(&format!("{name} = {value}")).run()).collect();
        let refusals: Vec<_> = outcomes.iter().filter(|outcome| matches!(outcome.code(), Some(2 | 3 | 6))).collect();
        for outcome in &refusals {
            assert_eq!(outcome.stdout(), b"");
            assert!(tells(&outcome.stderr(), &name, number), "{name}: {}", outcome.stderr());
        }
        if !refusals.is_empty() {
            refused.push(name);
        }
    }
    refused
}

/// Whether `line` says where the option stands: behind a fact that begins with its name, or before the name of the key.
fn tells(line: &str, name: &str, number: usize) -> bool {
    let option = if name == "header" { "-H".to_owned() } else { format!("--{name}") };
    let fact = line.split_once(": ").map_or("", |(_, fact)| fact);
    let rest = fact.strip_prefix(&option);
    let is_about_it = rest.is_some_and(|rest| rest.starts_with([' ', ':']));
    is_about_it && fact.contains(&format!(" ({FILE} line {number}): "))
        || fact.starts_with(&format!("{FILE} line {number}: {name}: "))
        // It needs another one that is not there.
        || fact.starts_with(&format!("profile p of {FILE} line ")) && fact.contains(" required arguments were not provided: ")
        // It is about another one that is on the command line here.
        || name == "token-field" && fact.starts_with("--token: ")
}

/// Values that are wrong for an option whose value its help calls `kind`.
fn mistakes(kind: &str) -> &'static [&'static str] {
    match kind {
        "" => &["'yes'", "1"],
        "NAME: TEMPLATE" => {
            &["'X-A'", "'X-A: {nope}'", "['X-B: b', 'X-A: }']", "'X-A: {env:UNSET}'", "'X-A: {server:port}'"]
        }
        "SOURCE" => &["'hunter2'", "'file:'", "'cmd:./x'", "'json:a'", "'env:UNSET'"],
        "DURATION" => &["'1'", "'x'", "1.5"],
        "TIME" | "URL" | "COMMAND LINE" => &["'nothing at | all'", "''", "true"],
        "NAME=TEXT" | "NAME=JSON" => &["'a'", "'a={nope}'", "['b=1', '=1']", "'a={env:UNSET}'"],
        "FILE" => &["'nowhere'", "''"],
        _ => &["'{nope}'", "'{env:UNSET}'", "'\\'", "'zzz'", "[1.5]", "''"],
    }
}

/// The long options in the help, each with what it calls the value.
fn options() -> Vec<(String, String)> {
    let help = minimal().arg("--help").run();
    let help = String::from_utf8_lossy(help.stdout()).into_owned();
    let long = help.lines().filter_map(|line| {
        let line = line.trim_start();
        line.strip_prefix("--").or_else(|| line.strip_prefix('-')?.get(1..)?.strip_prefix(", --"))
    });
    let named = |text: &str| {
        let end = text.find(|c: char| !(c.is_ascii_lowercase() || c == '-')).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let kind = rest.strip_prefix(" <").and_then(|rest| rest.split_once('>')).map_or("", |(kind, _)| kind);
        (name.to_owned(), kind.to_owned())
    };
    long.map(named).collect()
}
