//! A string in a JSON file, which its path and the names on the way to it name: `PATH:FIELD`.

use std::fmt;
use std::path::PathBuf;

use serde_json::Value;

use crate::error::{Error, OutsideText, Redactor, Report, nearest, quotable};
use crate::os::environment::expand_home;
use crate::secret::Secret;

/// What follows `json:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// As the user wrote it.
    shown: String,
}

impl Member {
    /// `PATH:FIELD`.
    ///
    /// # Errors
    /// [`Error::Usage`] where one of the two is missing.
    pub(super) fn parse(option: &str, text: &str) -> Result<Self, Error> {
        if splits(text).next().is_none() {
            let fact = ": json: is not followed by a path and a field";
            let cause = "a colon separates the two, and neither may be empty";
            return Err(Error::Usage(Report::of(
                option,
                fact,
                cause,
                "write json:PATH:FIELD, for example json:~/acme.json:client_secret",
            )));
        }
        Ok(Self { shown: text.to_owned() })
    }

    /// The file and the field. Both may have colons: the path ends at the first one before which there is a file, and where
    /// there is none at the first of all.
    ///
    /// # Errors
    /// Those of [`expand_home`].
    pub(super) fn split(&self) -> Result<(&str, PathBuf, &str), Error> {
        let mut first = None;
        for (shown, field) in splits(&self.shown) {
            let path = expand_home(shown)?;
            if path.metadata().is_ok_and(|metadata| !metadata.is_dir()) {
                return Ok((shown, path, field));
            }
            first = first.or(Some((shown, path, field)));
        }
        Ok(first.unwrap_or_default())
    }

    /// The string in the contents of the file.
    ///
    /// # Errors
    /// [`Error::Secret`] where there is none; the message shows names of fields without what `redactor` knows, and no value.
    pub(super) fn find(
        option: &str,
        [file, field]: [&str; 2],
        contents: &Secret,
        redactor: &Redactor,
    ) -> Result<Secret, Error> {
        let file = quotable(file);
        let root: Value = serde_json::from_slice(contents.expose()).map_err(|error| {
            let fact = format_args!(": json:{file} is not valid JSON");
            let cause = format_args!("the mistake is in line {}, column {}", error.line(), error.column());
            Error::Secret(Report::of(option, fact, cause, "correct it there, or use the whole file with file:PATH"))
        })?;
        let fact = format!(": json:{file}:{} cannot be used", quotable(field));
        match look(&root, field) {
            Ok(Value::String(text)) => Ok(Secret::new(text.as_bytes().to_vec())),
            Ok(other) => {
                let cause = format_args!("it is {}, not a string", kind(other));
                let remedy = match other {
                    Value::Object(_) | Value::Array(_) => within(field, other, redactor),
                    _ => "write it in quotes there".to_owned(),
                };
                Err(Error::Secret(Report::of(option, fact, cause, remedy)))
            }
            Err(Missing { within: outer, name, before }) => {
                let what = if before.is_empty() { "the file".to_owned() } else { quotable(before) };
                let cause = format_args!("{what} is {}, and has no {}", kind(outer), quotable(name));
                Err(Error::Secret(Report::of(option, fact, cause, instead(outer, before, name, redactor))))
            }
        }
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "json:{}", quotable(&self.shown))
    }
}

