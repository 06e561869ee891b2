//! Event streams as the WHATWG parses them (HTML section 9.2), except that data stays bytes: a message is relayed as it came.

mod field;
#[cfg(test)]
mod tests;

use std::time::Duration;

use memchr::memchr2;

use self::field::Field;

/// What may stand before the first line.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// An event is larger than the limit. It is left out, but for its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLarge;

/// An event with data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) kind: EventKind,
    /// Its lines, joined with LF.
    pub(crate) data: Vec<u8>,
    /// The last event id in force: its own, or that of an event before it.
    pub(crate) id: Option<String>,
    /// Whether the id is its own.
    pub(crate) has_own_id: bool,
}

/// Which events count; all others are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventKind {
    Message,
    Endpoint,
}

/// Takes a stream piece by piece, wherever it is cut. An event that is not ended by an empty line is none.
pub(crate) struct Parser {
    limit: usize,
    /// How many bytes of [`BOM`] have come; all once it is decided that it is there or not.
    bom: usize,
    /// Whether the last byte was CR, so that LF is part of the same line end.
    is_after_cr: bool,
    line: Line,
    data: Vec<u8>,
    kind: Option<EventKind>,
    /// Of the event that is being read.
    own_id: Option<String>,
    last_event_id: Option<String>,
    retry: Option<Duration>,
    /// Whether the event that is being read is over the limit.
    is_over: bool,
    /// Whether that is still to be said.
    was_exceeded: bool,
}

/// What has come of a line.
#[derive(Default)]
struct Line {
    /// Up to the colon, as far as it can be the name of a field.
    name: Vec<u8>,
    /// Behind the colon.
    field: Option<Field>,
    /// Whether something of the value has come, be it the space that is not part of it.
    has_value: bool,
    /// The value, except of `data`.
    value: Vec<u8>,
}

impl Parser {
    /// For events of at most `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            bom: 0,
            is_after_cr: false,
            line: Line::default(),
            data: Vec::new(),
            kind: Some(EventKind::Message),
            own_id: None,
            last_event_id: None,
            retry: None,
            is_over: false,
            was_exceeded: false,
        }
    }

    /// The id to go on from after the events that have come; `None` where there is none or it was reset.
    pub(crate) fn last_event_id(&self) -> Option<&str> {
        self.last_event_id.as_deref().filter(|id| !id.is_empty())
    }

    /// How long the server asks to wait before a stream is opened anew.
    pub(crate) fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// How many bytes of an event are kept that is not whole.
    pub(crate) fn pending(&self) -> usize {
        self.data.len().saturating_add(self.line.value.len())
    }

    /// Takes the next bytes of the stream, and adds the events that they end to `events`.
    ///
    /// # Errors
    /// [`TooLarge`] where an event goes over the limit with them. All others are added.
    pub(crate) fn push(&mut self, bytes: &[u8], events: &mut Vec<Event>) -> Result<(), TooLarge> {
        self.read(bytes, events);
        if std::mem::take(&mut self.was_exceeded) { Err(TooLarge) } else { Ok(()) }
    }

    fn read(&mut self, bytes: &[u8], events: &mut Vec<Event>) {
        let mut rest = self.behind_bom(bytes);
        while let Some(first) = rest.first() {
            if std::mem::take(&mut self.is_after_cr) && *first == b'\n' {
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            let Some((piece, behind)) = memchr2(b'\r', b'\n', rest).and_then(|end| rest.split_at_checked(end)) else {
                return self.take(rest);
            };
            self.take(piece);
            self.is_after_cr = behind.first() == Some(&b'\r');
            self.end_line(events);
            rest = behind.get(1..).unwrap_or_default();
        }
    }

    /// `bytes` without what they have of a mark at the beginning of the stream.
    fn behind_bom<'b>(&mut self, mut bytes: &'b [u8]) -> &'b [u8] {
        while let (Some(expected), Some((first, behind))) = (BOM.get(self.bom), bytes.split_first()) {
            if first != expected {
                let begun = std::mem::replace(&mut self.bom, BOM.len());
                self.take(BOM.get(..begun).unwrap_or_default());
                break;
            }
            self.bom = self.bom.saturating_add(1);
            bytes = behind;
        }
        bytes
    }

    /// Takes a piece of a line.
    fn take(&mut self, piece: &[u8]) {
        let mut piece = piece;
        if self.line.field.is_none() {
            let colon = memchr::memchr(b':', piece).unwrap_or(piece.len());
            let (name, behind) = piece.split_at_checked(colon).unwrap_or((piece, b""));
            let room = Field::LONGEST_NAME.saturating_add(1).saturating_sub(self.line.name.len());
            self.line.name.extend(name.iter().take(room));
            let Some((_colon, value)) = behind.split_first() else { return };
            self.line.field = Some(Field::named(&self.line.name));
            piece = value;
        }
        if !piece.is_empty() && !std::mem::replace(&mut self.line.has_value, true) {
            piece = piece.strip_prefix(b" ").unwrap_or(piece);
        }
        let value = match self.line.field {
            Some(Field::Data) if self.is_over => return,
            Some(Field::Data) => &mut self.data,
            Some(Field::Other) | None => return,
            Some(_) => &mut self.line.value,
        };
        if value.len().saturating_add(piece.len()) > self.limit {
            return self.exceed();
        }
        value.extend_from_slice(piece);
    }

    /// Keeps nothing more of the event that is being read, nor of this line.
    fn exceed(&mut self) {
        self.was_exceeded |= !std::mem::replace(&mut self.is_over, true);
        (self.data, self.line.value) = (Vec::new(), Vec::new());
        self.line.field = Some(Field::Other);
    }

    fn end_line(&mut self, events: &mut Vec<Event>) {
        let Line { name, field, value, .. } = std::mem::take(&mut self.line);
        if name.is_empty() && field.is_none() {
            return self.end_event(events);
        }
        match field.unwrap_or_else(|| Field::named(&name)) {
            // The limit is for what is relayed, which has one LF less.
            Field::Data if self.is_over => {}
            Field::Data if self.data.len() > self.limit => {
                self.exceed();
                self.line = Line::default();
            }
            Field::Data => self.data.push(b'\n'),
            Field::Event => self.kind = field::kind(&value),
            Field::Id if !value.contains(&0) => self.own_id = Some(String::from_utf8_lossy(&value).into_owned()),
            Field::Retry => self.retry = field::milliseconds(&value).or(self.retry),
            Field::Id | Field::Other => {}
        }
    }

    fn end_event(&mut self, events: &mut Vec<Event>) {
        self.is_over = false;
        let own_id = self.own_id.take();
        let has_own_id = own_id.as_deref().is_some_and(|id| !id.is_empty());
        self.last_event_id = own_id.or_else(|| self.last_event_id.take());
        let kind = self.kind.replace(EventKind::Message);
        let mut data = std::mem::take(&mut self.data);
        data.pop();
        // An event without data is sent for its id alone.
        if let Some(kind) = kind.filter(|_| !data.trim_ascii().is_empty()) {
            events.push(Event { kind, data, id: self.last_event_id().map(str::to_owned), has_own_id });
        }
    }
}
