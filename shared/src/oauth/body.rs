//! The body of an answer: what it is, whatever its media type says.

use std::fmt;

use serde_json::{Map, Value};

use crate::error::{OutsideText, Redactor};
use crate::oauth::form::{self, Encoding};
use crate::oauth::transport::Response;
use crate::secret::unicode::without_mark;

/// What a body is.
#[derive(Debug)]
pub(super) enum Body {
    /// A JSON object, or a form where it is announced.
    Object(Map<String, Value>),
    /// A list in JSON.
    List(Vec<Value>),
    /// A page for browsers, and its title.
    Html(Option<OutsideText>),
    /// XML, and the texts of its elements by their names.
    Xml(Map<String, Value>),
    /// Something else that can be read, and is no JSON.
    Text(OutsideText),
    Empty,
    Other,
}

impl Body {
    /// The body of `response`. A byte order mark before JSON is no part of it, nor what keeps browsers from running it.
    pub(super) fn read(response: &Response) -> Self {
        let body = without_mark(response.body.clone());
        let bytes = body.expose().trim_ascii();
        if bytes.is_empty() {
            return Self::Empty;
        }
        let media_type = response.media_type.as_str();
        let is_success = response.is_success();
        match serde_json::from_slice(unguarded(bytes)) {
            Ok(Value::Object(object)) => return Self::Object(object),
            Ok(Value::Array(values)) => return Self::List(values),
            Ok(Value::String(text)) if !is_success => return Self::Text(OutsideText::new(text)),
            Ok(_) => return Self::Other,
            Err(_) if media_type == Encoding::Form.media_type() => return Self::Object(form::parsed(bytes)),
            Err(_) => {}
        }
        let beginning = String::from_utf8_lossy(bytes.get(..BEGINNING).unwrap_or(bytes)).to_ascii_lowercase();
        let is_html = media_type == "application/xhtml+xml"
            || beginning.contains("<!doctype html")
            || beginning.contains("<html");
        let is_xml = bytes.starts_with(b"<?xml") || bytes.starts_with(b"<") && media_type.ends_with("xml");
        if is_xml && !is_html {
            return Self::Xml(elements(&String::from_utf8_lossy(bytes)));
        }
        if bytes.starts_with(b"<") || media_type == "text/html" {
            return Self::Html(title(&String::from_utf8_lossy(bytes)));
        }
        let is_text = media_type.starts_with("text/") || media_type.is_empty();
        match form::parsed(bytes) {
            _ if !is_text => Self::Other,
            form if form.contains_key("error") && !is_success => Self::Object(form),
            _ => Self::Text(OutsideText::new(bytes)),
        }
    }

    /// The object that it is.
    pub(super) fn object(&self) -> Option<&Map<String, Value>> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// What says why there is no token, if anything in it does.
    pub(super) fn value(&self) -> Option<Value> {
        match self {
            Self::Object(object) | Self::Xml(object) => Some(Value::Object(object.clone())),
            Self::List(values) => Some(Value::Array(values.clone())),
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
            Self::Xml(_) => "an XML document".to_owned(),
            Self::Empty => "empty".to_owned(),
            Self::List(_) | Self::Text(_) | Self::Other => "not a JSON object".to_owned(),
        })
    }
}

/// So much of a page says what it is.
const BEGINNING: usize = 1024;

/// JSON without what some write before it so that no page can include it as a script.
fn unguarded(bytes: &[u8]) -> &[u8] {
    match bytes.strip_prefix(b")]}'") {
        Some(rest) => rest.strip_prefix(b",").unwrap_or(rest).trim_ascii(),
        None => bytes,
    }
}

/// The texts of the elements of XML that have no others in them, by their names without prefixes.
fn elements(document: &str) -> Map<String, Value> {
    let mut found = Map::new();
    let mut opened = None;
    for part in document.split('<').skip(1) {
        let Some((tag, text)) = part.split_once('>') else { continue };
        let name = tag.split(|c: char| c.is_ascii_whitespace()).next().unwrap_or_default();
        let local = |name: &str| name.rsplit(':').next().unwrap_or(name).to_owned();
        match (name.strip_prefix('/'), opened.take()) {
            (Some(closed), Some((name, text))) if local(closed) == name => {
                found.entry(name).or_insert(Value::String(text));
            }
            (None, _) if !tag.ends_with('/') && !tag.starts_with(['?', '!']) => {
                opened = Some((local(name), unescaped(text))).filter(|(_, text)| !text.is_empty());
            }
            _ => {}
        }
    }
    found
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

/// The text of HTML or XML in which characters are written as entities.
fn unescaped(text: &str) -> String {
    const ENTITIES: [(&str, &str); 9] = [
        ("lt", "<"),
        ("gt", ">"),
        ("quot", "\""),
        ("apos", "'"),
        ("nbsp", " "),
        ("ndash", "-"),
        ("mdash", "-"),
        ("rsquo", "'"),
        ("amp", "&"),
    ];
    let mut whole = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('&') {
        whole.push_str(before);
        let entity = behind.split_once(';').and_then(|(name, behind)| {
            let named = ENTITIES.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
            Some((named.or_else(|| numbered(name))?, behind))
        });
        let (text, behind) = entity.unwrap_or_else(|| ("&".to_owned(), behind));
        whole.push_str(&text);
        rest = behind;
    }
    whole.push_str(rest);
    whole.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The character of an entity that has its number; a dash or a quotation mark in ASCII, which messages can show.
fn numbered(name: &str) -> Option<String> {
    let number = name.strip_prefix('#')?;
    let number = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => number.parse(),
    };
    Some(match char::from_u32(number.ok()?)? {
        '\u{2010}'..='\u{2015}' => "-".to_owned(),
        '\u{2018}' | '\u{2019}' => "'".to_owned(),
        '\u{201c}' | '\u{201d}' => "\"".to_owned(),
        '\u{2026}' => "...".to_owned(),
        '\u{a0}' => " ".to_owned(),
        other => other.to_string(),
    })
}

/// `with …`, behind a status; nothing for JSON, plain text and nothing.
pub(super) struct With<'a>(pub(super) &'a Body, pub(super) &'a Redactor);

impl fmt::Display for With<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Body::Html(_) | Body::Xml(_) => write!(f, " with {}", self.0.shown(self.1).unwrap_or_default()),
            _ => Ok(()),
        }
    }
}
