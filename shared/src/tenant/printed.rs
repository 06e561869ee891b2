//! What a wrapped helper printed, read as strictly as what we print ourselves.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::error::{Error, Report};
use crate::headers::{HeaderName, Headers};
use crate::secret::Secret;

/// The headers in `output`.
///
/// # Errors
/// [`Error::Headers`] when it is not one JSON object of strings, or one of them is no header that every client sends. Of
/// the output only names of headers are repeated.
pub(super) fn headers(output: &Secret) -> Result<Headers, Error> {
    let bytes = output.expose();
    if bytes.trim_ascii().is_empty() {
        return Err(no_headers("it is empty"));
    }
    if bytes.starts_with("\u{feff}".as_bytes()) {
        return Err(no_headers("it begins with a byte order mark"));
    }
    let printed: Printed = serde_json::from_slice(bytes)
        .map_err(|error| no_headers(if error.is_data() { "it is no JSON object" } else { "it is no JSON" }))?;
    let mut headers = Headers::default();
    for (name, value) in printed.0 {
        let name = HeaderName::parse(&name)?;
        let value = value.0.ok_or_else(|| {
            let fact = format_args!("header {} cannot be sent", name.as_str());
            Error::Headers(Report::new(fact, "its value is no string", "let the helper print a string"))
        })?;
        headers.add(name, value)?;
    }
    Ok(headers)
}

fn no_headers(cause: &str) -> Error {
    let remedy = "let it print one JSON object of strings and nothing else";
    Error::Headers(Report::new("its output cannot be used", cause, remedy))
}

/// The members of a JSON object, in their order and as often as they are there.
struct Printed(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Printed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Printed;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Printed, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Printed(members))
    }
}

/// A string; nothing where it is another kind of value.
struct Value(Option<Secret>);

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything)
    }
}

struct Anything;

impl<'de> Visitor<'de> for Anything {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value(Some(Secret::new(text.as_bytes().to_vec()))))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value, E> {
        Ok(Value(None))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Value, E> {
        Ok(Value(None))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Value, E> {
        Ok(Value(None))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value(None))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value(None))
    }

    /// Numbers of any precision come as maps too.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value(None))
    }
}
