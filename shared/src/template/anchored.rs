//! Templates that stand in a file, whose paths are relative to it.

/// `text` with the paths of its `{file:PATH}` placed by `place`.
pub(crate) fn anchored(text: &str, place: impl Fn(&str) -> String) -> String {
    let mut anchored = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(brace) = rest.find('{') {
        let (before, from_brace) = rest.split_at_checked(brace).unwrap_or((rest, ""));
        anchored.push_str(before);
        rest = if let Some((path, after)) = from_brace.strip_prefix("{file:").and_then(|path| path.split_once('}')) {
            anchored.extend(["{file:", place(path).as_str(), "}"]);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_paths_of_files_are_placed() {
        for (text, placed) in [
            ("a {file:b} {file:c}", "a {file:/b} {file:/c}"),
            ("{{file:b}} {{{file:c}", "{{file:b}} {{{file:/c}"),
            ("{env:file:b} {cmd:sh {file:b}", "{env:file:b} {cmd:sh {file:b}"),
            ("{file:b {", "{file:b {"),
            ("{", "{"),
        ] {
            assert_eq!(anchored(text, |path| format!("/{path}")), placed, "{text}");
        }
    }
}
