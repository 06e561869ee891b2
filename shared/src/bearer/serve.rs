//! Serving: the cached token, or a new one that one run asks for while the others wait.

mod mint;

use std::cell::Cell;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::bearer::identity::{RequestIdentity, Steady};
use crate::bearer::options::CachePolicy;
use crate::bearer::request::{Request, TokenProvider};
use crate::bearer::store::Store;
use crate::cache::entry::{Entry, Slot};
use crate::cache::fingerprint::{Fingerprint, Inputs};
use crate::cache::issued::IssuedTokens;
use crate::cache::policy::{Cause, Decision, OnReask, RENEWAL, Situation, StaleReason, TokenCheck, decide};
use crate::cache::refusal::Failure;
use crate::client::ancestry::{self, Process};
use crate::client::streams::is_mcp_client;
use crate::config::Profile;
use crate::error::{Error, OutsideText, Report};
use crate::os::clock::{self, Deadline};
use crate::os::lock::{Hold, Lock, Overdue, Terms};
use crate::os::private::Directory;
use crate::os::user_key::Key;
use crate::run::Run;
use crate::secret::Secret;

/// The longest wait for a run that notes an issued token; it takes an instant unless that run is stopped.
const NOTING: Duration = Duration::from_millis(1500);

/// Asks for a token until a deadline.
type Ask<'r> = dyn Fn(Deadline) -> Result<Entry, Error> + 'r;

/// Asks the MCP server whether it accepts a token.
type AskServer<'r> = dyn Fn(&Secret) -> Result<TokenCheck, Error> + 'r;

/// Issues the tokens of one request.
pub(super) struct TokenService<'r> {
    run: &'r Run,
    policy: &'r CachePolicy,
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
    /// Whether its token comes from a sign-in, and ends with it.
    is_of_sign_in: bool,
    /// Whether this run was, so that another one may have asked.
    was_stopped: Cell<bool>,
}

/// A token that serves.
pub(super) struct IssuedToken {
    pub(super) token: Secret,
    /// Whether another run asked for it.
    pub(super) is_cached: bool,
    /// Whether the MCP server was asked with it in this run.
    pub(super) is_verified: bool,
    /// The beginning of its life.
    pub(super) issued_at: DateTime<Utc>,
    /// The end of its life.
    pub(super) expires_at: DateTime<Utc>,
}

/// What is kept of a request at one moment.
struct CacheState {
    now: DateTime<Utc>,
    cached: Option<(Entry, Fingerprint)>,
    issued: IssuedTokens,
    failure: Option<Failure>,
}

impl<'r> TokenService<'r> {
    /// The service for `request`; `None` without a cache. `ask` asks for a token, `ask_server` the MCP server with one.
    ///
    /// # Errors
    /// Those of [`Request::identity`].
    pub(super) fn new(
        request: &'r Request,
        store: &'r Store,
        policy: &'r CachePolicy,
        run: &'r Run,
        ask: &'r Ask<'r>,
        ask_server: &'r AskServer<'r>,
    ) -> Result<Option<Self>, Error> {
        let (Some(cache), key) = (&store.cache, &store.key) else { return Ok(None) };
        let RequestIdentity { seal, steady } = request.identity(key, run)?;
        let [server_name, url] = run.server_identity();
        let profile = run.profile().map(Profile::name);
        Ok(Some(Self {
            run,
            policy,
            ask,
            ask_server,
            cache,
            key,
            name: seal.name().clone(),
            slot: Slot::new(cache, seal),
            steady,
            client: client(policy.on_reask, run),
            server: Inputs::new(key).list("name", server_name).list("url", url).list("profile", profile).finish(),
            // Its refresh token must not be sent once more.
            overdue: if request.rotates() { Overdue::Fail } else { Overdue::TakeOver },
            is_of_sign_in: matches!(request.whom, TokenProvider::SignIn(..)),
            was_stopped: Cell::new(false),
        }))
    }

    /// A token that serves. The MCP server has just refused the one that is `refused`.
    ///
    /// # Errors
    /// Those of asking; [`Error::Refused`] also while a refusal is remembered; those of rendering headers for the MCP server.
    pub(super) fn token(&self, refused: Option<&Secret>) -> Result<IssuedToken, Error> {
        let refused = refused.map(|token| Fingerprint::of(self.key, token));
        let mut answered = None;
        let served = self.token_after(refused.as_ref(), &mut answered)?;
        let is_verified = answered.is_some_and(|(asked_with, answered)| {
            answered != TokenCheck::NotAsked && asked_with == Fingerprint::of(self.key, &served.token)
        });
        Ok(IssuedToken { is_verified, ..served })
    }

