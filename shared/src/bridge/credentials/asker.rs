//! Who is asked for headers: a helper in this process, a command, or the templates of `-H`.

use std::fmt;
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

use super::AuthFailure;
use crate::header::CallOutcome;
use crate::run::Call;

/// Takes what came of a call.
pub(crate) type HandOver = Box<dyn FnOnce(CallOutcome) + Send>;

/// What makes the headers for a call and hands them over; it may go on for a while after that.
type Make = dyn Fn(Call, HandOver) + Send + Sync;

/// Who makes headers, on a thread that may wait for files, locks, programs and the network.
pub(crate) struct Asker {
    name: String,
    is_for_one_request: bool,
    make: Box<Make>,
}

impl Asker {
    /// One with the `name` that its messages begin with, empty for none. `is_for_one_request` says whether it makes headers for each request,
    /// as far as that is known before it is asked.
    pub(crate) fn new(
        name: impl Into<String>,
        is_for_one_request: bool,
        make: impl Fn(Call, HandOver) + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), is_for_one_request, make: Box::new(make) }
    }

    /// Its name in messages.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether it makes headers for each request.
    pub(super) fn is_for_one_request(&self) -> bool {
        self.is_for_one_request
    }

    /// Asks for headers.
    ///
    /// # Errors
    /// Where it ended without an answer, which is a bug.
    pub(super) async fn ask(self: &Arc<Self>, call: Call) -> Result<CallOutcome, AuthFailure> {
        let (sender, receiver) = oneshot::channel();
        let this = Arc::clone(self);
        spawn_blocking(move || {
            // Nobody waits for it where the process is ending.
            (this.make)(call, Box::new(|outcome| drop(sender.send(outcome))));
        });
        receiver.await.map_err(|_| AuthFailure::cut_short())
    }
}

impl fmt::Debug for Asker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asker").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
impl Asker {
    /// The same, which is known to make headers for each request.
    pub(super) fn for_one_request(self) -> Self {
        Self { is_for_one_request: true, ..self }
    }
}
