//! Connections that are kept for the next request, each for a lane of its own.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use super::Lane;
use super::connection::Connection;
use crate::os::clock::monotonic;

/// How long after its last byte a connection is used again: Node's servers close one after 5 s.
const REUSE: Duration = Duration::from_secs(4);

/// How long before the end that a server tells it is used last.
const MARGIN: Duration = Duration::from_secs(1);

/// Kept connections; the one that was used last is taken first.
#[derive(Debug, Default)]
pub(super) struct Pool {
    kept: RefCell<Vec<Kept>>,
    #[cfg(test)]
    pub(super) ahead: std::cell::Cell<Duration>,
}

#[derive(Debug)]
struct Kept {
    lane: Lane,
    connection: Connection,
    /// Until when it is used again.
    until: Instant,
}

impl Pool {
    /// Keeps a connection, of which the server has said that it keeps it for `timeout`.
    pub(super) fn keep(&self, lane: Lane, connection: Connection, timeout: Option<Duration>) {
        let reuse = timeout.map_or(REUSE, |timeout| timeout.saturating_sub(MARGIN));
        let until = connection.last_read().checked_add(reuse);
        let now = self.now();
        let mut all = self.kept.borrow_mut();
        all.retain(|kept| now < kept.until);
        if let Some(until) = until.filter(|until| now < *until) {
            all.push(Kept { lane, connection, until });
        }
    }

    /// A connection that can be used again.
    pub(super) async fn take(&self, lane: Lane) -> Option<Connection> {
        loop {
            let connection = self.newest(lane)?;
            if connection.is_usable().await {
                return Some(connection);
            }
        }
    }

    /// Closes all.
    #[cfg(test)]
    pub(super) fn close(&self) {
        self.kept.take();
    }

    fn newest(&self, lane: Lane) -> Option<Connection> {
        let now = self.now();
        let mut all = self.kept.borrow_mut();
        all.retain(|kept| now < kept.until);
        let newest = all.iter().rposition(|kept| kept.lane == lane)?;
        Some(all.remove(newest).connection)
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "tests have a clock of their own")]
    fn now(&self) -> Instant {
        monotonic()
    }

    #[cfg(test)]
    fn now(&self) -> Instant {
        monotonic().checked_add(self.ahead.get()).unwrap_or_else(monotonic)
    }
}
