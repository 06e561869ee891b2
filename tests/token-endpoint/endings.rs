//! Tokens whose life ends while a run makes its headers.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::common::Helper;
use crate::script::{Step, gives, json, scripted};
use crate::{Home, jwt};

/// Takes longer than the tokens here live.
const SLOW: [&str; 2] = ["--add", "X-Slow: {cmd:sh -c 'sleep 2.1; echo s'}"];

/// Answers with the `number`-th token, which lives for some seconds.
fn short(number: usize, life: u64) -> Step {
    json(200, &format!(r#"{{"access_token":"token-{number}","token_type":"Bearer","expires_in":{life}}}"#))
}

/// It prints nothing, and says a line that begins so; the time in it is not known.
#[track_caller]
fn fails_with(helper: Helper, code: i32, beginning: &str) {
    let outcome = helper.run();
    assert_eq!((outcome.code(), outcome.stdout()), (Some(code), b"".as_slice()), "{}", outcome.stderr());
    assert!(outcome.stderr().starts_with(&format!("hdr-bearer-refresh: {beginning}")), "{}", outcome.stderr());
}

#[test]
fn a_token_that_ends_while_the_headers_are_made_is_replaced() {
    let home = Home::new();
    let endpoint = scripted(vec![short(0, 2), gives(1)]);
    home.asking(&endpoint.url()).args(SLOW).run().prints(r#"{"Authorization":"Bearer token-1","X-Slow":"s"}"#);
    assert_eq!(endpoint.requests().len(), 2);

    let endpoint = scripted(vec![short(0, 1)]);
    fails_with(
        home.asking(&endpoint.url()).args(SLOW).arg("--no-cache"),
        5,
        "the token expired before its header could be printed: it was valid until ",
    );
}

#[test]
fn a_token_of_another_program_that_ends_meanwhile_is_not_printed() {
    let end = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + 1;
    let home = Home::new();
    home.write("token", &jwt(&format!(r#"{{"exp":{end}}}"#)));
    fails_with(
        home.helper().args(["--token", "file:~/token"]).args(SLOW),
        3,
        "--token: the token in file:~/token has expired: it was valid until ",
    );
}
