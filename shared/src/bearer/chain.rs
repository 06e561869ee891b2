//! Refreshing: with the newest refresh token, and no header before the one that replaces it is on disk.

use crate::bearer::store::Store;
use crate::cache::entry::About;
use crate::cache::lock::Lock;
use crate::cache::state::{Chain, Recipient};
use crate::clock::{self, Deadline};
use crate::error::{Error, quotable};
use crate::explain::Notes;
use crate::oauth::discovery::AuthorizationServer;
use crate::oauth::request::Reply;
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
    let endpoint = server.token_endpoint(false);
    let chain =
        Chain::new(&store.state, &store.key, Recipient { token_endpoint: endpoint.as_str(), client_id }, original)?;
    let _lock = Lock::acquire(&store.state, &chain.name().to_string(), deadline)?;
    let earlier = Chain::of_earlier_version(&store.state, &store.key, original)?;
    let issuers = [server.issuer(), Some(endpoint.origin())];
    let client = client_id.map_or_else(|| "without a client id".to_owned(), |id| format!("as client {}", quotable(id)));
    let ours = format!("{} {client}", server.issuer().unwrap_or(endpoint.origin()));
    let is_ours = |about: &About| issuers.contains(&Some(&about.issuer)) && about.client_id.as_deref() == client_id;
    chain.take_over(&earlier, &ours, is_ours, deadline)?;
    let rotated = chain.load()?;
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
