//! What hdr-bridge says to people while it serves a client: lines on stderr, and in the log for those whose client throws
//! stderr away. Neither holds the bridge up.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::command_line::Bridge;
use super::lines::{Line, Lines};
use super::url;
use crate::client::mark::Marks;
use crate::os::clock::{elapsed, monotonic};
use crate::program::helper::Program;
use crate::program::log;
use crate::program::report::write_line;
use crate::server::Server;

/// Within this time the same line is written once.
const AT_ONCE: Duration = Duration::from_secs(1);

/// The most lines of one process that are logged.
const LOGGED: usize = 200;

/// How long lines may take to be written when the process ends: a client gives it little time after a signal.
const LAST_LINES: Duration = Duration::from_millis(20);

/// How long the line may take that says why the process cannot do its work.
const LAST_ERROR: Duration = Duration::from_secs(1);

/// Writes lines to stderr and to the log.
pub(super) struct Notices {
    server: Arc<Server>,
    profile: Option<String>,
    log: Option<String>,
    /// Whether it is a run of a check, which leaves no trace.
    is_check: bool,
    started_at: Instant,
    /// What was said last, and when.
    last: RefCell<Option<(String, Instant)>>,
    /// Lines that are in the log.
    logged: RefCell<BTreeSet<String>>,
    on_stderr: Lines,
    in_log: Lines,
}

impl Notices {
    /// Those of a process that started at `started_at`, with this command line.
    pub(super) fn new(bridge: &Bridge, profile: Option<&str>, marks: &Marks, started_at: Instant) -> Self {
        let options = &bridge.options;
        Self {
            server: Arc::new(Server::at(options.server_name.as_deref(), url::given(options).as_deref())),
            profile: profile.or(options.profile.as_deref()).map(str::to_owned),
            log: options.log.clone(),
            is_check: marks.is_check() || options.check || options.print_config.is_some(),
            started_at,
            last: RefCell::default(),
            logged: RefCell::default(),
            on_stderr: Lines::default(),
            in_log: Lines::default(),
        }
    }

    /// Writes a line of a process that goes on. One that is in the log already is not logged again.
    pub(super) fn tell(&self, line: &str) {
        if self.is_said(line) {
            return;
        }
        self.write(0, line);
        let mut logged = self.logged.borrow_mut();
        // A step of --explain or a warning of the start is no failure, but who looks for one wants to see it.
        if logged.len() < LOGGED && logged.insert(line.to_owned()) {
            self.log(0, line);
        }
    }

    /// Whether this line is the last one, and just written: of many requests that fail at once.
    fn is_said(&self, line: &str) -> bool {
        let mut last = self.last.borrow_mut();
        let is_same = last.as_ref().is_some_and(|(said, at)| said == line && elapsed(*at) < AT_ONCE);
        if !is_same {
            *last = Some((line.to_owned(), monotonic()));
        }
        is_same
    }

    /// Writes why the process ends with `exit_code`.
    pub(super) fn end(&self, exit_code: u8, line: &str) {
        self.log(exit_code, line);
        self.write(exit_code, line);
        self.flush_within(LAST_ERROR);
    }

    /// Waits until everything is written, but not for a client that does not read.
    pub(super) fn flush(&self) {
        self.flush_within(LAST_LINES);
    }

    fn flush_within(&self, limit: Duration) {
        let started_at = monotonic();
        self.in_log.flush(limit);
        self.on_stderr.flush(limit.saturating_sub(elapsed(started_at)));
    }

    fn write(&self, exit_code: u8, line: &str) {
        if self.is_check {
            // In the order of what is on stdout.
            return write_line(Bridge::NAME, line);
        }
        let line = Line { exit_code, text: line.to_owned() };
        self.on_stderr.push(line, || Box::new(|line| write_line(Bridge::NAME, &line.text)));
    }

    fn log(&self, exit_code: u8, line: &str) {
        if self.is_check {
            return;
        }
        let line = Line { exit_code, text: line.to_owned() };
        self.in_log.push(line, || {
            let (server, profile, log) = (Arc::clone(&self.server), self.profile.clone(), self.log.clone());
            let started_at = self.started_at;
            Box::new(move |line| {
                let entry = log::Entry {
                    helper: Bridge::NAME,
                    profile: profile.as_deref(),
                    server: &server,
                    exit_code: line.exit_code,
                    message: Some(&line.text),
                    warnings: &[],
                    took: elapsed(started_at),
                };
                // That nothing can be logged is no news beside the line itself.
                let _ = entry.append(log.as_deref());
            })
        });
    }
}
