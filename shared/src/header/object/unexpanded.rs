//! Values that are the name of a shell's variable, which nothing has expanded.

use std::fmt;

use crate::error::{Error, Report};

/// Refuses `value`, which is to stand in the header `name`, where it is `$NAME` or `${NAME}` and nothing else but perhaps
/// the word of a scheme. `whose` says where it was found.
///
/// # Errors
/// [`Error::Headers`] then.
pub(crate) fn check_expanded(name: &str, whose: impl fmt::Display, value: &[u8]) -> Result<(), Error> {
    if !is_unexpanded(value) {
        return Ok(());
    }
    let cause = format_args!("{whose} is $NAME, a variable that was not expanded");
    let remedy = "write the value of the variable there, or name the variable itself with {env:NAME}";
    Err(Error::Headers(Report::of_header(name, " cannot be sent", cause, remedy)))
}

/// Whether this is `$NAME` or `${NAME}`, behind a scheme such as `Bearer` or alone.
pub(crate) fn is_unexpanded(value: &[u8]) -> bool {
    let mut words = value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let (first, second) = (words.next().unwrap_or_default(), words.next());
    let is_scheme = |word: &[u8]| word.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte));
    let variable = match second {
        None => first,
        Some(second) if is_scheme(first) => second,
        Some(_) => return false,
    };
    words.next().is_none() && is_variable(variable)
}

fn is_variable(word: &[u8]) -> bool {
    let Some(name) = word.strip_prefix(b"$") else { return false };
    let in_braces = name.strip_prefix(b"{").map(|name| name.strip_suffix(b"}").unwrap_or_default());
    let name = in_braces.unwrap_or(name);
    let is_of_name = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    name.first().is_some_and(|first| !first.is_ascii_digit()) && name.iter().all(is_of_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_alone_is_unexpanded() {
        for value in ["$TOKEN", "${GITHUB_TOKEN}", "Bearer $T", "token  ${_A1}", " $TOKEN\n", "Bearer\t$TOKEN"] {
            assert!(is_unexpanded(value.as_bytes()), "{value}");
        }
        for value in [
            "",
            "$",
            "${}",
            "$1A",
            "$token",
            "a$TOKEN",
            "$TOKEN.x",
            "${TOKEN",
            "$TOKEN}",
            "Bearer x $TOKEN",
            "$A $B",
            "Bearer $TOKEN x",
        ] {
            assert!(!is_unexpanded(value.as_bytes()), "{value}");
        }
    }
}
