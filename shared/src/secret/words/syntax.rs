//! What a shell would read as more than words: no shell reads our command lines, so it is not meant as it stands there.

/// The first such thing in `text` that stands outside quotes and not behind a backslash, without what it holds.
pub(super) fn find(text: &str) -> Option<&'static str> {
    let mut word = Word::default();
    let mut rest = text;
    let mut is_first = true;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        rest = match c {
            '\'' => after.split_once('\'').map_or("", |(_, rest)| rest),
            '"' => behind_double_quotes(after),
            '\\' => after.get(after.chars().next().map_or(0, char::len_utf8)..).unwrap_or_default(),
            _ => after,
        };
        if matches!(c, '\'' | '"' | '\\') {
            word.is_plain = false;
            word.length = word.length.saturating_add(1);
            continue;
        }
        let ends_here = after.chars().next().is_none_or(is_blank);
        let found = match c {
            '|' => Some("|"),
            '<' => Some("<"),
            '>' => Some(">"),
            '`' => Some("`"),
            '&' if after.starts_with('&') => Some("&&"),
            '&' if word.length == 0 && ends_here => Some("&"),
            ';' if ends_here => Some(";"),
            '$' if after.starts_with('(') => Some("$("),
            '$' if after.starts_with('{') => Some("${"),
            '$' if after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') => Some("$NAME"),
            '=' if is_first && word.is_plain && word.is_name => Some("NAME=value"),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
        if is_blank(c) {
            is_first &= word.length == 0;
            word = Word::default();
        } else {
            word.is_name &= c == '_' || c.is_ascii_alphabetic() || (word.length > 0 && c.is_ascii_digit());
            word.length = word.length.saturating_add(1);
        }
    }
    None
}

/// What is known of the word that is being read.
struct Word {
    length: usize,
    /// Whether nothing in it was quoted.
    is_plain: bool,
    /// Whether it could be the name of a variable.
    is_name: bool,
}

impl Default for Word {
    fn default() -> Self {
        Self { length: 0, is_plain: true, is_name: true }
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n')
}

/// What follows the double quote that closes.
fn behind_double_quotes(text: &str) -> &str {
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '"' => break,
            '\\' => drop(characters.next()),
            _ => {}
        }
    }
    characters.as_str()
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn it_is_found_outside_quotes_alone() {
        for (text, found) in [
            ("a | b", Some("|")),
            ("a|b", Some("|")),
            ("a && b", Some("&&")),
            ("a &", Some("&")),
            ("a & b", Some("&")),
            ("a&b http://h/?a=1&b=2", None),
            ("a; b", Some(";")),
            ("a ;", Some(";")),
            ("a;b", None),
            ("a <f", Some("<")),
            ("a 2>&1", Some(">")),
            ("a `b`", Some("`")),
            ("a $(b)", Some("$(")),
            ("a ${B}", Some("${")),
            ("a $B", Some("$NAME")),
            ("a x$_b", Some("$NAME")),
            ("a $1 $ $$ a$", None),
            ("A=b c", Some("NAME=value")),
            ("  _A1=b c", Some("NAME=value")),
            ("A=", Some("NAME=value")),
            ("1A=b", None),
            ("a-b=c", None),
            ("a A=b --c=d", None),
            ("'A'=b c", None),
            ("a '| && < > ` $( ${ $B ; &' \"| $B \\\" ; \" \\| \\$B \\; \\&", None),
            ("sh -c 'a | b'", None),
            ("a 'open", None),
            ("a \"open", None),
            ("a\\", None),
        ] {
            assert_eq!(find(text), found, "{text}");
        }
    }
}
