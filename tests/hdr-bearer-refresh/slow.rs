//! Commands that take their time, and commands that print something else each time.

use crate::common::{CANARY, Helper};
use crate::endpoint::Endpoint;
use crate::{EXECUTABLE, bearer};

/// The helper with a program that counts its runs in `~/runs`, takes the seconds that `~/takes` says, and prints a token that
/// is to be renewed at once.
fn slow(seconds: &str) -> Helper {
    let script =
        r#"echo run >>~/runs; n=$(wc -l <~/runs); sleep $(cat ~/takes); echo "{\"token\":\"token-$n\",\"ttl\":600}""#;
    let helper = Helper::new(EXECUTABLE).args(["--command", "sh ~/tool", "--min-life", "1h"]);
    helper.file("tool", script, 0o600).file("takes", seconds, 0o600)
}

#[test]
fn a_renewal_by_a_command_gets_twice_the_time_that_it_last_took() {
    let helper = slow("1.6");
    helper.again().run().prints(&bearer("token-1"));
    std::fs::write(helper.path("takes"), "2.4").unwrap();
    helper.again().run().prints(&bearer("token-2"));
    // It never gets less than other renewals do.
    std::fs::write(helper.path("takes"), "0").unwrap();
    helper.again().run().prints(&bearer("token-3"));
    std::fs::write(helper.path("takes"), "1").unwrap();
    helper.again().run().prints(&bearer("token-4"));
}

#[test]
fn one_that_the_deadline_leaves_no_time_for_is_not_tried() {
    let helper = slow("1.6");
    helper.again().args(["--timeout", "3s"]).run().prints(&bearer("token-1"));
    let served = helper.again().args(["--timeout", "3s"]).run();
    assert_eq!(served.stdout(), (bearer("token-1") + "\n").as_bytes());
    let said = served.stderr();
    let fact = "hdr-bearer-refresh: warning: the cached token is served without renewal: --command took 1.6s last time, and twice \
                that is more than the rest of the 3000 ms of --timeout; run it once in a shell with --timeout 5s\n";
    assert_eq!(said, fact);
    assert_eq!(served.file("runs"), b"run\n");
    // As the warning says.
    helper.again().args(["--timeout", "5s"]).run().prints(&bearer("token-2"));
}

/// A command line that prints something else each time.
const UNSTEADY: &str = "cmd:sh -c 'echo run >>~/n; echo secret-$(wc -l <~/n)-canary'";

#[test]
fn what_a_command_prints_anew_each_time_makes_the_cache_useless_and_is_told() {
    for (option, value, others) in [
        ("--client-secret", UNSTEADY.to_owned(), &["--client-id", "abc"][..]),
        ("--client-assertion", UNSTEADY.to_owned(), &[]),
        ("--subject-token", UNSTEADY.to_owned(), &[]),
        ("--param", format!("x={{{UNSTEADY}}}"), &[]),
    ] {
        let endpoint = Endpoint::minting();
        let helper = Helper::new(EXECUTABLE).args(["--token-url", &endpoint.url(), option, &value]).args(others);
        helper.again().run().prints(&bearer("token-0"));
        let warning = format!(
            "hdr-bearer-refresh: warning: no cached token matches: the output of the command for {option} has \
             changed; if it changes at each run, make the command print the same output for as long as that is valid, or a JWT with the same claims"
        );
        for number in 1..3 {
            let outcome = helper.again().run();
            assert_eq!(outcome.stdout(), (bearer(&format!("token-{number}")) + "\n").as_bytes(), "{option}");
            assert_eq!(outcome.stderr().trim_end(), warning);
        }
    }
}

#[test]
fn what_is_the_same_or_no_command_prints_is_not_told() {
    let jwt = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJpIn0";
    for value in [&format!("cmd:echo {CANARY}"), &format!("cmd:sh -c 'echo {jwt}.$(date +%s%N)'"), "env:S"] {
        let endpoint = Endpoint::minting();
        let arguments = ["--token-url", &endpoint.url(), "--client-id", "abc", "--client-secret", value];
        let helper = Helper::new(EXECUTABLE).args(arguments);
        helper.again().env("S", "secret-one").run().prints(&bearer("token-0"));
        let number = usize::from(value == "env:S");
        helper.again().env("S", "secret-two").run().prints(&bearer(&format!("token-{number}")));
        // Another request is no other secret.
        let other = helper.again().args(["--scope", "other"]).env("S", "secret-two").run();
        other.prints(&bearer(&format!("token-{}", number + 1)));
    }
}
