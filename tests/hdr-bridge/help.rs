//! What `-h`, `--help` and `--version` print.

use super::bridge;

/// Made anew, where an option has changed, with `hdr-bridge -h` and `hdr-bridge --help`.
const HELPS: [(&str, &str); 2] = [("-h", include_str!("help-short.txt")), ("--help", include_str!("help-long.txt"))];

#[test]
fn both_helps_are_these() {
    for (flag, expected) in HELPS {
        bridge(&[flag]).run().ends(0, expected, "");
        assert!(expected.lines().all(|line| line.chars().count() <= 100), "{flag}");
    }
}

#[test]
fn it_tells_its_version() {
    for flag in ["-V", "--version"] {
        bridge(&[flag]).run().prints(&format!("hdr-bridge {}", env!("CARGO_PKG_VERSION")));
    }
}