/// The ways to split `PATH:FIELD`. The colon behind a drive's letter is one of the path.
fn splits(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let is_drive = text.starts_with(|c: char| c.is_ascii_alphabetic()) && matches!(text.get(1..3), Some(r":\" | ":/"));
    let colons = text.match_indices(':').map(|(at, _)| at).filter(move |at| !(is_drive && *at == 1));
    let split = |at: usize| Some((text.get(..at)?, text.get(at.saturating_add(1)..)?));
    colons.filter_map(split).filter(|(path, field)| !path.is_empty() && !field.is_empty())
}

/// Where the way to a field ends.
struct Missing<'v, 'f> {
    /// The last value on it.
    within: &'v Value,
    /// What that value does not have.
    name: &'f str,
    /// The way to it.
    before: &'f str,
}

/// The value at a dotted `field` of `root`; the name of a member may have dots, and an element of a list has its number.
fn look<'v, 'f>(root: &'v Value, field: &'f str) -> Result<&'v Value, Missing<'v, 'f>> {
    search(root, field, field)
}

fn search<'v, 'f>(value: &'v Value, rest: &'f str, field: &'f str) -> Result<&'v Value, Missing<'v, 'f>> {
    let child = |name: &str| match value {
        Value::Object(members) => members.get(name),
        Value::Array(elements) => name.parse().ok().and_then(|number: usize| elements.get(number)),
        _ => None,
    };
    if let Some(found) = child(rest) {
        return Ok(found);
    }
    let mut deepest: Option<Missing<'v, 'f>> = None;
    for (dot, _) in rest.match_indices('.') {
        let (Some(name), Some(behind)) = (rest.get(..dot), rest.get(dot.saturating_add(1)..)) else { continue };
        match child(name).map(|inner| search(inner, behind, field)) {
            None => {}
            Some(Ok(found)) => return Ok(found),
            Some(Err(missing)) => {
                deepest = deepest.filter(|known| known.before.len() >= missing.before.len()).or(Some(missing));
            }
        }
    }
    let length = field.len().saturating_sub(rest.len().saturating_add(1));
    let before = if rest.len() == field.len() { "" } else { field.get(..length).unwrap_or_default() };
    Err(deepest.unwrap_or(Missing { within: value, name: rest, before }))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// What to name in place of a value that has others in it.
fn within(field: &str, value: &Value, redactor: &Redactor) -> String {
    match names(value, redactor) {
        Some(names) => format!("name one of its fields, {}.NAME: {names}", quotable(field)),
        None => "name another field".to_owned(),
    }
}

/// What to name in place of a field that is not there.
fn instead(outer: &Value, before: &str, name: &str, redactor: &Redactor) -> String {
    let prefix = if before.is_empty() { String::new() } else { format!("{}.", quotable(before)) };
    let near = match outer {
        Value::Object(members) => nearest(name, members.keys().map(String::as_str)),
        _ => None,
    };
    match (near, names(outer, redactor)) {
        (Some(near), Some(names)) => format!("write {prefix}{}; it has {names}", shown(near, redactor)),
        (_, Some(names)) => format!("name one that it has: {names}"),
        (_, None) => "name another field".to_owned(),
    }
}

/// The names of what is in a value.
fn names(value: &Value, redactor: &Redactor) -> Option<String> {
    match value {
        Value::Object(members) if !members.is_empty() => {
            let names: Vec<_> = members.keys().take(MOST_NAMES).map(|name| shown(name, redactor)).collect();
            let more = if members.len() > MOST_NAMES { " …" } else { "" };
            Some(names.join(" ") + more)
        }
        Value::Array(elements) if !elements.is_empty() => {
            let last = elements.len().saturating_sub(1);
            Some(if last == 0 { "0".to_owned() } else { format!("0 to {last}") })
        }
        _ => None,
    }
}

/// How many names a message lists.
const MOST_NAMES: usize = 20;

fn shown(name: &str, redactor: &Redactor) -> String {
    OutsideText::new(name).shown(redactor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_colon_of_a_drive_is_one_of_the_path() {
        for (text, expected) in [
            ("/a:b", vec![("/a", "b")]),
            ("/a:b:c", vec![("/a", "b:c"), ("/a:b", "c")]),
            (r"C:\a.json:b", vec![(r"C:\a.json", "b")]),
            ("c:/a.json:b.c", vec![("c:/a.json", "b.c")]),
            ("c:b", vec![("c", "b")]),
            (r"C:\a.json", vec![]),
            (":b", vec![]),
            ("a:", vec![]),
        ] {
            assert_eq!(splits(text).collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn a_way_may_lead_through_names_with_dots_and_lists() {
        let root = serde_json::json!({ "a": { "b.c": { "d": 1 }, "b": { "x": 2 } }, "l": [[3]], "a.b": { "c.d": 4 } });
        for (field, found) in
            [("a.b.c.d", Some(1)), ("a.b.x", Some(2)), ("l.0.0", Some(3)), ("l.1.0", None), ("a.b.y", None)]
        {
            assert_eq!(look(&root, field).ok().and_then(Value::as_i64), found, "{field}");
        }
    }
}
