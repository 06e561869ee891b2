//! No secret stands where other processes see it.

use super::{CANARY, minimal};
use crate::SECRET;
use crate::common::Helper;

/// Copies the command lines of itself and of the helper, its parent, to `~/seen`; prints its own secret.
const LOOKS: &str = "{cmd:sh -c 'cat /proc/$$/cmdline /proc/$PPID/cmdline >~/seen; cat ~/secret'}";

#[test]
fn no_secret_stands_on_a_command_line() {
    let helper = minimal().file("secret", CANARY, 0o600).env("V", CANARY);
    let outcome = helper.header("X-A: {env:V}").header("X-B: {file:~/secret}").header(&format!("X-C: {LOOKS}")).run();
    outcome.prints(&format!(r#"{{"X-A":"{CANARY}","X-B":"{CANARY}","X-C":"{CANARY}"}}"#));
    let seen = String::from_utf8(outcome.file("seen")).unwrap();
    assert!(seen.contains("/sh\0-c\0cat /proc/"), "{seen:?}");
    assert!(seen.contains(&format!("{}\0{SECRET}\0env:K\0", crate::NAME)), "{seen:?}");
    assert!(!seen.contains(CANARY), "{seen:?}");
}

/// What a slip of quoting makes of a secret, where a source should stand.
#[test]
fn a_secret_in_the_place_of_a_source_is_not_repeated() {
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----");
    let dashes = format!("--{CANARY}");
    for secret in [CANARY, &pem, &dashes, "$SECRET_KEY"] {
        Helper::new(crate::EXECUTABLE).args([SECRET, secret]).run().fails(
            2,
            &format!(
                "{SECRET} takes no bare value: a secret on a command line can be read by every process of the machine; name \
                 where it is kept: env:NAME, file:PATH or cmd:COMMAND LINE"
            ),
        );
    }
    for stray in [&pem, &dashes] {
        let outcome = minimal().arg(stray).run();
        assert!(!outcome.stderr().contains(CANARY), "{}", outcome.stderr());
    }
}
