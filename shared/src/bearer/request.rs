//! A request for a token: what shapes it, and the asking.

use crate::bearer::chain::refresh;
use crate::bearer::command;
use crate::bearer::endpoint::PreparedRequest;
use crate::bearer::endpoint_lookup::EndpointLookup;
use crate::bearer::installation::Installation;
use crate::bearer::options::BearerOptions;
use crate::bearer::sign_in::SignIn;
use crate::bearer::store::Store;
use crate::cache::entry::{About, Entry, Header};
use crate::cache::sign_in;
use crate::error::Error;
use crate::oauth::answer::Answer;
use crate::oauth::form::Encoding;
use crate::oauth::grant::Grant;
use crate::oauth::kind::Kind;
use crate::oauth::parameters::OwnParameters;
use crate::os::clock::{Deadline, elapsed, monotonic};
use crate::os::lock::{Hold, Overdue, Terms};
use crate::os::private::Directory;
use crate::run::Run;
use crate::secret::command::CommandLine;

/// Who is asked for a token, and for which.
pub(super) struct Request {
    /// The options that the way to a token sends.
    pub(super) options: BearerOptions,
    pub(super) whom: TokenProvider,
    pub(super) sign_in: SignInUse,
}

/// Whether a sign-in serves a request where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignInUse {
    /// It names another way.
    Never,
    /// Without one, the client has a credential of its own.
    Possible,
    /// Nothing else does.
    Required,
}

/// Who is asked.
#[derive(Debug)]
pub(super) enum TokenProvider {
    /// A program.
    Command(CommandLine),
    /// An authorization server, with a grant of this kind.
    Endpoint(EndpointLookup, Kind),
    /// GitHub, for a token of an App's installation.
    Installation(Installation),
    /// The authorization server at which a person signed in.
    SignIn(EndpointLookup, Box<SignIn>),
}

impl Request {
    /// Whether an answer may bring a refresh token that replaces the one sent.
    pub(super) fn rotates(&self) -> bool {
        matches!(self.whom, TokenProvider::Endpoint(_, Kind::RefreshToken) | TokenProvider::SignIn(..))
    }

    /// Whether nothing but a sign-in serves it.
    pub(super) fn needs_sign_in(&self) -> bool {
        self.sign_in == SignInUse::Required
    }

    /// Makes sure that there is a sign-in where nothing else serves the request.
    ///
    /// # Errors
    /// [`Error::Secret`] where there is none.
    pub(super) fn check_signed_in(&self, run: &Run) -> Result<(), Error> {
        match &self.whom {
            TokenProvider::Endpoint(place, _) if self.needs_sign_in() => {
                // What is wrong with its options is told before.
                let is_json = self.options.grant.body == Some(Encoding::Json);
                let own = OwnParameters { grant: &Kind::SignIn, client_id: true, is_json };
                self.options.sign_in_target(run)?;
                self.options.parameters(Vec::new(), None, &own, run)?;
                self.options.token_headers(None, run)?;
                Err(self.options.not_signed_in(place, run))
            }
            _ => Ok(()),
        }
    }

    /// Uses the sign-in that is stored for it, where there is one. A `store` that was not needed so far is opened for it.
    ///
    /// # Errors
    /// [`Error::Secret`] for one that cannot be opened; those of opening the store, and of rendering the options that name it.
    pub(super) fn find_sign_in(&mut self, store: &mut Option<Store>, run: &Run) -> Result<(), Error> {
        if self.sign_in == SignInUse::Never {
            return Ok(());
        }
        let keeping = &self.options.keeping;
        let is_any = if let Some(store) = store {
            sign_in::any(&store.state).unwrap_or(true)
        } else {
            // One that cannot be used was warned of, where it is needed.
            let state = Directory::open_existing(&keeping.state_dir).ok().flatten();
            state.is_some_and(|state| sign_in::any(&state).unwrap_or(true))
        };
        if is_any && store.is_none() {
            *store = Store::open(keeping, true, run)?;
        }
        let TokenProvider::Endpoint(place, _) = &self.whom else { return Ok(()) };
        let found = match store.as_ref().filter(|_| is_any) {
            Some(Store { state, key, .. }) => SignIn::load(state, key, &self.options.sign_in_name(place, key, run)?)?
                .filter(|found| found.is_of(place)),
            None => None,
        };
        if let Some(found) = found {
            // What a client secret could be used for elsewhere is judged as for any other request.
            if let EndpointLookup::Server { .. } = place
                && let Some(issuer) = found.issuer()
            {
                self.options.check_issuer(&Grant::ClientCredentials, &issuer, run.notes().redactor())?;
            }
            run.notes().explain(|| format!("signed in {}", found.shown()));
            self.whom = TokenProvider::SignIn(place.clone(), Box::new(found));
        }
        Ok(())
    }

