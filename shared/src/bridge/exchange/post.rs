//! A message that has no answer but a status: a notification or a response.

use std::rc::Rc;
use std::time::Duration;

use tokio::task::spawn_local;
use tokio::time::sleep;

use super::{Exchange, name};
use crate::bridge::failure::Failure;
use crate::bridge::message::Message;
use crate::bridge::relay::Relay;

/// How long the status of a notification or a response is waited for before others take its place: what the server waits for
/// may be among them.
const STATUS: Duration = Duration::from_secs(2);

/// How long it may take in all once it is on its way.
const POST: Duration = Duration::from_secs(30);

/// Posts a notification or a response, until others may take its place. What keeps it from the server is said on stderr.
pub(in crate::bridge) async fn post(relay: Rc<Relay>, message: Message) {
    let what = name(&message).to_owned();
    let mut exchange = Exchange::new(Rc::clone(&relay), message, None);
    let progress = Rc::clone(&exchange.progress);
    let under_way = move |limit| {
        let progress = Rc::clone(&progress);
        async move {
            progress.begun().await;
            sleep(limit).await;
        }
    };
    let may_be_passed = under_way(STATUS);
    let posting = spawn_local(async move {
        let result = tokio::select! {
            biased;
            result = exchange.run() => result,
            () = under_way(POST) => Err(relay.no_status()),
        };
        if let Err(failure) = result {
            relay.notice(&format!("{what} was not delivered: {}", failure.message()));
        }
    });
    tokio::select! { biased; _ = posting => {}, () = may_be_passed => {} }
}

impl Relay {
    /// That the server has not said whether it took a message.
    fn no_status(&self) -> Failure {
        let fact = format_args!("{} gave no status in {} s", self.origin, POST.as_secs());
        Failure::new(fact, "it leaves the POST without an answer", "look at the log of the MCP server")
    }
}
