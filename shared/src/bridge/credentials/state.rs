//! What is known of the headers of this process, and what follows from it at one moment. Nothing here waits or asks.

use std::rc::Rc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::mints::Mints;
use super::{AuthFailure, Issued};
use crate::header::Made;

/// How long headers that still serve are sent after their renewal failed, before the next one.
const AGAIN: Duration = Duration::from_secs(30);

/// Why headers are asked for.
#[derive(Clone, Debug)]
pub(super) enum Why {
    /// A request is to be sent.
    Needed,
    /// The MCP server refused a request that carried these.
    Refused(Rc<Issued>),
}

/// What to do for a request.
#[derive(Debug)]
pub(super) enum Plan {
    /// Nobody is asked.
    Answer(Result<Rc<Issued>, AuthFailure>),
    /// Ask for what is not kept.
    Ask {
        /// What the MCP server refused.
        refused: Option<Rc<Issued>>,
        /// What serves on, of `-H` and of the helper.
        kept: [Option<Rc<Made>>; 2],
    },
}

/// The headers, and what became of them.
#[derive(Debug)]
pub(super) struct State {
    /// What was made last.
    issued: Option<Rc<Issued>>,
    /// Why there is nothing else, where the MCP server refused what was made last.
    failed: Option<AuthFailure>,
    /// No renewal before this moment: the last one failed.
    not_before: Option<DateTime<Utc>>,
    /// How many asks have ended.
    asks: u64,
    /// What the last of them came to, where that was nothing.
    last_failure: Option<AuthFailure>,
    mints: Mints,
    /// Whether headers are made for each request, as is known without asking.
    is_for_one_request: bool,
    /// Whether the MCP server has accepted a request.
    pub(super) accepted: bool,
    /// Whether nobody is asked any more.
    pub(super) is_closed: bool,
}

impl State {
    pub(super) fn new(is_for_one_request: bool) -> Self {
        Self {
            issued: None,
            failed: None,
            not_before: None,
            asks: 0,
            last_failure: None,
            mints: Mints::default(),
            is_for_one_request,
            accepted: false,
            is_closed: false,
        }
    }

    /// How many asks have ended.
    pub(super) fn asks(&self) -> u64 {
        self.asks
    }

    /// Whether headers are made for each request.
    pub(super) fn is_for_one_request(&self) -> bool {
        self.is_for_one_request || self.issued.as_ref().is_some_and(|issued| issued.is_for_one_request())
    }

    /// The headers for any request at `now`, where there are such.
    pub(super) fn usable(&self, now: DateTime<Utc>) -> Option<Rc<Issued>> {
        let is_due = |issued: &Issued| issued.renewal().is_some_and(|at| at.max(self.not_before.unwrap_or(at)) <= now);
        let usable = !self.is_for_one_request() && self.failed.is_none();
        self.issued.clone().filter(|issued| usable && !is_due(issued) && !is_over(issued, now))
    }

    /// What to do for a request that came after it had `seen` so many asks end.
    pub(super) fn plan(&self, why: &Why, seen: u64, now: DateTime<Utc>) -> Plan {
        if self.is_closed {
            return Plan::Answer(Err(AuthFailure::cut_short()));
        }
        if self.is_for_one_request() {
            return match why {
                Why::Needed => Plan::Ask { refused: None, kept: self.kept(now) },
                Why::Refused(refused) => Plan::Ask { refused: Some(Rc::clone(refused)), kept: [None, None] },
            };
        }
        // Who waited for an ask shares what it came to.
        if let Some(failure) = self.last_failure.as_ref().filter(|_| self.asks > seen) {
            return Plan::Answer(Err(failure.clone()));
        }
        let is_refused =
            |issued: &Issued| matches!(why, Why::Refused(refused) if refused.generation() == issued.generation());
        if let Some(issued) = self.usable(now).filter(|issued| !is_refused(issued)) {
            return Plan::Answer(Ok(issued));
        }
        let is_refused_now = self.issued.as_deref().is_some_and(is_refused);
        let refused = self.issued.clone().filter(|_| is_refused_now || self.failed.is_some());
        let Some(issued) = &refused else { return Plan::Ask { refused, kept: [None, None] } };
        match (self.mints.check(now), &self.failed) {
            (Err(failure), _) if matches!(why, Why::Refused(_)) => Plan::Answer(Err(failure)),
            // They may be accepted by now. No other request finds that out.
            (Err(_), _) if !is_over(issued, now) => Plan::Answer(Ok(Rc::clone(issued))),
            (Err(_), _) => Plan::Ask { refused: None, kept: [None, None] },
            // Sent before the others were asked for, it would only ask for them again.
            (Ok(()), Some(failure)) if matches!(why, Why::Refused(_)) => Plan::Answer(Err(failure.clone())),
            (Ok(()), _) => Plan::Ask { refused, kept: [None, None] },
        }
    }

