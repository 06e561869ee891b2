//! Why a server refuses: its code and its own words, wherever in an answer they stand.

use serde_json::{Map, Value};

use crate::error::{OutsideText, Redactor};
use crate::oauth::challenge::Challenge;

/// What an answer says of why there is no token. All of it is text from outside.
#[derive(Debug, Default)]
pub(super) struct Reason {
    /// The `error` of RFC 6749 section 5.2, or what servers have in its place.
    code: Option<String>,
    /// Its description.
    texts: Vec<String>,
}

/// Members with words for people, without separators and in small letters, by how much they say.
const TEXTS: [&str; 17] = [
    "errordescription",
    "errormessage",
    "errorsummary",
    "errormsg",
    "errmsg",
    "errordetail",
    "errorreason",
    "faultstring",
    "developermessage",
    "usermessage",
    "message",
    "msg",
    "title",
    "detail",
    "description",
    "reason",
    "details",
];

/// Members with a code.
const CODES: [&str; 9] = ["error", "errorcode", "errcode", "errno", "code", "type", "name", "status", "statuscode"];

/// Members with more of the kind.
const NESTED: [&str; 8] = ["error", "errors", "errorcauses", "causes", "fault", "detail", "details", "header"];

/// As deep as servers nest.
const DEEPEST: u8 = 4;

/// No message has room for more.
const MOST: usize = 4;

impl Reason {
    /// What `object` says, else the challenge of the answer that it came with.
    pub(super) fn of(object: Option<&Map<String, Value>>, challenges: &[Challenge]) -> Self {
        let mut reason = Self::default();
        if let Some(object) = object {
            reason.code = code(object, 0);
            reason.add(object, 0);
        }
        if reason.code.is_none() && reason.texts.is_empty() {
            let told = challenges.iter().find(|challenge| challenge.parameter("error").is_some());
            let parameter = |name| told.and_then(|challenge| challenge.parameter(name)).map(str::to_owned);
            reason.code = parameter("error");
            reason.texts.extend(parameter("error_description"));
        }
        let code = reason.code.as_deref().unwrap_or_default().to_owned();
        reason.texts.retain(|text| !text.eq_ignore_ascii_case(&code));
        reason
    }

    /// A text that is no JSON.
    pub(super) fn of_text(text: &OutsideText, redactor: &Redactor) -> Self {
        Self { code: None, texts: vec![text.shown(redactor)] }
    }

    /// The code as servers write it.
    pub(super) fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Code and description in small letters, for words that say what is wrong.
    pub(super) fn words(&self) -> String {
        let texts = self.texts.iter().map(String::as_str);
        self.code.as_deref().into_iter().chain(texts).collect::<Vec<_>>().join(" ").to_ascii_lowercase()
    }

    /// Itself in brackets, as messages have it.
    pub(super) fn shown(&self, redactor: &Redactor) -> String {
        let quote = |text: &str| Some(OutsideText::new(text).shown(redactor)).filter(|text| !text.is_empty());
        let code = self.code.as_deref().and_then(quote);
        match (code, quote(&self.texts.join("; "))) {
            (None, None) => String::new(),
            (Some(one), None) | (None, Some(one)) => format!(" ({one})"),
            (Some(code), Some(text)) => format!(" ({code}: {text})"),
        }
    }

    fn add(&mut self, object: &Map<String, Value>, depth: u8) {
        let members: Vec<_> = object.iter().map(|(name, value)| (plain(name), value)).collect();
        for wanted in TEXTS {
            for (_, value) in members.iter().filter(|(name, _)| name == wanted) {
                if let Some(text) = value.as_str() {
                    self.push(field(object).map_or_else(|| text.to_owned(), |field| format!("{field}: {text}")));
                }
            }
        }
        if depth < DEEPEST {
            for (_, value) in members.iter().filter(|(name, _)| NESTED.contains(&name.as_str())) {
                self.add_value(value, depth.saturating_add(1));
            }
        }
    }

    fn add_value(&mut self, value: &Value, depth: u8) {
        match value {
            Value::Object(object) => self.add(object, depth),
            Value::Array(values) => {
                for value in values.iter().take(MOST) {
                    match value {
                        Value::String(text) => self.push(text.clone()),
                        value => self.add_value(value, depth),
                    }
                }
            }
            _ => {}
        }
    }

    fn push(&mut self, text: String) {
        let is_new = !text.trim().is_empty() && !self.texts.contains(&text);
        if is_new && self.texts.len() < MOST {
            self.texts.push(text);
        }
    }
}

/// The parameter that an entry of a list of errors is about, as FastAPI writes it.
fn field(object: &Map<String, Value>) -> Option<&str> {
    object.get("loc")?.as_array()?.last()?.as_str()
}

/// The first code in `object`, or in what is nested in it. A number tells little, and that of the status nothing.
fn code(object: &Map<String, Value>, depth: u8) -> Option<String> {
    let members: Vec<_> = object.iter().map(|(name, value)| (plain(name), value)).collect();
    let named = |wanted: &'static str| members.iter().filter(move |(name, _)| name == wanted).map(|(_, value)| *value);
    // RFC 9457 has URIs for types, and a status of `error` is no news.
    let is_code = |text: &&str| {
        let is_code = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '#');
        !text.is_empty() && text.chars().all(is_code) && !matches!(*text, "error" | "fail" | "failed" | "failure")
    };
    let error = named("error").filter_map(Value::as_str).find(|text| !text.is_empty());
    let other = || CODES.iter().flat_map(|wanted| named(wanted)).filter_map(Value::as_str).find(is_code);
    if let Some(code) = error.or_else(other) {
        return Some(code.to_owned());
    }
    let inner = || {
        let nested = members.iter().filter(|(name, _)| NESTED.contains(&name.as_str())).map(|(_, value)| *value);
        let nested = nested.filter_map(|value| value.as_object().or_else(|| value.as_array()?.first()?.as_object()));
        nested.filter(|_| depth < DEEPEST).find_map(|object| code(object, depth.saturating_add(1)))
    };
    let number = || {
        let numbers = ["errorcode", "errcode", "errno", "code"].into_iter().flat_map(|wanted| named(wanted));
        numbers.filter_map(Value::as_i64).find(|number| *number != 0).map(|number| number.to_string())
    };
    inner().or_else(number)
}

/// Whether `object`, which has no token, says that something is wrong rather than nothing.
pub(super) fn is_error(object: &Map<String, Value>) -> bool {
    object.iter().any(|(name, value)| match plain(name).as_str() {
        "errors" | "errorcauses" | "fault" | "errordescription" | "errorsummary" | "errormessage" | "errorcode"
        | "errcode" | "errno" | "errmsg" | "errormsg" => !is_nothing(value) && value.as_str() != Some("ok"),
        "success" | "ok" => value == &Value::Bool(false),
        _ => false,
    })
}

/// Whether a member that says what is wrong says that nothing is.
pub(super) fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => matches!(text.trim(), "" | "0"),
        Value::Array(values) => values.is_empty(),
        Value::Object(object) => object.is_empty(),
    }
}

/// A name in small letters, without separators.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}
