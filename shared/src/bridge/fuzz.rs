//! The doors to what the relay reads of clients and servers: messages, event streams and lists of tools.

use hyper::body::Bytes;

use super::id::Id;
use super::message::{Kind, Message, Unusable, one_line};
use super::sse::{EventKind, Parser};
use super::tools::Tools;

pub use super::http::fuzz::http_answer;

/// What is seen of a message.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// `request`, `notification`, `response` or `batch`.
    pub kind: &'static str,
    /// As it is written.
    pub id: Option<String>,
    /// Of a request or notification.
    pub method: Option<String>,
    /// `params.name`, `params.uri` and the revision in `params._meta`.
    pub params: [Option<String>; 3],
    /// `params.requestId` as it is written.
    pub cancels: Option<String>,
    /// Code and message of an error.
    pub error: Option<(Option<i64>, String)>,
    /// Whether there is a result.
    pub has_result: bool,
    /// The text as it is.
    pub text: Vec<u8>,
    /// The text in one line.
    pub line: Vec<u8>,
    /// The text with the id `"own"`.
    pub with_own_id: Vec<u8>,
    /// The objects of a batch.
    pub members: Vec<Envelope>,
}

/// What is seen of the message that is the whole of `bytes`.
///
/// # Errors
/// The code of the JSON-RPC error that it is answered with.
pub fn message(bytes: &[u8]) -> Result<Envelope, i32> {
    let message = Message::parse(Bytes::copy_from_slice(bytes)).map_err(|unusable| match unusable {
        Unusable::NotJson => -32700,
        Unusable::NotMessage | Unusable::EmptyBatch => -32600,
    })?;
    Ok(envelope(&message))
}

fn envelope(message: &Message) -> Envelope {
    let text = |id: &Id| id.as_json().to_owned();
    let line = one_line(message.text().clone()).to_vec();
    let with_own_id = message.with_id(&Id::string("own")).to_vec();
    let text_as_is = message.text().to_vec();
    let common = Envelope { text: text_as_is, line, with_own_id, ..Envelope::default() };
    match message.kind() {
        Kind::Request(call) | Kind::Notification(call) => Envelope {
            kind: if matches!(message.kind(), Kind::Request(_)) { "request" } else { "notification" },
            id: call.id.as_ref().map(text),
            method: Some(call.method.clone()),
            params: [call.name.clone(), call.uri.clone(), call.protocol_version.clone()],
            cancels: call.cancels.as_ref().map(text),
            ..common
        },
        Kind::Response(reply) => Envelope {
            kind: "response",
            id: reply.id.as_ref().map(text),
            error: reply.error.as_ref().map(|error| (error.code, error.message.clone())),
            has_result: reply.has_result,
            ..common
        },
        Kind::Batch(members) => Envelope { kind: "batch", members: members.iter().map(envelope).collect(), ..common },
    }
}

/// Whether the ids `one` and `other` are the same; `None` where one of them is no JSON.
#[must_use]
pub fn are_same_id(one: &str, other: &str) -> Option<bool> {
    Some(Id::parse(one)? == Id::parse(other)?)
}

/// What is seen of an event stream.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// Each event: whether it is an `endpoint`, its data, the id in force, and whether that is its own.
    pub events: Vec<(bool, Vec<u8>, Option<String>, bool)>,
    /// The id to go on from.
    pub last_event_id: Option<String>,
    /// The milliseconds to wait before that.
    pub retry: Option<u128>,
    /// Whether an event was over the limit.
    pub is_too_large: bool,
}

/// What is seen of a stream that comes in these pieces.
pub fn events<'b>(pieces: impl IntoIterator<Item = &'b [u8]>, limit: usize) -> Events {
    let (mut parser, mut events) = (Parser::new(limit), Vec::new());
    let mut is_too_large = false;
    for piece in pieces {
        is_too_large |= parser.push(piece, &mut events).is_err();
    }
    let events = events.into_iter();
    Events {
        events: events
            .map(|event| (event.kind == EventKind::Endpoint, event.data, event.id, event.has_own_id))
            .collect(),
        last_event_id: parser.last_event_id().map(str::to_owned),
        retry: parser.retry().map(|retry| retry.as_millis()),
        is_too_large,
    }
}

/// What is seen of a list of tools.
#[derive(Debug, PartialEq, Eq)]
pub struct ToolList {
    /// The message for the client.
    pub text: Vec<u8>,
    /// What is said on stderr.
    pub notices: Vec<String>,
    /// `nextCursor` as it is written.
    pub next_cursor: Option<String>,
    /// The headers of a call.
    pub headers: Vec<(String, Vec<u8>)>,
}

/// What is seen of the answer `listing` where the tools that fit `ignored` are left out, and the headers of `call` after it;
/// `None` where one of them is no message.
#[must_use]
pub fn tool_list(listing: &[u8], call: &[u8], ignored: &[&str], is_modern: bool) -> Option<ToolList> {
    let [listing, call] = [listing, call].map(|text| Message::parse(Bytes::copy_from_slice(text)).ok());
    let mut tools = Tools::new(ignored);
    let page = tools.read(&listing?, true, is_modern);
    let headers = tools.headers(&call?).into_iter();
    Some(ToolList {
        text: page.text.to_vec(),
        notices: page.notices,
        next_cursor: page.next_cursor,
        headers: headers.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect(),
    })
}
