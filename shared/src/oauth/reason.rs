//! Why a server refuses: its code and its own words, wherever in an answer they stand.

use serde_json::{Map, Value};

use crate::error::{OutsideText, Redactor};
use crate::oauth::challenge::Challenge;

/// What an answer says of why there is no token. All of it is text from outside.
#[derive(Debug, Default)]
pub(crate) struct Reason {
    /// The `error` of RFC 6749 section 5.2, or what servers have in its place.
    code: Option<String>,
    /// Its description.
    texts: Vec<String>,
}

/// Members with words for people, without separators and in small letters, by how much they say.
const TEXTS: [&str; 23] = [
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
    "hint",
    "explanation",
    "fault",
    "exception",
    "errors",
    "nonfielderrors",
];

/// Members with a code; the first ones are about errors wherever they stand.
const CODES: [&str; 9] = ["error", "errorcode", "errcode", "errno", "code", "type", "name", "status", "statuscode"];
const CODES_OF_ERRORS: usize = 4;

/// Members with more of the kind.
const NESTED: [&str; 18] = [
    "error",
    "errors",
    "errorcauses",
    "causes",
    "fault",
    "exception",
    "detail",
    "details",
    "message",
    "messages",
    "header",
    "responsestatus",
    "status",
    "meta",
    "data",
    "result",
    "response",
    "body",
];

/// Members that may have the names of parameters, each with what is wrong with it.
const BY_PARAMETER: [&str; 6] = ["errors", "error", "detail", "details", "fielderrors", "validationerrors"];

/// As deep as servers nest.
const DEEPEST: u8 = 4;

/// No message has room for more.
const MOST: usize = 4;

/// Where words are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Width {
    /// Behind the names by which they are known.
    Known,
    /// The same, and what is said of parameters, in whatever it is nested.
    Nested,
    /// Every text of several words.
    Any,
}

impl Reason {
    /// What the JSON of a `body` says, else the challenge of the answer that it came with.
    pub(super) fn of(body: Option<&Value>, challenges: &[Challenge]) -> Self {
        let mut reason = body.map(Self::told).unwrap_or_default();
        if reason.is_empty() {
            let told = challenges.iter().find(|challenge| challenge.parameter("error").is_some());
            let parameter = |name| told.and_then(|challenge| challenge.parameter(name)).map(str::to_owned);
            reason.code = parameter("error");
            reason.texts.extend(parameter("error_description"));
        }
        reason.without_repetition()
    }

    /// What `value` says, wherever in it that stands.
    pub(super) fn of_json(value: &Value) -> Self {
        Self::told(value).without_repetition()
    }

    /// What a program printed in place of a token, where it says that this is an error or a message: anything else may be a
    /// secret.
    #[cfg(feature = "bearer")]
    pub(crate) fn of_output(object: &Map<String, Value>) -> Self {
        let has_message = ["message", "msg"].iter().any(|name| object.get(*name).is_some_and(Value::is_string));
        if !has_message && !says_error(object) {
            return Self::default();
        }
        let value = Value::Object(object.clone());
        let mut reason = Self { code: code(&value, false, 0), texts: Vec::new() };
        reason.add(&value, Width::Known, 0);
        // A word alone may be a secret that stands where none is expected.
        let is_said = |text: &String| text.trim().contains(' ') || is_snake(text);
        reason.code = reason.code.filter(is_said);
        reason.texts.retain(is_said);
        reason.without_repetition()
    }

    /// Whether `text` is one of what it is made of.
    #[cfg(feature = "bearer")]
    pub(crate) fn has(&self, text: &str) -> bool {
        self.code.as_deref() == Some(text) || self.texts.iter().any(|own| own == text)
    }

    fn told(value: &Value) -> Self {
        let mut reason = Self { code: code(value, true, 0), texts: Vec::new() };
        for width in [Width::Known, Width::Nested] {
            if reason.texts.is_empty() {
                reason.add(value, width, 0);
            }
        }
        if reason.is_empty() {
            reason.add(value, Width::Any, 0);
        }
        reason
    }

    fn without_repetition(mut self) -> Self {
        let code = self.code.as_deref().unwrap_or_default().to_owned();
        self.texts.retain(|text| !text.eq_ignore_ascii_case(&code));
        self
    }