    /// [`TokenService::token`]; what the MCP server says goes to `answered`.
    fn token_after(
        &self,
        refused: Option<&Fingerprint>,
        answered: &mut Option<(Fingerprint, TokenCheck)>,
    ) -> Result<IssuedToken, Error> {
        let deadline = self.run.deadline();
        let (state, decision) = self.decide(refused, answered, None)?;
        let renewal = match (decision, renewal_time(&state)) {
            (Decision::Renew, time) if time > RENEWAL && time > deadline.remaining() => {
                return self.too_slow(state, time);
            }
            (_, time) => deadline.limited_to(time, "a renewal"),
        };
        let until = match decision {
            Decision::Renew => renewal,
            Decision::Mint(_) => deadline,
            _ => return self.without_request(state, decision),
        };
        let terms = Terms { wait: until, hold: Hold::Until(deadline), overdue: self.overdue };
        let held = match Lock::acquire(self.cache, &self.name.to_string(), terms) {
            Ok(held) => Some(held),
            Err(error @ Error::Transient(_)) => return self.serve_stale(state, decision, error),
            Err(error) => {
                self.run.notes().warn(format!("other runs may request the same token: {error}"));
                None
            }
        };
        // Whoever held the lock before may have brought a token.
        let (seen, before) = (state, decision);
        let (state, mut decision) = self.decide(refused, answered, Some(before))?;
        if decision == Decision::Renew && !state.same_token(&seen) {
            // However soon it is to be renewed, it is as new as can be had.
            decision = Decision::Serve;
        }
        match decision {
            Decision::Renew => self.renew(state, renewal, held.as_ref()),
            Decision::Mint(cause) => self.mint(state, cause, held.as_ref()),
            decision => self.without_request(state, decision),
        }
    }

    /// Notes that the client gets this token; the last thing before it is printed.
    pub(super) fn issue(&self, served: &IssuedToken) {
        let token = Fingerprint::of(self.key, &served.token);
        let minted = !served.is_cached;
        self.note(&token, |issued, client, now| issued.note(client, &self.server, &token, minted, now));
    }

    /// Changes which clients were issued tokens of the request, whose token is `current`, where the client counts.
    fn note(&self, current: &Fingerprint, change: impl FnOnce(&mut IssuedTokens, &Process, DateTime<Utc>)) {
        let Some(client) = self.client.as_ref().filter(|_| !self.was_stopped.get()) else { return };
        let deadline = self.run.deadline().limited_to(NOTING, "recording an issued token");
        let noted = IssuedTokens::change(self.cache, &self.name, current, &deadline, |issued, now| {
            change(issued, client, now);
        });
        if let Err(error) = noted {
            self.run.notes().warn(format!("this client may get the same token when it retries: {error}"));
        }
    }

    fn state(&self) -> CacheState {
        let cached = self.slot.load().map(|entry| {
            // Whoever is asked next may repeat it.
            self.run.notes().redactor().add(entry.token.expose());
            let token = Fingerprint::of(self.key, &entry.token);
            (entry, token)
        });
        // Without a client no token was issued to one.
        let issued = self.client.as_ref().map(|_| IssuedTokens::load(self.cache, &self.name)).unwrap_or_default();
        // Read after them, it is not before what others have just noted.
        let now = clock::now();
        CacheState { now, cached, issued, failure: Failure::recall(self.cache, &self.name, now) }
    }

    /// Looks at what is kept and decides; where only the MCP server can tell, it is asked. What was decided `before` needs
    /// no explanation again.
    fn decide(
        &self,
        refused: Option<&Fingerprint>,
        answered: &mut Option<(Fingerprint, TokenCheck)>,
        before: Option<Decision>,
    ) -> Result<(CacheState, Decision), Error> {
        loop {
            let state = self.state();
            let decision = self.decision(&state, refused, answered.as_ref());
            if let (Some((entry, token)), Decision::AskServer) = (&state.cached, decision) {
                // Once asked with this token, it is not asked again.
                *answered = Some((token.clone(), (self.ask_server)(&entry.token)?));
                continue;
            }
            if before != Some(decision) {
                self.explain_decision(&state, decision);
            }
            return Ok((state, decision));
        }
    }

    fn decision(
        &self,
        state: &CacheState,
        refused: Option<&Fingerprint>,
        answered: Option<&(Fingerprint, TokenCheck)>,
    ) -> Decision {
        decide(&Situation {
            now: state.now,
            started_at: self.run.started_at(),
            cached: state.cached.as_ref().map(|(entry, token)| (&entry.header, token)),
            min_life: self.policy.min_life,
            fresh: self.policy.fresh,
            refused,
            answered,
            client: self.client.as_ref(),
            server: &self.server,
            issued: &state.issued,
            failure: state.failure.as_ref(),
        })
    }