    /// The parts of what was made last that serve another request.
    fn kept(&self, now: DateTime<Utc>) -> [Option<Rc<Made>>; 2] {
        self.issued.as_ref().map_or([None, None], |issued| issued.kept(now))
    }

    /// What follows from what was `made` when it was asked for, `for_request` or ahead of one, and a warning.
    pub(super) fn finish(
        &mut self,
        why: &Why,
        refused: Option<&Issued>,
        made: Result<[Option<Rc<Made>>; 2], AuthFailure>,
        for_request: bool,
        now: DateTime<Utc>,
    ) -> (Result<Rc<Issued>, AuthFailure>, Option<String>) {
        self.asks = self.asks.saturating_add(1);
        let (answer, warning) = match made {
            Ok(made) => (self.keep(why, refused, made, now), None),
            Err(failure) => self.without_new(refused, failure, now),
        };
        // What is made of a request cannot be made ahead of one.
        let is_shared = |failure: &&AuthFailure| for_request || !failure.is_of_usage;
        self.last_failure = answer.as_ref().err().filter(is_shared).cloned();
        (answer, warning)
    }

    fn keep(
        &mut self,
        why: &Why,
        refused: Option<&Issued>,
        made: [Option<Rc<Made>>; 2],
        now: DateTime<Utc>,
    ) -> Result<Rc<Issued>, AuthFailure> {
        let generation = self.issued.as_ref().map_or(0, |issued| issued.generation()).saturating_add(1);
        let issued = Rc::new(Issued::new(generation, made));
        let is_for_one_request = self.is_for_one_request || issued.is_for_one_request();
        if refused.is_some() && !is_for_one_request {
            self.mints.note(now);
        }
        if matches!(why, Why::Refused(_)) && refused.is_some_and(|refused| issued.is_same_as(refused)) {
            let failure = AuthFailure::same_again();
            self.failed = Some(failure.clone()).filter(|_| !is_for_one_request);
            return Err(failure);
        }
        self.failed = None;
        self.not_before = None;
        self.issued = Some(Rc::clone(&issued));
        Ok(issued)
    }

    /// What serves although nothing new could be had.
    fn without_new(
        &mut self,
        refused: Option<&Issued>,
        failure: AuthFailure,
        now: DateTime<Utc>,
    ) -> (Result<Rc<Issued>, AuthFailure>, Option<String>) {
        if self.is_for_one_request() {
            return (Err(failure), None);
        }
        if refused.is_some() {
            self.failed = Some(failure.clone());
            return (Err(failure), None);
        }
        match self.issued.clone().filter(|issued| self.failed.is_none() && !is_over(issued, now)) {
            Some(issued) => {
                self.not_before = TimeDelta::from_std(AGAIN).ok().and_then(|span| now.checked_add_signed(span));
                (Ok(issued), Some(format!("the headers are sent although they could not be renewed: {failure}")))
            }
            None => (Err(failure), None),
        }
    }
}

/// Whether no server accepts `issued` any more.
fn is_over(issued: &Issued, now: DateTime<Utc>) -> bool {
    issued.end().is_some_and(|end| end <= now)
}
