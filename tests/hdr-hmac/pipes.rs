//! Named pipes of the user in the place of files with secrets, as password managers make them.

use crate::common::Helper;
use crate::{KEY, hmac, minimal, signing, with_key};

/// A pipe in HOME to which this line of shell writes once, when somebody reads.
fn piped(helper: Helper, line: &str) -> Helper {
    let writer = format!("timeout 20 sh -c '{{ {line}; }} > ~/pipe' </dev/null >/dev/null 2>&1 &");
    helper.prepared_by(&format!("mkfifo -m 600 ~/pipe; ln -s pipe ~/link; {writer}"))
}

#[test]
fn a_secret_comes_from_a_pipe_that_is_read_once() {
    let (first, rest) = KEY.split_at(10);
    let line = format!("printf \"%s\" \"{first}\"; sleep 0.1; printf \"%s\\n\" \"{rest}\"");
    let helper = piped(with_key("file:~/pipe"), &line);
    let pipe = helper.path("pipe");
    let twice = format!("X-K: {{file:~/pipe}}{{file:~/link}}{{file:{}}}", pipe.display());
    let helper = helper.args(["--message", "m", "--encoding", "base64"]).header("X-S: {signature}").header(&twice);
    helper.run().prints(&format!(r#"{{"X-S":"{}","X-K":"{KEY}{KEY}{KEY}"}}"#, hmac("sha256", "m")));
}

#[test]
fn a_dotenv_file_comes_from_a_pipe() {
    let helper = piped(signing(), "echo A=1; echo B=2").args(["--env-file", "~/pipe", "--env-file", "~/link"]);
    helper.header("X-A: {env:A}{env:B}").run().prints(r#"{"X-A":"12"}"#);
}

#[test]
fn a_pipe_is_waited_for_until_the_deadline() {
    let cause = "it is a pipe, and no program wrote all of it within 300 ms of --timeout";
    let remedy = "try again, or raise --timeout";
    let unwritten = || minimal().prepared_by("mkfifo -m 600 ~/pipe");
    // One that is opened and not ended is no better.
    for helper in [unwritten(), piped(minimal(), "printf half; exec sleep 5")] {
        let outcome = helper.args(["--timeout", "300ms"]).header("X-A: {file:~/pipe}").run();
        let elapsed = outcome.elapsed().as_millis();
        outcome.fails(5, &format!("-H X-A: file:~/pipe cannot be read: {cause}; {remedy}"));
        assert!((300..3000).contains(&elapsed), "{elapsed}");
    }
    let message = format!("--env-file ~/pipe cannot be read: {cause}; {remedy}");
    unwritten().args(["--timeout", "300ms", "--env-file", "~/pipe"]).run().fails(5, &message);
}

#[test]
fn no_more_of_a_pipe_is_read_than_of_a_file() {
    let helper = piped(with_key("file:~/pipe"), "head -c 1048577 /dev/zero; exec sleep 5");
    let message = "--key: file:~/pipe cannot be read: it is larger than 1 MiB; put the secret into a regular file that this \
                   user can read, or use cmd:COMMAND LINE";
    helper.run().fails(3, message);
}

#[test]
fn a_pipe_that_ends_without_a_byte_is_an_empty_secret() {
    let message = "--key: file:~/pipe is empty: an empty secret protects nothing; put the secret there";
    piped(with_key("file:~/pipe"), ":").run().fails(3, message);
}

#[test]
fn a_pipe_of_another_user_is_an_error_at_once() {
    let helper =
        with_key("file:~/pipe").prepared_by("mkfifo -m 666 ~/pipe; chown 4242 ~/pipe 2>/dev/null || rm ~/pipe");
    if !helper.path("pipe").exists() {
        return crate::skipped("only root can give a pipe away");
    }
    let outcome = helper.args(["--timeout", "5s"]).run();
    let message = "--key: file:~/pipe cannot be read: it is a pipe or a device, not a regular file; put the secret into a \
                   regular file that this user can read, or use cmd:COMMAND LINE";
    assert!(outcome.elapsed().as_secs() < 3);
    outcome.fails(3, message);
}
