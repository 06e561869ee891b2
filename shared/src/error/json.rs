//! Going through JSON member by member, each as often as it is there: of an object that has one twice readers see different
//! things (RFC 8259 section 4).

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// The name under which `serde_json` hands out a number of any precision, as a map.
const NUMBER: &str = "$serde_json::private::Number";

/// What is found on the way.
pub(crate) enum Found<'a> {
    /// A string that is a value.
    Text(&'a str),
    /// The name of a member that its object has had before.
    Repeated(&'a str),
}

/// Hands to `found` what is in `json`, at whatever depth, in its order; says whether all of it is one value. Of what is not,
/// the part before the mistake is gone through.
pub(crate) fn walk(json: &[u8], found: &dyn Fn(Found<'_>)) -> bool {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let walked = Walk { found, in_number: false }.deserialize(&mut deserializer);
    walked.is_ok() && deserializer.end().is_ok()
}

/// The name of the first member that one of the objects in `json` has twice. What is wrong with the JSON otherwise is the
/// business of the caller.
pub(crate) fn repeated_member(json: &[u8]) -> Option<String> {
    let first = Cell::new(None);
    walk(json, &|found| {
        if let Found::Repeated(name) = found {
            first.set(first.take().or_else(|| Some(name.to_owned())));
        }
    });
    first.into_inner()
}

/// Goes through one value.
#[derive(Clone, Copy)]
struct Walk<'f> {
    found: &'f dyn Fn(Found<'_>),
    /// Whether the value is that of [`NUMBER`].
    in_number: bool,
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if names.contains(&name) {
                (self.found)(Found::Repeated(&name));
            }
            map.next_value_seed(Self { in_number: name == NUMBER, ..self })?;
            names.insert(name);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Self { in_number: false, ..self })?.is_some() {}
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        if !self.in_number {
            (self.found)(Found::Text(text));
        }
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_looked_for_at_every_depth() {
        for (json, name) in [
            (r#"{"a":1,"a":1}"#, Some("a")),
            (r#"{"a":{"b":1,"\u0062":[]}}"#, Some("b")),
            (r#"[1,{"a":[{"c":1.5e400,"d":null,"c":true}]}]"#, Some("c")),
            (r#"{"a":{"b":1},"b":{"b":-1,"a":"a"}} "#, None),
            (r#"[{"a":1},{"a":1}]"#, None),
            ("12345678901234567890123", None),
            (r#"{"a":1,"a""#, Some("a")),
            ("nothing", None),
        ] {
            assert_eq!(repeated_member(json.as_bytes()).as_deref(), name, "{json}");
        }
    }
}
