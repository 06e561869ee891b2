//! A request for a token: what shapes it, and the asking.

use crate::bearer::chain::refresh;
use crate::bearer::command;
use crate::bearer::endpoint::PreparedRequest;
use crate::bearer::endpoint_lookup::EndpointLookup;
use crate::bearer::installation::Installation;
use crate::bearer::options::BearerOptions;
use crate::bearer::store::Store;
use crate::cache::entry::{About, Entry, Header};
use crate::error::Error;
use crate::oauth::answer::Answer;
use crate::oauth::grant::Grant;
use crate::oauth::kind::Kind;
use crate::os::clock::{Deadline, elapsed, monotonic};
use crate::os::lock::{Hold, Overdue, Terms};
use crate::run::Run;
use crate::secret::command::CommandLine;

/// Who is asked for a token, and for which.
pub(super) struct Request {
    /// The options that the way to a token sends.
    pub(super) options: BearerOptions,
    pub(super) whom: TokenProvider,
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
}

impl Request {
    /// Whether an answer may bring a refresh token that replaces the one sent.
    pub(super) fn rotates(&self) -> bool {
        matches!(self.whom, TokenProvider::Endpoint(_, Kind::RefreshToken))
    }

    /// The grant that it is made with; `None` where there is none.
    ///
    /// # Errors
    /// [`Error::Usage`] for an option that is missing or does not fit, [`Error::Secret`] for a secret that cannot be had
    /// or used.
    pub(super) fn grant(&self, run: &Run) -> Result<Option<Grant>, Error> {
        match &self.whom {
            TokenProvider::Command(_) | TokenProvider::Installation(_) => Ok(None),
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
