//! Values inside objects inside objects.

use super::Scanner;

/// The text of the value that `path` leads to from the value in `json`, by the names of members. Of members with the same name
/// the last counts. `None` also where `json` is none.
pub(crate) fn value_at<'t, K: AsRef<str>>(json: &'t str, path: &[K]) -> Option<&'t str> {
    let mut whole = Scanner::new(json);
    let mut value = json.get(whole.value().ok()?)?;
    whole.end().ok()?;
    for name in path {
        let mut found = None;
        let mut scanner = Scanner::new(value);
        let walked = scanner.members(&mut |scanner, key| {
            let place = scanner.value()?;
            if key.is(name.as_ref()) {
                found = Some(place);
            }
            Ok(())
        });
        walked.ok()?;
        value = value.get(found?)?;
    }
    Some(value)
}
