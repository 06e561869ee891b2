//! Whether a cached token is served: for long enough, and to no client that has had it before.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use clap::ValueEnum;

use super::entry::Header;
use super::fingerprint::Fingerprint;
use super::instant::between;
use super::issued::IssuedTokens;
use super::refusal::{Failure, Kind, REMEMBERED};
use crate::client::ancestry::Process;
use crate::header;
use crate::header::life::before;

/// How long a renewal ahead of time may take.
pub const RENEWAL: Duration = Duration::from_secs(2);

/// The most mints in ten minutes because one client retried for one server.
const MOST_RETRIES: usize = 6;

/// A client that asks again this soon has hardly had an answer of its server.
const AT_ONCE: Duration = Duration::from_secs(2);

/// A token that was minted for a client is not replaced within this time unless its server refuses it.
const NEW: Duration = Duration::from_secs(60);

/// A clock that was set back by more than this makes the life of a token uncertain.
const DRIFT: Duration = Duration::from_secs(60);

/// What a client gets that retries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OnReask {
    /// A new token.
    Mint,
    /// The same token.
    Reuse,
    /// A new token for an MCP client, the same token for other programs.
    #[default]
    Auto,
}

/// Everything that decides.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The time, read while holding the request's lock.
    pub now: DateTime<Utc>,
    /// When this run started.
    pub started_at: DateTime<Utc>,
    /// The cached token's header and fingerprint.
    pub cached: Option<(&'a Header, &'a Fingerprint)>,
    /// `--min-life`, where it was given.
    pub min_life: Option<Duration>,
    /// `--fresh`.
    pub fresh: bool,
    /// The fingerprint of a token that the MCP server has just refused.
    pub refused: Option<&'a Fingerprint>,
    /// What the MCP server answered to a token that it was asked with, by the token's fingerprint.
    pub answered: Option<&'a (Fingerprint, TokenCheck)>,
    /// Who asks, where that counts.
    pub client: Option<&'a Process>,
    /// The fingerprint of server and profile.
    pub server: &'a Fingerprint,
    /// Who was given what.
    pub issued: &'a IssuedTokens,
    /// What failed last.
    pub failure: Option<&'a Failure>,
}

/// What the MCP server answers to a request with the cached token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenCheck {
    /// It refuses the token: 401 or 403.
    Refused,
    /// It is down or overloaded: no connection, 408, 429, 5xx.
    Unavailable,
    /// Anything else.
    Otherwise,
    /// Nothing: its URL is not known, or cannot be used.
    NotAsked,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Serve the cached token.
    Serve,
    /// Serve the cached token with a warning.
    ServeAnyway(StaleReason),
    /// Ask for a new token, for [`RENEWAL`] at most; if that fails, remember it and serve the cached one with a warning.
    Renew,
    /// Ask for a new token.
    Mint(Cause),
    /// Ask the MCP server with the cached token, then decide again.
    AskServer,
    /// Fail with the message of the remembered refusal.
    Refuse,
}

/// Why a token is served that should be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaleReason {
    /// Its renewal has just failed.
    RenewalFailed,
    /// The client retried too often: the server is down, the token is not bad.
    TooManyRetries,
}

/// Why a new token is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// There is none.
    Missing,
    /// The cached one has expired, or is about to.
    Expired,
    /// `--fresh`.
    Fresh,
    /// The MCP server has just refused the cached one.
    Refused,
    /// The client had the cached one before. A failure that may pass, or the same token again: serve it with a warning.
    Retried,
}

/// The serving rules, in their order.
#[must_use]
pub fn decide(situation: &Situation<'_>) -> Decision {
    let Situation { now, failure, .. } = *situation;
    let failure = failure.filter(|failure| failure.is_remembered(now));
    let mint = |cause| match failure {
        Some(failure) if failure.kind == Kind::Refusal => Decision::Refuse,
        _ => Decision::Mint(cause),
    };
    if situation.fresh {
        return Decision::Mint(Cause::Fresh);
    }
    let Some((header, token)) = situation.cached else {
        return mint(Cause::Missing);
    };
    let life = Life::of(header, situation.min_life, now);
    if life == Life::Over {
        return mint(Cause::Expired);
    }
    if situation.refused == Some(token) {
        return mint(Cause::Refused);
    }
    match situation.client.and_then(|client| retry(situation, client, token)) {
        Some(Retry::SameToken) => return Decision::Serve,
        Some(Retry::AskServer) => return Decision::AskServer,
        Some(Retry::TooMany) => return Decision::ServeAnyway(StaleReason::TooManyRetries),
        Some(Retry::NewToken) => return mint(Cause::Retried),
        None => {}
    }
    match (life, failure) {
        (Life::Long, _) => Decision::Serve,
        (_, Some(_)) => Decision::ServeAnyway(StaleReason::RenewalFailed),
        (_, None) => Decision::Renew,
    }
}

