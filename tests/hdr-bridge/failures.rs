//! What the client is told of a failure is said on stderr and in the log too.

use super::bridge;
use crate::common::LOG;
use crate::server::{Server, empty};

/// Requests with these ids, a line each.
fn lists(ids: &[u8]) -> String {
    let line = |id| format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"tools/list\"}}\n");
    ids.iter().map(line).collect::<Vec<_>>().concat()
}

#[test]
fn a_failure_is_in_the_log_once() {
    let server = Server::start(|_| empty("404 Not Found"));
    let outcome = bridge(&[&server.origin])
        .through(["sh", "-c", "printf %s \"$MESSAGES\" | \"$@\"", "sh"])
        .env("MESSAGES", lists(&[1, 2, 3]))
        .run();
    let cause = format!("{} answered with HTTP 404: it says nothing more; check the URL", server.origin);
    let answers: Vec<_> = [1, 2, 3]
        .map(|id| {
            format!(
                "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"error\":{{\"code\":-31000,\"message\":\"hdr-bridge: {cause}\",\"data\":\
                 {{\"source\":\"hdr-bridge\",\"httpStatus\":404,\"transient\":false,\"mayHaveRun\":false}}}}}}"
            )
        })
        .into();
    let stdout = String::from_utf8_lossy(outcome.stdout()).into_owned();
    let mut printed: Vec<_> = stdout.lines().collect();
    printed.sort_unstable();
    assert_eq!(printed, answers);
    assert_eq!((outcome.stderr(), outcome.code()), (format!("hdr-bridge: tools/list failed: {cause}\n"), Some(0)));
    let log = String::from_utf8_lossy(&outcome.file(LOG)).into_owned();
    let lines: Vec<_> = log.lines().filter_map(|line| line.split_once(&format!("origin={} ", server.origin))).collect();
    assert_eq!(
        lines.iter().map(|(_, said)| *said).collect::<Vec<_>>(),
        [format!("tools/list failed: {cause}")],
        "{log}"
    );
}

#[test]
fn a_server_that_is_not_there_is_told_before_it_is_given_up() {
    let outcome = bridge(&["http://127.0.0.1:1/mcp"])
        .through(["sh", "-c", "printf %s \"$MESSAGES\" | \"$@\"", "sh"])
        .env("MESSAGES", lists(&[1]))
        .run();
    let line = "hdr-bridge: http://127.0.0.1:1 cannot be reached: connection refused; trying for 30 s\n";
    assert_eq!((outcome.stderr().as_str(), outcome.code()), (line, Some(0)));
}
