//! Serving: the cached token, or a new one that one run asks for while the others wait.

mod mint;

use std::cell::Cell;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::bearer::options::Keeping;
use crate::bearer::request::Request;
use crate::bearer::shape::{Shape, Steady};
use crate::bearer::store::Store;
use crate::cache::entry::{Entry, Slot};
use crate::cache::fingerprint::{Fingerprint, Inputs};
use crate::cache::handout::Handouts;
use crate::cache::policy::{Answered, Cause, Decision, Excuse, OnReask, RENEWAL, Situation, decide};
use crate::cache::refusal::Failure;
use crate::client::ancestry::{self, Process};
use crate::client::mark::Marks;
use crate::client::streams::is_mcp_client;
use crate::config::Profile;
use crate::error::{Error, OutsideText, Report};
use crate::os::clock::{self, Deadline};
use crate::os::lock::{Hold, Lock, Overdue, Terms};
use crate::os::private::Directory;
use crate::os::user_key::Key;
use crate::run::Run;
use crate::secret::Secret;

/// How long to wait for whoever notes a hand-out, which takes an instant unless it is stopped.
const NOTING: Duration = Duration::from_millis(1500);

/// Asks for a token until a deadline.
type Ask<'r> = dyn Fn(Deadline) -> Result<Entry, Error> + 'r;

/// Asks the MCP server whether it accepts a token.
type AskServer<'r> = dyn Fn(&Secret) -> Result<Answered, Error> + 'r;

/// Where the tokens of one request are handed out.
pub(super) struct Counter<'r> {
    run: &'r Run,
    keeping: &'r Keeping,
    ask: &'r Ask<'r>,
    ask_server: &'r AskServer<'r>,
    cache: &'r Directory,
    key: &'r Key,
    name: Fingerprint,
    slot: Slot<'r>,
    /// What is the same of the request in each run, where commands print a part of it.
    steady: Option<Steady>,
    /// Who is given a token, where that counts.
    client: Option<Process>,
    /// For which server and profile.
    server: Fingerprint,
    /// What is done where a run that asks is stopped past its deadline.
    overdue: Overdue,
    /// Whether this run was, so that another one may have asked.
    was_stopped: Cell<bool>,
}

/// A token that serves.
pub(super) struct Served {
    pub(super) token: Secret,
    /// Whether another run asked for it.
    pub(super) is_cached: bool,
    /// Whether the MCP server was asked with it in this run.
    pub(super) is_verified: bool,
    /// The end of its life.
    pub(super) expires_at: DateTime<Utc>,
}

/// What is kept of a request at one moment.
struct Look {
    now: DateTime<Utc>,
    cached: Option<(Entry, Fingerprint)>,
    handouts: Handouts,
    failure: Option<Failure>,
}

impl<'r> Counter<'r> {
    /// The counter of `request`; `None` without a cache. `ask` asks for a token, `ask_server` the MCP server with one.
    ///
    /// # Errors
    /// Those of [`Request::shape`].
    pub(super) fn new(
        request: &'r Request,
        store: &'r Store,
        keeping: &'r Keeping,
        run: &'r Run,
        ask: &'r Ask<'r>,
        ask_server: &'r AskServer<'r>,
    ) -> Result<Option<Self>, Error> {
        let (Some(cache), key) = (&store.cache, &store.key) else { return Ok(None) };
        let Shape { seal, steady } = request.shape(key, run)?;
        let [server_name, url] = run.server_identity();
        let profile = run.profile().map(Profile::name);
        Ok(Some(Self {
            run,
            keeping,
            ask,
            ask_server,
            cache,
            key,
            name: seal.name().clone(),
            slot: Slot::new(cache, seal),
            steady,
            client: client(keeping.on_reask, run.marks()),
            server: Inputs::new(key).list("name", server_name).list("url", url).list("profile", profile).finish(),
            // Its refresh token must not be sent once more.
            overdue: if request.rotates() { Overdue::Fail } else { Overdue::TakeOver },
            was_stopped: Cell::new(false),
        }))
    }

    /// A token that serves. The MCP server has just refused the one that is `refused`.
    ///
    /// # Errors
    /// Those of asking; [`Error::Refused`] also while a refusal is remembered; those of rendering headers for the MCP server.
    pub(super) fn token(&self, refused: Option<&Secret>) -> Result<Served, Error> {
        let refused = refused.map(|token| Fingerprint::of(self.key, token));
        let mut answered = None;
        let served = self.token_after(refused.as_ref(), &mut answered)?;
        let is_verified = answered.is_some_and(|(asked_with, answered)| {
            answered != Answered::NotAsked && asked_with == Fingerprint::of(self.key, &served.token)
        });
        Ok(Served { is_verified, ..served })
    }

