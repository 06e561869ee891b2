//! The headers that requests carry besides those of the transport: whom to ask for them, when, and what follows from a
//! refusal of the MCP server.

mod asker;
mod failure;
mod helper_command;
mod issued;
mod mints;
mod state;
#[cfg(test)]
mod tests;
mod verdict;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use hyper::HeaderMap;
use tokio::sync::{Mutex, oneshot};
use tokio::task::spawn_local;

pub(crate) use self::asker::Asker;
pub(crate) use self::failure::AuthFailure;
pub(crate) use self::helper_command::HelperCommand;
pub(crate) use self::issued::Issued;
pub(crate) use self::mints::Mints;
use self::state::{Plan, State, Why};
pub(crate) use self::verdict::Verdict;
use crate::header::Made;
use crate::run::{Call, HttpRequest};
use crate::secret::{Secret, command};

/// The headers of one process. One ask is under way at a time, and whoever needs its answer waits for it.
#[derive(Clone)]
pub(crate) struct Credentials(Rc<Inner>);

/// Who is asked, and what the process around lends.
pub(crate) struct Means {
    /// The headers of `-H`.
    pub(crate) own: Option<Asker>,
    /// The helper, whose headers take precedence.
    pub(crate) helper: Option<Asker>,
    /// The time.
    pub(crate) now: Box<dyn Fn() -> DateTime<Utc>>,
    /// Where a line goes that the user should see: a warning, or a step of `--explain`.
    pub(crate) tell: Box<dyn Fn(&str)>,
}

struct Inner {
    /// The one of `-H`, and the helper.
    askers: [Option<Arc<Asker>>; 2],
    now: Box<dyn Fn() -> DateTime<Utc>>,
    tell: Box<dyn Fn(&str)>,
    /// Whoever holds it asks.
    turn: Mutex<()>,
    state: RefCell<State>,
}

impl Credentials {
    /// Credentials that nobody was asked for yet.
    pub(crate) fn new(Means { own, helper, now, tell }: Means) -> Self {
        let is_for_one_request = [&own, &helper].into_iter().flatten().any(Asker::is_for_one_request);
        let state = RefCell::new(State::new(is_for_one_request));
        let askers = [own, helper].map(|asker| asker.map(Arc::new));
        Self(Rc::new(Inner { askers, now, tell, turn: Mutex::default(), state }))
    }

    /// Headers that nobody has to be asked for, whatever the request is.
    pub(crate) fn usable(&self) -> Option<Rc<Issued>> {
        self.0.usable()
    }

    /// The headers for `request`. They are asked for where there are none, where their life is over, and for each request
    /// where they are made for one.
    ///
    /// # Errors
    /// Why there are none. The next request asks again.
    pub(crate) async fn current(&self, request: &HttpRequest) -> Result<Rc<Issued>, AuthFailure> {
        match self.usable() {
            Some(issued) => Ok(issued),
            None => self.in_turn(Why::Needed, Some(request)).await,
        }
    }

    /// The headers with which to send `request` once more after the MCP server refused it with `refused`: newer ones where
    /// there are any, else those that are asked for now, once for all requests that carried the same.
    ///
    /// # Errors
    /// Why there are none: nothing could be had, the same were made again, or others were made too often.
    pub(crate) async fn after_refusal(
        &self,
        refused: &Rc<Issued>,
        request: &HttpRequest,
    ) -> Result<Rc<Issued>, AuthFailure> {
        if self.has_nobody_to_ask() {
            return Err(AuthFailure::nobody_to_ask());
        }
        self.in_turn(Why::Refused(Rc::clone(refused)), Some(request)).await
    }

    /// Whether requests have no headers of these.
    pub(crate) fn has_nobody_to_ask(&self) -> bool {
        self.0.askers.iter().all(Option::is_none)
    }

    /// Asks before the first request, where the headers are for more than one. The first request asks again after a failure,
    /// or shares it where it is waiting already.
    pub(crate) async fn prepare(&self) {
        if self.usable().is_none() && !self.0.state.borrow().is_for_one_request() {
            // It is told to the first request.
            let _ = self.in_turn(Why::Needed, None).await;
        }
    }

