//! The cache and the state as real processes use them: many at once, killed, and on files that somebody spoiled.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "the tests start processes and spoil files")]
#![expect(clippy::unwrap_used, reason = "they end at the first surprise")]

#[path = "cache/child.rs"]
mod child;
#[cfg(target_os = "linux")]
#[path = "cache/clients.rs"]
mod clients;
#[path = "cache/files.rs"]
mod files;
#[path = "cache/processes.rs"]
mod processes;
#[path = "cache/pruning.rs"]
mod pruning;
#[path = "common/spoil.rs"]
mod spoil;
#[path = "cache/state.rs"]
mod state;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hdr::cache::entry::{About, Entry, Header, Slot};
use hdr::cache::fingerprint::{Fingerprint, Inputs};
use hdr::cache::seal::Seal;
use hdr::cache::state::Recipient;
use hdr::os::clock::Deadline;
use hdr::os::private::Directory;
use hdr::os::user_key::Key;
use hdr::secret::Secret;
use tempfile::TempDir;

/// A user's state and cache in a directory of their own.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("hdr")
    }

    /// Where a child writes what it has to say.
    fn said(&self) -> PathBuf {
        self.0.path().join("said")
    }

    fn directory(&self) -> Directory {
        Directory::at(&self.path()).unwrap()
    }
}

/// Where refresh tokens go, in these tests.
const RECIPIENT: Recipient<'_> =
    Recipient { token_endpoint: "https://login.example.com/token", client_id: Some("abc") };

#[expect(clippy::print_stderr, reason = "who runs the tests should know")]
fn skipped(reason: &str) {
    eprintln!("skipped: {reason}");
}

fn within(milliseconds: u64) -> Deadline {
    Deadline::new(Instant::now(), Duration::from_millis(milliseconds))
}

fn secret(text: &str) -> Secret {
    Secret::new(text.as_bytes().to_vec())
}

fn key(path: &Path) -> Key {
    Key::open(&Directory::at(path).unwrap(), &within(8000)).unwrap()
}

/// The slot of the request that `request` stands for.
fn slot<'d>(directory: &'d Directory, request: &str) -> Slot<'d> {
    let key = key(directory.path());
    Slot::new(directory, Seal::new(&key, Some(&secret("credential")), &name(&key, request)).unwrap())
}

fn name(key: &Key, request: &str) -> Fingerprint {
    Inputs::new(key).text("request", request).finish()
}

/// A token of an hour, issued at the start of 1970.
fn entry(token: &str) -> Entry {
    let [issued_at, expires_at] = [0, 3600].map(|second| chrono::DateTime::from_timestamp(second, 0).unwrap());
    let about = About { issuer: "https://login.example.com".to_owned(), ..About::default() };
    Entry { header: Header::new(about, issued_at, expires_at), token: secret(token) }
}

fn loaded(slot: &Slot<'_>) -> Option<Vec<u8>> {
    slot.load().map(|entry| entry.token.expose().to_vec())
}
