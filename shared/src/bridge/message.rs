//! Messages of JSON-RPC as they stand in a line: the text, which is never altered, and what the relay needs to know of it.

mod cut;
mod envelope;
mod rewrite;
#[cfg(test)]
mod tests;

use std::ops::Range;

use hyper::body::Bytes;

use super::id::Id;
use super::json;

pub(crate) use self::cut::first_id;
pub(crate) use self::rewrite::one_line;

/// A text is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// No JSON, or no UTF-8: -32700.
    NotJson,
    /// Neither an object nor an array: -32600.
    NotMessage,
    /// An array without members: -32600.
    EmptyBatch,
}

/// A message, or several in an array.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    text: Bytes,
    kind: Kind,
    /// Where the value of `id` stands.
    id_place: Option<Range<usize>>,
}

/// What a message is.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// It has `method` and `id`.
    Request(Call),
    /// It has `method` and no `id`.
    Notification(Call),
    /// It has no `method`.
    Response(Reply),
    /// An array: each object in it, in order, as a message that is a part of the same text. What is no object is left out; the
    /// server says what it thinks of that.
    Batch(Vec<Message>),
}

/// A request or notification. Of members with the same name the last counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Call {
    /// As it is written, also `null`.
    pub(crate) id: Option<Id>,
    /// Empty where it is no string.
    pub(crate) method: String,
    /// `params.name`.
    pub(crate) name: Option<String>,
    /// `params.uri`.
    pub(crate) uri: Option<String>,
    /// `params.requestId`, of the request that `notifications/cancelled` names.
    pub(crate) cancels: Option<Id>,
    /// `params._meta."io.modelcontextprotocol/protocolVersion"`.
    pub(crate) protocol_version: Option<String>,
}

/// An answer to a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reply {
    /// `None` where it is missing or `null`.
    pub(crate) id: Option<Id>,
    /// `error`, unless it is `null`.
    pub(crate) error: Option<ErrorReply>,
    /// Whether there is a `result`, of whatever value.
    pub(crate) has_result: bool,
}

/// The error that a request is answered with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ErrorReply {
    /// `None` where it is no integer.
    pub(crate) code: Option<i64>,
    /// Empty where it is no string.
    pub(crate) message: String,
}

impl Message {
    /// The message that is the whole of `line`.
    pub(crate) fn parse(line: Bytes) -> Result<Self, Unusable> {
        envelope::parse(line)
    }

    /// The message that is the whole of `text`, which may stand in several lines, as one line.
    pub(crate) fn received(text: Bytes) -> Result<Self, Unusable> {
        let text = rewrite::without_mark(text);
        let line = one_line(text.clone());
        if line.len() < text.len() {
            // A line end in a string or a number must not vanish.
            envelope::parse(text)?;
        }
        envelope::parse(line)
    }

    /// Its text as it came.
    pub(crate) fn text(&self) -> &Bytes {
        &self.text
    }

    /// What it is.
    pub(crate) fn kind(&self) -> &Kind {
        &self.kind
    }

    /// The request or notification that it is.
    pub(crate) fn call(&self) -> Option<&Call> {
        match &self.kind {
            Kind::Request(call) | Kind::Notification(call) => Some(call),
            Kind::Response(_) | Kind::Batch(_) => None,
        }
    }

    /// The answer that it is.
    pub(crate) fn reply(&self) -> Option<&Reply> {
        match &self.kind {
            Kind::Response(reply) => Some(reply),
            Kind::Request(_) | Kind::Notification(_) | Kind::Batch(_) => None,
        }
    }

    /// The text of the value that `path` leads to, by the names of members.
    pub(crate) fn value_at(&self, path: &[&str]) -> Option<&str> {
        json::value_at(str::from_utf8(&self.text).ok()?, path)
    }

    /// The string that `path` leads to.
    pub(crate) fn string_at(&self, path: &[&str]) -> Option<String> {
        self.value_at(path).and_then(json::Text::of).map(|text| text.unescaped().into_owned())
    }

    /// Its text with `id` in place of its own, or put in where it has none; every other byte is the same. A batch stays as it
    /// is.
    pub(crate) fn with_id(&self, id: &Id) -> Bytes {
        match self.kind {
            Kind::Batch(_) => self.text.clone(),
            _ => rewrite::with_id(&self.text, self.id_place.as_ref(), id),
        }
    }
}
