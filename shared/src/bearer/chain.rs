//! Refreshing: with the newest refresh token, and no header before the one that replaces it is on disk.

use crate::bearer::store::Store;
use crate::cache::entry::About;
use crate::cache::lock::Lock;
use crate::cache::state::Chain;
use crate::clock::{self, Deadline};
use crate::error::Error;
use crate::oauth::answer::Answer;
use crate::oauth::request::Granted;
use crate::secret::Secret;

/// Sends the newest refresh token that came from `original`, and keeps the one that the answer brings in its place. From
/// before the sending until then, signals that end us wait. It is kept even where its answer has no usable token: the one
/// that was sent is used up.
///
/// # Errors
/// Those of `send`; [`Error::Secret`] when the newest cannot be opened, [`Error::Other`] when the next could not be kept,
/// [`Error::Transient`] when another run refreshes past the deadline.
pub(super) fn refresh(
    original: &Secret,
    store: &Store,
    deadline: &Deadline,
    send: impl FnOnce(Secret) -> Result<(Granted, About), Error>,
) -> Result<(Answer, About), Error> {
    let chain = Chain::new(&store.state, &store.key, original)?;
    let _lock = Lock::acquire(&store.state, &chain.name().to_string(), deadline)?;
    let newest = chain.load()?.unwrap_or_else(|| original.clone());
    let place = chain.reserve()?;
    let (granted, about) = send(newest.clone())?;
    match &granted.refresh_token {
        Some(next) if next.expose() != newest.expose() => place.store(next, about.clone(), clock::now())?,
        _ => drop(place),
    }
    Ok((granted.answer?, about))
}
