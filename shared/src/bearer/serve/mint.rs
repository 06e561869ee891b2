//! Asking while the others wait: what is kept of the answer, and what serves without one.

use std::fmt;
use std::time::Duration;

use super::{CacheState, IssuedToken, TokenService};
use chrono::{DateTime, Utc};

use crate::cache::entry::{self, Entry, Header};
use crate::cache::policy::{Cause, Decision};
use crate::cache::prune::prune;
use crate::cache::refusal::{Failure, Kind};
use crate::error::Error;
use crate::os::clock::{self, Deadline};
use crate::os::lock::Lock;
use crate::os::private::Directory;

impl TokenService<'_> {
    /// A new token ahead of time, else the old one.
    pub(super) fn renew(
        &self,
        state: CacheState,
        until: Deadline,
        held: Option<&Lock<'_>>,
    ) -> Result<IssuedToken, Error> {
        match (self.ask)(until) {
            Ok(entry) => Ok(self.keep(entry, held)),
            Err(error) => {
                self.remember(&error, held);
                self.serve_stale(state, Decision::Renew, error)
            }
        }
    }

    /// A new token. A client that retried may be served the old one where that may still be good.
    pub(super) fn mint(&self, state: CacheState, cause: Cause, held: Option<&Lock<'_>>) -> Result<IssuedToken, Error> {
        if let (Cause::Retried, Some((_, token))) = (cause, &state.cached) {
            self.note(token, |issued, client, now| issued.note_retry(client, &self.server, now));
        }
        if state.cached.is_none() {
            self.warn_of_unsteady(state.now);
        }
        match (self.ask)(self.run.deadline()) {
            Ok(entry) => {
                let is_same = |(cached, _): &(Entry, _)| cached.token.expose() == entry.token.expose();
                if matches!(cause, Cause::Retried | Cause::Refused) && state.cached.as_ref().is_some_and(is_same) {
                    let cause = "the authorization server issued the same token again";
                    self.run.notes().warn(format!("the same token is served again: {cause}; it may have been refused"));
                }
                Ok(self.keep(entry, held))
            }
            Err(error) => {
                if matches!(error, Error::Refused(_)) {
                    self.remember(&error, held);
                }
                self.serve_stale(state, Decision::Mint(cause), error)
            }
        }
    }

    /// The old token with a warning, since a command would take up to `time` to renew it.
    pub(super) fn too_slow(&self, state: CacheState, time: Duration) -> Result<IssuedToken, Error> {
        let timeout = self.run.deadline();
        let enough = time.as_secs().saturating_add(2);
        match state.cached {
            Some((entry, _)) => {
                self.run.notes().warn(format!(
                    "the cached token is served without renewal: --command took {:.1}s last time, and twice that is more than \
                     the rest of the {timeout}; run it once in a shell with --timeout {enough}s",
                    time.as_secs_f64() / 2.0
                ));
                Ok(IssuedToken::cached(entry))
            }
            None => (self.ask)(timeout).map(|entry| self.keep(entry, None)),
        }
    }

    /// Warns where a token was got a while ago with what a command has printed then, and prints otherwise now.
    pub(super) fn warn_of_unsteady(&self, now: DateTime<Utc>) {
        let Some(steady) = &self.steady else { return };
        let headers = entry::headers(self.cache).unwrap_or_default();
        let is_other = |header: &Header| header.is_of_steady(&steady.name) && header.expires_at > now;
        if headers.iter().any(|(name, header)| *name != self.name && is_other(header)) {
            let options = steady.printed.join(", ");
            let fact = format_args!("no cached token matches: the output of the command for {options} has changed");
            let remedy = "if it changes at each run, make the command print the same output for as long as that is valid, or a JWT with the same claims";
            self.run.notes().warn(format!("{fact}; {remedy}"));
        }
    }

    /// The old token with a warning, where `decision` allows that after `error`.
    pub(super) fn serve_stale(
        &self,
        state: CacheState,
        decision: Decision,
        error: Error,
    ) -> Result<IssuedToken, Error> {
        // Whoever has signed out meanwhile is served no more.
        let is_over = self.is_of_sign_in && matches!(error, Error::Secret(_));
        let allows = !is_over
            && match decision {
                Decision::Renew => true,
                Decision::Mint(Cause::Retried) => matches!(error, Error::Transient(_)),
                _ => false,
            };
        match state.cached.filter(|_| allows) {
            Some((entry, _)) => {
                self.run.notes().warn(format!("the cached token is served because no new one was issued: {error}"));
                Ok(IssuedToken::cached(entry))
            }
            None => Err(error),
        }
    }

    fn keep(&self, entry: Entry, held: Option<&Lock<'_>>) -> IssuedToken {
        let not_cached = |why: fmt::Arguments<'_>| self.run.notes().warn(format!("the token is not cached: {why}"));
        if self.is_too_late(held) {
            not_cached(format_args!("this run is past its deadline, and another run may have requested a token since"));
        } else {
            let steady = self.steady.as_ref().map(|steady| steady.name.clone());
            let header = entry.header.clone().of_steady(steady);
            let kept = Entry { header, token: entry.token.clone() };
            match self.slot.store(&kept).and_then(|()| Failure::forget(self.cache, &self.name)) {
                Ok(()) => self.prune_afterwards(),
                Err(error) => not_cached(format_args!("{} cannot be written: {error}", self.cache.path().display())),
            }
        }
        IssuedToken { is_cached: false, ..IssuedToken::cached(entry) }
    }

    /// Prunes the cache once the headers are printed.
    fn prune_afterwards(&self) {
        let cache = self.cache.path().to_owned();
        self.run.afterwards(move || {
            // What is left behind costs a little room and nothing else.
            let _ = Directory::at(&cache).and_then(|cache| prune(&cache, clock::now()));
        });
    }

    /// Whether others need not wait for this run any more: then it changes nothing.
    fn is_too_late(&self, held: Option<&Lock<'_>>) -> bool {
        let is_too_late = held.is_some_and(|held| !held.is_current());
        self.was_stopped.set(self.was_stopped.get() || is_too_late);
        is_too_late
    }

    fn remember(&self, error: &Error, held: Option<&Lock<'_>>) {
        if self.is_too_late(held) {
            return;
        }
        let kind = if matches!(error, Error::Refused(_)) { Kind::Refusal } else { Kind::Renewal };
        let failure = Failure { kind, at: clock::now(), message: error.to_string() };
        // Forgotten, it is asked again.
        let _ = failure.remember(self.cache, &self.name);
    }
}
