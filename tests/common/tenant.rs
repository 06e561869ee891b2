//! `hdr-tenant`, for tests of a helper that runs inside it.

use std::path::Path;

/// Its executable, which is built beside the one that is tested.
pub(crate) fn executable() -> String {
    Path::new(crate::EXECUTABLE).with_file_name("hdr-tenant").to_str().expect("text").to_owned()
}
