//! Refreshing: with the newest refresh token, and no header before the one that replaces it is on disk.

use crate::bearer::store::Store;
use crate::cache::entry::About;
use crate::cache::key::Key;
use crate::cache::lock::Lock;
use crate::cache::state::{Chain, Recipient};
use crate::clock::{self, Deadline};
use crate::error::{Error, quotable};
use crate::explain::Notes;
use crate::oauth::discovery::AuthorizationServer;
use crate::oauth::request::Reply;
use crate::private::Directory;
use crate::secret::Secret;

/// Sends the newest refresh token that came from `original`, and keeps the one that the answer brings in its place, also
/// where the answer is of no other use. From before the sending until then, signals that end us wait.
///
/// # Errors
/// Those of `send`; [`Error::Secret`] when the newest cannot be opened, [`Error::Other`] when the next could not be kept,
/// [`Error::Transient`] when another run refreshes past the deadline.
pub(super) fn refresh(
    original: &Secret,
    store: &Store,
    server: &AuthorizationServer,
    client_id: Option<&str>,
    deadline: &Deadline,
    notes: &Notes,
    send: impl FnOnce(Secret) -> Result<(Reply, About), Error>,
) -> Result<(Reply, About), Error> {
    let rotation = Rotation::new(&store.state, &store.key, server, client_id, original)?;
    let chain = &rotation.chain;
    let _lock = Lock::acquire(&store.state, &chain.name().to_string(), deadline)?;
    let rotated = rotation.newest(deadline)?;
    let state = store.state.path().display();
    if rotated.is_some() {
        notes.explain(|| format!("--refresh-token: the one that replaced it is kept in {state} and is used"));
    }
    let newest = rotated.unwrap_or_else(|| original.clone());
    let place = chain.reserve()?;
    let (reply, about) = send(newest.clone())?;
    match &reply.refresh_token {
        Some(next) if next.expose() != newest.expose() => {
            place.store(next, about.clone(), clock::now())?;
            notes.explain(|| format!("--refresh-token: the server replaced it, and the new one is kept in {state}"));
        }
        _ => drop(place),
    }
    Ok((reply, about))
}

/// The refresh tokens of one client at one server that came from one original.
pub(super) struct Rotation<'a> {
    pub(super) chain: Chain<'a>,
    /// What an earlier version kept of the same original.
    earlier: Chain<'a>,
    server: &'a AuthorizationServer,
    client_id: Option<&'a str>,
}

impl<'a> Rotation<'a> {
    /// Those that came from `original`.
    ///
    /// # Errors
    /// Those of [`Chain::new`].
    pub(super) fn new(
        state: &'a Directory,
        key: &Key,
        server: &'a AuthorizationServer,
        client_id: Option<&'a str>,
        original: &Secret,
    ) -> Result<Self, Error> {
        let to = Recipient { token_endpoint: server.token_endpoint(false).as_str(), client_id };
        let chain = Chain::new(state, key, to, original)?;
        Ok(Self { chain, earlier: Chain::of_earlier_version(state, key, original)?, server, client_id })
    }

    /// The newest of them, where the original was replaced; also one that an earlier version kept. Whoever calls this holds
    /// the lock of the chain.
    ///
    /// # Errors
    /// Those of [`Chain::take_over`] and [`Chain::load`].
    pub(super) fn newest(&self, deadline: &Deadline) -> Result<Option<Secret>, Error> {
        let Self { chain, earlier, server, client_id } = self;
        let origin = server.token_endpoint(false).origin();
        let issuers = [server.issuer(), Some(origin)];
        let client =
            client_id.map_or_else(|| "without a client id".to_owned(), |id| format!("as client {}", quotable(id)));
        let ours = format!("{} {client}", server.issuer().unwrap_or(origin));
        let is_ours =
            |about: &About| issuers.contains(&Some(&about.issuer)) && about.client_id.as_deref() == *client_id;
        chain.take_over(earlier, &ours, is_ours, deadline)?;
        chain.load()
    }
}
