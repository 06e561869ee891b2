//! Helpers that are started through a link: its name names the profile.

use super::Helper;
use super::profiles::with_profiles;
use crate::{EXECUTABLE, NAME};

const PROFILES: &str = "[internal]\nserver = 'https://h'\n[internal.options]\nheader = 'X-P: internal'\n\
                        [free.options]\nheader = 'X-P: free'\n[a.b.options]\n";

/// The helper with [`PROFILES`], started through a link of this name in HOME.
fn linked(name: &str) -> Helper {
    let line = format!("ln -sf \"$1\" ~/'{name}'; shift; exec ~/'{name}' \"$@\"");
    with_profiles(&PROFILES.replace("[a.b.", "['a b'.")).through(["sh", "-c", &line, "sh"])
}

#[test]
fn the_profile_is_the_one_in_the_name_of_the_link() {
    let at = ["--server-url", "https://h/mcp"];
    linked(&format!("{NAME}@internal")).args(at).run().prints(r#"{"X-P":"internal"}"#);
    linked(&format!("{NAME}@free")).args(at).run().prints(r#"{"X-P":"free"}"#);
    linked(&format!("{NAME}@free")).args(["--profile", "internal"]).args(at).run().prints(r#"{"X-P":"internal"}"#);
    // Neither the name of another program nor that of a folder is one.
    for name in ["else@free", &format!("{NAME}x@free")] {
        linked(name).header("X-P: none").run().prints(r#"{"X-P":"none"}"#);
    }
    let folder = "mkdir -p ~/x@free; ln -sf \"$1\" ~/x@free/it; shift; exec ~/x@free/it \"$@\"";
    with_profiles(PROFILES).through(["sh", "-c", folder, "sh"]).header("X-P: none").run().prints(r#"{"X-P":"none"}"#);
}

#[test]
fn one_that_does_not_exist_is_told() {
    let file = "~/.config/hdr/config.toml has no such profile";
    for (name, remedy) in [
        ("internl", "give the link that name, or write --profile internal"),
        ("zzzzzzzzz", "it has: a b free internal"),
        ("", "it has: a b free internal"),
    ] {
        let fact = format!("the profile {name} in the name of the link is unknown");
        linked(&format!("{NAME}@{name}")).run().fails(2, &format!("{fact}: {file}; {remedy}"));
    }
    // Without any file too.
    let line = format!("ln -s \"$1\" ~/{NAME}@x; shift; exec ~/{NAME}@x \"$@\"");
    super::minimal().through(["sh", "-c", &line, "sh"]).run().fails(
        2,
        "~/.config/hdr/config.toml is missing: profiles are read from there; make it, or name it with --config",
    );
}

#[test]
fn a_binding_holds_for_a_link_too() {
    linked(&format!("{NAME}@internal")).env("CLAUDE_CODE_MCP_SERVER_URL", "https://evil.example").run().fails(
        2,
        "profile internal is bound to https://h and not to https://evil.example of CLAUDE_CODE_MCP_SERVER_URL: its origin \
         is another one; use another profile, or change its server in ~/.config/hdr/config.toml line 2",
    );
}

#[test]
fn messages_have_the_name_of_the_helper() {
    let outcome = linked(&format!("{NAME}@free")).arg("--zzz").run();
    let said = outcome.stderr();
    assert!(said.contains(&format!("\nUsage: {NAME} ")), "{said}");
    let outcome = linked(&format!("{NAME}@free")).args(["--explain", "--add", "X-B: b"]).run();
    let line =
        format!("{NAME}: profile free of ~/.config/hdr/config.toml, chosen by the name of the link, gives --header\n");
    assert!(outcome.stderr().starts_with(&line), "{}", outcome.stderr());
    let outcome = linked(&format!("{NAME}@free")).arg("--log-successes").run();
    let log = String::from_utf8(outcome.file(crate::common::LOG)).expect("text");
    assert!(log.contains(&format!(" {NAME} exit=0 ")) && log.contains(" profile=free "), "{log}");
}

#[test]
fn what_asks_about_a_command_line_keeps_the_link() {
    let outcome = linked(&format!("{NAME}@free")).arg("--check=claude-code:user").run();
    let printed = String::from_utf8_lossy(outcome.stdout()).into_owned();
    outcome.ends(0, &printed, "");
    assert!(printed.ends_with("1 of 1 ok\n") && printed.contains("  X-P: [redacted]\n"), "{printed}");
    let server = ["--server-name", "n", "--server-url", "https://h/", "--print-config", "codex"];
    let helper = linked(&format!("{NAME}@free")).args(server);
    let line = format!("exec {}/{NAME}@free {}", helper.path("").display(), crate::MINIMAL).replace("//", "/");
    let outcome = helper.run();
    let printed = String::from_utf8_lossy(outcome.stdout()).into_owned();
    outcome.ends(0, &printed, "");
    assert!(printed.contains(&format!("\"{line} ")), "{line}\n{printed}");
}

#[test]
fn a_copy_of_that_name_is_as_good_as_a_link() {
    let line = format!("cp {EXECUTABLE} ~/{NAME}@free; shift; exec ~/{NAME}@free \"$@\"");
    with_profiles(PROFILES).through(["sh", "-c", &line, "sh"]).run().prints(r#"{"X-P":"free"}"#);
}
