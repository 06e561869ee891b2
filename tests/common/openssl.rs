//! The `openssl` program: another implementation to compare with.

use std::io::Write;
use std::process::{Command, Stdio};

/// What a line of shell that runs `openssl` prints when it reads `input`; `arguments` are its `$1`, `$2` and so on.
#[track_caller]
pub(crate) fn shell(line: &str, arguments: &[&str], input: impl AsRef<[u8]>) -> Vec<u8> {
    let mut child = Command::new("sh")
        .args(["-ec", line, "sh"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("sh starts");
    // Some lines do not read it.
    let _ = child.stdin.take().expect("its stdin").write_all(input.as_ref());
    let output = child.wait_with_output().expect("its output");
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// What [`shell`] prints, as text.
#[track_caller]
pub(crate) fn text(line: &str, arguments: &[&str], input: impl AsRef<[u8]>) -> String {
    String::from_utf8(shell(line, arguments, input)).expect("it prints text")
}
