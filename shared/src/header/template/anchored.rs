//! Templates that stand in a file, whose paths are relative to it.

use std::path::Path;

use super::json::with_placeholders;
use super::placeholder::split_basic;

/// A value of this `kind`, as the help names it, in which paths relative to the file in `folder` that it stands in have become
/// absolute.
pub(crate) fn located(kind: &str, text: &str, folder: &Path) -> String {
    let place = |path: &str| {
        if Path::new(path).is_absolute() || path.starts_with("~/") || path.is_empty() {
            return path.to_owned();
        }
        folder.join(path).to_string_lossy().into_owned()
    };
    match kind {
        "SOURCE" => anchored_source(text, place).unwrap_or_else(|| text.to_owned()),
        "FILE|off" if text == "off" => text.to_owned(),
        "FILE" | "FILE|off" | "DIR" => place(text),
        "NAME: TEMPLATE" | "TEMPLATE" | "TEXT" | "NAME=TEXT" => anchored(text, place),
        "NAME=JSON" => anchored_json(text, place),
        _ => text.to_owned(),
    }
}

/// `text` with the paths of its placeholders that read files placed by `place`.
fn anchored(text: &str, place: impl Fn(&str) -> String) -> String {
    let mut anchored = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(brace) = rest.find('{') {
        let (before, from_brace) = rest.split_at_checked(brace).unwrap_or((rest, ""));
        anchored.push_str(before);
        let inner = from_brace.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        rest = if let Some((placed, after)) = inner.and_then(|(inner, after)| Some((placed(inner, &place)?, after))) {
            anchored.extend(["{", placed.as_str(), "}"]);
            after
        } else {
            // A doubled brace is one character, and nothing nests in another placeholder.
            let length =
                if from_brace.starts_with("{{") { 2 } else { from_brace.find('}').unwrap_or(from_brace.len()) };
            let (whole, after) = from_brace.split_at_checked(length).unwrap_or((from_brace, ""));
            anchored.push_str(whole);
            after
        };
    }
    anchored + rest
}

/// The same of JSON, whose other braces are its own.
fn anchored_json(text: &str, place: impl Fn(&str) -> String) -> String {
    with_placeholders(text, |_, inner| format!("{{{}}}", placed(inner, &place).as_deref().unwrap_or(inner)))
}

/// A source with its path placed by `place`, where it has one.
fn anchored_source(source: &str, place: impl Fn(&str) -> String) -> Option<String> {
    let (kind, path) = source.split_once(':').filter(|(kind, _)| matches!(*kind, "file" | "json"))?;
    Some(format!("{kind}:{}", place(path)))
}

/// What stands between the braces of a placeholder with its path placed, where it has one.
fn placed(inner: &str, place: impl Fn(&str) -> String) -> Option<String> {
    match inner.strip_prefix("basic:").map(split_basic) {
        None => anchored_source(inner, place),
        Some(pair) => {
            let (user, source) = pair?;
            Some(format!("basic:{user}:{}", anchored_source(source, place)?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_paths_of_files_are_placed() {
        for (text, placed) in [
            ("a {file:b} {file:c}", "a {file:/b} {file:/c}"),
            ("{{file:b}} {{{file:c}", "{{file:b}} {{{file:/c}"),
            ("{env:file:b} {cmd:sh {file:b}", "{env:file:b} {cmd:sh {file:b}"),
            ("{json:b:c.d}", "{json:/b:c.d}"),
            ("{basic:me@h:file:b} {basic:u:json:b:c}", "{basic:me@h:file:/b} {basic:u:json:/b:c}"),
            ("{basic:u:cmd:cat x:file:b} {basic:u:b}", "{basic:u:cmd:cat x:file:b} {basic:u:b}"),
            ("{file:b {", "{file:b {"),
            ("{", "{"),
        ] {
            assert_eq!(anchored(text, |path| format!("/{path}")), placed, "{text}");
        }
    }

    #[test]
    fn braces_of_json_hide_no_path() {
        for (text, placed) in [
            (r#"a={"b":{"c":"{file:d}"},"e":{json:f:g}}"#, r#"a={"b":{"c":"{file:/d}"},"e":{json:/f:g}}"#),
            (r#"a={"b":"{env:X}{{file:d}}"}"#, r#"a={"b":"{env:X}{{file:/d}}"}"#),
            (r#"a="{file:b"#, r#"a="{file:b"#),
        ] {
            assert_eq!(anchored_json(text, |path| format!("/{path}")), placed, "{text}");
        }
    }
}
