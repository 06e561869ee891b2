//! Clients found among real processes: shells under the names of clients.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::child::playing;
use super::{Home, skipped};

/// `sh` under another name, where the names of processes come from.
fn program(home: &Home, name: &str) -> PathBuf {
    let path = home.0.path().join(name);
    symlink("/bin/sh", &path).unwrap();
    path
}

/// What a helper finds out that is started by `outer` through a shell, after `wait`; and the number of that process.
fn found_by(home: &Home, outer: &Path, wait: Duration, settings: impl FnOnce(&mut Command)) -> (String, u32) {
    let said = home.said();
    let helper = playing("look for the client", &home.path(), &said);
    let mut client = Command::new(outer);
    let script = format!("sleep {}; sh -c '\"$0\" \"$@\"; :' \"$0\" \"$@\"; :", wait.as_secs_f64());
    client.args(["-c", &script]).arg(helper.get_program()).args(helper.get_args());
    client.envs(helper.get_envs().filter_map(|(name, value)| Some((name, value?))));
    client
        .env_remove("CLAUDE_CODE_MCP_SERVER_NAME")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    settings(&mut client);
    let client = client.spawn().unwrap();
    let number = client.id();
    let output = client.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    (fs::read_to_string(said).unwrap(), number)
}

#[test]
fn claude_is_known_by_its_name_and_its_variable() {
    let home = Home::new();
    let claude = program(&home, "claude");
    let (caller, pid) = found_by(&home, &claude, Duration::ZERO, |client| {
        client.env("CLAUDE_CODE_MCP_SERVER_NAME", "srv");
    });
    assert!(caller.starts_with(&format!("Some(Process {{ pid: {pid}, started: ")), "{caller}");
    assert!(caller.ends_with(" true"), "{caller}");

    let (caller, pid) = found_by(&home, &claude, Duration::ZERO, |_| {});
    assert!(caller.contains(&format!("pid: {pid},")) && caller.ends_with(" false"), "{caller}");
}

#[test]
fn codex_is_known_by_the_null_device() {
    let home = Home::new();
    let codex = program(&home, "codex");
    let (caller, pid) = found_by(&home, &codex, Duration::ZERO, |client| {
        client.stdin(Stdio::null()).stderr(Stdio::null());
    });
    assert!(caller.contains(&format!("pid: {pid},")) && caller.ends_with(" true"), "{caller}");
    let (caller, _) = found_by(&home, &codex, Duration::ZERO, |client| {
        client.stdin(Stdio::null());
    });
    assert!(caller.ends_with(" false"), "{caller}");
}

#[test]
fn another_client_is_the_nearest_that_did_not_start_with_us() {
    let home = Home::new();
    let odd = program(&home, "an (odd) R 1");
    let (caller, pid) = found_by(&home, &odd, Duration::from_millis(2200), |_| {});
    assert!(caller.contains(&format!("pid: {pid},")), "{caller}");
    let (caller, pid) = found_by(&home, &odd, Duration::ZERO, |_| {});
    assert!(!caller.contains(&format!("pid: {pid},")), "{caller}");
}

#[test]
fn a_process_that_calls_itself_claude_is_found_by_its_first_word() {
    let home = Home::new();
    let renamed = program(&home, "MainThread");
    let (caller, pid) = found_by(&home, &renamed, Duration::ZERO, |client| {
        client.arg0("/opt/claude");
    });
    assert!(caller.contains(&format!("pid: {pid},")), "{caller}");
}

#[test]
fn a_terminal_never_counts() {
    let home = Home::new();
    let said = home.said();
    let helper = playing("look for the client", &home.path(), &said);
    let words: Vec<_> = std::iter::once(helper.get_program()).chain(helper.get_args()).collect();
    let line = words.iter().map(|word| format!("'{}'", word.to_str().unwrap())).collect::<Vec<_>>().join(" ");
    let mut script = Command::new("script");
    script.args(["-qec", &line, "/dev/null"]).stdin(Stdio::null()).stdout(Stdio::null());
    script.envs(helper.get_envs().filter_map(|(name, value)| Some((name, value?))));
    script.env("CLAUDE_CODE_MCP_SERVER_NAME", "srv");
    match script.status() {
        Ok(status) => assert!(status.success(), "{status}"),
        Err(error) => {
            assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
            skipped("script(1), which makes a terminal, is not installed");
            return;
        }
    }
    let caller = fs::read_to_string(said).unwrap();
    assert!(caller.ends_with(" false"), "{caller}");
}
