//! Failures worth remembering for half a minute, so that many clients do not repeat what has just failed.

use std::io;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::fingerprint::Fingerprint;
use super::instant;
use crate::os::private::Directory;

pub(super) const EXTENSION: &str = "failure";

/// How long a failure is remembered.
pub const REMEMBERED: Duration = Duration::from_secs(30);

/// What an authorization server answered last, when it was no token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What follows from it.
    pub kind: Kind,
    /// When it was.
    #[serde(with = "instant")]
    pub at: DateTime<Utc>,
    /// The message that the user saw; it holds no secret.
    pub message: String,
}

/// What follows from a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The server refused for good: it is not asked again for a while.
    Refusal,
    /// A renewal ahead of time failed, for whatever reason: the old token serves meanwhile.
    Renewal,
}

impl Failure {
    /// The failure remembered for the request `name` at `now`, if there is one.
    #[must_use]
    pub fn recall(directory: &Directory, name: &Fingerprint, now: DateTime<Utc>) -> Option<Self> {
        let file = directory.read(&name.file(EXTENSION)).ok()??;
        serde_json::from_slice(&file).ok().filter(|failure: &Self| failure.is_remembered(now))
    }

    /// Remembers it for the request `name`.
    pub fn remember(&self, directory: &Directory, name: &Fingerprint) -> io::Result<()> {
        directory.write(&name.file(EXTENSION), &serde_json::to_vec(self)?)
    }

    /// Forgets what is remembered for the request `name`, as after a success.
    pub fn forget(directory: &Directory, name: &Fingerprint) -> io::Result<()> {
        directory.remove(&name.file(EXTENSION)).map(|_| ())
    }

    /// Whether it happened in the half minute before `now`.
    #[must_use]
    pub fn is_remembered(&self, now: DateTime<Utc>) -> bool {
        instant::is_within(self.at, REMEMBERED, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::user_key::Key;
    use crate::secret::Secret;

    #[test]
    fn it_is_remembered_for_half_a_minute() {
        let home = tempfile::tempdir().unwrap();
        let directory = Directory::at(&home.path().join("cache")).unwrap();
        let name = Fingerprint::of(&Key::of_bytes([0; 32]), &Secret::new(b"name".to_vec()));
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        assert_eq!(Failure::recall(&directory, &name, at(100)), None);
        let failure = Failure { kind: Kind::Refusal, at: at(100), message: "invalid_client".to_owned() };
        failure.remember(&directory, &name).unwrap();
        for (now, remembered) in [(99, false), (100, true), (129, true), (130, false)] {
            assert_eq!(Failure::recall(&directory, &name, at(now)).is_some(), remembered, "{now}");
        }
        assert_eq!(Failure::recall(&directory, &name, at(100)), Some(failure));
        directory.write(&name.file(EXTENSION), b"{\"kind\":\"renewal\"}").unwrap();
        assert_eq!(Failure::recall(&directory, &name, at(100)), None);
        Failure::forget(&directory, &name).unwrap();
        assert_eq!(directory.names().unwrap(), Vec::<String>::new());
    }
}
