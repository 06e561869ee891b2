//! The words of a wrapped helper: in them `{tenant}` and `{tenant:FIELD}` are replaced, and nothing else is: these are
//! words already, which no shell has to split.

use super::list::Tenant;
use crate::error::{Error, Report};

/// A part of a word.
#[derive(Debug, PartialEq)]
enum Part<'w> {
    Text(&'w str),
    /// With its field, where it has one.
    Placeholder(Option<&'w str>),
}

/// The parts of `word` in their order. Two braces are text, as they are one in the templates of the wrapped helper.
fn parts(word: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = word;
    std::iter::from_fn(move || {
        if let Some((placeholder, after)) = placeholder(rest) {
            rest = after;
            return Some(placeholder);
        }
        let text = rest.get(..text_length(rest)).filter(|text| !text.is_empty())?;
        rest = rest.get(text.len()..).unwrap_or_default();
        Some(Part::Text(text))
    })
}

/// The placeholder that `text` begins with, and what follows it.
fn placeholder(text: &str) -> Option<(Part<'_>, &str)> {
    let inner = text.strip_prefix("{tenant")?;
    if let Some(after) = inner.strip_prefix('}') {
        return Some((Part::Placeholder(None), after));
    }
    let (field, after) = inner.strip_prefix(':')?.split_once('}')?;
    Some((Part::Placeholder(Some(field)), after))
}

/// How far it is to the next placeholder, or to the end.
fn text_length(text: &str) -> usize {
    let mut length = 0_usize;
    while let Some(rest) = text.get(length..).filter(|rest| !rest.is_empty()) {
        if placeholder(rest).is_some() {
            break;
        }
        let step = if rest.starts_with("{{") { 2 } else { rest.chars().next().map_or(1, char::len_utf8) };
        length = length.saturating_add(step);
    }
    length
}

/// Whether the tenant is named in one of `words`.
pub(super) fn name_a_tenant(words: &[String]) -> bool {
    words.iter().any(|word| parts(word).any(|part| matches!(part, Part::Placeholder(_))))
}

/// `words` with what they say of `tenant`; without one they must not say anything.
///
/// # Errors
/// [`Error::Usage`] for a field that the tenant has not, or whose value would be read as a placeholder in turn.
pub(super) fn of_tenant(words: &[String], tenant: Option<&Tenant>) -> Result<Vec<String>, Error> {
    let of_tenant = |word: &String| {
        let mut filled = String::with_capacity(word.len());
        for part in parts(word) {
            match (part, tenant) {
                (Part::Text(text), _) => filled.push_str(text),
                (Part::Placeholder(field), Some(tenant)) => filled.push_str(value(tenant, field)?),
                (Part::Placeholder(_), None) => {}
            }
        }
        Ok(filled)
    };
    words.iter().map(of_tenant).collect()
}

fn value<'t>(tenant: &'t Tenant, field: Option<&str>) -> Result<&'t str, Error> {
    let value = tenant.value("--", field)?;
    if !value.contains(['{', '}']) {
        return Ok(value);
    }
    let fact =
        format_args!("--: {{tenant:{}}} of the tenant {} cannot be used", field.unwrap_or_default(), tenant.name);
    let cause = "it has a brace, which the wrapped helper would read as a placeholder";
    Err(Error::Usage(Report::new(fact, cause, "take the brace out in tenants.toml")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_tenant_is_replaced() {
        let fields = vec![("user".to_owned(), "u-1".to_owned())];
        let tenant = Tenant { name: "acme".to_owned(), fields };
        for (word, filled) in [
            ("", ""),
            ("{tenant}", "acme"),
            ("{tenant:user}", "u-1"),
            ("a{tenant}b{tenant:user}{tenant}", "aacmebu-1acme"),
            ("X: {token} {server:host} {env:A}", "X: {token} {server:host} {env:A}"),
            ("{{tenant}}", "{{tenant}}"),
            ("{{{tenant}}}", "{{acme}}"),
            ("{\"a\":\"{tenant}\"}", "{\"a\":\"acme\"}"),
            ("{tenants} {tenant {Tenant} { tenant}", "{tenants} {tenant {Tenant} { tenant}"),
            ("{tenant:user", "{tenant:user"),
            ("\\n é {}", "\\n é {}"),
            ("{", "{"),
        ] {
            assert_eq!(of_tenant(&[word.to_owned()], Some(&tenant)).unwrap(), [filled], "{word}");
        }
    }
}
