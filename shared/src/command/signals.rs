//! Signals that end this process: while a child runs they wait until it has been ended, otherwise they act at once.

use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::{flag, low_level};

/// The time in which a child runs. When it is over, a signal that came meanwhile ends this process.
pub(super) struct Signals(&'static Handlers);

/// What the handlers share. They stay for the life of the process: taking one away would leave its signal ignored.
struct Handlers {
    woken: UnixStream,
    /// Whether a signal takes its default action at once.
    idle: Arc<AtomicBool>,
    /// The number of the signal that came, zero for none.
    came: Arc<AtomicUsize>,
}

impl Signals {
    /// Holds back the signals that end this process, from now on until dropped.
    pub(super) fn watched() -> io::Result<Self> {
        static HANDLERS: OnceLock<Handlers> = OnceLock::new();
        let handlers = match HANDLERS.get() {
            Some(handlers) => handlers,
            None => HANDLERS.get_or_init({
                let handlers = Handlers::install()?;
                || handlers
            }),
        };
        handlers.idle.store(false, Ordering::SeqCst);
        Ok(Self(handlers))
    }

    /// Whether a signal came that ends this process. Empties the pipe that woke us.
    pub(super) fn ended_us(&self) -> bool {
        let mut buffer = [0; 64];
        while (&self.0.woken).read(&mut buffer).is_ok_and(|length| length > 0) {}
        self.0.came.load(Ordering::SeqCst) != 0
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.0.idle.store(true, Ordering::SeqCst);
        let came = i32::try_from(self.0.came.load(Ordering::SeqCst)).unwrap_or_default();
        if came != 0 {
            // It does not return for any of the signals that are watched.
            let _ = low_level::emulate_default_handler(came);
        }
    }
}

/// Readable when a signal came or a child has exited.
impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.woken.as_fd()
    }
}

impl Handlers {
    fn install() -> io::Result<Self> {
        let (woken, wakes) = UnixStream::pair()?;
        woken.set_nonblocking(true)?;
        let handlers = Self { woken, idle: Arc::default(), came: Arc::default() };
        for signal in [SIGTERM, SIGINT, SIGHUP, SIGQUIT] {
            flag::register_conditional_default(signal, Arc::clone(&handlers.idle))?;
            flag::register_usize(signal, Arc::clone(&handlers.came), usize::try_from(signal).unwrap_or_default())?;
            low_level::pipe::register(signal, wakes.try_clone()?)?;
        }
        low_level::pipe::register(SIGCHLD, wakes)?;
        Ok(handlers)
    }
}
