//! The parameters of a request as its body has them: `application/x-www-form-urlencoded` (RFC 6749 appendix B), or JSON
//! where a server wants that.

use clap::ValueEnum;
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::error::{Error, Report, quotable};
use crate::secret::Secret;

/// How parameters are written into a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Encoding {
    /// A form, as in RFC 6749.
    #[default]
    Form,
    /// A JSON object.
    Json,
}

impl Encoding {
    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Form => "application/x-www-form-urlencoded",
            Self::Json => "application/json",
        }
    }
}

/// Parameters in the order they were added.
#[derive(Debug, Default)]
pub(super) struct Form(Vec<Parameter>);

#[derive(Debug)]
struct Parameter {
    name: String,
    value: Secret,
    is_secret: bool,
    /// Whether the value is JSON as it stands, and no text.
    is_json: bool,
}

impl Form {
    /// Adds a parameter that anyone may see.
    pub(super) fn add(&mut self, name: &str, value: &str) {
        self.add_bytes(name, &Secret::new(value.as_bytes().to_vec()), false);
    }

    /// Adds a parameter that no message may repeat.
    pub(super) fn add_secret(&mut self, name: &str, value: &Secret) {
        self.add_bytes(name, value, true);
    }

    /// Adds a parameter that is one or the other.
    pub(super) fn add_bytes(&mut self, name: &str, value: &Secret, is_secret: bool) {
        self.0.push(Parameter { name: name.to_owned(), value: value.clone(), is_secret, is_json: false });
    }

    /// Adds a member of a JSON body.
    pub(super) fn add_json(&mut self, name: &str, value: &Value) {
        let value = Secret::new(value.to_string().into_bytes());
        self.0.push(Parameter { name: name.to_owned(), value, is_secret: false, is_json: true });
    }

    /// The names of the parameters, in their order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|parameter| parameter.name.as_str())
    }

    /// The body of the request, in this encoding.
    ///
    /// # Errors
    /// [`Error::Secret`] for a value that is no text, in JSON.
    pub(super) fn body(&self, encoding: Encoding) -> Result<Secret, Error> {
        match encoding {
            Encoding::Form => Ok(self.encode()),
            Encoding::Json => self.json(),
        }
    }

    /// The values that no message may repeat.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.0.iter().filter(|parameter| parameter.is_secret).map(|parameter| &parameter.value)
    }

    /// The value of the parameter `name`.
    pub(super) fn value(&self, name: &str) -> Option<&Secret> {
        self.0.iter().find(|parameter| parameter.name == name).map(|parameter| &parameter.value)
    }

    /// The body of the request as a form.
    pub(super) fn encode(&self) -> Secret {
        let lengths =
            self.0.iter().map(|Parameter { name, value, .. }| name.len().saturating_add(value.expose().len()));
        let separators = self.0.len().saturating_mul(2);
        // Room for each byte to become three, so that growth leaves no copy of a secret behind.
        let most = lengths.fold(separators, usize::saturating_add).saturating_mul(3);
        let mut encoded = Vec::with_capacity(most);
        for Parameter { name, value, .. } in &self.0 {
            if !encoded.is_empty() {
                encoded.push(b'&');
            }
            escape(name.as_bytes(), &mut encoded);
            encoded.push(b'=');
            escape(value.expose(), &mut encoded);
        }
        Secret::new(encoded)
    }

    /// The members of an object: a name that is there several times has them in an array.
    fn json(&self) -> Result<Secret, Error> {
        let lengths =
            self.0.iter().map(|parameter| parameter.name.len().saturating_add(parameter.value.expose().len()));
        // Room for each byte to become `\u0000`, and for what stands between them.
        let most = lengths.fold(2, usize::saturating_add).saturating_add(self.0.len().saturating_mul(2));
        let mut json = Vec::with_capacity(most.saturating_mul(6));
        json.push(b'{');
        for (at, parameter) in self.0.iter().enumerate() {
            let has_name = |other: &&Parameter| other.name == parameter.name;
            if self.0.iter().take(at).any(|other| has_name(&other)) {
                continue;
            }
            if json.len() > 1 {
                json.push(b',');
            }
            quote(&parameter.name, &mut json);
            json.push(b':');
            let mut values = self.0.iter().skip(at).filter(has_name).peekable();
            let is_array = self.0.iter().filter(has_name).count() > 1;
            json.extend(is_array.then_some(b'['));
            while let Some(value) = values.next() {
                value.write_json(&mut json)?;
                json.extend(values.peek().map(|_| b','));
            }
            json.extend(is_array.then_some(b']'));
        }
        json.push(b'}');
        Ok(Secret::new(json))
    }
}