    /// The grant that it is made with; `None` where there is none.
    ///
    /// # Errors
    /// [`Error::Usage`] for an option that is missing or does not fit, [`Error::Secret`] for a secret that cannot be had
    /// or used.
    pub(super) fn grant(&self, run: &Run) -> Result<Option<Grant>, Error> {
        match &self.whom {
            TokenProvider::Command(_) | TokenProvider::Installation(_) | TokenProvider::SignIn(..) => Ok(None),
            TokenProvider::Endpoint(_, kind) => self.options.grant(kind, run).map(Some),
        }
    }

    /// Asks for a token until the deadline; only what was sent with a refresh token is waited for as long as the run lasts,
    /// since it may have replaced that. What rotates is kept in `store`, without which nothing does.
    ///
    /// # Errors
    /// [`Error::Refused`], [`Error::Transient`] and [`Error::Secret`] when no token can be issued, [`Error::Usage`] for
    /// options that do not fit together, [`Error::Other`] when a rotated refresh token cannot be kept.
    pub(super) fn ask(&self, store: Option<&Store>, deadline: Deadline, run: &Run) -> Result<Entry, Error> {
        let (answer, about) = match &self.whom {
            TokenProvider::Command(line) => {
                let started_at = monotonic();
                let answer =
                    command::ask(line, &self.options.origin.vary, &self.options.reading.parse(run)?, &deadline, run)?;
                let took = elapsed(started_at);
                let scope = answer.scope.as_ref().map(|scope| scope.words(run.notes().redactor(), &[]));
                let about = About { issuer: line.to_string(), scope, ..About::default() };
                let entry = told(answer, about, run);
                return Ok(Entry { header: entry.header.printed_in(took), ..entry });
            }
            TokenProvider::Installation(installation) => installation.ask(&self.options, deadline, run)?,
            TokenProvider::SignIn(place, sign_in) => {
                let store = store.ok_or_else(|| self.options.not_signed_in(place, run))?;
                return sign_in.renew(&self.options, place, store, deadline, run);
            }
            TokenProvider::Endpoint(place, kind) => {
                let grant = self.options.grant(kind, run)?;
                let prepared = PreparedRequest::new(&self.options, place, &grant, deadline, run)?;
                let (reply, about) = match (&grant, store) {
                    (Grant::RefreshToken(original), Some(store)) => {
                        let lock = Terms { wait: deadline, hold: Hold::Until(run.deadline()), overdue: Overdue::Fail };
                        refresh(original, store, &prepared.recipient(), lock, run.notes(), |newest| {
                            prepared.until(run.deadline()).send(&Grant::RefreshToken(newest))
                        })?
                    }
                    _ => prepared.send(&grant)?,
                };
                (reply.answer?, about)
            }
        };
        Ok(told(answer, about, run))
    }
}

/// The token and what is known of it, which `--explain` shows.
fn told(answer: Answer, about: About, run: &Run) -> Entry {
    run.notes().explain(|| {
        let life = answer.expires_at.signed_duration_since(answer.issued_at).num_seconds();
        let how = if answer.life_is_assumed { ", from --assume-life because the answer has no expiry" } else { "" };
        format!("a token from {}, valid for {life}s{how}", about.issuer)
    });
    Entry { header: Header::new(about, answer.issued_at, answer.expires_at), token: answer.access_token }
}