    /// Whether nothing is said.
    pub(crate) fn is_empty(&self) -> bool {
        self.code.is_none() && self.texts.is_empty()
    }

    /// A text that is no JSON.
    pub(super) fn of_text(text: &OutsideText, redactor: &Redactor) -> Self {
        Self { code: None, texts: vec![text.shown(redactor)] }
    }

    /// The code as servers write it.
    pub(super) fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The code that a text is but for blanks: `Invalid client`.
    pub(super) fn code_in_words(&self) -> Option<String> {
        const KNOWN: [&str; 6] = [
            "invalidclient",
            "invalidgrant",
            "invalidscope",
            "invalidtarget",
            "unauthorizedclient",
            "unsupportedgranttype",
        ];
        self.texts.iter().map(|text| plain(text)).find(|text| KNOWN.contains(&text.as_str()))
    }

    /// Code and description in small letters, for words that say what is wrong.
    pub(super) fn words(&self) -> String {
        let texts = self.texts.iter().map(String::as_str);
        self.code.as_deref().into_iter().chain(texts).collect::<Vec<_>>().join(" ").to_ascii_lowercase()
    }

    /// Itself in brackets, as messages have it.
    pub(crate) fn shown(&self, redactor: &Redactor) -> String {
        let quote = |text: &str| Some(OutsideText::new(text).shown(redactor)).filter(|text| !text.is_empty());
        let code = self.code.as_deref().and_then(quote);
        match (code, quote(&self.texts.join("; "))) {
            (None, None) => String::new(),
            (Some(one), None) | (None, Some(one)) => format!(" ({one})"),
            (Some(code), Some(text)) => format!(" ({code}: {text})"),
        }
    }

