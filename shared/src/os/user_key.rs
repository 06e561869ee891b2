//! The user's key: 32 random bytes that tie cache and state to this user and this machine.

use std::fmt;
use std::io;

#[cfg(feature = "cache")]
use ring::{hkdf, hmac};
use zeroize::Zeroizing;

use crate::error::{Error, Report};
use crate::os::clock::Deadline;
use crate::os::file::reason;
use crate::os::lock::Lock;
use crate::os::private::Directory;
use crate::os::random;

/// Where the key and rotated refresh tokens are kept unless the user names another directory.
pub const STATE_DIRECTORY: &str = "~/.local/state/hdr";

/// The file in the state directory.
const FILE: &str = "key";

/// The extension of the names of rotated refresh tokens, which nothing opens without the key.
pub(crate) const CHAINS: &str = ".refresh";

/// Its length in bytes.
const LENGTH: usize = 32;

/// The user's key. Nothing is made with it directly: each purpose derives its own.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; LENGTH]>);

impl Key {
    /// Reads the key from the state directory, or makes it; processes that do so at once end up with the same one.
    ///
    /// # Errors
    /// [`Error::Other`] when it can be neither read nor made; [`Error::Secret`] when it is lost or damaged and rotated
    /// refresh tokens are there that nothing else opens; [`Error::Transient`] when another process takes longer to
    /// make it than the deadline allows.
    pub fn open(state: &Directory, deadline: &Deadline) -> Result<Self, Error> {
        if let Some(key) = Self::read(state)? {
            return Ok(key);
        }
        let _lock = Lock::acquire(state, FILE, deadline)?;
        match Self::read(state)? {
            Some(key) => Ok(key),
            None => Self::make(state),
        }
    }

    /// The key in the file; `None` where there is none, or bytes that never were a key.
    ///
    /// # Errors
    /// [`Error::Other`] when it cannot be read.
    pub(crate) fn read(state: &Directory) -> Result<Option<Self>, Error> {
        let bytes = state.read(FILE).map_err(|error| unusable(state, &error))?.map(Zeroizing::new);
        Ok(bytes.and_then(|bytes| bytes.as_slice().try_into().ok()).map(Self::of_bytes))
    }

    fn make(state: &Directory) -> Result<Self, Error> {
        let names = state.names().map_err(|error| unusable(state, &error))?;
        if names.iter().any(|name| name.ends_with(CHAINS)) {
            return Err(Error::Secret(Report::new(
                format_args!("the rotated refresh tokens in {} cannot be opened", state.path().display()),
                format_args!("the file `{FILE}` there is lost or damaged"),
                "restore it, or run forget --all --refresh-token-too and put a new refresh token into its source",
            )));
        }
        let mut bytes = Zeroizing::new([0; LENGTH]);
        random::fill(&mut *bytes)
            .and_then(|()| state.write(FILE, &*bytes))
            .and_then(|()| state.sync())
            .map_err(|error| unusable(state, &error))?;
        Ok(Self(bytes))
    }

    /// The key itself.
    pub(crate) fn bytes(&self) -> &[u8] {
        &*self.0
    }

    pub(crate) fn of_bytes(bytes: [u8; LENGTH]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The key for fingerprints of one purpose.
    #[cfg(feature = "cache")]
    pub(crate) fn derived(&self, purpose: &[u8]) -> hmac::Key {
        let master = hmac::Key::new(hmac::HMAC_SHA256, &*self.0);
        hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&master, purpose).as_ref())
    }

    /// The salt under which credentials become keys that seal.
    #[cfg(feature = "cache")]
    pub(crate) fn salt(&self) -> hkdf::Salt {
        let master = hmac::Key::new(hmac::HMAC_SHA256, &*self.0);
        hkdf::Salt::new(hkdf::HKDF_SHA256, hmac::sign(&master, b"salt").as_ref())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cold]
fn unusable(state: &Directory, error: &io::Error) -> Error {
    Error::Other(Report::new(
        format_args!("the key {} cannot be used", state.path().join(FILE).display()),
        reason(error),
        "make its directory writable and the key a file of this user with mode 0600",
    ))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::os::clock::monotonic;

    fn open(path: &std::path::Path) -> Result<Key, Error> {
        Key::open(&Directory::at(path).unwrap(), &Deadline::new(monotonic(), Duration::from_secs(5)))
    }

    #[test]
    fn it_is_made_once() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a/b");
        let made = open(&path).unwrap();
        assert_eq!(open(&path).unwrap().0, made.0);
        assert_eq!(Directory::at(&path).unwrap().read(FILE).unwrap().unwrap(), *made.0);
        assert_eq!(format!("{made:?}"), "[redacted]");
    }

    #[test]
    fn a_damaged_one_is_replaced_unless_rotated_tokens_need_it() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("state");
        let directory = Directory::at(&path).unwrap();
        directory.write(FILE, b"short").unwrap();
        let made = open(&path).unwrap();
        assert_eq!(directory.read(FILE).unwrap().unwrap(), *made.0);

        directory.write(FILE, b"").unwrap();
        directory.write("ab.refresh", b"x").unwrap();
        let error = open(&path).unwrap_err();
        assert_eq!(error.exit_code(), 3, "{error}");
        assert!(error.to_string().contains("the file `key` there is lost or damaged; restore it, or run"), "{error}");
    }
}
