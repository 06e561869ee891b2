//! Secrets that are tokens, and what people keep in the place of one.

use crate::error::{Error, Report};
use crate::secret::Secret;

/// `secret` without the `Bearer ` in any case that it begins with; `None` where it does not.
#[must_use]
pub(crate) fn without_bearer(secret: &Secret) -> Option<Secret> {
    let mut rest = secret.expose();
    while let Some((_, token)) =
        rest.split_at_checked(BEARER.len()).filter(|(scheme, _)| scheme.eq_ignore_ascii_case(BEARER))
    {
        rest = token.trim_ascii_start();
    }
    (rest.len() < secret.expose().len()).then(|| Secret::new(rest.to_vec()))
}

const BEARER: &[u8] = b"Bearer ";

/// Refuses what is kept in the place of a token and is none: `what` it is of the value of `option`.
///
/// # Errors
/// [`Error::Secret`] for JSON, quotes, a page of HTML, and a line of a dotenv file.
pub(crate) fn check(option: &str, what: &str, token: &Secret) -> Result<(), Error> {
    misplaced(token.expose()).map_or(Ok(()), |(cause, remedy)| {
        Err(Error::Secret(Report::of(
            option,
            format_args!(": {what} is not a token"),
            format_args!("it {cause}"),
            remedy,
        )))
    })
}

/// How a value begins that stands in the place of a token, and what to do about it.
pub(crate) fn misplaced(token: &[u8]) -> Option<(&'static str, &'static str)> {
    let token = token.trim_ascii_start();
    match token.first()? {
        b'{' => Some(("begins with `{`, as JSON does", "name the field with the token: json:PATH:FIELD")),
        b'"' => Some(("begins with a quote", "store the token without quotes")),
        b'<' => Some(("begins with `<`, as HTML and placeholders like <token> do", "put the token itself there")),
        _ if is_assignment(token) => Some((
            "begins with `NAME=`, as a line of a .env file does",
            "store only the token, or use --env-file and env:NAME",
        )),
        _ => None,
    }
}

/// Whether this is `NAME=value`, and not base64 with its padding.
fn is_assignment(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"export ").map_or(text, <[u8]>::trim_ascii_start);
    let is_of_name = |byte: &&u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || **byte == b'_';
    let length = text.iter().take_while(is_of_name).count();
    length >= 2 && matches!(text.get(length..), Some([b'=', next, ..]) if *next != b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_token_is_told() {
        for (text, found) in [
            ("{\"a\":1}", Some("begins with `{`, as JSON does")),
            ("\"abc\"", Some("begins with a quote")),
            ("<html>", Some("begins with `<`, as HTML and placeholders like <token> do")),
            ("TOKEN=abc", Some("begins with `NAME=`, as a line of a .env file does")),
            ("export T2=\"a\"", Some("begins with `NAME=`, as a line of a .env file does")),
            ("A_=b", Some("begins with `NAME=`, as a line of a .env file does")),
            ("A=b", None),
            ("ABCD==", None),
            ("ABC=", None),
            ("AbC=d", None),
            ("export", None),
            ("", None),
        ] {
            assert_eq!(misplaced(text.as_bytes()).map(|(cause, _)| cause), found, "{text}");
        }
    }

    #[test]
    fn the_scheme_is_dropped_in_any_case() {
        for (text, rest) in [
            ("Bearer abc", Some("abc")),
            ("bEARER  bearer abc", Some("abc")),
            ("Bearer ", Some("")),
            ("Bearer", None),
            ("Bearerabc", None),
            ("abc Bearer d", None),
        ] {
            let found = without_bearer(&Secret::new(text.as_bytes().to_vec()));
            assert_eq!(found.as_ref().map(Secret::expose), rest.map(str::as_bytes), "{text}");
        }
    }
}
