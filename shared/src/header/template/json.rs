//! JSON with placeholders. Braces and backslashes are JSON's own, but for a brace that a known placeholder follows at once.

use serde_json::Value;

use super::placeholder::{Placeholder, SHARED};
use super::{OwnValues, Piece, Template, unclosed};
use crate::error::json;
use crate::error::twice;
use crate::error::{Error, Report};
use crate::run::Run;
use crate::secret::Secret;

/// A brace in a string of JSON where a placeholder would follow it.
const BRACE: &str = "\\u007b";

/// A parsed JSON template.
#[derive(Clone, Debug)]
pub struct JsonTemplate(Template);

impl JsonTemplate {
    /// Parses the JSON that `option` was given.
    ///
    /// # Errors
    /// [`Error::Usage`] for what is no JSON, whatever the values of its placeholders, and for an object with a member twice.
    pub fn parse(option: &str, text: &str) -> Result<Self, Error> {
        Self::labelled(option, option, text)
    }

    /// The same of what follows `name` in the value of an option that may be given several times.
    ///
    /// # Errors
    /// The same.
    #[cfg(feature = "jwt")]
    pub(crate) fn of_name(option: &str, name: &str, text: &str) -> Result<Self, Error> {
        let label = &format!("{option} {name}");
        Self::labelled(option, label, text).map_err(|error| error.about_value_of(option, label))
    }

    fn labelled(option: &str, label: &str, text: &str) -> Result<Self, Error> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, inner)) = next_placeholder(rest) {
            let (inner, after) = inner.split_once('}').ok_or_else(|| unclosed(label, "remove it"))?;
            pieces.extend([
                Piece::Text(before.to_owned()),
                Piece::Placeholder(Placeholder::parse(label, inner, &[], BRACE)?),
            ]);
            rest = after;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        let template = Self(Template::new(option, label, text, pieces));
        let stand_in = |_: &Placeholder, in_string| Ok(Secret::new(if in_string { Vec::new() } else { b"0".to_vec() }));
        template.filled(stand_in).and_then(|filled| template.read(&filled))?;
        Ok(template)
    }

    /// What it has in common with templates of text.
    #[must_use]
    pub fn template(&self) -> &Template {
        &self.0
    }

    /// The rendered JSON in this run.
    ///
    /// # Errors
    /// Those of [`Template::render_text`]; [`Error::Usage`] where a placeholder outside a string stands for no number,
    /// `true`, `false` or `null`.
    pub fn render(&self, run: &Run) -> Result<Value, Error> {
        self.rendered(run).map_err(|error| self.0.about(error))
    }

    fn rendered(&self, run: &Run) -> Result<Value, Error> {
        let own = OwnValues::default();
        let filled = self.filled(|placeholder, in_string| {
            let value = self.0.value(placeholder, run, &own)?;
            let text = value.expose_text().ok_or_else(|| self.0.not_text())?;
            if in_string { Ok(escaped(text)) } else { self.literal(text).map(|()| value) }
        })?;
        self.read(&filled)
    }

    /// The JSON with what `value` says of each placeholder, and of whether it stands in a string.
    fn filled(&self, mut value: impl FnMut(&Placeholder, bool) -> Result<Secret, Error>) -> Result<Secret, Error> {
        let mut filled = Vec::new();
        let mut in_string = false;
        for piece in &self.0.pieces {
            match piece {
                Piece::Text(text) => {
                    in_string = is_in_string(text, in_string);
                    filled.extend_from_slice(text.as_bytes());
                }
                Piece::Placeholder(placeholder) => filled.extend_from_slice(value(placeholder, in_string)?.expose()),
            }
        }
        Ok(Secret::new(filled))
    }

    fn read(&self, filled: &Secret) -> Result<Value, Error> {
        let value = serde_json::from_slice(filled.expose()).map_err(|_| {
            Error::Usage(Report::of(
                &self.0.label,
                "",
                "the text after `=` is not valid JSON",
                "quote strings: NAME='\"text\"'",
            ))
        })?;
        match json::repeated_member(filled.expose()) {
            Some(member) => Err(twice::twice(&self.0.label, &member).about_option(&self.0.label)),
            None => Ok(value),
        }
    }

    /// Checks what stands outside a string.
    fn literal(&self, text: &str) -> Result<(), Error> {
        if let Ok(Value::Number(_) | Value::Bool(_) | Value::Null) = serde_json::from_str(text) {
            return Ok(());
        }
        let fact = ": a placeholder outside quotes";
        let cause = "its value is not a JSON number, true, false or null";
        Err(Error::Usage(Report::of(&self.0.label, fact, cause, "write \"…\" around it for a string")))
    }
}

/// `text` with `null` in the place of each placeholder that stands outside a string.
pub(crate) fn with_literals(text: &str) -> String {
    let mut in_string = false;
    with_placeholders(text, |before, inner| {
        in_string = is_in_string(before, in_string);
        if in_string { format!("{{{inner}}}") } else { "null".to_owned() }
    })
}

/// `text` with what `other` makes of each placeholder: of what stands before it, behind the last one, and in its braces.
pub(super) fn with_placeholders(text: &str, mut other: impl FnMut(&str, &str) -> String) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, inner)) = next_placeholder(rest) {
        let Some((inner, after)) = inner.split_once('}') else { break };
        whole.push_str(before);
        whole.push_str(&other(before, inner));
        rest = after;
    }
    whole + rest
}

/// What stands before the first placeholder in `text`, and what follows its brace.
fn next_placeholder(text: &str) -> Option<(&str, &str)> {
    let is_one = |behind: &str| {
        let name = behind.split([':', '}']).next().unwrap_or_default();
        SHARED.contains(&name) && behind.len() > name.len()
    };
    let split = |(at, _): (usize, &str)| Some((text.get(..at)?, text.get(at.saturating_add(1)..)?));
    text.match_indices('{').filter_map(split).find(|(_, behind)| is_one(behind))
}

/// Whether the end of `text` stands in a string, where its beginning does if `in_string` says so.
fn is_in_string(text: &str, mut in_string: bool) -> bool {
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '"' => in_string = !in_string,
            '\\' if in_string => drop(characters.next()),
            _ => {}
        }
    }
    in_string
}

/// `text` as it stands between the quotes of a JSON string.
fn escaped(text: &str) -> Secret {
    let quoted = Secret::new(Value::from(text).to_string().into_bytes());
    let inner = quoted.expose().strip_prefix(b"\"").and_then(|inner| inner.strip_suffix(b"\""));
    Secret::new(inner.unwrap_or_default().to_vec())
}
