//! The local time zone, as `TZ` names it.

use std::path::Path;

use crate::error::{Error, Report};
use crate::os::environment::setting;
use crate::os::file;

/// Where the files of time zones are looked for, in this order.
const ZONES: [&str; 4] = ["/usr/share/zoneinfo", "/share/zoneinfo", "/etc/zoneinfo", "/usr/share/lib/zoneinfo"];

/// Makes sure that the time zone can be read without waiting: `TZ` may name a file.
///
/// # Errors
/// [`Error::Usage`] when that is a pipe or a device.
pub(crate) fn check_zone() -> Result<(), Error> {
    let Some(zone) = setting("TZ") else { return Ok(()) };
    let name = zone.strip_prefix(':').unwrap_or(&zone);
    // Other names stay in the folders of the system.
    if !name.starts_with('/') && !name.contains("..") {
        return Ok(());
    }
    let special = ZONES.iter().find_map(|folder| file::refuse_special(&Path::new(folder).join(name)).err());
    special.map_or(Ok(()), |error| {
        let remedy = "name a time zone, like Europe/Vienna, or unset TZ";
        Err(Error::Usage(Report::new("the time zone of TZ cannot be read", error, remedy)))
    })
}
