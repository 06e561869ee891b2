//! No secret stands where other processes see it.

use super::{CANARY, minimal};

/// Copies the command lines of itself and of the helper, its parent, to `~/seen`; prints its own secret.
const LOOKS: &str = "{cmd:sh -c 'cat /proc/$$/cmdline /proc/$PPID/cmdline >~/seen; cat ~/secret'}";

#[test]
fn no_secret_stands_on_a_command_line() {
    let helper = minimal().file("secret", CANARY, 0o600).env("V", CANARY);
    let outcome = helper.header("X-A: {env:V}").header("X-B: {file:~/secret}").header(&format!("X-C: {LOOKS}")).run();
    outcome.prints(&format!(r#"{{"X-A":"{CANARY}","X-B":"{CANARY}","X-C":"{CANARY}"}}"#));
    let seen = String::from_utf8(outcome.file("seen")).unwrap();
    assert!(seen.contains("/sh\0-c\0cat /proc/"), "{seen:?}");
    assert!(seen.contains(&format!("{}\0--", crate::NAME)) && seen.contains("\0-H\0X-A: {env:V}\0"), "{seen:?}");
    assert!(!seen.contains(CANARY), "{seen:?}");
}
