//! A HOME that belongs to another user than root, who runs the tests.

use std::process::Command;

use crate::common::Helper;

/// The number of a user that nothing else belongs to.
pub(crate) const USER: u32 = 12345;

/// Gives HOME with all that is in it to that user; `None` where the tests may not, or where that user cannot start the
/// executables.
pub(crate) fn of_user(helper: Helper) -> Option<Helper> {
    let line = format!("[ \"$(id -u)\" = 0 ] && chown -hR {USER}:{USER} ~ || exit 3");
    let status = Command::new("sh").args(["-c", &line]).env("HOME", helper.path("")).status();
    if !status.is_ok_and(|status| status.success()) {
        return None;
    }
    (by_user(&helper.beside()).args(["--help"]).run().code() == Some(0)).then_some(helper)
}

/// The same command line, run by that user.
pub(crate) fn by_user(helper: &Helper) -> Helper {
    let user = [format!("--reuid={USER}"), format!("--regid={USER}"), "--clear-groups".to_owned()];
    helper.again().through(std::iter::once("setpriv".to_owned()).chain(user))
}