    /// Tells `--explain` what was decided, and why.
    fn explain_decision(&self, state: &CacheState, decision: Decision) {
        self.run.notes().explain(|| match &state.cached {
            Some((entry, _)) => {
                let left = entry.header.expires_at.signed_duration_since(state.now).num_seconds();
                // Earlier versions kept it as it is.
                let issuer = OutsideText::new(&entry.header.about.issuer);
                let issuer = issuer.shown_with_path(self.run.notes().redactor());
                format!("a token from {issuer} is cached for {left}s more: {}", because(decision))
            }
            None => format!("no token is cached: {}", because(decision)),
        });
    }

    /// Does what was decided, where that takes no asking.
    fn without_request(&self, state: CacheState, decision: Decision) -> Result<IssuedToken, Error> {
        let CacheState { now, cached, failure, .. } = state;
        let redactor = self.run.notes().redactor();
        let last = failure.as_ref().map(|failure| OutsideText::new(&failure.message).messages(redactor, "").join(" "));
        let last = last.unwrap_or_default();
        match (decision, cached) {
            (Decision::Serve, Some((entry, _))) => Ok(IssuedToken::cached(entry)),
            (Decision::ServeAnyway(StaleReason::RenewalFailed), Some((entry, _))) => {
                self.run.notes().warn(format!("the cached token is served because its last renewal failed: {last}"));
                Ok(IssuedToken::cached(entry))
            }
            (Decision::ServeAnyway(StaleReason::TooManyRetries), Some((entry, _))) => {
                let fact = "the cached token is served although the client retried";
                let cause = "it retried six times in ten minutes and got a new token each time";
                self.run.notes().warn(format!("{fact}: {cause}; check the MCP server"));
                Ok(IssuedToken::cached(entry))
            }
            _ => {
                let ago = failure.as_ref().map_or(0, |failure| now.signed_duration_since(failure.at).num_seconds());
                let cause = format!("the authorization server refused the same request {ago}s ago ({last})");
                let remedy = "correct that, then wait 30 s or add --fresh";
                Err(Error::Refused(Report::new("the token request is not repeated", cause, remedy)))
            }
        }
    }
}

impl CacheState {
    fn same_token(&self, other: &Self) -> bool {
        let token = |state: &Self| state.cached.as_ref().map(|(_, token)| token.clone());
        token(self) == token(other)
    }
}

impl IssuedToken {
    fn cached(entry: Entry) -> Self {
        let Entry { header, token } = entry;
        Self { issued_at: header.issued_at, expires_at: header.expires_at, token, is_cached: true, is_verified: false }
    }
}

/// How long a renewal may take: a command needs about as long as it did last time.
fn renewal_time(state: &CacheState) -> Duration {
    let took = state.cached.as_ref().and_then(|(entry, _)| entry.header.took());
    took.map_or(RENEWAL, |took| took.saturating_mul(2).max(RENEWAL))
}

/// The client that `on_reask` is about, where it counts who is given a token.
fn client(on_reask: OnReask, run: &Run) -> Option<Process> {
    let marks = run.marks();
    // The runs of a check issue no token. A program that calls us says itself which token was refused.
    let issues = !marks.is_check() && !run.is_called();
    let counts = match on_reask {
        OnReask::Reuse => false,
        OnReask::Auto => is_mcp_client(marks),
        OnReask::Mint => true,
    };
    (issues && counts).then(|| ancestry::client().unwrap_or_else(Process::unknown))
}

/// What follows from a decision, and why, for `--explain`.
fn because(decision: Decision) -> &'static str {
    match decision {
        Decision::Serve => "it is served",
        Decision::ServeAnyway(StaleReason::RenewalFailed) => "it is served because its renewal has just failed",
        Decision::ServeAnyway(StaleReason::TooManyRetries) => "it is served because this client retried too often",
        Decision::Renew => "it is renewed early",
        Decision::Mint(Cause::Missing) => "a new one is needed",
        Decision::Mint(Cause::Expired) => "less than required, a new one is needed",
        Decision::Mint(Cause::Fresh) => "--fresh requests a new one",
        Decision::Mint(Cause::Refused) => "the MCP server refused it, a new one is needed",
        Decision::Mint(Cause::Retried) => "this client got it before and retried, a new one is needed",
        Decision::AskServer => "the MCP server is asked whether it accepts it",
        Decision::Refuse => "the authorization server has just refused this request",
    }
}
