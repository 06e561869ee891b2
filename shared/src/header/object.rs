//! The object of headers: what every client accepts, checked before anything is printed.

mod unexpanded;

use std::fmt;

use serde::ser::{SerializeMap, Serializer};

use crate::error::{Error, Report, quotable};
use crate::secret::Secret;

pub(crate) use self::unexpanded::check_expanded;
#[cfg(feature = "bearer")]
pub(crate) use self::unexpanded::is_unexpanded;

/// The most that is printed: 64 KiB, which is all that Codex takes.
const LIMIT: usize = 64 << 10;

/// Names that belong to the transport or the protocol; a helper that set them would break the connection.
const RESERVED: [&str; 15] = [
    "host",
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "content-length",
    "content-type",
    "content-encoding",
    "accept",
    "origin",
    "referer",
    "last-event-id",
];

/// A field name: a token (RFC 9110 section 5.6.2) that is not reserved.
#[derive(Clone, PartialEq, Eq)]
pub struct HeaderName(String);

impl HeaderName {
    /// Checks a name; its case is kept.
    ///
    /// # Errors
    /// [`Error::Headers`] when it is no token or is reserved.
    pub fn parse(name: &str) -> Result<Self, Error> {
        if !is_token(name) {
            // What follows a `=` is a value: somebody wrote it for the colon.
            let shown = name.split_inclusive('=').next().unwrap_or_default();
            let report = Report::new(
                format_args!("header name `{}` is not valid", quotable(shown)),
                "a name is letters, digits and !#$%&'*+-.^_`|~ (RFC 9110)",
                "write -H 'NAME: TEMPLATE' with such a name",
            );
            return Err(Error::Headers(report.about_header(name)));
        }
        let lower = name.to_ascii_lowercase();
        if RESERVED.contains(&lower.as_str()) || lower.starts_with("mcp-") {
            return Err(Error::Headers(Report::of_header(
                name,
                " is reserved",
                "the client sets it, and another value breaks the connection",
                "remove it",
            )));
        }
        Ok(Self(name.to_owned()))
    }

    /// A name in a request of ours, where nothing is reserved for a client; `None` for what is no token.
    #[cfg(feature = "oauth")]
    pub(crate) fn of_request(name: &str) -> Option<Self> {
        is_token(name).then(|| Self(name.to_owned()))
    }

    /// The name as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether `text` is a token (RFC 9110 section 5.6.2).
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))
}

impl fmt::Debug for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Headers in the order they were added, each name once whatever its case, each value one that every client sends.
#[derive(Debug, Default)]
pub struct Headers(Vec<(HeaderName, Secret)>);

impl Headers {
    /// Adds a header.
    ///
    /// # Errors
    /// [`Error::Headers`] when the name is there already or the value is empty, has blanks at an end, or has a byte that
    /// is not visible ASCII, space or tab.
    pub fn add(&mut self, name: HeaderName, value: Secret) -> Result<(), Error> {
        if self.value(name.as_str()).is_some() {
            let cause = "names are unique, ignoring case";
            return Err(Error::Headers(Report::of_header(name.as_str(), " is given twice", cause, "remove one")));
        }
        check_value(name.as_str(), value.expose())?;
        self.0.push((name, value));
        Ok(())
    }

