//! A sign-in as it is kept: what it brought, and everything that is needed to renew it at the server that it came from, and at
//! no other.

mod command;
mod kept;
mod name;

use chrono::{DateTime, Utc};

pub(super) use self::kept::{IssuedAccess, KeptSignIn};
use crate::bearer::endpoint::{PreparedRequest, RequestTarget};
use crate::bearer::endpoint_lookup::EndpointLookup;
use crate::bearer::options::BearerOptions;
use crate::bearer::store::Store;
use crate::cache::entry::{About, Entry, Header};
use crate::cache::fingerprint::Fingerprint;
use crate::cache::sign_in::SignInHeader;
use crate::cache::state::Chain;
use crate::error::{Error, Report, quotable};
use crate::oauth::grant::Grant;
use crate::oauth::kind::Kind;
use crate::oauth::url::Endpoint;
use crate::os::clock::{self, Deadline};
use crate::os::lock::{Hold, Lock, Overdue, Terms};
use crate::os::private::Directory;
use crate::os::user_key::Key;
use crate::run::Run;

/// A sign-in that is kept.
#[derive(Debug)]
pub(super) struct SignIn {
    /// By what its chain is named.
    pub(super) name: Fingerprint,
    pub(super) about: About,
    pub(super) header: SignInHeader,
    pub(super) kept: KeptSignIn,
}

impl SignIn {
    /// The sign-in with this name; `None` where nobody is signed in.
    ///
    /// # Errors
    /// [`Error::Secret`] when there is one that cannot be opened.
    pub(super) fn load(state: &Directory, key: &Key, name: &Fingerprint) -> Result<Option<Self>, Error> {
        let chain = Chain::of_sign_in(state, key, name)?;
        let Some((header, kept)) = chain.opened()? else { return Ok(None) };
        let lost =
            || Error::Secret(Report::new("the sign-in cannot be read", "another version wrote it", "run login again"));
        let kept = KeptSignIn::read(&kept).ok_or_else(lost)?;
        let sign_in = header.sign_in.ok_or_else(lost)?;
        Ok(Some(Self { name: name.clone(), about: header.about, header: sign_in, kept }))
    }

    /// Whether it came from where `place` may lead: an issuer that is given must be the one that it came from.
    pub(super) fn is_of(&self, place: &EndpointLookup) -> bool {
        match place {
            EndpointLookup::Server { issuer: Some(issuer), .. } => self.kept.server.issuer() == Some(issuer.as_str()),
            _ => true,
        }
    }

    /// The issuer that it came from; where none is known, the origin of its token endpoint.
    pub(super) fn issuer(&self) -> Option<Endpoint> {
        let server = &self.kept.server;
        let origin = server.token_endpoint(false).origin();
        Endpoint::typed("its issuer", server.issuer().unwrap_or(origin)).ok()
    }

    /// Where, and as whom.
    pub(super) fn shown(&self) -> String {
        shown(&self.about, &self.header)
    }

    /// A new access token: with the refresh token, which is replaced where the server rotates it; without one, the access token
    /// that came with the sign-in. Whoever signs out meanwhile ends it.
    ///
    /// # Errors
    /// [`Error::Secret`] when nobody is signed in any more, or the sign-in has ended; those of asking; [`Error::Other`] when what
    /// came could not be kept.
    pub(super) fn renew(
        &self,
        options: &BearerOptions,
        place: &EndpointLookup,
        store: &Store,
        deadline: Deadline,
        run: &Run,
    ) -> Result<Entry, Error> {
        let chain = Chain::of_sign_in(&store.state, &store.key, &self.name)?;
        let lock = Terms { wait: deadline, hold: Hold::Until(run.deadline()), overdue: Overdue::Fail };
        let held = Lock::acquire(&store.state, &self.name.to_string(), lock)?;
        let Some(Self { about, header, mut kept, .. }) = Self::load(&store.state, &store.key, &self.name)? else {
            return Err(options.not_signed_in(place, run));
        };
        let Some(token) = kept.refresh_token.take() else {
            let IssuedAccess { token, issued_at, expires_at } = kept.access;
            if expires_at <= clock::now() {
                return Err(options.sign_in_ended(place, run));
            }
            let header = Header::new(about, issued_at, expires_at).of_sign_in(&self.name);
            return Ok(Entry { header, token });
        };
        let prepared = kept.request(options, run.deadline(), run)?;
        let room = chain.reserve()?;
        if !held.is_current() {
            let fact = "the refresh token was not sent";
            return Err(Error::Transient(Report::new(fact, "this run was suspended past its deadline", "try again")));
        }
        let (reply, about) = prepared.send(&Grant::SignIn(token.clone()))?;
        if let Ok(answer) = &reply.answer {
            let token = answer.access_token.clone();
            kept.access = IssuedAccess { token, issued_at: answer.issued_at, expires_at: answer.expires_at };
        }
        if reply.answer.is_ok() || reply.refresh_token.is_some() {
            kept.refresh_token = Some(reply.refresh_token.unwrap_or(token));
            room.store_sign_in(&kept.written(), about.clone(), header, clock::now())?;
        }
        let answer = reply.answer?;
        let header = Header::new(about, answer.issued_at, answer.expires_at).of_sign_in(&self.name);
        Ok(Entry { header, token: answer.access_token })
    }
}

impl KeptSignIn {
    /// A request to the server that it came from, of the client that it was made for. A secret or key of options authenticates
    /// that.
    ///
    /// # Errors
    /// Those of [`PreparedRequest::assemble`].
    pub(super) fn request<'r>(
        &self,
        options: &BearerOptions,
        deadline: Deadline,
        run: &'r Run,
    ) -> Result<PreparedRequest<'r>, Error> {
        let mut credentials = options.credentials(run)?;
        credentials.id.clone_from(&self.client_id);
        let mut method = options.client.client_auth;
        if let Some((registered, secret)) = &self.registered {
            credentials.secret.clone_from(secret);
            method = Some(*registered);
        }
        let to = RequestTarget {
            server: self.server.clone(),
            method,
            credentials,
            resource: self.resource.clone(),
            scope: None,
        };
        let transport = options.way(options.certificate(run)?, deadline, run)?;
        PreparedRequest::assemble(options, to, &Kind::SignIn, transport, run)
    }
}

/// Where somebody signed in, and as whom.
pub(super) fn shown(about: &About, header: &SignInHeader) -> String {
    let whom = header.account.as_ref().map_or_else(String::new, |account| format!(" as {}", quotable(account)));
    format!("at {}{whom}", quotable(&about.issuer))
}

impl SignInHeader {
    /// The header of a sign-in at this moment.
    pub(super) fn of(account: Option<String>, ends_at: Option<DateTime<Utc>>) -> Self {
        Self { account, signed_in_at: clock::now(), ends_at: ends_at.map(|at| at.timestamp()) }
    }
}
