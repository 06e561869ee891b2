//! The script of a shell: which commands stand in it, and which of their words the shell puts together as it runs.

use crate::error::Error;
use crate::secret::words::split;

/// A word between two commands.
const END: &str = "\u{4}";

/// What stands in the place of a variable or of the output of a command: that value is not written in the script.
const VALUE: &str = "{env:_}";

/// The commands of a script, those of its substitutions too, each split into words. Only quotes, substitutions and what ends
/// a command are understood.
///
/// # Errors
/// [`Error::Usage`] for a script that cannot be split into words.
pub(super) fn commands(script: &str) -> Result<Vec<Vec<String>>, Error> {
    let Read { text, inner } = Read::of(script);
    let mut commands = split_at_ends(&split("sh -c", &text)?);
    for script in inner {
        commands.append(&mut self::commands(script)?);
    }
    Ok(commands)
}

/// The same of text that may be no script.
pub(super) fn commands_if_any(text: &str) -> Vec<Vec<String>> {
    let Read { text, inner } = Read::of(text);
    let mut commands = split_at_ends(&split("sh -c", &text).unwrap_or_default());
    commands.extend(inner.into_iter().flat_map(commands_if_any));
    commands
}

fn split_at_ends(words: &[String]) -> Vec<Vec<String>> {
    words.split(|word| word == END).map(<[String]>::to_vec).collect()
}

/// A script with its substitutions taken out.
struct Read<'s> {
    text: String,
    /// The commands whose output is put into it.
    inner: Vec<&'s str>,
}

impl<'s> Read<'s> {
    fn of(script: &'s str) -> Self {
        let mut read = Self { text: String::with_capacity(script.len()), inner: Vec::new() };
        let mut rest = script;
        let mut quote = None;
        while let Some(c) = rest.chars().next() {
            let behind = rest.get(c.len_utf8()..).unwrap_or_default();
            rest = match c {
                '\'' | '"' if quote.is_none() || quote == Some(c) => {
                    quote = if quote.is_none() { Some(c) } else { None };
                    read.keep(c, behind)
                }
                '\\' if quote != Some('\'') => {
                    read.text.push(c);
                    let escaped = behind.chars().next();
                    read.text.extend(escaped);
                    behind.get(escaped.map_or(0, char::len_utf8)..).unwrap_or_default()
                }
                '$' | '`' if quote != Some('\'') => read.substitute(c, behind),
                '|' | '&' | ';' | '(' | ')' | '\n' if quote.is_none() => {
                    read.text.extend([" ", END, " "]);
                    behind
                }
                _ => read.keep(c, behind),
            };
        }
        read
    }

    fn keep(&mut self, c: char, behind: &'s str) -> &'s str {
        self.text.push(c);
        behind
    }

    /// Takes out what begins with `c`, and returns what follows it.
    fn substitute(&mut self, c: char, behind: &'s str) -> &'s str {
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let length = if c == '`' {
            let end = behind.find('`').unwrap_or(behind.len());
            self.inner.extend(behind.get(..end));
            end.saturating_add(1)
        } else if let Some(command) = behind.strip_prefix('(') {
            let end = closing(command);
            self.inner.extend(command.get(..end));
            end.saturating_add(2)
        } else if behind.starts_with('{') {
            behind.find('}').unwrap_or(behind.len()).saturating_add(1)
        } else if behind.starts_with(|c: char| c.is_ascii_digit() || "@*#?$!-".contains(c)) {
            1
        } else {
            behind.find(|c| !is_of_name(c)).unwrap_or(behind.len())
        };
        self.text.push_str(if length == 0 { "\\$" } else { VALUE });
        behind.get(length..).unwrap_or_default()
    }
}

/// Where the parenthesis closes that was opened before `text`.
fn closing(text: &str) -> usize {
    let mut depth = 1_usize;
    for (at, c) in text.char_indices() {
        depth = match c {
            '(' => depth.saturating_add(1),
            ')' => depth.saturating_sub(1),
            _ => depth,
        };
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_apart() {
        let commands = |script: &str| {
            let Read { text, inner } = Read::of(script);
            let words = split("sh", &text).unwrap();
            let mut commands: Vec<_> = words.split(|word| word == END).map(|words| words.join(",")).collect();
            commands.extend(inner.into_iter().map(|inner| format!("<{inner}>")));
            commands.retain(|command| !command.is_empty());
            commands.join(" ")
        };
        for (script, expected) in [
            ("a b|c;d&&e\nf", "a,b c d e f"),
            ("a 'b|c' \"d;e\" f\\;g", "a,b|c,d;e,f;g"),
            ("a \"B: $(c `d` (e) f)g\" $H ${I}j $1 $", "a,B: {env:_}g,{env:_},{env:_}j,{env:_},$ <c `d` (e) f>"),
            ("a '$(b)' `c d` \"'$e'\"", "a,$(b),{env:_},'{env:_}' <c d>"),
            ("(a; b \u{e9}\\\u{e9})", "a b,\u{e9}\u{e9}"),
        ] {
            assert_eq!(commands(script), expected, "{script}");
        }
    }
}