    /// [`Counter::token`]; what the MCP server says goes to `answered`.
    fn token_after(
        &self,
        refused: Option<&Fingerprint>,
        answered: &mut Option<(Fingerprint, Answered)>,
    ) -> Result<Served, Error> {
        let whole = self.run.deadline();
        let (look, decision) = self.decide(refused, answered, None)?;
        let renewal = match (decision, renewal_time(&look)) {
            (Decision::Renew, time) if time > RENEWAL && time > whole.remaining() => return self.too_slow(look, time),
            (_, time) => whole.within(time, "a renewal"),
        };
        let until = match decision {
            Decision::Renew => renewal,
            Decision::Mint(_) => whole,
            _ => return self.settle(look, decision),
        };
        let terms = Terms { wait: until, hold: Hold::Until(whole), overdue: self.overdue };
        let held = match Lock::acquire(self.cache, &self.name.to_string(), terms) {
            Ok(held) => Some(held),
            Err(error @ Error::Transient(_)) => return self.make_do(look, decision, error),
            Err(error) => {
                self.run.notes().warn(format!("other runs may ask for the same token: {error}"));
                None
            }
        };
        // Whoever held the lock before may have brought a token.
        let (seen, before) = (look, decision);
        let (look, mut decision) = self.decide(refused, answered, Some(before))?;
        if decision == Decision::Renew && !look.same_token(&seen) {
            // However soon it is to be renewed, it is as new as can be had.
            decision = Decision::Serve;
        }
        match decision {
            Decision::Renew => self.renew(look, renewal, held.as_ref()),
            Decision::Mint(cause) => self.mint(look, cause, held.as_ref()),
            decision => self.settle(look, decision),
        }
    }

    /// Notes that the client gets this token; the last thing before it is printed.
    pub(super) fn hand_out(&self, served: &Served) {
        let token = Fingerprint::of(self.key, &served.token);
        let minted = !served.is_cached;
        self.note(&token, |handouts, client, now| handouts.note(client, &self.server, &token, minted, now));
    }

    /// Changes the hand-outs of the request, whose token is `current`, on behalf of the client, where it counts.
    fn note(&self, current: &Fingerprint, change: impl FnOnce(&mut Handouts, &Process, DateTime<Utc>)) {
        let Some(client) = self.client.as_ref().filter(|_| !self.was_stopped.get()) else { return };
        let deadline = self.run.deadline().within(NOTING, "noting a hand-out");
        let noted = Handouts::change(self.cache, &self.name, current, &deadline, |handouts, now| {
            change(handouts, client, now);
        });
        if let Err(error) = noted {
            self.run.notes().warn(format!("this client may get the same token when it comes back: {error}"));
        }
    }

    fn look(&self) -> Look {
        let cached = self.slot.load().map(|entry| {
            // Whoever is asked next may repeat it.
            self.run.notes().redactor().add(entry.token.expose());
            let token = Fingerprint::of(self.key, &entry.token);
            (entry, token)
        });
        // Without a client nobody can have been given anything.
        let handouts = self.client.as_ref().map(|_| Handouts::load(self.cache, &self.name)).unwrap_or_default();
        // Read after them, it is not before what others have just noted.
        let now = clock::now();
        Look { now, cached, handouts, failure: Failure::recall(self.cache, &self.name, now) }
    }

    /// Looks at what is kept and decides; where only the MCP server can tell, it is asked. What was decided `before` needs
    /// no explanation again.
    fn decide(
        &self,
        refused: Option<&Fingerprint>,
        answered: &mut Option<(Fingerprint, Answered)>,
        before: Option<Decision>,
    ) -> Result<(Look, Decision), Error> {
        loop {
            let look = self.look();
            let decision = self.decision(&look, refused, answered.as_ref());
            if let (Some((entry, token)), Decision::AskServer) = (&look.cached, decision) {
                // Once asked with this token, it is not asked again.
                *answered = Some((token.clone(), (self.ask_server)(&entry.token)?));
                continue;
            }
            if before != Some(decision) {
                self.tell(&look, decision);
            }
            return Ok((look, decision));
        }
    }