    /// The value of the header `name`, in any case.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&Secret> {
        self.0.iter().find(|(known, _)| known.as_str().eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Names and values in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.expose()))
    }

    /// The JSON object and its newline, as clients read it.
    ///
    /// # Errors
    /// [`Error::Headers`] when it is larger than 64 KiB.
    pub fn to_json(&self) -> Result<Secret, Error> {
        let mut json = Vec::new();
        let mut serializer = serde_json::Serializer::new(&mut json);
        let written = serializer.serialize_map(Some(self.0.len())).and_then(|mut map| {
            for (name, value) in &self.0 {
                map.serialize_entry(name.as_str(), &String::from_utf8_lossy(value.expose()))?;
            }
            map.end()
        });
        written.map_err(|error| {
            Error::Other(Report::new(
                "the headers cannot be written as JSON",
                error.to_string(),
                "report this as a bug",
            ))
        })?;
        json.push(b'\n');
        self.within_limit(json)
    }

    /// Lines for `curl -K -`.
    ///
    /// # Errors
    /// [`Error::Headers`] when they are larger than 64 KiB.
    pub fn to_curl(&self) -> Result<Secret, Error> {
        let mut lines = Vec::new();
        for (name, value) in &self.0 {
            lines.extend_from_slice(b"header = \"");
            lines.extend_from_slice(name.as_str().as_bytes());
            lines.extend_from_slice(b": ");
            for byte in value.expose() {
                match byte {
                    b'"' | b'\\' => lines.extend_from_slice(&[b'\\', *byte]),
                    b'\t' => lines.extend_from_slice(b"\\t"),
                    _ => lines.push(*byte),
                }
            }
            lines.extend_from_slice(b"\"\n");
        }
        self.within_limit(lines)
    }

    fn within_limit(&self, output: Vec<u8>) -> Result<Secret, Error> {
        let output = Secret::new(output);
        if output.expose().len() <= LIMIT {
            return Ok(output);
        }
        let longest = self.0.iter().max_by_key(|(_, value)| value.expose().len());
        let longest = longest.map_or("", |(name, _)| name.as_str());
        Err(Error::Headers(Report::of_header(
            longest,
            " is too long",
            "all headers together are larger than 64 KiB, and Codex accepts no more",
            "shorten it",
        )))
    }
}

/// Checks that every client sends `value` as it is.
fn check_value(name: &str, value: &[u8]) -> Result<(), Error> {
    let blank = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    let (cause, remedy) = if value.is_empty() {
        ("its value is empty", "give it a value or remove the header")
    } else if !value.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\t')) {
        (
            "its value has a character that is not visible ASCII, space or tab",
            "check it for a line break or an accented letter",
        )
    } else if blank(value.first()) || blank(value.last()) {
        ("its value begins or ends with a blank", "trim it")
    } else {
        return Ok(());
    };
    Err(Error::Headers(Report::of_header(name, " cannot be sent", cause, remedy)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> Headers {
        let mut headers = Headers::default();
        for (name, value) in pairs {
            headers.add(HeaderName::parse(name).unwrap(), Secret::new(value.as_bytes().to_vec())).unwrap();
        }
        headers
    }

    #[test]
    fn json_is_compact_and_in_order() {
        let json = headers(&[("X-B", "1"), ("X-A", "a\t\"\\")]).to_json().unwrap();
        assert_eq!(json.expose_text().unwrap(), "{\"X-B\":\"1\",\"X-A\":\"a\\t\\\"\\\\\"}\n");
        assert_eq!(headers(&[]).to_json().unwrap().expose(), b"{}\n");
    }

    #[test]
    fn curl_lines_are_quoted() {
        let lines = headers(&[("X-A", "a\t\"\\"), ("X-B", "b c")]).to_curl().unwrap();
        assert_eq!(lines.expose_text().unwrap(), "header = \"X-A: a\\t\\\"\\\\\"\nheader = \"X-B: b c\"\n");
    }

    #[test]
    fn the_whole_object_counts_to_the_byte() {
        let around = "{\"X\":\"\"}\n".len();
        let largest = headers(&[("X", &"v".repeat((64 << 10) - around))]).to_json().unwrap();
        assert_eq!(largest.expose().len(), 64 << 10);
        let too_large = headers(&[("X", &"v".repeat((64 << 10) - around + 1))]).to_json().unwrap_err();
        assert_eq!(
            too_large.to_string(),
            "header X is too long: all headers together are larger than 64 KiB, and Codex accepts no more; shorten it"
        );
    }
}
