//! The body of an answer: what it is, whatever its media type says.

use std::fmt;

use serde_json::{Map, Value};

use crate::error::{OutsideText, Redactor};
use crate::oauth::form::{self, Encoding};
use crate::oauth::transport::Response;
use crate::unicode::without_mark;

/// What a body is.
#[derive(Debug)]
pub(super) enum Body {
    /// A JSON object, or a form where it is announced.
    Object(Map<String, Value>),
    /// A page for browsers, and its title.
    Html(Option<OutsideText>),
    Xml,
    /// Something else that can be read, and is no JSON.
    Text(OutsideText),
    Empty,
    Other,
}

impl Body {
    /// The body of `response`. A byte order mark before JSON is no part of it.
    pub(super) fn read(response: &Response) -> Self {
        let body = without_mark(response.body.clone());
        let bytes = body.expose().trim_ascii();
        if bytes.is_empty() {
            return Self::Empty;
        }
        let media_type = response.media_type.as_str();
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(object)) => return Self::Object(object),
            Ok(_) => return Self::Other,
            Err(_) if media_type == Encoding::Form.media_type() => return Self::Object(form::parsed(bytes)),
            Err(_) => {}
        }
        if bytes.starts_with(b"<?xml") || bytes.starts_with(b"<") && media_type.ends_with("xml") {
            return Self::Xml;
        }
        if bytes.starts_with(b"<") || media_type == "text/html" {
            return Self::Html(title(&String::from_utf8_lossy(bytes)));
        }
        let is_text = media_type.starts_with("text/") || media_type.is_empty();
        if is_text { Self::Text(OutsideText::new(bytes)) } else { Self::Other }
    }

    /// The object that it is.
    pub(super) fn object(&self) -> Option<&Map<String, Value>> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// Whether a program that speaks OAuth has hardly written it.
    pub(super) fn is_page(&self) -> bool {
        matches!(self, Self::Html(_))
    }

    /// What it is, in words; `None` for an object.
    pub(super) fn shown(&self, redactor: &Redactor) -> Option<String> {
        Some(match self {
            Self::Object(_) => return None,
            Self::Html(None) => "an HTML page".to_owned(),
            Self::Html(Some(title)) => format!("an HTML page titled \"{}\"", title.shown(redactor)),
            Self::Xml => "an XML document".to_owned(),
            Self::Empty => "empty".to_owned(),
            Self::Text(_) | Self::Other => "no JSON object".to_owned(),
        })
    }
}

/// The title of a page, else its first heading.
fn title(page: &str) -> Option<OutsideText> {
    let titles = ["title", "h1"].into_iter().filter_map(|name| element(page, name));
    titles.map(|title| unescaped(&title)).find(|title| !title.trim().is_empty()).map(OutsideText::new)
}

/// The text of the first element of that name, without the elements in it.
fn element(page: &str, name: &str) -> Option<String> {
    // Letters of ASCII stay where they are.
    let small = page.to_ascii_lowercase();
    let start =
        small.match_indices(&format!("<{name}")).map(|(at, found)| at.saturating_add(found.len())).find(|at| {
            small.get(*at..).is_some_and(|rest| rest.starts_with(|c: char| c == '>' || c.is_ascii_whitespace()))
        })?;
    let start = start.saturating_add(small.get(start..)?.find('>')?).saturating_add(1);
    let end = start.saturating_add(small.get(start..)?.find(&format!("</{name}"))?);
    let mut text = String::new();
    let mut is_inside = false;
    for c in page.get(start..end)?.chars() {
        match c {
            '<' => is_inside = true,
            '>' if is_inside => is_inside = false,
            _ if !is_inside => text.push(c),
            _ => {}
        }
    }
    Some(text)
}

/// The text of HTML in which the usual characters are written as entities.
fn unescaped(text: &str) -> String {
    const ENTITIES: [(&str, &str); 9] = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&apos;", "'"),
        ("&nbsp;", " "),
        ("&ndash;", "-"),
        ("&mdash;", "-"),
        ("&amp;", "&"),
    ];
    let blanks = text.split_whitespace().collect::<Vec<_>>().join(" ");
    ENTITIES.iter().fold(blanks, |text, (entity, character)| text.replace(entity, character))
}

/// `with …`, behind a status; nothing for JSON, plain text and nothing.
pub(super) struct With<'a>(pub(super) &'a Body, pub(super) &'a Redactor);

impl fmt::Display for With<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Body::Html(_) | Body::Xml => write!(f, " with {}", self.0.shown(self.1).unwrap_or_default()),
            _ => Ok(()),
        }
    }
}
