//! `logout`: what a sign-in brought is revoked and removed, and so are the access tokens that were got with it.

use crate::bearer::options::BearerOptions;
use crate::bearer::request::TokenProvider;
use crate::bearer::sign_in::{KeptSignIn, SignIn};
use crate::bearer::store::Store;
use crate::bearer::token_source::TokenSource;
use crate::cache::prune;
use crate::cache::sign_in;
use crate::cache::state::Chain;
use crate::error::{Error, Report, quotable};
use crate::oauth::revocation::TokenKind;
use crate::oauth::url::Endpoint;
use crate::os::clock;
use crate::os::file::reason;
use crate::os::private::Directory;
use crate::run::Run;
use crate::secret::Secret;

impl BearerOptions {
    /// Ends the sign-in of this command line; says where. What stands in the way of revoking is a warning.
    ///
    /// # Errors
    /// [`Error::Usage`] when the options cannot be used or name no sign-in, [`Error::Transient`] when a run that refreshes takes
    /// longer than the deadline, [`Error::Other`] when a file cannot be removed.
    pub fn logout(&self, run: &Run) -> Result<String, Error> {
        self.keeping.parse()?;
        let TokenSource::Requested(mut request) = TokenSource::parse(self, run)? else {
            let cause = "a token of --token comes from no sign-in";
            return Err(Error::Usage(Report::new("there is no sign-in to end", cause, "remove logout")));
        };
        let mut store = None;
        if Directory::open_existing(&self.keeping.state_dir)?.is_some() {
            store = Store::open(&self.keeping, true, run)?;
            request.find_sign_in(&mut store, run)?;
        }
        let (TokenProvider::SignIn(_, sign_in), Some(store)) = (&request.whom, &store) else {
            return Ok("no sign-in is stored for these options\n".to_owned());
        };
        request.options.end_sign_in(sign_in, store, true, run)?;
        Ok(format!("signed out of {}\n", quotable(&sign_in.about.issuer)))
    }

    /// Removes a sign-in and the access tokens that were got with it; says how many of these there were. With `revokes`, all of
    /// them are revoked, in half of the time that is left each kind.
    ///
    /// # Errors
    /// Those of [`BearerOptions::logout`].
    pub(super) fn end_sign_in(
        &self,
        sign_in: &SignIn,
        store: &Store,
        revokes: bool,
        run: &Run,
    ) -> Result<usize, Error> {
        let deadline = run.deadline();
        let revokes = revokes && self.can_revoke(sign_in, run);
        let half = |what| deadline.limited_to(deadline.remaining().mul_f64(0.5), what);
        let chain = Chain::of_sign_in(&store.state, &store.key, &sign_in.name)?;
        let mut ended = None;
        // While its lock is held no run gets a token with it, and afterwards none finds it.
        chain.forget_after(&deadline, || {
            let newest = SignIn::load(&store.state, &store.key, &sign_in.name);
            ended = newest.ok().flatten().map(|newest| newest.kept);
            if let (Some(kept), true) = (&ended, revokes)
                && let Some(token) = &kept.refresh_token
            {
                self.revoke_of(kept, TokenKind::Refresh, &[token], half("revoking the refresh token"), run);
            }
        })?;
        let mut tokens = Vec::new();
        let mut forgotten = 0_usize;
        if let Some(cache) = &store.cache {
            let unreadable = |error| {
                let fact = format_args!("the access tokens in {} cannot be listed", cache.path().display());
                Error::Other(Report::new(fact, reason(&error), "give this user read access, and run logout again"))
            };
            for (request, token) in sign_in::access_tokens(cache, &store.key, &sign_in.name).map_err(unreadable)? {
                forgotten = forgotten.saturating_add(prune::forget(cache, &request, &deadline)?.into());
                tokens.extend(token);
            }
        }
        if let (Some(kept), true) = (&ended, revokes) {
            let newest = &kept.access;
            let is_known = tokens.iter().any(|token| token.expose() == newest.token.expose());
            if newest.expires_at > clock::now() && !is_known {
                tokens.push(newest.token.clone());
            }
            self.revoke_of(kept, TokenKind::Access, &tokens.iter().collect::<Vec<_>>(), deadline, run);
        }
        Ok(forgotten)
    }

    /// Whether the server has an endpoint for it; warns where it has none.
    fn can_revoke(&self, sign_in: &SignIn, run: &Run) -> bool {
        let server = &sign_in.kept.server;
        let endpoint = server.revocation_endpoint(self.client.tls_cert.is_some());
        let can = endpoint.is_some() || self.login.revocation_url.is_some();
        if !can {
            let whose = quotable(&sign_in.about.issuer);
            run.notes().warn(format!(
                "the sign-in is forgotten but not revoked: {whose} names no revocation endpoint; give --revocation-url, or revoke \
                 it there by hand"
            ));
        }
        can
    }

    /// Revokes tokens of a sign-in; the first failure is a warning, and the last attempt.
    fn revoke_of(&self, kept: &KeptSignIn, kind: TokenKind, tokens: &[&Secret], deadline: clock::Deadline, run: &Run) {
        let prepared = kept.request(self, deadline, run).and_then(|prepared| match &self.login.revocation_url {
            Some(url) => Ok(prepared.revoking_at(Endpoint::typed("--revocation-url", url)?)),
            None => Ok(prepared),
        });
        let revoked = prepared.and_then(|prepared| tokens.iter().try_for_each(|token| prepared.revoke(token, kind)));
        if let Err(error) = revoked {
            run.notes().warn(format!("the {} is forgotten but not revoked: {error}", kind.name()));
        }
    }
}
