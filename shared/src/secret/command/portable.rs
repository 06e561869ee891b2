//! Children where there are no process groups: the program itself is ended at the deadline, not what it started.

use std::io::{self, Read};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::{Ending, Finished, Start};
use crate::error::OutsideText;
use crate::os::clock::elapsed;
use crate::secret::Secret;

/// How often the child is asked whether it has exited.
const GLANCE: Duration = Duration::from_millis(10);

/// Runs programs one after another, each to its end or to its deadline.
pub(super) fn run_all(starts: Vec<Start>) -> io::Result<Vec<io::Result<Finished>>> {
    Ok(starts.into_iter().map(run).collect())
}

/// Runs a program to its end or to its deadline.
pub(super) fn run(Start { mut command, limits, started_at, deadline }: Start) -> io::Result<Finished> {
    let mut child = command.spawn()?;
    let stdout = child.stdout.take().map(|pipe| collect(pipe, limits.stdout));
    let stderr = child.stderr.take().map(|pipe| collect(pipe, limits.stderr));
    let mut ending = loop {
        if let Some(status) = child.try_wait()? {
            break Ending::Exited(status);
        }
        let remaining = deadline.remaining();
        if remaining.is_zero() {
            child.kill()?;
            child.wait()?;
            break Ending::TimedOut;
        }
        thread::park_timeout(remaining.min(GLANCE));
    };
    // A grandchild may hold the pipes open; what the child itself printed is there by now.
    let stdout = stdout.and_then(|output| output.recv_timeout(deadline.remaining()).ok()).unwrap_or_default();
    let stderr = stderr.and_then(|output| output.recv_timeout(deadline.remaining()).ok()).unwrap_or_default();
    if stdout.len() > limits.stdout {
        ending = Ending::TooMuchOutput;
    }
    // Nothing tells a program here that it should end.
    let _ = limits.grace;
    let stderr = OutsideText::limited(stderr, limits.stderr);
    Ok(Finished { ending, took: elapsed(started_at), stdout: Secret::new(stdout), stderr })
}

/// Reads a pipe to its end on a thread of its own, up to one byte past `limit`.
fn collect(pipe: impl Read + Send + 'static, limit: usize) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let one_past = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
        if pipe.take(one_past).read_to_end(&mut bytes).is_ok() {
            // Nobody waits for it once the deadline is over.
            let _ = sender.send(bytes);
        }
    });
    receiver
}
