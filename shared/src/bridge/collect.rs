//! Bodies that are read whole.

use hyper::body::Bytes;

use crate::bridge::failure::Failure;
use crate::bridge::http::{Body, Kind};
use crate::bridge::relay::Relay;

/// Why a body is not there as a whole.
pub(super) enum Uncollected {
    /// It broke off.
    Cut(Failure),
    /// It is longer than the limit.
    TooLarge(Failure),
}

impl Relay {
    /// Reads a body of at most `limit` bytes.
    pub(super) async fn collect(&self, body: Body, limit: usize) -> Result<Bytes, Uncollected> {
        self.output.has_room().await;
        body.collect(limit, &self.bodies).await.map_err(|failure| {
            if failure.kind == Kind::TooLarge {
                return Uncollected::TooLarge(too_large());
            }
            let fact = "the answer of the MCP server broke off";
            Uncollected::Cut(Failure::new(fact, failure.cause, failure.remedy).transient())
        })
    }
}

/// That an answer has more bytes than `--max-message`.
pub(super) fn too_large() -> Failure {
    let remedy = "raise --max-message, or ask the server for less";
    Failure::new("the answer is too large", "it is over --max-message", remedy)
}
