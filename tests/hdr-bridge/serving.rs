//! One request through the executable: what goes with it.

use super::bridge;
use crate::common::{CANARY, Helper};
use crate::server::{Server, json};

/// The bridge in front of `url`, which is sent one request and then the end of stdin.
fn asking(url: &str, arguments: &[&str]) -> Helper {
    let line = "printf '{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}\\n' | \"$@\"";
    bridge(&[&[url], arguments].concat()).through(["sh", "-c", line, "sh"])
}

const ANSWER: &str = "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}";

#[test]
fn each_header_of_an_option_is_one_line() {
    let server = Server::start(|_| json("", ANSWER));
    asking(&server.origin, &["-H", "User-Agent: mine/1", "-H", "X-A: {env:A}"]).env("A", CANARY).run().prints(ANSWER);
    asking(&server.origin, &["--", "printf", "%s", "{\"user-agent\":\"theirs/1\"}"]).run().prints(ANSWER);
    asking(&server.origin, &[]).run().prints(ANSWER);
    let sent = |name: &str| {
        let values = |headers: &[(String, String)]| {
            let values = headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone());
            values.collect::<Vec<_>>()
        };
        server.seen().iter().map(|request| values(&request.headers)).collect::<Vec<_>>()
    };
    let own = concat!("hdr-bridge/", env!("CARGO_PKG_VERSION"));
    assert_eq!(sent("user-agent"), [["mine/1"], ["theirs/1"], [own]]);
    assert_eq!(sent("x-a"), [vec![CANARY], vec![], vec![]]);
}
