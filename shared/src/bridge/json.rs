//! JSON texts as they stand (RFC 8259). The scanner validates the grammar and keeps positions: it copies no value, computes
//! no number, and goes down to any depth with one bit for each level, which serde_json, with its limit of 128 levels and its
//! numbers, does not.

mod nesting;
mod path;
mod special;
#[cfg(test)]
mod tests;
mod text;

use std::ops::Range;

use self::nesting::{Container, Nesting};

pub(crate) use self::path::value_at;
pub(crate) use self::text::Text;

/// The text is no JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Invalid;

/// What comes next in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event<'t> {
    /// An object begins.
    Object,
    /// An array begins.
    Array,
    /// The name of a member; its value comes next.
    Key(Text<'t>),
    /// A string that is a value.
    String(Text<'t>),
    /// A number, `true`, `false` or `null`, as it is written.
    Literal(&'t str),
    /// The innermost object or array ends.
    End,
    /// The text ends, behind its one value.
    Done,
}

/// Goes through a text from its beginning to its end.
pub(crate) struct Scanner<'t> {
    text: &'t str,
    at: usize,
    /// Where the last event begins.
    start: usize,
    nesting: Nesting,
    /// Whether a value must come next.
    needs_value: bool,
    /// Whether an object or array has just begun.
    is_first: bool,
}

impl<'t> Scanner<'t> {
    /// At the beginning of `text`.
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, at: 0, start: 0, nesting: Nesting::default(), needs_value: true, is_first: false }
    }

    /// Where the last event stands in the text; a key with its colon.
    #[cfg(test)]
    pub(crate) fn place(&self) -> Range<usize> {
        self.start..self.at
    }

    /// How many objects and arrays are open.
    pub(crate) fn depth(&self) -> usize {
        self.nesting.depth()
    }

    /// What comes next.
    pub(crate) fn event(&mut self) -> Result<Event<'t>, Invalid> {
        if self.needs_value {
            return self.first_of_value();
        }
        match self.nesting.innermost() {
            Some(Container::Object) => Ok(self.next_key()?.map_or(Event::End, Event::Key)),
            Some(Container::Array) if self.next_item()? => self.first_of_value(),
            Some(Container::Array) => Ok(Event::End),
            None => self.end(),
        }
    }

    /// Goes through the value that comes next, and says where it stands.
    pub(crate) fn value(&mut self) -> Result<Range<usize>, Invalid> {
        let depth = self.depth();
        self.event()?;
        let start = self.start;
        while self.depth() > depth {
            self.event()?;
        }
        Ok(start..self.at)
    }

    /// Goes through the value that comes next, as it is written.
    pub(crate) fn value_text(&mut self) -> Result<&'t str, Invalid> {
        let place = self.value()?;
        self.text.get(place).ok_or(Invalid)
    }

    /// Goes through the value that comes next. Where it is an object, `member` is handed the name of each member in turn, and
    /// goes through its value.
    pub(crate) fn members(
        &mut self,
        member: &mut dyn FnMut(&mut Self, Text<'t>) -> Result<(), Invalid>,
    ) -> Result<Range<usize>, Invalid> {
        if self.peek() != Some(b'{') {
            return self.value();
        }
        self.event()?;
        let start = self.start;
        while let Some(key) = self.next_key()? {
            member(self, key)?;
        }
        Ok(start..self.at)
    }

    /// Goes through the value that comes next. Where it is an array, `item` is called for each item in turn, and goes through
    /// it.
    pub(crate) fn items(
        &mut self,
        item: &mut dyn FnMut(&mut Self) -> Result<(), Invalid>,
    ) -> Result<Range<usize>, Invalid> {
        if self.peek() != Some(b'[') {
            return self.value();
        }
        self.event()?;
        let start = self.start;
        while self.next_item()? {
            item(self)?;
        }
        Ok(start..self.at)
    }

    /// The end of the text, behind its one value.
    pub(crate) fn end(&mut self) -> Result<Event<'t>, Invalid> {
        match self.peek() {
            None => Ok(Event::Done),
            Some(_) => Err(Invalid),
        }
    }

    /// The first byte of what comes next.
    pub(crate) fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.byte() {
            self.step(1);
        }
        self.byte()
    }

    /// The name of the next member of the innermost object; `None` where that ends.
    fn next_key(&mut self) -> Result<Option<Text<'t>>, Invalid> {
        let is_first = std::mem::take(&mut self.is_first);
        match self.peek() {
            Some(b'}') => {
                self.close();
                return Ok(None);
            }
            Some(b',') if !is_first => {
                self.step(1);
                self.peek();
            }
            _ if is_first => {}
            _ => return Err(Invalid),
        }
        self.start = self.at;
        let key = self.string()?;
        if self.peek() != Some(b':') {
            return Err(Invalid);
        }
        self.step(1);
        self.needs_value = true;
        Ok(Some(key))
    }

    /// Whether the innermost array has one more item, which comes next.
    fn next_item(&mut self) -> Result<bool, Invalid> {
        let is_first = std::mem::take(&mut self.is_first);
        match self.peek() {
            Some(b']') => {
                self.close();
                return Ok(false);
            }
            Some(b',') if !is_first => self.step(1),
            _ if is_first => {}
            _ => return Err(Invalid),
        }
        self.needs_value = true;
        Ok(true)
    }

    /// What a value begins with.
    fn first_of_value(&mut self) -> Result<Event<'t>, Invalid> {
        let first = self.peek().ok_or(Invalid)?;
        self.start = self.at;
        self.needs_value = false;
        match first {
            b'{' => Ok(self.open(Container::Object, Event::Object)),
            b'[' => Ok(self.open(Container::Array, Event::Array)),
            b'"' => self.string().map(Event::String),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            _ => self.number(),
        }
    }

    fn open(&mut self, container: Container, event: Event<'t>) -> Event<'t> {
        self.step(1);
        self.nesting.push(container);
        self.is_first = true;
        event
    }

    fn close(&mut self) {
        self.start = self.at;
        self.step(1);
        self.nesting.pop();
    }

    fn word(&mut self, word: &'static str) -> Result<Event<'t>, Invalid> {
        if !self.rest().starts_with(word.as_bytes()) {
            return Err(Invalid);
        }
        self.step(word.len());
        Ok(Event::Literal(word))
    }

    fn number(&mut self) -> Result<Event<'t>, Invalid> {
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _is_signed = self.take(b'-') || self.take(b'+');
            self.digits()?;
        }
        self.text.get(self.start..self.at).map(Event::Literal).ok_or(Invalid)
    }

    /// One digit or more.
    fn digits(&mut self) -> Result<(), Invalid> {
        let length = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.step(length);
        if length == 0 { Err(Invalid) } else { Ok(()) }
    }

    fn string(&mut self) -> Result<Text<'t>, Invalid> {
        if !self.take(b'"') {
            return Err(Invalid);
        }
        let start = self.at;
        loop {
            self.step(special::position(self.rest()));
            match self.byte() {
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                _ => return Err(Invalid),
            }
        }
        let raw = self.text.get(start..self.at).ok_or(Invalid)?;
        self.step(1);
        Ok(Text::new(raw))
    }

    fn escape(&mut self) -> Result<(), Invalid> {
        match self.rest() {
            [_, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => self.step(2),
            [_, b'u', hex @ ..] if hex.iter().take_while(|byte| byte.is_ascii_hexdigit()).take(4).count() == 4 => {
                self.step(6);
            }
            _ => return Err(Invalid),
        }
        Ok(())
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_there = self.byte() == Some(byte);
        self.step(usize::from(is_there));
        is_there
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'t [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn step(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }
}
