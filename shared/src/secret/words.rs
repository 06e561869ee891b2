//! Splitting a command line into words as POSIX shells do (XCU 2.2, 2.6.1), without anything else a shell does; and
//! quoting words for a shell.
//!
//! shell-words and shlex take `#` for a comment, do not say which quote is open, and hide which `~` was quoted; neither
//! quotes `${`.

mod syntax;

use crate::error::{Error, Report};
use crate::os::environment::expand_home;

/// Splits `text` at blanks outside quotes. Quotes and backslashes work as in a shell, a word's unquoted leading `~/`
/// becomes `$HOME/`; variables, globs, operators and comments are plain text.
///
/// # Errors
/// [`Error::Usage`], naming `option`, for an unclosed quote or a trailing backslash.
pub(crate) fn split(option: &str, text: &str) -> Result<Vec<String>, Error> {
    let unfinished = |what: &str| {
        let fact = ": the command line cannot be split";
        Error::Usage(Report::of(
            option,
            fact,
            format_args!("{what} at its end"),
            "close it or escape it with a backslash",
        ))
    };
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            ' ' | '\t' | '\n' => words.extend(word.take()),
            '\'' => {
                let (quoted, rest) =
                    characters.as_str().split_once('\'').ok_or_else(|| unfinished("an open single quote"))?;
                word.get_or_insert_default().push_str(quoted);
                characters = rest.chars();
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next().ok_or_else(|| unfinished("an open double quote"))? {
                        '"' => break,
                        '\\' => match characters.next().ok_or_else(|| unfinished("an open double quote"))? {
                            '\n' => {}
                            escaped @ ('\\' | '"' | '$' | '`') => word.push(escaped),
                            other => word.extend(['\\', other]),
                        },
                        plain => word.push(plain),
                    }
                }
            }
            '\\' => match characters.next().ok_or_else(|| unfinished("a backslash"))? {
                '\n' => {}
                escaped => word.get_or_insert_default().push(escaped),
            },
            '~' if word.is_none() && characters.as_str().starts_with('/') => {
                let home = expand_home("~/")?;
                let home = home.to_string_lossy();
                word = Some(home.trim_end_matches('/').to_owned());
            }
            plain => word.get_or_insert_default().push(plain),
        }
    }
    words.extend(word);
    Ok(words)
}

/// Refuses what a shell would read as more than words, since it would be passed as text.
///
/// # Errors
/// [`Error::Usage`], naming `option` and what was found, without what it holds.
pub(crate) fn refuse_shell_syntax(option: &str, text: &str) -> Result<(), Error> {
    let Some(found) = syntax::find(text) else { return Ok(()) };
    let fact = format_args!(": {found} in the command line is shell syntax");
    let cause = "the command is run without a shell, and would get this as an argument";
    Err(Error::Usage(Report::of(option, fact, cause, "run it with sh -c '…', or quote it if it is meant as text")))
}

/// `word` as a shell reads it back, in single quotes where it needs them. `${` never stands in it: in a plugin Claude Code
/// replaces `${NAME}` before a shell sees the line, in quotes too.
pub(crate) fn quoted(word: &str) -> String {
    // A tilde is safe inside a word that could be no assignment.
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "_@%+:,./-".contains(c);
    let is_plain = word.chars().all(|c| is_safe(c) || c == '=')
        || word.starts_with(is_safe) && word.chars().all(|c| is_safe(c) || c == '~');
    if is_plain && !word.is_empty() && !word.starts_with('=') {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''").replace("${", "$''{"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_they_need_it() {
        for (word, expected) in [
            ("", "''"),
            ("--key=env:A_b", "--key=env:A_b"),
            ("file:~/.config/acme/secret", "file:~/.config/acme/secret"),
            ("~/x", "'~/x'"),
            ("a=~/x", "'a=~/x'"),
            ("=ls", "'=ls'"),
            ("X-A: {b}", "'X-A: {b}'"),
            ("it's", r"'it'\''s'"),
            ("a${B}${", "'a$''{B}$''{'"),
            ("$'{A}", r"'$'\''{A}'"),
            ("a\nb", "'a\nb'"),
            ("caf\u{e9}", "'caf\u{e9}'"),
        ] {
            assert_eq!(quoted(word), expected, "{word:?}");
            assert_eq!(split("--x", expected).unwrap(), [word], "{word:?}");
        }
    }

    #[test]
    fn words_are_those_of_a_shell() {
        for (text, words) in [
            ("", vec![]),
            ("  a\tb\nc ", vec!["a", "b", "c"]),
            (r#"a'b c'"d e"f\ g"#, vec!["ab cd ef g"]),
            (r#"'' "" x"#, vec!["", "", "x"]),
            (r#""\$\`\"\\\x" '\n'"#, vec![r#"$`"\\x"#, r"\n"]),
            ("a\\\nb \"c\\\nd\"", vec!["ab", "cd"]),
            ("$HOME *.x | y; #z &", vec!["$HOME", "*.x", "|", "y;", "#z", "&"]),
            ("a~/b '~/c' \\~/d ~e", vec!["a~/b", "~/c", "~/d", "~e"]),
        ] {
            assert_eq!(split("--key", text).unwrap(), words, "{text:?}");
        }
    }

    #[test]
    fn an_unfinished_line_is_refused() {
        for (text, what) in [
            ("a 'b", "an open single quote"),
            ("a \"b", "an open double quote"),
            ("a \"b\\", "an open double quote"),
            ("a\\", "a backslash"),
        ] {
            let message = format!(
                "--key: the command line cannot be split: {what} at its end; close it or escape it with a backslash"
            );
            assert_eq!(split("--key", text).unwrap_err().to_string(), message);
        }
    }
}
