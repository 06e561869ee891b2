//! `--env-file`.

use super::{CANARY, minimal};

#[test]
fn a_malformed_line_is_named_by_its_number_alone() {
    let no_name = "it does not begin with a name and `=`";
    let single = "a single quote is not closed";
    let double = "a double quote is not closed";
    for (text, line, cause) in [
        (format!("A=1\n\n# comment\n{CANARY}\n"), 4, no_name),
        (format!("{CANARY}: x"), 1, no_name),
        (format!("={CANARY}"), 1, no_name),
        (format!("1A={CANARY}"), 1, no_name),
        (format!("A B={CANARY}"), 1, no_name),
        (format!("A=1\nB='{CANARY}\nC=2\n"), 2, single),
        (format!("A=1\nB=\"{CANARY}\\\"\n"), 2, double),
        (format!("A='x' {CANARY}"), 1, "text follows the closing quote"),
        (format!("A=\"x\ny\" {CANARY}\n"), 1, "text follows the closing quote"),
    ] {
        let helper = minimal().file("env", text, 0o600);
        let path = helper.path("env");
        let message = format!("--env-file HOME/env line {line}: {cause}; write NAME=value, one on a line");
        helper.arg("--env-file").arg(path).run().fails(2, &message);
    }
    let helper = minimal().file("env", b"A=1\nB=\xff\n", 0o600);
    let path = helper.path("env");
    let message = "--env-file HOME/env line 2: it is not UTF-8; write NAME=value, one on a line";
    helper.arg("--env-file").arg(path).run().fails(2, message);
}

#[test]
fn a_file_that_cannot_be_read_is_refused_and_never_waited_for() {
    let device = "it is a pipe or a device, not a regular file";
    for (name, cause) in [
        ("missing", "it does not exist"),
        ("folder", "it is a directory"),
        ("zero", device),
        ("large", "it is larger than 1 MiB"),
    ] {
        let helper = minimal().prepared_by("mkdir ~/folder; ln -s /dev/zero ~/zero");
        let helper = helper.file("large", vec![b'#'; (1 << 20) + 1], 0o600);
        let path = helper.path(name);
        let message = format!("--env-file HOME/{name} cannot be read: {cause}; name a readable dotenv file");
        helper.arg("--env-file").arg(path).run().fails(2, &message);
    }
}

#[test]
fn the_real_environment_wins_and_then_the_later_file() {
    let helper = minimal().env("A", "real").file("one", "A=1\nB=1\nC=1\n", 0o600).file("two", "B=2\nC=2\nC=3\n", 0o600);
    let (one, two) = (helper.path("one"), helper.path("two"));
    let helper = helper.arg("--env-file").arg(one).arg("--env-file").arg(two);
    helper.header("X-A: {env:A}{env:B}{env:C}").run().prints(r#"{"X-A":"real23"}"#);
}

#[test]
fn its_path_may_begin_with_the_home() {
    let helper = || minimal().file("env", "V=v", 0o600).args(["--env-file", "~/env"]).header("X-A: {env:V}");
    helper().run().prints(r#"{"X-A":"v"}"#);
    let message = "~/env cannot be found: HOME is not set to an absolute path; set HOME or write an absolute path";
    helper().without_env("HOME").run().fails(2, message);
}

#[test]
fn its_values_steer_neither_the_helper_nor_a_command() {
    let text = "V=v\nTZ=JST-9\nHOME=/nowhere\nPATH=/nowhere\nCLAUDE_CODE_MCP_SERVER_URL=https://h\n";
    let with = |header: &str| {
        let helper = minimal().file("env", text, 0o600).file("k", "a", 0o600).args(["--now", "0"]);
        let path = helper.path("env");
        helper.arg("--env-file").arg(path).header(header).run()
    };
    with("X-A: {env:V}{env:TZ}{timestamp}").prints(r#"{"X-A":"vJST-91970-01-01T00:00:00+00:00"}"#);
    with("X-A: {file:~/k}").prints(r#"{"X-A":"a"}"#);
    with("X-A: {cmd:sh -c 'echo \"[$V$TZ]\"'}").prints(r#"{"X-A":"[]"}"#);
    with("X-A: {server:host}").fails(
        2,
        "-H X-A: the URL of the server is not known: the client did not pass it (Codex never does); give --server-url",
    );
}
