//! Where the headers go, in which form.

use std::fs::OpenOptions;

use super::minimal;

#[test]
fn the_headers_are_one_compact_line_in_the_order_of_the_command_line() {
    let helper = minimal().args(["--add", "X-C:3", "-H", "X-B: 2", "--header", "x-a:\t1", "--add=X-D: 4"]);
    helper.run().prints(r#"{"X-B":"2","x-a":"1","X-C":"3","X-D":"4"}"#);
}

#[test]
fn curl_reads_its_lines() {
    let helper =
        minimal().args(["--format", "curl"]).env("V", "a\t\"b\" \\c\\n").header("X-A: {env:V}").header("X-B: b: c");
    helper.run().prints("header = \"X-A: a\\t\\\"b\\\" \\\\c\\\\n\"\nheader = \"X-B: b: c\"");
}

#[test]
fn a_token_is_printed_bare() {
    let with = |format| {
        let options = ["--format", format, "--now", "1700000000"];
        minimal().args(options).header(&format!("X-A: {}", crate::OWN[0])).run()
    };
    let json: serde_json::Value = serde_json::from_slice(with("headers").stdout()).unwrap();
    with("token").prints(json["X-A"].as_str().unwrap());
}

#[test]
fn headers_that_nobody_can_read_are_a_failure() {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    minimal().stdout_to(full).run().fails(
        1,
        "the headers cannot be written to stdout: No space left on device (os error 28); check the program that reads them",
    );
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    minimal().stdout_to(writer).run().fails(
        1,
        "the headers cannot be written to stdout: Broken pipe (os error 32); check the program that reads them",
    );
}

#[test]
fn closed_streams_are_nobody_and_no_file_takes_their_place() {
    let line = "\"$0\" \"$@\" <&- >&- 2>&-; echo $? >~/code";
    let helper = crate::with_key("file:~/key").file("key", super::CANARY, 0o600).header("X-A: a");
    let outcome = helper.through(["sh", "-c", line]).run();
    outcome.ends(0, "", "");
    assert_eq!(outcome.file("code"), b"0\n");
    assert_eq!(outcome.file("key"), super::CANARY.as_bytes());
}
