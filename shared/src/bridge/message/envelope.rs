//! The members of a message that the relay looks at, found in one pass over its text.

use std::ops::Range;

use hyper::body::Bytes;

use super::{Call, ErrorReply, Kind, Message, Reply, Unusable};
use crate::bridge::id::Id;
use crate::bridge::json::{Invalid, Scanner, Text};

/// The revision of MCP that a message is of, from 2026-07-28 on.
const PROTOCOL_VERSION: &str = "io.modelcontextprotocol/protocolVersion";

/// The message that is the whole of `line`.
pub(super) fn parse(line: Bytes) -> Result<Message, Unusable> {
    let text = str::from_utf8(&line).map_err(|_| Unusable::NotJson)?;
    let mut scanner = Scanner::new(text);
    let found = match scanner.peek() {
        Some(b'{') => Found::object(text, &mut scanner).map(|(_, found)| Ok(found)),
        Some(b'[') => batch(text, &line, &mut scanner),
        _ => scanner.value().map(|_| Err(Unusable::NotMessage)),
    };
    let found = found.and_then(|found| scanner.end().map(|_| found)).map_err(|Invalid| Unusable::NotJson)??;
    Ok(found.message(line))
}

/// What stands in an object or in the objects of an array.
struct Found {
    kind: Kind,
    id_place: Option<Range<usize>>,
}

/// The objects in the array that comes next.
fn batch(text: &str, line: &Bytes, scanner: &mut Scanner<'_>) -> Result<Result<Found, Unusable>, Invalid> {
    let (mut messages, mut is_empty) = (Vec::new(), true);
    scanner.items(&mut |scanner| {
        is_empty = false;
        if scanner.peek() != Some(b'{') {
            return scanner.value().map(drop);
        }
        let (place, found) = Found::object(text, scanner)?;
        let id_place =
            found.id_place.map(|id| id.start.saturating_sub(place.start)..id.end.saturating_sub(place.start));
        messages.push(Found { id_place, ..found }.message(line.slice(place)));
        Ok(())
    })?;
    Ok(if is_empty { Err(Unusable::EmptyBatch) } else { Ok(Found { kind: Kind::Batch(messages), id_place: None }) })
}

impl Found {
    /// What stands in the object that comes next, and where that stands.
    fn object(text: &str, scanner: &mut Scanner<'_>) -> Result<(Range<usize>, Self), Invalid> {
        let (mut method, mut id_place, mut params, mut reply) = (None, None, Params::default(), Reply::default());
        let place = scanner.members(&mut |scanner, key| {
            if key.is("id") {
                id_place = Some(scanner.value()?);
            } else if key.is("method") {
                method = Some(string(text, scanner)?.unwrap_or_default());
            } else if key.is("params") {
                params = Params::read(text, scanner)?;
            } else if key.is("error") {
                reply.error = error(text, scanner)?;
            } else {
                scanner.value()?;
                reply.has_result |= key.is("result");
            }
            Ok(())
        })?;
        let id = id_place.clone().and_then(|place| text.get(place)).map(Id::of_valid);
        let kind = match method {
            Some(method) => {
                let is_request = id.is_some();
                let Params { name, uri, cancels, protocol_version } = params;
                let call = Call { id, method, name, uri, cancels, protocol_version };
                if is_request { Kind::Request(call) } else { Kind::Notification(call) }
            }
            None => Kind::Response(Reply { id: id.filter(|id| id.as_json() != "null"), ..reply }),
        };
        Ok((place, Self { kind, id_place }))
    }

    fn message(self, text: Bytes) -> Message {
        Message { text, kind: self.kind, id_place: self.id_place }
    }
}

/// What `params` says.
#[derive(Default)]
struct Params {
    name: Option<String>,
    uri: Option<String>,
    cancels: Option<Id>,
    protocol_version: Option<String>,
}

impl Params {
    fn read(text: &str, scanner: &mut Scanner<'_>) -> Result<Self, Invalid> {
        let mut params = Self::default();
        scanner.members(&mut |scanner, key| {
            if key.is("name") {
                params.name = string(text, scanner)?;
            } else if key.is("uri") {
                params.uri = string(text, scanner)?;
            } else if key.is("requestId") {
                params.cancels = text.get(scanner.value()?).map(Id::of_valid);
            } else if key.is("_meta") {
                params.protocol_version = protocol_version(text, scanner)?;
            } else {
                scanner.value()?;
            }
            Ok(())
        })?;
        Ok(params)
    }
}

fn protocol_version(text: &str, scanner: &mut Scanner<'_>) -> Result<Option<String>, Invalid> {
    let mut version = None;
    scanner.members(&mut |scanner, key| {
        if key.is(PROTOCOL_VERSION) {
            version = string(text, scanner)?;
        } else {
            scanner.value()?;
        }
        Ok(())
    })?;
    Ok(version)
}

/// The error that comes next, unless it is `null`.
fn error(text: &str, scanner: &mut Scanner<'_>) -> Result<Option<ErrorReply>, Invalid> {
    let mut error = ErrorReply::default();
    let place = scanner.members(&mut |scanner, key| {
        if key.is("code") {
            error.code = text.get(scanner.value()?).and_then(|code| code.parse().ok());
        } else if key.is("message") {
            error.message = string(text, scanner)?.unwrap_or_default();
        } else {
            scanner.value()?;
        }
        Ok(())
    })?;
    Ok(Some(error).filter(|_| text.get(place) != Some("null")))
}

/// Goes through the value that comes next; what it says where it is a string.
fn string(text: &str, scanner: &mut Scanner<'_>) -> Result<Option<String>, Invalid> {
    let place = scanner.value()?;
    Ok(text.get(place).and_then(Text::of).map(|text| text.unescaped().into_owned()))
}
