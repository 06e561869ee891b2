//! What a wrapped helper printed, read as strictly as what we print ourselves.

use crate::error::{Error, Report};
use crate::headers::{HeaderName, Headers};
use crate::members::Members;
use crate::secret::Secret;

/// The headers in `output`.
///
/// # Errors
/// [`Error::Headers`] when it is not one JSON object of strings, or one of them is no header that every client sends. Of
/// the output only names of headers are repeated.
pub(super) fn headers(output: &Secret) -> Result<Headers, Error> {
    let bytes = output.expose();
    if bytes.trim_ascii().is_empty() {
        return Err(no_headers("it is empty"));
    }
    if bytes.starts_with("\u{feff}".as_bytes()) {
        return Err(no_headers("it begins with a byte order mark"));
    }
    let Members(printed) = serde_json::from_slice(bytes)
        .map_err(|error| no_headers(if error.is_data() { "it is no JSON object" } else { "it is no JSON" }))?;
    let mut headers = Headers::default();
    for (name, value) in printed {
        let name = HeaderName::parse(&name)?;
        let value = value.0.ok_or_else(|| {
            let fact = format_args!("header {} cannot be sent", name.as_str());
            Error::Headers(Report::new(fact, "its value is no string", "let the helper print a string"))
        })?;
        headers.add(name, value)?;
    }
    Ok(headers)
}

fn no_headers(cause: &str) -> Error {
    let remedy = "let it print one JSON object of strings and nothing else";
    Error::Headers(Report::new("its output cannot be used", cause, remedy))
}
