//! What a program printed that makes headers, read as strictly as what we print ourselves.

use crate::config::members::{Member, Members};
use crate::error::{Error, OutsideText, Redactor, Report, quotable};
use crate::header::{HeaderName, Headers};
use crate::secret::Secret;

/// The headers in `output`.
///
/// # Errors
/// [`Error::Headers`] when it is not one JSON object of strings, or one of them is no header that every client sends. Of
/// the output only names of headers are repeated, without the secrets that `redactor` knows and without the values.
pub(crate) fn headers(output: &Secret, redactor: &Redactor) -> Result<Headers, Error> {
    let bytes = output.expose();
    if bytes.trim_ascii().is_empty() {
        return Err(no_headers("it is empty"));
    }
    if bytes.starts_with("\u{feff}".as_bytes()) {
        return Err(no_headers("it begins with a byte order mark"));
    }
    let Members(printed) = serde_json::from_slice(bytes).map_err(|error| {
        no_headers(if error.is_data() { "it is not a JSON object" } else { "it is not valid JSON" })
    })?;
    let mut headers = Headers::default();
    for (name, value) in printed {
        add(&mut headers, &name, value).map_err(|error| {
            // A value may stand in a name too.
            redactor.add_strings(bytes);
            let shown = OutsideText::new(&name).shown(redactor);
            let is_shown = shown == quotable(name.trim_ascii());
            if is_shown { error } else { not_sent(&shown, "its name may contain a secret", "give it another name") }
        })?;
    }
    Ok(headers)
}

fn add(headers: &mut Headers, name: &str, value: Member) -> Result<(), Error> {
    let name = HeaderName::parse(name)?;
    let no_string = || not_sent(name.as_str(), "its value is not a string", "make the helper print a string");
    let value = value.0.ok_or_else(no_string)?;
    headers.add(name, value)
}

fn not_sent(name: &str, cause: &str, remedy: &str) -> Error {
    Error::Headers(Report::of_header(name, " cannot be sent", cause, remedy))
}

fn no_headers(cause: &str) -> Error {
    let remedy = "make it print one JSON object of strings and nothing else";
    Error::Headers(Report::new("its output cannot be used", cause, remedy))
}
