//! A crash writes no secret into a core dump, whatever the system does with dumps; children are dumped as before.

use crate::common::Helper;
use crate::user::{by_user, of_user};
use crate::{minimal, skipped};

/// Starts it with this limit of a core file, in blocks of 512 or 1024 bytes.
fn limited(helper: Helper, blocks: &str) -> Helper {
    helper.through(["sh", "-c", &format!("ulimit -S -c {blocks} && exec \"$@\""), "sh"])
}

/// What a command prints that is run for a header.
fn printed(helper: Helper, command: &str) -> String {
    let outcome = helper.args(["--format", "curl", "-H", &format!("X-A: {{cmd:sh -c '{command}'}}")]).run();
    let line = String::from_utf8(outcome.stdout().to_vec()).unwrap();
    let value = line.trim_end().strip_prefix("header = \"X-A: ").and_then(|rest| rest.strip_suffix('"'));
    value.unwrap_or_else(|| panic!("{line}{}", outcome.stderr())).to_owned()
}

#[test]
fn the_limit_is_zero_for_us_and_as_before_for_a_child() {
    for blocks in ["0", "7", "unlimited"] {
        let helper = || limited(minimal(), blocks);
        let Some(0) = limited(minimal(), blocks).run().code() else {
            skipped("the hard limit of core files lets none be made");
            continue;
        };
        assert_eq!(printed(helper(), "ulimit -S -c"), blocks);
        assert_eq!(printed(helper(), "echo $(ulimit -H -c)"), printed(minimal(), "echo $(ulimit -H -c)"));
        // The child has started a moment before its parent's limit is zero again.
        let again = "for try in 1 2 3 4 5 6 7 8 9; do set -- $(grep core.file /proc/$PPID/limits); [ $5 = 0 ] && break; \
                     sleep 0.05; done; echo $5";
        let own = printed(helper(), again);
        assert_eq!(own, "0", "{blocks}");
    }
}

#[test]
fn the_process_cannot_be_dumped_and_its_child_can() {
    // Root owns the files in procfs of a process that cannot be dumped.
    let owner = |helper: Helper, process: &str| printed(helper, &format!("stat -c %u /proc/{process}/environ"));
    let us = printed(minimal(), "id -u");
    let (helper, user) = if us == "0" {
        let Some(helper) = of_user(minimal()) else {
            return skipped("root owns its own processes anyway, and cannot run as another user here");
        };
        (by_user(&helper), crate::user::USER.to_string())
    } else {
        (minimal(), us)
    };
    assert_eq!(owner(helper.again(), "$PPID"), "0");
    assert_eq!(owner(helper.again(), "$$"), user);
}
