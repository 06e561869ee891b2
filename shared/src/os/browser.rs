//! Opening a URL in the browser of the person who runs us.

use crate::os::environment::setting;

/// Whether there is a browser to open: always on macOS and Windows, elsewhere where there is a display, WSL, or a browser
/// that the user names.
pub(crate) fn is_there() -> bool {
    let names = ["DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "WSL_DISTRO_NAME"];
    cfg!(any(target_os = "macos", windows)) || names.iter().any(|name| setting(name).is_some())
}

/// Opens `url`; says whether a program was found for it. That outlives us, and none of our streams is left to it.
pub(crate) fn open(url: &str) -> bool {
    ::open::that_detached(url).is_ok()
}
