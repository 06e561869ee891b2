//! Refreshing: with the newest refresh token, and no header before the one that replaces it is on disk.

use std::fmt;

use crate::bearer::store::Store;
use crate::cache::entry::About;
use crate::cache::state::{Chain, Recipient};
use crate::error::notes::Notes;
use crate::error::{Error, Report, quotable};
use crate::oauth::request::Reply;
use crate::oauth::url::Endpoint;
use crate::os::clock::{self, Deadline};
use crate::os::lock::{Lock, Terms};
use crate::os::private::Directory;
use crate::os::user_key::Key;
use crate::secret::Secret;

/// Sends the newest refresh token that came from `original`, and keeps the one that the answer brings in its place, also
/// where the answer is of no other use. From before the sending until then, signals that end us wait.
///
/// # Errors
/// Those of `send`; [`Error::Secret`] when the newest cannot be opened, [`Error::Other`] when the next could not be kept,
/// [`Error::Transient`] when another run refreshes for longer than `lock` says, or this one was stopped past its deadline.
pub(super) fn refresh(
    original: &Secret,
    store: &Store,
    recipient: &TokenRecipient,
    lock: Terms,
    notes: &Notes,
    send: impl FnOnce(Secret) -> Result<(Reply, About), Error>,
) -> Result<(Reply, About), Error> {
    let rotation = Rotation::new(&store.state, &store.key, recipient, original)?;
    let chain = &rotation.chain;
    let held = Lock::acquire(&store.state, &chain.name().to_string(), lock)?;
    let rotated = rotation.newest(&lock.wait)?;
    let state = store.state.path().display();
    if rotated.is_some() {
        notes.explain(|| format!("--refresh-token: its replacement in {state} is used"));
    }
    let newest = rotated.unwrap_or_else(|| original.clone());
    let place = chain.reserve()?;
    if !held.is_current() {
        let fact = "the refresh token was not sent";
        return Err(Error::Transient(Report::new(fact, "this run was suspended past its deadline", "try again")));
    }
    let (reply, about) = send(newest.clone())?;
    match &reply.refresh_token {
        Some(next) if next.expose() != newest.expose() => {
            place.store(next, about.clone(), clock::now())?;
            notes.explain(|| format!("--refresh-token: the server rotated it, and the new one is stored in {state}"));
        }
        _ => drop(place),
    }
    Ok((reply, about))
}

/// Where a refresh token is sent, and for whom.
#[derive(Clone, Debug)]
pub(super) struct TokenRecipient {
    /// The issuer, where it is known.
    pub(super) issuer: Option<String>,
    /// The token endpoint that is asked.
    pub(super) endpoint: Endpoint,
    pub(super) client_id: Option<String>,
    /// Issuer and client id as the headers of files have them: without secrets.
    pub(super) shown_issuer: Option<String>,
    pub(super) shown_client_id: Option<String>,
}

impl TokenRecipient {
    /// Whether a token whose file says this came from the same issuer or endpoint, for the same client.
    fn is_of(&self, about: &About) -> bool {
        // Earlier versions kept them as they are.
        let issuers = [self.shown_issuer.as_deref(), self.issuer.as_deref(), Some(self.endpoint.origin())];
        issuers.contains(&Some(&about.issuer)) && [&self.shown_client_id, &self.client_id].contains(&&about.client_id)
    }
}

/// Issuer, else origin, and client.
impl fmt::Display for TokenRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.shown_issuer.as_deref().unwrap_or(self.endpoint.origin()))?;
        match &self.shown_client_id {
            Some(id) => write!(f, " as client {}", quotable(id)),
            None => f.write_str(" without a client id"),
        }
    }
}

/// The refresh tokens of one client at one server that came from one original.
pub(super) struct Rotation<'a> {
    pub(super) chain: Chain<'a>,
    /// What an earlier version kept of the same original.
    earlier: Chain<'a>,
    state: &'a Directory,
    key: &'a Key,
    recipient: &'a TokenRecipient,
    original: &'a Secret,
}

impl<'a> Rotation<'a> {
    /// Those that came from `original`.
    ///
    /// # Errors
    /// Those of [`Chain::new`].
    pub(super) fn new(
        state: &'a Directory,
        key: &'a Key,
        recipient: &'a TokenRecipient,
        original: &'a Secret,
    ) -> Result<Self, Error> {
        let endpoint = recipient.endpoint.normalized();
        let to = Recipient { token_endpoint: &endpoint, client_id: recipient.client_id.as_deref() };
        let chain = Chain::new(state, key, to, original)?;
        Ok(Self { chain, earlier: Chain::of_earlier_version(state, key, original)?, state, key, recipient, original })
    }

    /// The newest of them, where the original was replaced; also one that an earlier version kept. Whoever calls this holds
    /// the lock of the chain.
    ///
    /// # Errors
    /// Those of [`Chain::take_over`] and [`Chain::load`]; [`Error::Secret`] when another recipient was sent the original, which
    /// is consumed then, and what replaced it is not for this one.
    pub(super) fn newest(&self, deadline: &Deadline) -> Result<Option<Secret>, Error> {
        if let Some(newest) = self.kept(deadline)? {
            return Ok(Some(newest));
        }
        let recipient = self.recipient;
        for other in Chain::all(self.state, self.key, self.original)? {
            other.refuse(&recipient.to_string(), |about| recipient.is_of(about))?;
        }
        Ok(None)
    }

    /// The newest that is kept for this recipient.
    ///
    /// # Errors
    /// Those of [`Chain::take_over`] and [`Chain::load`].
    pub(super) fn kept(&self, deadline: &Deadline) -> Result<Option<Secret>, Error> {
        let Self { chain, earlier, recipient, .. } = self;
        chain.take_over(earlier, &recipient.to_string(), |about| recipient.is_of(about), deadline)?;
        chain.load()
    }
}
