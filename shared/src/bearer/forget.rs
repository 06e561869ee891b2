//! `forget`: removing what is kept.

use crate::bearer::options::BearerOptions;
use crate::bearer::request::TokenProvider;
use crate::bearer::store::Store;
use crate::bearer::token_source::TokenSource;
use crate::cache::{prune, state};
use crate::error::{Error, Report};
use crate::os::private::Directory;
use crate::os::user_key::Key;
use crate::run::Run;

/// What is forgotten.
#[derive(Clone, Copy, Debug)]
pub struct ForgetScope {
    /// The tokens of every request, not of this one alone.
    pub all: bool,
    /// Rotated refresh tokens too, which cannot be restored.
    pub refresh_tokens: bool,
    /// Whether those are revoked before, where the authorization server has an endpoint for it (RFC 7009).
    pub revokes: bool,
}

/// How many tokens were forgotten.
#[derive(Default)]
struct ForgetCount {
    access: usize,
    refresh: usize,
}

impl BearerOptions {
    /// Removes tokens; says how many.
    ///
    /// # Errors
    /// [`Error::Usage`] when the options cannot be used or name no request, [`Error::Secret`] when its secrets, by which its files are
    /// named, cannot be read; [`Error::Transient`] when a run that asks takes longer than the deadline, [`Error::Other`]
    /// when a file cannot be removed.
    pub fn forget(&self, what: ForgetScope, run: &Run) -> Result<String, Error> {
        self.keeping.parse()?;
        let forgotten = if what.all { self.forget_all(what, run) } else { self.forget_this(what, run) }?;
        let tokens = |count, kind| format!("forgot {count} {kind} token{}\n", if count == 1 { "" } else { "s" });
        let refresh = what.refresh_tokens.then(|| tokens(forgotten.refresh, "refresh"));
        Ok(tokens(forgotten.access, "access") + &refresh.unwrap_or_default())
    }

    fn forget_all(&self, what: ForgetScope, run: &Run) -> Result<ForgetCount, Error> {
        let mut forgotten = ForgetCount::default();
        if let Some(cache) = Directory::open_existing(&self.keeping.cache_dir)? {
            forgotten.access = prune::forget_all(&cache, &run.deadline())?;
        }
        if what.refresh_tokens
            && let Some(directory) = Directory::open_existing(&self.keeping.state_dir)?
        {
            forgotten.refresh = state::forget_all(&directory, &run.deadline())?;
        }
        Ok(forgotten)
    }

    fn forget_this(&self, what: ForgetScope, run: &Run) -> Result<ForgetCount, Error> {
        let fact = "there is nothing to forget";
        if self.names_no_server() {
            let remedy = "add the options that the token was requested with, or --all";
            return Err(Error::Usage(Report::new(fact, "no option says which token", remedy)));
        }
        let TokenSource::Requested(mut request) = TokenSource::parse(self, run)? else {
            return Err(Error::Usage(Report::new(fact, "a token of --token is not cached", "remove forget")));
        };
        let mut forgotten = ForgetCount::default();
        // Without its key nothing there can be of this request.
        let Some(directory) = Directory::open_existing(&self.keeping.state_dir)? else { return Ok(forgotten) };
        let key = Key::open(&directory, &run.deadline())?;
        let mut store =
            Some(Store { state: directory, key, cache: Directory::open_existing(&self.keeping.cache_dir)? });
        request.find_sign_in(&mut store, run)?;
        let Some(store) = store else { return Ok(forgotten) };
        if let TokenProvider::SignIn(_, sign_in) = &request.whom
            && what.refresh_tokens
        {
            let access = self.end_sign_in(sign_in, &store, what.revokes, run)?;
            return Ok(ForgetCount { access, refresh: 1 });
        }
        let Store { state: directory, key, cache } = store;
        if let Some(cache) = cache {
            forgotten.access = prune::forget(&cache, request.identity(&key, run)?.seal.name(), &run.deadline())?.into();
        }
        if what.refresh_tokens
            && let Some(grant) = request.grant(run)?
        {
            forgotten.refresh = request.forget_rotated(&grant, what.revokes, &directory, &key, run)?;
        }
        Ok(forgotten)
    }
}
