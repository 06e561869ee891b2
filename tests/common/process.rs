//! Whether processes live.

use std::time::{Duration, Instant};

/// Each process is gone, or is within a second: an end by SIGKILL takes its time. One that nobody reaped is gone.
#[track_caller]
pub(crate) fn are_gone(pids: &[String]) {
    let started_at = Instant::now();
    for pid in pids {
        while is_alive(pid) {
            assert!(started_at.elapsed() < Duration::from_secs(1), "process {pid} of {pids:?} lives on");
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

fn is_alive(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The state follows the name, which may have blanks and parentheses itself.
    let state = stat.rsplit_once(") ").and_then(|(_, fields)| fields.chars().next());
    !matches!(state, None | Some('Z' | 'X'))
}
