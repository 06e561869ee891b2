//! What the client reads where the server has no answer: a JSON-RPC error of the bridge's own.

use std::fmt;

use hyper::body::Bytes;

use crate::bridge::credentials::AuthFailure;
use crate::bridge::id::Id;

/// The code of every error of the bridge: no revision of MCP reserves it.
pub(super) const CODE: i32 = -31000;

/// How the message of a request ends that the server may have carried out.
pub(super) const MAY_HAVE_RUN: &str = "; it may have been carried out";

impl From<AuthFailure> for Failure {
    fn from(failure: AuthFailure) -> Self {
        Self { is_transient: failure.transient, ..Self::of_message(failure.message) }
    }
}

/// A text as JSON has it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The codes of JSON-RPC 2.0 section 5.1 for what is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Malformed {
    /// It is not JSON.
    NotJson,
    /// It is JSON, and no message.
    NotMessage,
}

/// Why a request has no answer of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// Fact: cause; remedy.
    message: String,
    status: Option<u16>,
    is_transient: bool,
    may_have_run: bool,
}

impl Failure {
    /// A failure that another attempt would meet again, of a request that the server did not carry out.
    pub(super) fn new(fact: impl fmt::Display, cause: impl fmt::Display, remedy: impl fmt::Display) -> Self {
        let message = format!("{fact}: {cause}; {remedy}");
        Self { message, status: None, is_transient: false, may_have_run: false }
    }

    /// One that has a whole message already.
    pub(super) fn of_message(message: String) -> Self {
        Self { message, status: None, is_transient: false, may_have_run: false }
    }

    /// The same for an answer of this HTTP status.
    pub(super) fn with_status(self, status: u16) -> Self {
        Self { status: Some(status), ..self }
    }

    /// The same, of what was tried after `failure`.
    pub(super) fn after(self, failure: &Self) -> Self {
        Self { message: format!("{}; and {}", self.message, failure.message), status: failure.status, ..self }
    }

    /// The same, where a later attempt may fare better.
    pub(super) fn transient(self) -> Self {
        Self { is_transient: true, ..self }
    }

    /// The same, where the server may have carried the request out.
    pub(super) fn may_have_run(self) -> Self {
        Self { may_have_run: true, ..self }
    }

    /// Its message without the bridge's name.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// The answer to the request `id`.
    pub(super) fn answer(&self, id: &Id) -> Bytes {
        self.text(id.as_json()).into()
    }

    /// The answer to a batch: one error for each of `ids`.
    pub(super) fn batch_answer<'i>(&self, ids: impl Iterator<Item = &'i Id>) -> Bytes {
        let answers: Vec<_> = ids.map(|id| self.text(id.as_json())).collect();
        format!("[{}]", answers.join(",")).into()
    }

    fn text(&self, id: &str) -> String {
        let run = if self.may_have_run { MAY_HAVE_RUN } else { "" };
        let message = quoted(&format!("hdr-bridge: {}{run}", self.message));
        let status = self.status.map(|status| format!("\"httpStatus\":{status},")).unwrap_or_default();
        let Self { is_transient, may_have_run, .. } = self;
        format!(
            "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"error\":{{\"code\":{CODE},\"message\":{message},\"data\":\
             {{\"source\":\"hdr-bridge\",{status}\"transient\":{is_transient},\"mayHaveRun\":{may_have_run}}}}}}}"
        )
    }
}

impl Malformed {
    /// The answer to a line that is no message; `id` where one was seen in it.
    pub(super) fn answer(self, message: &str, id: Option<&Id>) -> Bytes {
        let code = match self {
            Self::NotJson => -32700,
            Self::NotMessage => -32600,
        };
        let (message, id) = (quoted(&format!("hdr-bridge: {message}")), id.map_or("null", Id::as_json));
        format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"error\":{{\"code\":{code},\"message\":{message}}}}}").into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_what_a_client_can_go_by() {
        let id = Id::string("x");
        let failure = Failure::new("a \"b\"", "c", "d").with_status(502).transient().may_have_run();
        let expected = format!(
            r#"{{"jsonrpc":"2.0","id":{},"error":{{"code":-31000,"message":"hdr-bridge: a \"b\": c; d; it may have been carried out","data":{{"source":"hdr-bridge","httpStatus":502,"transient":true,"mayHaveRun":true}}}}}}"#,
            id.as_json()
        );
        assert_eq!(failure.answer(&id), expected.as_bytes());
        let lasting = Failure::new("a", "b", "c");
        let expected = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-31000,"message":"hdr-bridge: a: b; c","data":{"source":"hdr-bridge","transient":false,"mayHaveRun":false}}}"#;
        let ids = [Id::parse("1").unwrap(), Id::string("x")];
        let batch = format!("[{expected},{}]", expected.replace(":1,\"error", ":\"x\",\"error"));
        assert_eq!(lasting.batch_answer(ids.iter()), batch.as_bytes());
    }

    #[test]
    fn what_is_no_message_has_the_codes_of_json_rpc() {
        let expected = r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"hdr-bridge: x"}}"#;
        assert_eq!(Malformed::NotJson.answer("x", None), expected.as_bytes());
        let expected = r#"{"jsonrpc":"2.0","id":"a","error":{"code":-32600,"message":"hdr-bridge: x"}}"#;
        assert_eq!(Malformed::NotMessage.answer("x", Id::parse("\"a\"").as_ref()), expected.as_bytes());
    }
}
