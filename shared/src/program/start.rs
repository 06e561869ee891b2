//! How a helper starts. On Linux with glibc it does without the Rust runtime's own `main`, which reads the whole memory map
//! of the process to describe a stack overflow in better words: that takes as long as making a header. What else the
//! runtime prepares is prepared here.

/// The entry point of an executable, which runs this function for its exit code. Its crate root begins with
/// `#![cfg_attr(all(target_os = "linux", target_env = "gnu"), no_main)]`.
#[macro_export]
macro_rules! start {
    ($main:expr) => {
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        #[expect(unsafe_code, reason = "the C runtime calls this symbol, and nothing else has its name")]
        #[unsafe(no_mangle)]
        extern "C" fn main() -> std::ffi::c_int {
            $crate::program::start::prepare();
            $main().into()
        }

        #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
        fn main() -> std::process::ExitCode {
            $main().into()
        }
    };
}

/// Makes sure that stdin, stdout and stderr are open, so that no file of ours takes the number of one, and that a reader who
/// is gone is an error of writing and not the end of us.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn prepare() {
    use std::os::fd::IntoRawFd;
    use std::sync::Arc;

    use rustix::fs::{Mode, OFlags, open};
    use rustix::process::Signal;
    use rustix::stdio::{stderr, stdin, stdout};

    for stream in [stdin(), stdout(), stderr()] {
        if rustix::io::fcntl_getfd(stream).is_err() {
            // The lowest free number is that of the stream, and it stays open.
            let null = open("/dev/null", OFlags::RDWR, Mode::empty()).map(IntoRawFd::into_raw_fd);
            debug_assert!(null.is_ok(), "without a null device the stream stays closed, as it was");
        }
    }
    // Fails for no signal that exists.
    let _ = signal_hook::flag::register(Signal::PIPE.as_raw(), Arc::default());
}
