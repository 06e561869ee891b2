//! The doors to the files of the cache.

use std::io;

use super::issued::IssuedTokens;
use super::refusal::Failure;
use super::seal::{self, Seal};
use crate::os::user_key::Key;
use crate::secret::Secret;

pub use super::entry::Header as EntryHeader;

/// The user's key in a file of these bytes.
#[must_use]
pub fn key(bytes: [u8; 32]) -> Key {
    Key::of_bytes(bytes)
}

/// The file of an entry.
///
/// # Errors
/// None that is known.
pub fn close(seal: &Seal, header: &EntryHeader, token: &Secret) -> io::Result<Vec<u8>> {
    seal.close(header, token)
}

/// What the file of an entry holds, where `seal` opens it.
#[must_use]
pub fn open(seal: &Seal, file: &[u8]) -> Option<(EntryHeader, Secret)> {
    seal.open(file)
}

/// What the file of an entry says to everybody.
#[must_use]
pub fn header(file: &[u8]) -> Option<EntryHeader> {
    seal::header(file)
}

/// The failure that a file remembers.
#[must_use]
pub fn failure(file: &[u8]) -> Option<Failure> {
    serde_json::from_slice(file).ok()
}

/// The issued tokens that a file remembers, written again.
#[must_use]
pub fn issued(file: &[u8]) -> Option<Vec<u8>> {
    let issued: IssuedTokens = serde_json::from_slice(file).ok()?;
    serde_json::to_vec(&issued).ok()
}