    /// Notes that the MCP server accepted a request: from now on 403 alone is no refusal.
    pub(crate) fn accepted(&self) {
        self.0.state.borrow_mut().accepted = true;
    }

    /// What an answer with this status and these headers says of the headers of its request.
    pub(crate) fn is_refusal(&self, status: u16, headers: &HeaderMap) -> Verdict {
        Verdict::of(status, headers, self.0.state.borrow().accepted)
    }

    /// Asks all programs that make headers to end, and starts no others: this process is ending.
    pub(crate) fn close(&self) {
        self.0.state.borrow_mut().is_closed = true;
        command::terminate_all();
    }

    /// Ends all programs that make headers: the last thing that this process does.
    pub(crate) fn abandon(&self) {
        self.close();
        command::kill_all();
    }

    /// Waits for the turn of this request, and asks then if that is still needed. An ask that began goes on whatever becomes
    /// of the request: what it brings is for those who come later.
    async fn in_turn(&self, why: Why, request: Option<&HttpRequest>) -> Result<Rc<Issued>, AuthFailure> {
        let (sender, receiver) = oneshot::channel();
        let (inner, request) = (Rc::clone(&self.0), request.cloned());
        let seen = inner.state.borrow().asks();
        spawn_local(async move {
            let _turn = inner.turn.lock().await;
            if !sender.is_closed() {
                // Whoever waited for it may be gone by now.
                let _ = sender.send(inner.answer(&why, request, seen).await);
            }
        });
        receiver.await.unwrap_or_else(|_| Err(AuthFailure::cut_short()))
    }
}

impl Inner {
    fn usable(&self) -> Option<Rc<Issued>> {
        self.state.borrow().usable((self.now)())
    }

    /// The headers for a request whose turn it is, which came after as many asks as it has `seen`.
    async fn answer(&self, why: &Why, request: Option<HttpRequest>, seen: u64) -> Result<Rc<Issued>, AuthFailure> {
        let plan = self.state.borrow().plan(why, seen, (self.now)());
        let (refused, kept) = match plan {
            Plan::Answer(answer) => return answer,
            Plan::Ask { refused, kept } => (refused, kept),
        };
        let for_request = request.is_some();
        let made = self.ask(refused.as_deref(), kept, request).await;
        let finished = self.state.borrow_mut().finish(why, refused.as_deref(), made, for_request, (self.now)());
        let (answer, warning) = finished;
        if let Some(warning) = warning {
            (self.tell)(&format!("warning: {warning}"));
        }
        answer
    }

    /// Asks for what is not `kept`.
    async fn ask(
        &self,
        refused: Option<&Issued>,
        kept: [Option<Rc<Made>>; 2],
        request: Option<HttpRequest>,
    ) -> Result<[Option<Rc<Made>>; 2], AuthFailure> {
        let (mut made, mut request) = (kept, request);
        for (asker, made) in self.askers.iter().zip(&mut made) {
            if let Some(made) = made {
                request = request.map(|request| with_headers_of(request, made));
            }
            let Some(asker) = asker.as_ref().filter(|_| made.is_none()) else { continue };
            let refused = refused.and_then(Issued::token).cloned();
            let outcome = asker.ask(Call { request: request.clone(), refused, ..Call::default() }).await?;
            let prefix = if asker.name().is_empty() { String::new() } else { format!("{}: ", asker.name()) };
            outcome.steps.iter().for_each(|step| (self.tell)(&format!("{prefix}{step}")));
            outcome.warnings.iter().for_each(|warning| (self.tell)(&format!("warning: {prefix}{warning}")));
            let of_asker = Rc::new(outcome.result.map_err(|error| AuthFailure::of(asker.name(), &error))?);
            request = request.map(|request| with_headers_of(request, &of_asker));
            *made = Some(of_asker);
        }
        Ok(made)
    }
}

/// The request with headers that it will have, which others may sign.
fn with_headers_of(request: HttpRequest, made: &Made) -> HttpRequest {
    let headers = made.headers.iter();
    request.with_headers(headers.map(|(name, value)| (name.to_ascii_lowercase(), Secret::new(value.to_vec()))))
}