/// What follows from who asks, where something does.
enum Retry {
    SameToken,
    AskServer,
    NewToken,
    TooMany,
}

/// Whether `client` had this `token` before, so that the MCP server may have refused it, or lost the connection, or be down.
/// Of a client that cannot be known only the server can tell.
fn retry(situation: &Situation<'_>, client: &Process, token: &Fingerprint) -> Option<Retry> {
    let Situation { now, started_at, .. } = *situation;
    let issued = situation.issued.given(client, situation.server, token);
    // Begun before that was printed, it is the same ask.
    if issued.is_some_and(|issued| started_at < issued.at && issued.at <= now) {
        return Some(Retry::SameToken);
    }
    // What lies in the future was written by a clock that was wrong, and may have been at any time.
    let is_within =
        |span| issued.is_some_and(|issued| issued.at <= started_at && between(issued.at, started_at) < span);
    let is_new = is_within(NEW) && issued.is_some_and(|issued| issued.minted);
    let answered = situation.answered.filter(|(asked_with, _)| asked_with == token).map(|(_, answered)| *answered);
    match answered {
        None if client.is_unknown() || is_within(AT_ONCE) || is_new => return Some(Retry::AskServer),
        Some(TokenCheck::Unavailable) => return Some(Retry::SameToken),
        Some(TokenCheck::Otherwise) if client.is_unknown() => return None,
        Some(TokenCheck::Otherwise) if is_within(AT_ONCE) => return Some(Retry::SameToken),
        Some(TokenCheck::Refused) => {}
        _ if issued.is_none() => return None,
        _ => {}
    }
    let is_too_often = situation.issued.retries(client, situation.server, now) >= MOST_RETRIES;
    Some(if is_too_often { Retry::TooMany } else { Retry::NewToken })
}

/// For how long the headers with a token may be sent: it is asked for again when [`decide`] renews it, or half a minute later
/// where it is that old at `now` already and no other could be had.
#[must_use]
pub fn life(
    issued_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    min_life: Option<Duration>,
    now: DateTime<Utc>,
) -> header::Life {
    let whole = between(issued_at, expires_at);
    let early = before(expires_at, renewed_before(whole, min_life));
    let renewal = if early > now { early } else { before(expires_at, floor(whole)).min(later(now, REMEMBERED)) };
    header::Life::Until { renewal, end: expires_at }
}

/// How long before its end a token with the life `whole` is renewed.
fn renewed_before(whole: Duration, min_life: Option<Duration>) -> Duration {
    min_life.unwrap_or_else(|| whole.mul_f64(0.5).min(Duration::from_secs(30 * 60)))
}

/// How long before its end a token with the life `whole` is no longer served.
fn floor(whole: Duration) -> Duration {
    whole.mul_f64(0.1).min(Duration::from_secs(30))
}

fn later(now: DateTime<Utc>, span: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(span).ok().and_then(|span| now.checked_add_signed(span)).unwrap_or(now)
}

/// What is left of a token's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    /// More than `--min-life`.
    Long,
    /// Less, but more than the floor.
    Short,
    /// Less than the floor, or nothing.
    Over,
}

impl Life {
    fn of(header: &Header, min_life: Option<Duration>, now: DateTime<Utc>) -> Self {
        let whole = between(header.issued_at, header.expires_at);
        let (min_life, floor) = (renewed_before(whole, min_life), floor(whole));
        let left = between(now, header.expires_at);
        if left.is_zero() || whole.is_zero() {
            Self::Over
        } else if between(now, header.issued_at) > DRIFT {
            Self::Short
        } else if left > min_life {
            Self::Long
        } else if left > floor {
            Self::Short
        } else {
            Self::Over
        }
    }
}

#[cfg(test)]
mod tests;
