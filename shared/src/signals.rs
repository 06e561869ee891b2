//! Signals that end us: SIGTERM, SIGINT and SIGHUP wait while something is under way that they must not cut short.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

/// While one of these lives the signals wait. One that came meanwhile ends us when the last is dropped, and from then
/// on each does at once, as if nobody had ever waited.
#[derive(Debug)]
pub(crate) struct Deferral(&'static Actions);

impl Deferral {
    /// Lets the signals wait from now on.
    pub(crate) fn begin() -> io::Result<Self> {
        let actions = Actions::registered().ok_or_else(|| io::Error::other("signals cannot be watched"))?;
        actions.depth.fetch_add(1, Ordering::SeqCst);
        actions.at_once.store(false, Ordering::SeqCst);
        Ok(Self(actions))
    }
}

impl Drop for Deferral {
    fn drop(&mut self) {
        if self.0.depth.fetch_sub(1, Ordering::SeqCst) > 1 {
            return;
        }
        self.0.at_once.store(true, Ordering::SeqCst);
        if let Ok(signal @ 1..) = i32::try_from(self.0.came.swap(0, Ordering::SeqCst)) {
            // It returns only where the signal is not known, and those above are.
            let _ = low_level::emulate_default_handler(signal);
        }
    }
}

/// What the signals do for the rest of the process: signal-hook takes a handler away, but brings no default back.
#[derive(Debug)]
struct Actions {
    depth: AtomicUsize,
    at_once: Arc<AtomicBool>,
    came: Arc<AtomicUsize>,
}

impl Actions {
    fn registered() -> Option<&'static Self> {
        static ACTIONS: OnceLock<Option<Actions>> = OnceLock::new();
        ACTIONS.get_or_init(|| Self::register().ok()).as_ref()
    }

    fn register() -> io::Result<Self> {
        let actions = Self { depth: AtomicUsize::new(0), at_once: Arc::default(), came: Arc::default() };
        for signal in [SIGTERM, SIGINT, SIGHUP] {
            let number = usize::try_from(signal).map_err(io::Error::other)?;
            flag::register_usize(signal, Arc::clone(&actions.came), number)?;
            flag::register_conditional_default(signal, Arc::clone(&actions.at_once))?;
        }
        Ok(actions)
    }
}
