//! A run with a cached token does nothing that takes time.

use std::process::Command;

use crate::common::Helper;
use crate::{Endpoint, asking, bearer, skipped};

/// Lets `strace` write to `~/trace` which files it opens and whether it uses the network.
fn traced(helper: Helper) -> Helper {
    let trace = helper.path("trace").to_string_lossy().into_owned();
    helper.through(["strace", "-f", "-qq", "-e", "trace=%file,%network,%process,%desc", "-o", &trace])
}

#[test]
fn it_opens_no_socket_and_no_file_that_is_not_its_own() {
    let can_trace = Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).output();
    if !can_trace.is_ok_and(|output| output.status.success()) {
        return skipped("strace is missing or may not trace");
    }
    let endpoint = Endpoint::minting();
    let helper = asking(&endpoint).args(["--ca-cert", "~/ca.pem"]).env("NODE_EXTRA_CA_CERTS", "/extra.pem");
    let cold = traced(helper.again()).run();
    cold.prints(&bearer("token-0"));
    assert!(String::from_utf8_lossy(&cold.file("trace")).contains("connect("), "the trace shows connections");

    let warm = traced(helper.again()).run();
    warm.prints(&bearer("token-0"));
    let trace = String::from_utf8_lossy(&warm.file("trace")).into_owned();
    for call in ["socket(", "connect(", "clone(", "clone3(", "fork(", "vfork(", "fsync(", "rename"] {
        assert!(!trace.contains(call), "{call}: {trace}");
    }
    let home = helper.path("").to_string_lossy().into_owned();
    let opened: Vec<_> = trace.lines().filter_map(|line| line.split_once(" openat(")?.1.split('"').nth(1)).collect();
    assert!(opened.contains(&&*format!("{home}secret")) && opened.contains(&"key"), "{opened:?}");
    let is_own = |path: &&str| path.starts_with(&home) || !path.starts_with('/') || path.starts_with("/proc/");
    assert!(opened.iter().all(|path| is_own(path) && !path.contains(".pem")), "{opened:?}");
    assert_eq!(endpoint.requests().len(), 1);
}
