//! What shells make of the completions that a helper prints for them, where those shells are installed.

use std::process::{Command, Output};

use super::CANARY;
use crate::common::Helper;

fn script(shell: &str) -> String {
    let outcome = Helper::new(crate::EXECUTABLE).args(["--completions", shell]).run();
    assert_eq!((outcome.stderr().as_str(), outcome.code()), ("", Some(0)), "{shell}");
    String::from_utf8(outcome.stdout().to_vec()).expect("a script is text")
}

/// What a shell does with `arguments`; nothing where it is not installed.
fn shell(program: &str, arguments: &[&str]) -> Option<Output> {
    Command::new(program).args(arguments).output().ok()
}

#[test]
fn bash_completes_an_option() {
    let line = r#"
        eval "$1"
        [[ $(complete -p "$2") =~ -F\ ([^ ]+) ]]
        COMP_WORDS=("$2" "$3") COMP_CWORD=1
        "${BASH_REMATCH[1]}" "$2" "$3" "$2"
        echo "${COMPREPLY[@]}"
    "#;
    for (start, completed) in [("--server-n", "--server-name\n"), ("--timeo", "--timeout\n"), ("--zzz", "\n")] {
        if let Some(output) = shell("bash", &["-c", line, "bash", &script("bash"), crate::NAME, start]) {
            assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{start}");
            assert_eq!(String::from_utf8_lossy(&output.stdout), completed, "{start}");
        }
    }
}

#[test]
fn zsh_and_fish_can_read_theirs() {
    for (program, arguments) in [("zsh", ["-nc"].as_slice()), ("fish", &["--no-config", "--no-execute", "-c"])] {
        if let Some(output) = shell(program, &[arguments, &[&script(program)]].concat()) {
            assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{program}");
            assert!(output.status.success(), "{program}");
        }
    }
}

#[test]
fn every_shell_is_told_of_every_option() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = script(shell);
        for option in crate::OPTIONS.iter().chain(&["--header", "--timeout", "--explain"]) {
            let name = option.trim_start_matches('-');
            let told = if shell == "fish" { format!(" -l {name} ") } else { format!("--{name}") };
            assert!(script.contains(&told), "{shell}: {option}");
        }
    }
}

#[test]
fn any_other_command_line_is_a_run() {
    let unexpected = "error: unexpected argument '--completions' found\n\n";
    for arguments in [&["--completions"][..], &["--completions", CANARY], &["--completions", "bash", "--explain"]] {
        let outcome = Helper::new(crate::EXECUTABLE).args(arguments).run();
        assert!(outcome.stderr().starts_with(unexpected), "{arguments:?}: {}", outcome.stderr());
        assert_eq!((outcome.stdout(), outcome.code()), (&b""[..], Some(2)), "{arguments:?}");
    }
}