    fn decision(
        &self,
        look: &Look,
        refused: Option<&Fingerprint>,
        answered: Option<&(Fingerprint, Answered)>,
    ) -> Decision {
        decide(&Situation {
            now: look.now,
            begun: self.run.begun(),
            cached: look.cached.as_ref().map(|(entry, token)| (&entry.header, token)),
            min_life: self.keeping.min_life,
            fresh: self.keeping.fresh,
            refused,
            answered,
            client: self.client.as_ref(),
            server: &self.server,
            handouts: &look.handouts,
            failure: look.failure.as_ref(),
        })
    }

    /// Tells `--explain` what was decided, and why.
    fn tell(&self, look: &Look, decision: Decision) {
        self.run.notes().explain(|| match &look.cached {
            Some((entry, _)) => {
                let left = entry.header.expires_at.signed_duration_since(look.now).num_seconds();
                // Earlier versions kept it as it is.
                let issuer = OutsideText::new(&entry.header.about.issuer);
                let issuer = issuer.shown_with_path(self.run.notes().redactor());
                format!("a token of {issuer} is cached for {left}s more: {}", because(decision))
            }
            None => format!("no token is cached: {}", because(decision)),
        });
    }

    /// Does what was decided, where that takes no asking.
    fn settle(&self, look: Look, decision: Decision) -> Result<Served, Error> {
        let Look { now, cached, failure, .. } = look;
        let redactor = self.run.notes().redactor();
        let last = failure.as_ref().map(|failure| OutsideText::new(&failure.message).messages(redactor, "").join(" "));
        let last = last.unwrap_or_default();
        match (decision, cached) {
            (Decision::Serve, Some((entry, _))) => Ok(Served::cached(entry)),
            (Decision::ServeAnyway(Excuse::RenewalFailed), Some((entry, _))) => {
                self.run.notes().warn(format!("the cached token is served, and was not renewed a moment ago: {last}"));
                Ok(Served::cached(entry))
            }
            (Decision::ServeAnyway(Excuse::TooManyReasks), Some((entry, _))) => {
                let fact = "the cached token is served, although the client came back for another one";
                let cause = "it did so six times in ten minutes, each time for a new token";
                self.run.notes().warn(format!("{fact}: {cause}; look at the MCP server"));
                Ok(Served::cached(entry))
            }
            _ => {
                let ago = failure.as_ref().map_or(0, |failure| now.signed_duration_since(failure.at).num_seconds());
                let cause = format!("it refused this very request {ago}s ago ({last})");
                let remedy = "mend that, then wait half a minute or give --fresh";
                Err(Error::Refused(Report::new("the authorization server is not asked again", cause, remedy)))
            }
        }
    }
}

impl Look {
    fn same_token(&self, other: &Self) -> bool {
        let token = |look: &Self| look.cached.as_ref().map(|(_, token)| token.clone());
        token(self) == token(other)
    }
}

impl Served {
    fn cached(entry: Entry) -> Self {
        Self { expires_at: entry.header.expires_at, token: entry.token, is_cached: true, is_verified: false }
    }
}

/// How long a renewal may take: a command needs about as long as it did last time.
fn renewal_time(look: &Look) -> Duration {
    let took = look.cached.as_ref().and_then(|(entry, _)| entry.header.took());
    took.map_or(RENEWAL, |took| took.saturating_mul(2).max(RENEWAL))
}

/// The client that `on_reask` is about, where it counts who is given a token.
fn client(on_reask: OnReask, marks: &Marks) -> Option<Process> {
    // Runs of a check give their tokens to nobody.
    let counts = match on_reask {
        OnReask::Reuse => false,
        OnReask::Auto => is_mcp_client(marks) && !marks.is_check,
        OnReask::Mint => !marks.is_check,
    };
    counts.then(|| ancestry::client().unwrap_or_else(Process::unknown))
}

/// What follows from a decision, and why, for `--explain`.
fn because(decision: Decision) -> &'static str {
    match decision {
        Decision::Serve => "it is served",
        Decision::ServeAnyway(Excuse::RenewalFailed) => "it is served, since its renewal has just failed",
        Decision::ServeAnyway(Excuse::TooManyReasks) => "it is served, since this client came back too often",
        Decision::Renew => "it is to be renewed ahead of time",
        Decision::Mint(Cause::Missing) => "a new one is needed",
        Decision::Mint(Cause::Expired) => "that is too little, a new one is needed",
        Decision::Mint(Cause::Fresh) => "--fresh asks for a new one",
        Decision::Mint(Cause::Refused) => "the MCP server refused it, a new one is needed",
        Decision::Mint(Cause::Reasked) => "this client had it before and came back, a new one is needed",
        Decision::AskServer => "the MCP server is asked with it",
        Decision::Refuse => "the authorization server has just refused another one",
    }
}
