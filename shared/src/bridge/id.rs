//! Ids of JSON-RPC as they are written. They are compared by what they say: the same string, or the same number.

#[cfg(test)]
mod tests;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use super::decimal::Decimal;
use super::json::{Text, value_at};

/// The id of a request or an answer.
#[derive(Clone)]
pub(crate) struct Id(Rc<str>);

impl Id {
    /// The id that is the whole of `json`, which must be a valid value.
    pub(super) fn of_valid(json: &str) -> Self {
        Self(Rc::from(json))
    }

    /// The id that is the whole of `json`.
    pub(crate) fn parse(json: &str) -> Option<Self> {
        value_at::<&str>(json, &[]).map(Self::of_valid)
    }

    /// The string `text` as an id.
    pub(crate) fn string(text: &str) -> Self {
        Self::of_valid(&serde_json::Value::from(text).to_string())
    }

    /// The id as it is written.
    pub(crate) fn as_json(&self) -> &str {
        &self.0
    }

    fn value(&self) -> Value<'_> {
        match self.0.as_bytes().first() {
            Some(b'"') => Text::of(&self.0).map_or(Value::Other(&self.0), Value::String),
            Some(b'-' | b'0'..=b'9') => Value::Number(Decimal::of(&self.0)),
            _ => Value::Other(&self.0),
        }
    }
}

/// What an id says.
#[derive(PartialEq, Eq)]
enum Value<'t> {
    String(Text<'t>),
    Number(Decimal<'t>),
    /// What no id should be; the same only where it is written the same.
    Other(&'t str),
}

impl PartialEq for Id {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || self.value() == other.value()
    }
}

impl Eq for Id {}

impl Hash for Id {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.value() {
            Value::String(text) => text.code_points().for_each(|code| code.hash(state)),
            Value::Number(number) => number.hash(state),
            Value::Other(text) => text.hash(state),
        }
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
