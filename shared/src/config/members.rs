//! JSON objects whose members should be strings, read in their order, each as often as it is there.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::secret::Secret;

/// The members of an object.
pub(crate) struct Members(pub(crate) Vec<(String, Member)>);

/// The value of a member: a string, or nothing where it is another kind of value.
pub(crate) struct Member(pub(crate) Option<Secret>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Object)
    }
}

struct Object;

impl<'de> Visitor<'de> for Object {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything)
    }
}

struct Anything;

impl<'de> Visitor<'de> for Anything {
    type Value = Member;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Member, E> {
        Ok(Member(Some(Secret::new(text.as_bytes().to_vec()))))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Member, E> {
        Ok(Member(None))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Member, E> {
        Ok(Member(None))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Member, E> {
        Ok(Member(None))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Member, E> {
        Ok(Member(None))
    }

    fn visit_unit<E>(self) -> Result<Member, E> {
        Ok(Member(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Member, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Member(None))
    }

    /// Numbers of any precision come as maps too.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Member, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Member(None))
    }
}
