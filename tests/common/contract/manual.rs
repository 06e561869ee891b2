//! The manual page that a helper prints for the archives of a release.

use std::process::{Command, Stdio};

use super::CANARY;
use crate::common::Helper;

fn page() -> String {
    let outcome = Helper::new(crate::EXECUTABLE).arg("--manual").run();
    assert_eq!((outcome.stderr().as_str(), outcome.code()), ("", Some(0)));
    String::from_utf8(outcome.stdout().to_vec()).expect("a page is text")
}

#[test]
fn a_manual_page_has_the_usual_sections_in_the_usual_order() {
    let page = page();
    let sections: Vec<_> = page.lines().filter_map(|line| line.strip_prefix(".SH ")).collect();
    let usual = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "VALUES", "EXAMPLES"];
    let end = ["\"EXIT STATUS\"", "ENVIRONMENT", "FILES", "\"SEE ALSO\""];
    let own = |section: &&&str| !["TENANTS"].contains(*section);
    assert_eq!(sections.iter().filter(own).copied().collect::<Vec<_>>(), [&usual[..], &end[..]].concat());
    for code in 0..=6 {
        assert!(page.contains(&format!("\n.TP\n\\fB{code}\\fR\n")), "{code}");
    }
    for path in ["~/.config/hdr/config.toml", "~/.local/state/hdr/hdr.log"] {
        assert!(page.contains(&format!("\\fI{path}")), "{path}");
    }
    for group in ["Headers", "Server and profile", "Output", "Setup and debugging", "Help"] {
        assert!(page.contains(&format!("\n.SS \"{group}\"\n")), "{group}");
    }
}

#[test]
fn a_manual_page_has_every_option_and_example_of_the_help() {
    let page = page().replace("\\-", "-").replace("\\*(Aq", "'");
    for option in crate::OPTIONS.iter().chain(&["--header", "--timeout", "--explain", "--version"]) {
        assert!(page.contains(&format!("\\fB{option}\\fR")), "{option}");
    }
    let outcome = Helper::new(crate::EXECUTABLE).arg("--help").run();
    let help = String::from_utf8(outcome.stdout().to_vec()).expect("help is text");
    let (_, examples) = help.split_once("\nExamples:\n").expect("examples");
    for line in examples.lines().map(str::trim).filter(|line| line.starts_with("hdr-")) {
        assert!(page.contains(line.trim_end_matches('\\')), "{line}");
    }
}

#[test]
fn a_manual_page_is_the_same_on_every_day() {
    let title =
        format!(".TH {} 1 \" \" \"hdr {}\" \"hdr manual\"", crate::NAME.to_uppercase(), env!("CARGO_PKG_VERSION"));
    assert_eq!(page().lines().filter(|line| line.starts_with(".TH ")).collect::<Vec<_>>(), [title.as_str()]);
    assert_eq!(page(), page());
}

#[test]
fn groff_has_no_warning_for_a_manual_page() {
    let groff = Command::new("groff")
        .args(["-man", "-Tascii", "-ww"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    // Where it is not installed there is nothing to see.
    let Ok(mut groff) = groff else { return };
    let text = page();
    let mut stdin = groff.stdin.take().expect("piped");
    let writer = std::thread::spawn(move || std::io::Write::write_all(&mut stdin, text.as_bytes()));
    let output = groff.wait_with_output().expect("groff ends");
    writer.join().expect("written").expect("groff reads all");
    assert_eq!((String::from_utf8_lossy(&output.stderr).as_ref(), output.status.success()), ("", true));
}

#[test]
fn any_other_command_line_is_no_manual_page() {
    let unexpected = "error: unexpected argument '--manual' found\n\n";
    for arguments in [&["--manual", CANARY][..], &["--manual", "--explain"]] {
        let outcome = Helper::new(crate::EXECUTABLE).args(arguments).run();
        assert!(outcome.stderr().starts_with(unexpected), "{arguments:?}: {}", outcome.stderr());
        assert_eq!((outcome.stdout(), outcome.code()), (&b""[..], Some(2)), "{arguments:?}");
    }
}
