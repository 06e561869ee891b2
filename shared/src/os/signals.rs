//! Signals that end us. They wait while something is under way that they must not cut short: a child that is to be
//! ended first, a rotated token that is not on disk yet. From the first time on they end us even if whoever started us
//! had them ignored: what they were is not to be asked without unsafe code.

use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
#[cfg(feature = "bridge")]
use std::sync::Condvar;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
#[cfg(feature = "bridge")]
use std::time::Duration;

use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::{SigId, flag, low_level};

const ENDING: [i32; 4] = [SIGTERM, SIGINT, SIGHUP, SIGQUIT];

/// While one of these lives the signals wait. One that came meanwhile ends us when the last is dropped, and from then
/// on each does at once, as if nobody had ever waited.
#[derive(Debug)]
pub(crate) struct Deferral {
    actions: &'static Actions,
    /// Whether something is lost where this is cut short.
    is_storing: bool,
    /// What wakes this one, where another one began before: whoever reads the bytes of a stream takes them from the others.
    wakes: Option<Wakes>,
}

/// A stream that is readable when a signal came or a child has exited, for as long as this lives.
#[derive(Debug)]
struct Wakes {
    woken: UnixStream,
    registered: Vec<SigId>,
}

impl Wakes {
    fn register() -> io::Result<Self> {
        let (woken, wakes) = UnixStream::pair()?;
        woken.set_nonblocking(true)?;
        let mut this = Self { woken, registered: Vec::new() };
        for signal in ENDING.into_iter().chain([SIGCHLD]) {
            this.registered.push(low_level::pipe::register(signal, wakes.try_clone()?)?);
        }
        Ok(this)
    }
}

impl Drop for Wakes {
    fn drop(&mut self) {
        for id in &self.registered {
            low_level::unregister(*id);
        }
    }
}

/// What the signals do for the rest of the process: signal-hook takes a handler away, but brings no default back.
#[derive(Debug)]
struct Actions {
    /// How many deferrals live. It is locked while `at_once` follows it, so that no thread ends what another one began.
    depth: Mutex<Depth>,
    /// One was dropped while others live.
    #[cfg(feature = "bridge")]
    dropped: Condvar,
    at_once: Arc<AtomicBool>,
    /// The number of the signal that came, zero for none.
    came: Arc<AtomicUsize>,
    /// Readable when a signal came or a child has exited.
    woken: UnixStream,
}

#[derive(Clone, Copy, Debug, Default)]
struct Depth {
    all: usize,
    /// Those of them that store something.
    storing: usize,
}

impl Deferral {
    /// Lets the signals wait from now on, until a child is ended.
    pub(crate) fn begin() -> io::Result<Self> {
        Self::new(false)
    }

    /// Lets the signals wait from now on, until something is stored that is lost else.
    #[cfg(feature = "cache")]
    pub(crate) fn storing() -> io::Result<Self> {
        Self::new(true)
    }

    fn new(is_storing: bool) -> io::Result<Self> {
        static ACTIONS: OnceLock<Actions> = OnceLock::new();
        let actions = if let Some(actions) = ACTIONS.get() {
            actions
        } else {
            let actions = Actions::register()?;
            ACTIONS.get_or_init(|| actions)
        };
        let mut depth = actions.depth.lock().unwrap_or_else(PoisonError::into_inner);
        let wakes = if depth.all == 0 { None } else { Some(Wakes::register()?) };
        depth.all = depth.all.saturating_add(1);
        depth.storing = depth.storing.saturating_add(usize::from(is_storing));
        actions.at_once.store(false, Ordering::SeqCst);
        drop(depth);
        Ok(Self { actions, is_storing, wakes })
    }

    /// Whether a signal came that ends us. Forgets what made this readable.
    pub(crate) fn ended_us(&self) -> bool {
        let mut buffer = [0; 64];
        let mut woken = self.woken();
        while woken.read(&mut buffer).is_ok_and(|length| length > 0) {}
        self.actions.came.load(Ordering::SeqCst) != 0
    }

    fn woken(&self) -> &UnixStream {
        self.wakes.as_ref().map_or(&self.actions.woken, |wakes| &wakes.woken)
    }
}

/// Readable when a signal came or a child has exited.
impl AsFd for Deferral {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.woken().as_fd()
    }
}

/// Makes signals events for a process that ends by itself when one comes: from now on none ends it.
#[cfg(feature = "bridge")]
#[derive(Debug)]
pub(crate) struct Watch(&'static Actions);

#[cfg(feature = "bridge")]
impl Watch {
    /// Watches from now on. Each signal that comes is a byte in the stream.
    pub(crate) fn begin() -> io::Result<(Self, UnixStream)> {
        let deferral = Deferral::begin()?;
        let actions = deferral.actions;
        // It is never dropped: that would end the process in the middle of its own end.
        std::mem::forget(deferral);
        let (arrivals, writer) = UnixStream::pair()?;
        for signal in ENDING {
            low_level::pipe::register(signal, writer.try_clone()?)?;
        }
        Ok((Self(actions), arrivals))
    }

    /// Waits until nothing is under way that a signal must not cut short, for `limit` at most; says whether that is so.
    pub(crate) fn wait_for_others(&self, limit: Duration) -> bool {
        self.wait_while(limit, |depth| depth.all > 1)
    }

    /// Waits until nothing is left to be stored, for `limit` at most; says whether that is so.
    pub(crate) fn wait_until_stored(&self, limit: Duration) -> bool {
        self.wait_while(limit, |depth| depth.storing > 0)
    }

    fn wait_while(&self, limit: Duration, is_so: impl Fn(Depth) -> bool) -> bool {
        let depth = self.0.depth.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.0.dropped.wait_timeout_while(depth, limit, |depth| is_so(*depth));
        let (depth, _) = waited.unwrap_or_else(PoisonError::into_inner);
        !is_so(*depth)
    }
}

impl Drop for Deferral {
    fn drop(&mut self) {
        let mut depth = self.actions.depth.lock().unwrap_or_else(PoisonError::into_inner);
        depth.all = depth.all.saturating_sub(1);
        depth.storing = depth.storing.saturating_sub(usize::from(self.is_storing));
        if depth.all > 0 {
            #[cfg(feature = "bridge")]
            self.actions.dropped.notify_all();
            return;
        }
        self.actions.at_once.store(true, Ordering::SeqCst);
        drop(depth);
        if let Ok(signal @ 1..) = i32::try_from(self.actions.came.load(Ordering::SeqCst)) {
            // It returns only where the signal is not known, and those below are.
            let _ = low_level::emulate_default_handler(signal);
        }
    }
}

impl Actions {
    fn register() -> io::Result<Self> {
        let (woken, wakes) = UnixStream::pair()?;
        woken.set_nonblocking(true)?;
        let actions = Self {
            depth: Mutex::default(),
            #[cfg(feature = "bridge")]
            dropped: Condvar::new(),
            at_once: Arc::new(AtomicBool::new(true)),
            came: Arc::default(),
            woken,
        };
        for signal in ENDING {
            let number = usize::try_from(signal).map_err(io::Error::other)?;
            flag::register_conditional_default(signal, Arc::clone(&actions.at_once))?;
            flag::register_usize(signal, Arc::clone(&actions.came), number)?;
            low_level::pipe::register(signal, wakes.try_clone()?)?;
        }
        low_level::pipe::register(SIGCHLD, wakes)?;
        Ok(actions)
    }
}
