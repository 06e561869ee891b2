//! A client whose process cannot be seen: the MCP server is asked before a cached token is served.

use std::process::Command;

use crate::endpoint::{Endpoint, reply};
use crate::{Home, headers, tell, tenant};

/// A program that runs the helper where no ancestor can be seen, if this machine lets us make such a place.
fn hidden(kind: &[&str]) -> Option<Vec<String>> {
    let mut words = vec!["unshare".to_owned()];
    words.extend(kind.iter().map(|word| (*word).to_owned()));
    let made = Command::new("unshare").args(kind).arg("true").output().is_ok_and(|output| output.status.success());
    if !made {
        tell(&format!("skipped: this kernel does not allow `unshare {}`", kind.join(" ")));
    }
    made.then_some(words)
}

/// The first run after a revocation is served a new token, where the client cannot be known.
fn recovers_where(through: &[String]) {
    recovers(through, "{");
    // The same inside another helper, which says that a client asks.
    let wrapper = [&*tenant::executable(), "-H", "X-A: a", "--"].map(str::to_owned);
    recovers(&[through, &wrapper].concat(), r#"{"X-A":"a","#);
}

/// What is printed begins like this.
fn recovers(through: &[String], beginning: &str) {
    let headers = |number| headers(number).replacen('{', beginning, 1);
    let home = Home::new();
    let endpoint = Endpoint::minting();
    let server = Endpoint::new(|_, request, connection| {
        let is_revoked = request.to_ascii_lowercase().contains("authorization: bearer token-0\r\n");
        reply(connection, if is_revoked { 401 } else { 200 }, "{}");
    });
    let url = format!("{}/mcp", server.origin());
    let run = || {
        let helper = home.asking(&endpoint.url()).through(through);
        helper.env("CLAUDE_CODE_MCP_SERVER_NAME", "srv").env("CLAUDE_CODE_MCP_SERVER_URL", &url).run()
    };
    run().prints(&headers(0));
    run().prints(&headers(1));
    run().prints(&headers(1));
    assert_eq!(endpoint.requests().len(), 2);
}

#[test]
fn a_client_in_another_pid_namespace_recovers_from_a_revocation() {
    if let Some(through) = hidden(&["--pid", "--fork", "--mount-proc", "--map-root-user"]) {
        recovers_where(&through);
    }
}

/// In procfs of another pid namespace our number is somebody else's.
#[test]
fn a_client_in_a_pid_namespace_with_the_procfs_of_another_recovers_from_a_revocation() {
    if let Some(through) = hidden(&["--pid", "--fork", "--map-root-user"]) {
        recovers_where(&through);
    }
}

#[test]
fn a_client_without_procfs_recovers_from_a_revocation() {
    let Some(mut through) = hidden(&["--mount", "--map-root-user"]) else { return };
    through.extend(["sh", "-c", r#"mount -t tmpfs none /proc && exec "$@""#, "sh"].map(str::to_owned));
    let works = Command::new(&through[0]).args(&through[1..]).arg("true").output();
    if works.is_ok_and(|output| output.status.success()) {
        recovers_where(&through);
    } else {
        tell("skipped: nothing can be mounted over /proc here");
    }
}
