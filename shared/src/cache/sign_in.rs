//! Sign-ins: whether there is any, and what everybody may know of one. What it brought is a chain of the state.

use std::io;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::entry;
use super::fingerprint::Fingerprint;
use super::instant;
use super::seal::{Seal, SealedBy};
use crate::os::private::Directory;
use crate::os::user_key::Key;
use crate::secret::Secret;

/// A file in the state directory since somebody signed in: without it no run looks for a sign-in.
const MARK: &str = "sign-ins";

/// What `status` shows of a sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInHeader {
    /// Who signed in, as the server's unverified ID token says: for showing alone.
    pub account: Option<String>,
    /// When.
    #[serde(with = "instant")]
    pub signed_in_at: DateTime<Utc>,
    /// When it ends, in Unix seconds, where nothing renews it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<i64>,
}

/// Whether anybody has signed in.
///
/// # Errors
/// Those of the system.
pub fn any(state: &Directory) -> io::Result<bool> {
    state.contains(MARK)
}

/// Notes that somebody has.
///
/// # Errors
/// Those of the system.
pub fn mark(state: &Directory) -> io::Result<()> {
    if any(state)? { Ok(()) } else { state.write(MARK, b"") }
}

/// The access tokens in `cache` that came from the sign-in `name`, each with the name of its request.
///
/// # Errors
/// Those of the system.
pub fn access_tokens(
    cache: &Directory,
    key: &Key,
    name: &Fingerprint,
) -> io::Result<Vec<(Fingerprint, Option<Secret>)>> {
    let headers = entry::headers(cache)?.into_iter().filter(|(_, header)| header.sign_in.as_ref() == Some(name));
    let open = |request: Fingerprint| {
        let seal = Seal::new(key, None, &request).ok();
        let entry = seal.and_then(|seal| entry::Slot::new(cache, seal).load());
        (request, entry.map(|entry| entry.token))
    };
    Ok(headers.filter(|(_, header)| header.sealed_by == SealedBy::Key).map(|(request, _)| open(request)).collect())
}
