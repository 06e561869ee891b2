//! Credentials that are read again shortly before they end, or when the server says that they have: once for all requests
//! that wait for them.

use std::cell::{Ref, RefCell};
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{Mutex, oneshot};
use tokio::task::{spawn_blocking, spawn_local};

use super::Exported;
use crate::bridge::credentials::{AuthFailure, Mints};
use crate::error::Error;
use crate::os::clock;
use crate::secret::Secret;

/// How long before their end credentials are read anew; of a shorter life, half of it.
const MARGIN: TimeDelta = TimeDelta::minutes(5);

/// The least time from one reading to the next that no refusal asks for.
const LEAST: TimeDelta = TimeDelta::seconds(10);

/// How long credentials that still serve are used after a reading that failed, before the next one.
const AGAIN: TimeDelta = TimeDelta::seconds(30);

/// What reads credentials, on a thread that may wait.
#[derive(Clone)]
pub(in crate::bridge::signing) struct Reader(Arc<dyn Fn() -> Result<Exported, Error> + Send + Sync>);

/// The credentials of this process, and what renews them.
#[derive(Clone, Debug)]
pub(crate) struct Renewer(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    reader: Reader,
    /// Whoever holds it reads.
    turn: Mutex<()>,
    state: RefCell<State>,
}

#[derive(Debug, Default)]
struct State {
    kept: Option<Exported>,
    /// From when on they are read anew.
    renew_at: Option<DateTime<Utc>>,
    /// Whether the server refused what is kept.
    is_refused: bool,
    mints: Mints,
    /// How many readings have ended.
    readings: u64,
    /// What the last of them came to, where nothing serves.
    failure: Option<AuthFailure>,
}

impl Reader {
    pub(in crate::bridge::signing) fn new(read: impl Fn() -> Result<Exported, Error> + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reader")
    }
}

impl Renewer {
    /// What begins with `kept`, if anything was read.
    pub(in crate::bridge::signing) fn new(reader: Reader, kept: Option<Exported>) -> Self {
        let mut state = State::default();
        if let Some(kept) = kept {
            state.keep(kept, clock::now());
        }
        Self(Rc::new(Inner { reader, turn: Mutex::default(), state: RefCell::new(state) }))
    }

    /// Sees to it that there are credentials that serve; returns a warning, if any. A reading that began goes on whatever
    /// becomes of the request.
    ///
    /// # Errors
    /// Why there are none: they could not be read, or were read too often after refusals.
    pub(crate) async fn renew(&self) -> Result<Option<String>, AuthFailure> {
        let seen = {
            let state = self.0.state.borrow();
            if !state.is_due(clock::now()) {
                return Ok(None);
            }
            state.readings
        };
        let (sender, receiver) = oneshot::channel();
        let inner = Rc::clone(&self.0);
        spawn_local(async move {
            let _turn = inner.turn.lock().await;
            if !sender.is_closed() {
                // Whoever waited for it may be gone by now.
                let _ = sender.send(inner.answer(seen).await);
            }
        });
        receiver.await.unwrap_or_else(|_| Err(AuthFailure::cut_short()))
    }

    /// What is kept.
    pub(super) fn kept(&self) -> Ref<'_, Option<Exported>> {
        Ref::map(self.0.state.borrow(), |state| &state.kept)
    }

    /// Takes note that the server refused credentials with this session token.
    pub(super) fn refused(&self, token: Option<&[u8]>) {
        let mut state = self.0.state.borrow_mut();
        let is_kept = |kept: &Exported| kept.credentials.session_token.as_ref().map(Secret::expose) == token;
        if state.kept.as_ref().is_some_and(is_kept) {
            state.is_refused = true;
        }
    }
}

impl Inner {
    /// Reads them for a request whose turn it is, and which came after as many readings as it has `seen`.
    async fn answer(&self, seen: u64) -> Result<Option<String>, AuthFailure> {
        if let Some(known) = self.state.borrow().known(seen, clock::now()) {
            return known.map(|()| None);
        }
        let reader = self.reader.clone();
        let read = spawn_blocking(move || (reader.0)()).await.map_err(|_| AuthFailure::cut_short())?;
        self.state.borrow_mut().finish(read.map_err(|error| AuthFailure::of("", &error)), clock::now())
    }
}

impl State {
    fn is_due(&self, now: DateTime<Utc>) -> bool {
        self.is_refused || self.kept.is_none() || self.renew_at.is_some_and(|at| at <= now)
    }

    /// What is known without a reading.
    fn known(&self, seen: u64, now: DateTime<Utc>) -> Option<Result<(), AuthFailure>> {
        // Who waited for a reading shares what it came to.
        if let Some(failure) = self.failure.as_ref().filter(|_| self.readings > seen) {
            return Some(Err(failure.clone()));
        }
        if !self.is_due(now) {
            return Some(Ok(()));
        }
        self.mints.check(now).err().filter(|_| self.is_refused).map(Err)
    }

    /// What follows from a reading: a warning, or why nothing serves.
    fn finish(
        &mut self,
        read: Result<Exported, AuthFailure>,
        now: DateTime<Utc>,
    ) -> Result<Option<String>, AuthFailure> {
        self.readings = self.readings.saturating_add(1);
        self.failure = None;
        if self.is_refused {
            self.mints.note(now);
        }
        let failure = match read {
            Ok(exported) => {
                self.keep(exported, now);
                return Ok(None);
            }
            Err(failure) => failure,
        };
        let end = self.kept.as_ref().filter(|_| !self.is_refused).and_then(|kept| kept.expires_at);
        let Some(end) = end.filter(|end| *end > now) else {
            self.failure = Some(failure.clone());
            return Err(failure);
        };
        self.renew_at = Some(after(now, AGAIN).min(end));
        Ok(Some(format!("requests are signed with credentials that could not be renewed: {failure}")))
    }

    fn keep(&mut self, exported: Exported, now: DateTime<Utc>) {
        self.renew_at = exported.expires_at.map(|end| {
            let life = end.signed_duration_since(now);
            if life <= TimeDelta::zero() {
                // What has ended by our clock may serve by the server's.
                return after(now, AGAIN);
            }
            let margin = life.checked_div(2).map_or(MARGIN, |half| half.min(MARGIN));
            let early = end.checked_sub_signed(margin).unwrap_or(end);
            early.max(after(now, LEAST).min(end))
        });
        self.kept = Some(exported);
        self.is_refused = false;
    }
}

fn after(now: DateTime<Utc>, span: TimeDelta) -> DateTime<Utc> {
    now.checked_add_signed(span).unwrap_or(now)
}

#[cfg(test)]
mod tests;
