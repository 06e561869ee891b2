//! Members that are twice in an object of JSON: of such an object readers see different things (RFC 8259 section 4).

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

/// The name of the first member that one of the objects in `json` has twice, at whatever depth. Of what is no JSON only
/// the part before the mistake is looked at.
pub(crate) fn member(json: &[u8]) -> Option<String> {
    let found = Cell::new(None);
    // What is wrong with the JSON is the business of whoever reads it.
    let _ = Search(&found).deserialize(&mut serde_json::Deserializer::from_slice(json));
    found.into_inner()
}

/// Looks at a value, and keeps the name that it finds.
#[derive(Clone, Copy)]
struct Search<'c>(&'c Cell<Option<String>>);

impl<'de> DeserializeSeed<'de> for Search<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Search<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    /// Numbers of any precision come as maps too.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if names.contains(&name) {
                self.0.set(Some(name));
                return Err(A::Error::custom("a member is twice in an object"));
            }
            names.insert(name);
            map.next_value_seed(self)?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
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
            assert_eq!(member(json.as_bytes()).as_deref(), name, "{json}");
        }
    }
}