    /// Adds the texts in an object, or in each of a list of them.
    fn add(&mut self, value: &Value, width: Width, depth: u8) {
        match value {
            Value::Object(object) => self.add_object(object, width, depth),
            Value::Array(values) => {
                for value in values.iter().take(MOST) {
                    match value {
                        Value::String(text) if depth > 0 => self.push(text.clone()),
                        Value::Object(object) => self.add_object(object, width, depth),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    fn add_object(&mut self, object: &Map<String, Value>, width: Width, depth: u8) {
        let members: Vec<_> = object.iter().map(|(name, value)| (plain(name), value)).collect();
        for wanted in TEXTS {
            for (_, value) in members.iter().filter(|(name, _)| name == wanted) {
                for text in texts(value) {
                    self.push(field(object).map_or_else(|| text.to_owned(), |field| format!("{field}: {text}")));
                }
            }
        }
        if depth >= DEEPEST {
            return;
        }
        let is_known = |name: &str| NESTED.contains(&name);
        for (name, value) in members.iter().filter(|(name, value)| is_known(name) && !value.is_string()) {
            let (before, deeper) = (self.texts.len(), depth.saturating_add(1));
            self.add(value, width, deeper);
            if let Some(object) = value.as_object()
                && self.texts.len() == before
                && BY_PARAMETER.contains(&name.as_str())
            {
                object.iter().for_each(|(name, value)| self.add_of_parameter(name, value));
            }
        }
        if width == Width::Known {
            return;
        }
        for (name, value) in object {
            let is_list = value.as_array().is_some_and(|values| values.iter().all(Value::is_string));
            let is_text = width == Width::Any && value.as_str().is_some_and(|text| text.trim().contains(' '));
            if is_list || is_text {
                self.add_of_parameter(name, value);
            } else if !is_known(&plain(name)) {
                self.add(value, width, depth.saturating_add(1));
            }
        }
    }

    /// Adds what is said of the parameter `name`.
    fn add_of_parameter(&mut self, name: &str, value: &Value) {
        let small = plain(name);
        if TEXTS.contains(&small.as_str()) || CODES.contains(&small.as_str()) {
            return;
        }
        texts(value).for_each(|text| self.push(format!("{name}: {text}")));
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

/// The texts that a member has, one or several, or one with the language that it is in.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let in_language = value.get("value").or_else(|| value.get("text")).and_then(Value::as_str);
    let list = value.as_array().into_iter().flatten().take(MOST).filter_map(Value::as_str);
    value.as_str().into_iter().chain(in_language).chain(list)
}

/// The first code in `value`, or in what is nested in it; what is not known by its name has only the codes of errors. A
/// number tells little, and that of the status nothing.
fn code(value: &Value, is_known: bool, depth: u8) -> Option<String> {
    let object = value.as_object().or_else(|| value.as_array()?.first()?.as_object())?;
    let members: Vec<_> = object.iter().map(|(name, value)| (plain(name), value)).collect();
    let named = |wanted: &'static str| members.iter().filter(move |(name, _)| name == wanted).map(|(_, value)| *value);
    // RFC 9457 has URIs for types, and a status of `error` is no news.
    let is_code = |text: &&str| {
        let is_code = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '#');
        !text.is_empty() && text.chars().all(is_code) && !matches!(*text, "error" | "fail" | "failed" | "failure")
    };
    let error = named("error").filter_map(Value::as_str).find(|text| !text.is_empty());
    let wanted = CODES.iter().take(if is_known { CODES.len() } else { CODES_OF_ERRORS });
    let other = || wanted.flat_map(|wanted| named(wanted)).filter_map(Value::as_str).find(is_code);
    if let Some(code) = error.or_else(other) {
        return Some(code.to_owned());
    }
    let inner = |is_known: bool| {
        let nested = members.iter().filter(|(name, _)| NESTED.contains(&name.as_str()) == is_known);
        let nested = nested.filter(|_| depth < DEEPEST);
        nested.map(|(_, value)| *value).find_map(|value| code(value, is_known, depth.saturating_add(1)))
    };
    let number = || {
        let mut numbers = ["errorcode", "errcode", "errno", "code"].into_iter().flat_map(|wanted| named(wanted));
        let number = |value: &Value| value.as_i64().filter(|number| *number != 0).map(|number| number.to_string());
        numbers.find_map(number)
    };
    inner(true).or_else(number).or_else(|| inner(false))
}

/// Whether `value`, in which there is no token, says that something is wrong: with a member that says no less, or with words
/// where nothing says that all is well.
pub(super) fn is_error(value: &Value) -> bool {
    let objects =
        || value.as_object().into_iter().chain(value.as_array().into_iter().flatten().filter_map(Value::as_object));
    objects().any(says_error)
        || !objects().any(|object| says_success(object) || has_token(object, 0)) && !Reason::of_json(value).is_empty()
}

fn says_error(object: &Map<String, Value>) -> bool {
    object.iter().any(|(name, value)| match plain(name).as_str() {
        "error" | "errors" | "errorcauses" | "fault" | "errordescription" | "errorsummary" | "errormessage"
        | "errorcode" | "errcode" | "errno" | "errmsg" | "errormsg" => {
            !is_nothing(value) && value.as_str() != Some("ok")
        }
        "success" | "ok" => !is_yes(value) && !value.is_null(),
        _ => false,
    })
}

/// Whether `object` says that all is well, as some do around what they answer.
fn says_success(object: &Map<String, Value>) -> bool {
    object.iter().any(|(name, value)| match plain(name).as_str() {
        "success" | "ok" => is_yes(value),
        "code" | "status" | "statuscode" | "message" | "msg" => {
            is_yes(value) || matches!(value.as_i64(), Some(0 | 200))
        }
        _ => false,
    })
}

fn is_yes(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default().trim().to_ascii_lowercase();
    value == &Value::Bool(true)
        || value.as_i64() == Some(1)
        || matches!(text.as_str(), "true" | "ok" | "okay" | "success" | "successful" | "succeeded" | "200" | "0" | "1")
}

/// Whether something in `object` may be a token, by its name.
fn has_token(object: &Map<String, Value>, depth: u8) -> bool {
    object.iter().any(|(name, value)| match value {
        Value::String(text) => {
            let name = plain(name);
            (name.ends_with("token") || name == "jwt") && !text.trim().is_empty()
        }
        Value::Object(object) => depth < DEEPEST && has_token(object, depth.saturating_add(1)),
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

/// Whether this is a code such as `invalid_grant`: small letters, and lines between them.
#[cfg(feature = "bearer")]
fn is_snake(text: &str) -> bool {
    text.contains('_') && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// A name in small letters, without separators.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}