impl Parameter {
    fn write_json(&self, json: &mut Vec<u8>) -> Result<(), Error> {
        if self.is_json {
            json.extend_from_slice(self.value.expose());
            return Ok(());
        }
        let text = self.value.expose_text().ok_or_else(|| {
            let fact = format_args!("the parameter {} cannot be sent in a JSON body", quotable(&self.name));
            Error::Secret(Report::new(
                fact,
                "the content of its source is not UTF-8",
                "store UTF-8 text there, or remove --body json",
            ))
        })?;
        quote(text, json);
        Ok(())
    }
}

fn quote(text: &str, json: &mut Vec<u8>) {
    // Writing text to memory cannot fail.
    let _ = serde_json::to_writer(json, text);
}

/// The members of a form, each the text that it is; the first of a name counts.
pub(super) fn parsed(form: &[u8]) -> Map<String, Value> {
    let mut members = Map::new();
    for (name, value) in form_urlencoded::parse(form) {
        members.entry(name).or_insert_with(|| Value::String(value.into_owned()));
    }
    members
}

/// `text` as a name or value in a form.
pub(super) fn escaped(text: &[u8]) -> Secret {
    let mut escaped = Vec::with_capacity(text.len().saturating_mul(3));
    escape(text, &mut escaped);
    Secret::new(escaped)
}

fn escape(bytes: &[u8], into: &mut Vec<u8>) {
    form_urlencoded::byte_serialize(bytes).for_each(|part| into.extend_from_slice(part.as_bytes()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_one_name_are_an_array() {
        let mut form = Form::default();
        form.add("grant_type", "client_credentials");
        form.add("resource", "https://a");
        form.add_secret("client_secret", &Secret::new("a\"b\\\n\u{e9}".as_bytes().to_vec()));
        form.add("resource", "https://b");
        form.add_json("permissions", &serde_json::json!({ "contents": ["read"] }));
        let expected = r#"{"grant_type":"client_credentials","resource":["https://a","https://b"],"client_secret":"a\"b\\\né","permissions":{"contents":["read"]}}"#;
        assert_eq!(form.body(Encoding::Json).unwrap().expose_text(), Some(expected));
        form.add_secret("odd", &Secret::new(vec![0xff]));
        assert_eq!(form.body(Encoding::Json).unwrap_err().exit_code(), 3);
        assert_eq!(Form::default().body(Encoding::Json).unwrap().expose(), b"{}");
    }

    /// The example of RFC 6749 appendix B.
    #[test]
    fn rfc_6749_b() {
        let mut form = Form::default();
        form.add("text", " %&+\u{a3}\u{20ac}");
        form.add_secret("b", &Secret::new(b"a-b_c.d*e~".to_vec()));
        assert_eq!(form.encode().expose(), b"text=+%25%26%2B%C2%A3%E2%82%AC&b=a-b_c.d*e%7E");
        assert_eq!(form.secrets().count(), 1);
    }

    #[test]
    fn a_form_is_read_as_it_is_written() {
        let parsed = parsed(b"a=b+c%26%C3%A9&&error=x=y&a=again&empty&%zz=%4");
        let expected = serde_json::json!({ "a": "b c&\u{e9}", "error": "x=y", "empty": "", "%zz": "%4" });
        assert_eq!(Value::Object(parsed), expected);
    }
}
