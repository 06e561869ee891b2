//! The dotenv files of `--env-file`: `NAME=value` lines, as dotenv libraries agree on them, without expansion of variables.
//!
//! A value is bare (trimmed, ended by ` #`), in single quotes (taken unchanged) or in double quotes (`\n \r \t \\ \"
//! \$` are escapes); a quoted one may span lines. `export` before a name is allowed.
//!
//! dotenvy replaces `$NAME`, refuses blanks in a bare value, and its errors have the text of a line, not its number.

use crate::error::notes::Notes;
use crate::error::{Error, Location, Report, quotable};
use crate::os::clock::Deadline;
use crate::os::environment::expand_home;
use crate::os::file;
use crate::secret::Secret;
use crate::secret::unicode;

/// Reads the variables of a dotenv file, in its order.
///
/// # Errors
/// [`Error::Usage`] when the file cannot be read, or naming the first malformed line by its number, never by its text;
/// [`Error::Transient`] when it is a pipe of which the end has not come by the deadline.
pub(crate) fn read(path: &str, deadline: &Deadline, notes: &Notes) -> Result<Vec<(String, Secret)>, Error> {
    let shown = quotable(path);
    let contents = file::read_or_wait(&expand_home(path)?, deadline).map_err(|error| {
        let fact = format!(" {shown} cannot be read");
        file::timed_out("--env-file", &fact, &error, deadline).unwrap_or_else(|| {
            Error::Usage(Report::of("--env-file", fact, file::reason(&error), "name a readable dotenv file"))
        })
    })?;
    if contents.exposed {
        notes.warn_in_log_only(format!("--env-file {shown} can be read by group or others; run chmod 600 on it"));
    }
    let secret = unicode::without_mark(Secret::new(contents.bytes));
    parse(&secret).map_err(|Malformed { line, cause }| {
        let fact = format_args!(" {shown} line {line}");
        let report = Report::of("--env-file", fact, cause, "write NAME=value, one on a line");
        Error::Usage(report.about_line(Location { file: shown.clone(), line }))
    })
}

/// What is wrong with such a file, and where.
#[derive(Debug, PartialEq)]
pub(crate) struct Malformed {
    pub(crate) line: usize,
    cause: &'static str,
}

/// The variables in the text of such a file.
pub(crate) fn parse(contents: &Secret) -> Result<Vec<(String, Secret)>, Malformed> {
    let bytes = contents.expose();
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
        Malformed { line: line_of(valid), cause: "it is not UTF-8" }
    })?;
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut variables = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Ok(variables);
        }
        if rest.starts_with('#') {
            rest = split_line(rest).1;
            continue;
        }
        let at = |cause| {
            let before = text.len().saturating_sub(rest.len());
            Malformed { line: line_of(text.as_bytes().get(..before).unwrap_or_default()), cause }
        };
        let (name, value) = split_name(rest).ok_or_else(|| at("it does not begin with a name and `=`"))?;
        let (value, after) = take_value(value).map_err(at)?;
        variables.push((name.to_owned(), Secret::new(value.into_bytes())));
        rest = after;
    }
}

fn split_name(line: &str) -> Option<(&str, &str)> {
    let (before, after) = line.split_once('=')?;
    let before = before.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t'])).unwrap_or(before);
    let name = before.trim_matches([' ', '\t']);
    let mut characters = name.chars();
    let begins = characters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    let goes_on = characters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
    (begins && goes_on).then_some((name, after.trim_start_matches([' ', '\t'])))
}

/// The value at the start of `text`, and what follows its line.
fn take_value(text: &str) -> Result<(String, &str), &'static str> {
    let (value, rest) = match text.chars().next() {
        Some('\'') => take_single_quoted(text)?,
        Some('"') => take_double_quoted(text)?,
        _ => {
            let (line, rest) = split_line(text);
            let comment = line.find(" #").or_else(|| line.find("\t#")).unwrap_or(line.len());
            let value = if line.starts_with('#') { "" } else { line.get(..comment).unwrap_or(line) };
            return Ok((value.trim().to_owned(), rest));
        }
    };
    let (after, rest) = split_line(rest);
    let after = after.trim();
    if after.is_empty() || after.starts_with('#') { Ok((value, rest)) } else { Err("text follows the closing quote") }
}

fn take_single_quoted(text: &str) -> Result<(String, &str), &'static str> {
    let inner = text.strip_prefix('\'').unwrap_or(text);
    let (value, rest) = inner.split_once('\'').ok_or("a single quote is not closed")?;
    Ok((value.to_owned(), rest))
}

fn take_double_quoted(text: &str) -> Result<(String, &str), &'static str> {
    let mut value = String::new();
    let mut characters = text.strip_prefix('"').unwrap_or(text).chars();
    while let Some(c) = characters.next() {
        match c {
            '"' => return Ok((value, characters.as_str())),
            '\\' => match characters.next() {
                Some('n') => value.push('\n'),
                Some('r') => value.push('\r'),
                Some('t') => value.push('\t'),
                Some(escaped @ ('\\' | '"' | '$')) => value.push(escaped),
                Some(other) => value.extend(['\\', other]),
                None => break,
            },
            _ => value.push(c),
        }
    }
    Err("a double quote is not closed")
}

fn split_line(text: &str) -> (&str, &str) {
    text.split_once('\n').unwrap_or((text, ""))
}

fn line_of(before: &[u8]) -> usize {
    before.split(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Vec<(String, String)> {
        let variables = parse(&Secret::new(text.as_bytes().to_vec())).unwrap();
        variables.into_iter().map(|(name, value)| (name, value.expose_text().unwrap().to_owned())).collect()
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn values_are_bare_or_quoted() {
        for (text, value) in [
            ("A=b", "b"),
            ("export A=b", "b"),
            (" A = b c # comment", "b c"),
            ("A=b#c", "b#c"),
            ("A=", ""),
            ("A= # only a comment", ""),
            ("A='b \\n $C' # comment", "b \\n $C"),
            ("A=\"b\\n\\\"c\\\" \\$D \\x\"", "b\n\"c\" $D \\x"),
            ("A=\"line 1\nline 2\"", "line 1\nline 2"),
            ("A=b=c\r\n", "b=c"),
            ("\u{feff}# first\n\nA=b", "b"),
        ] {
            assert_eq!(parsed(text), [pair("A", value)], "{text:?}");
        }
        assert_eq!(parsed("A=1\nB=2\nexported=3"), [pair("A", "1"), pair("B", "2"), pair("exported", "3")]);
    }

    #[test]
    fn a_malformed_line_is_named_by_its_number() {
        for (text, line, cause) in [
            ("A=b\n\nsecret", 3, "it does not begin with a name and `=`"),
            ("1A=b", 1, "it does not begin with a name and `=`"),
            ("A=1\nB='x\ny", 2, "a single quote is not closed"),
            ("A=\"x\\", 1, "a double quote is not closed"),
            ("A='x' y", 1, "text follows the closing quote"),
        ] {
            let malformed = parse(&Secret::new(text.as_bytes().to_vec())).unwrap_err();
            assert_eq!(malformed, Malformed { line, cause }, "{text:?}");
        }
        let not_utf8 = parse(&Secret::new(b"A=1\nB=\xff".to_vec())).unwrap_err();
        assert_eq!(not_utf8, Malformed { line: 2, cause: "it is not UTF-8" });
    }
}
