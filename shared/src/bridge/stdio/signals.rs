//! The signals by which a client, a terminal or the system ends us, as events: SIGINT, SIGTERM, SIGHUP and SIGQUIT.

#[cfg(not(unix))]
use std::future::pending;
use std::io;
#[cfg(unix)]
use std::sync::Arc;
use std::time::Duration;

#[cfg(unix)]
use tokio::net::UnixStream;
#[cfg(unix)]
use tokio::task::spawn_blocking;

#[cfg(unix)]
use crate::os::signals::Watch;

/// The signals that come from now on. None of them ends this process by itself any more.
#[derive(Debug)]
pub(crate) struct Signals {
    #[cfg(unix)]
    arrivals: UnixStream,
    #[cfg(unix)]
    watch: Arc<Watch>,
}

#[cfg(unix)]
impl Signals {
    /// Watches from now on, also while something defers signals. A process does it once.
    ///
    /// # Errors
    /// Those of the system.
    pub(crate) fn watch() -> io::Result<Self> {
        let (watch, arrivals) = Watch::begin()?;
        arrivals.set_nonblocking(true)?;
        Ok(Self { arrivals: UnixStream::from_std(arrivals)?, watch: Arc::new(watch) })
    }

    /// Waits for the next signal. Each one that came is told once, but many at once may be one.
    pub(crate) async fn next(&self) {
        loop {
            if self.arrivals.readable().await.is_err() || self.arrivals.try_read(&mut [0]).is_ok() {
                return;
            }
        }
    }

    /// Waits until no child of ours is left, for `limit` at most; says whether that is so.
    pub(crate) async fn until_no_child_is_left(&self, limit: Duration) -> bool {
        let watch = Arc::clone(&self.watch);
        spawn_blocking(move || watch.wait_for_others(limit)).await.unwrap_or(false)
    }

    /// Waits until no refresh token is sent and not yet stored, for `limit` at most; says whether that is so.
    pub(crate) async fn until_all_is_stored(&self, limit: Duration) -> bool {
        let watch = Arc::clone(&self.watch);
        spawn_blocking(move || watch.wait_until_stored(limit)).await.unwrap_or(false)
    }
}

/// The system ends us.
#[cfg(not(unix))]
impl Signals {
    pub(crate) fn watch() -> io::Result<Self> {
        Ok(Self {})
    }

    pub(crate) async fn next(&self) {
        pending().await
    }

    pub(crate) async fn until_no_child_is_left(&self, _: Duration) -> bool {
        true
    }

    pub(crate) async fn until_all_is_stored(&self, _: Duration) -> bool {
        true
    }
}
