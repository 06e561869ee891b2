//! What a person at a terminal reads while a program of ours waits for them: lines on stderr, as they come.

use std::io::{self, IsTerminal, Write};

/// Whether stderr is a terminal.
#[expect(clippy::disallowed_methods, reason = "the stream is looked at, not used")]
pub(crate) fn is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Writes whole lines. There is nobody to tell when that fails.
pub(crate) fn say(lines: &str) {
    write(&format!("{lines}\n"));
}

/// Replaces the last line by another one, in a terminal; elsewhere nothing is written.
pub(crate) fn update(line: &str) {
    if is_terminal() {
        write(&format!("\r\x1b[K{line}"));
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the owner of what a person reads meanwhile")]
fn write(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}
