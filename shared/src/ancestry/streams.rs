//! What our standard streams tell of who started us.

use std::io::IsTerminal;

/// Whether a person sits at one of them.
#[cfg(unix)]
pub(super) fn any_terminal() -> bool {
    use rustix::stdio::{stderr, stdin, stdout};
    [stdin(), stdout(), stderr()].iter().any(IsTerminal::is_terminal)
}

/// Whether stdin and stderr are the null device and stdout is not.
#[cfg(unix)]
pub(super) fn as_codex_leaves_them() -> bool {
    use std::os::unix::fs::{FileTypeExt, MetadataExt};

    use rustix::stdio::{stderr, stdin};
    let Ok(null) = std::fs::metadata("/dev/null").map(|null| (null.file_type().is_char_device(), null.rdev())) else {
        return false;
    };
    let is_null = |stream| rustix::fs::fstat(stream).is_ok_and(|stat| (true, stat.st_rdev) == null && is_device(&stat));
    is_null(stdin()) && is_null(stderr())
}

#[cfg(unix)]
fn is_device(stat: &rustix::fs::Stat) -> bool {
    rustix::fs::FileType::from_raw_mode(stat.st_mode) == rustix::fs::FileType::CharacterDevice
}

#[cfg(not(unix))]
#[expect(clippy::disallowed_methods, reason = "the streams are looked at, not used")]
pub(super) fn any_terminal() -> bool {
    std::io::stdin().is_terminal() || std::io::stdout().is_terminal() || std::io::stderr().is_terminal()
}

/// Codex is known by its null device on Unix only.
#[cfg(not(unix))]
pub(super) fn as_codex_leaves_them() -> bool {
    false
}
