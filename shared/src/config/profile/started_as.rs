//! The name that a helper was started under: a link `hdr-jwt@internal` to it uses the profile `internal`.

use std::ffi::OsStr;
use std::path::Path;

#[cfg(feature = "tenant")]
use super::HELPERS;

/// The profile in the name under which `helper` was started with the path `program`.
pub(crate) fn started_as(helper: &str, program: &OsStr) -> Option<String> {
    let name = Path::new(program).file_name()?.to_string_lossy();
    let profile = without_suffix(&name).strip_prefix(helper)?.strip_prefix('@')?;
    Some(profile.to_owned())
}

/// The helper of ours that the program at `path` is called like, whatever profile its name has.
#[cfg(feature = "tenant")]
pub(crate) fn helper_of(path: &str) -> Option<&'static str> {
    let name = Path::new(path).file_name()?.to_str()?;
    let helper = without_suffix(name).split('@').next()?;
    HELPERS.into_iter().find(|known| *known == helper)
}

/// A name without the suffix of executables; one for Windows may be run on another system too.
fn without_suffix(name: &str) -> &str {
    let (stem, suffix) = name.rsplit_once('.').unwrap_or((name, ""));
    if suffix.eq_ignore_ascii_case("exe") { stem } else { name }
}

#[cfg(all(test, feature = "tenant"))]
mod tests {
    use super::*;

    #[test]
    fn a_profile_stands_behind_the_helpers_own_name() {
        for (program, profile, helper) in [
            ("/a/hdr-jwt@x", Some("x"), Some("hdr-jwt")),
            ("hdr-jwt@x.y@z", Some("x.y@z"), Some("hdr-jwt")),
            ("./hdr-jwt@", Some(""), Some("hdr-jwt")),
            ("hdr-jwt", None, Some("hdr-jwt")),
            ("/a@b/hdr-jwt", None, Some("hdr-jwt")),
            ("hdr-jwtx@y", None, None),
            ("hdr-hmac@y", None, Some("hdr-hmac")),
            ("/a/hdr-jwt.exe", None, Some("hdr-jwt")),
            ("hdr-jwt@x.EXE", Some("x"), Some("hdr-jwt")),
            ("hdr-jwt.sh", None, None),
            ("", None, None),
        ] {
            assert_eq!(started_as("hdr-jwt", OsStr::new(program)).as_deref(), profile, "{program}");
            assert_eq!(helper_of(program), helper, "{program}");
        }
    }
}
