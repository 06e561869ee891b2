//! What a client puts other text in place of, when it reads the command line of a server from its configuration.

use super::Configuration;
use crate::config::profile::helper_of;
use crate::error::{Error, Report, quotable};
use crate::program::command_line::OwnCommandLine;

/// How the variables of Cursor and VS Code begin.
const OF_EDITORS: [&str; 9] =
    ["env:", "input:", "config:", "command:", "userHome", "workspaceFolder", "file", "pathSeparator", "/"];

/// What to say of a command line in which the client replaces something.
///
/// # Errors
/// [`Error::Usage`] where that would alter a command, which is to find its variables itself.
pub(super) fn warning(client: Configuration, line: &OwnCommandLine) -> Result<Option<String>, Error> {
    let foreign = line.rest.get(1).is_some_and(|program| helper_of(program).is_none());
    let mut before = "";
    let mut warning = None;
    for (word, is_of_command) in
        line.options.iter().map(|word| (word, false)).chain(line.rest.iter().map(|word| (word, foreign)))
    {
        let option = std::mem::replace(&mut before, word);
        let Some(found) = replaced(client, word) else { continue };
        if is_of_command || word.contains("cmd:") || option == "--command" || word.starts_with("--command=") {
            let fact = format_args!("a command in the command line cannot be written for {}", client.client());
            let cause = format_args!("it would replace {} before the command runs", quotable(found));
            return Err(Error::Usage(Report::new(fact, cause, "put the command into a script, and name the script")));
        }
        warning.get_or_insert_with(|| {
            format!(
                "{} replaces {} when it starts the server; write the text itself where that is not meant",
                client.client(),
                quotable(found)
            )
        });
    }
    Ok(warning)
}

/// The first text in `word` that `client` replaces.
fn replaced(client: Configuration, word: &str) -> Option<&str> {
    word.match_indices('$').find_map(|(at, _)| {
        let from = word.get(at..)?;
        let inner = from.strip_prefix("${").and_then(|inner| Some(inner.split_once('}')?.0));
        let is_replaced = match client {
            Configuration::ClaudeCode | Configuration::ClaudePlugin => inner.is_some_and(is_variable),
            Configuration::Cursor | Configuration::VsCode => {
                inner.is_some_and(|inner| OF_EDITORS.iter().any(|known| inner.starts_with(known)))
            }
            Configuration::Gemini => return of_gemini(from, inner),
            // That of opencode is escaped, and the others read words as they are.
            Configuration::ClaudeDesktop | Configuration::Codex | Configuration::Opencode => false,
        };
        let inner = inner.filter(|_| is_replaced)?;
        from.get(..inner.len().saturating_add(3))
    })
}

/// `NAME`, or `NAME:-` and a default.
fn is_variable(inner: &str) -> bool {
    let name = inner.split_once(":-").map_or(inner, |(name, _)| name);
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// `${…}`, or `$` and a name.
fn of_gemini<'w>(from: &'w str, inner: Option<&str>) -> Option<&'w str> {
    if let Some(inner) = inner.filter(|inner| !inner.is_empty()) {
        return from.get(..inner.len().saturating_add(3));
    }
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let name = from.strip_prefix('$')?;
    let length = name.find(|c| !is_of_name(c)).unwrap_or(name.len());
    (length > 0).then(|| from.get(..length.saturating_add(1))).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_replaces_what_is_a_variable_to_it() {
        use Configuration::{ClaudeCode, ClaudeDesktop, Codex, Cursor, Gemini, Opencode, VsCode};
        for (word, by) in [
            ("a ${HOME}/b", &[ClaudeCode, Gemini][..]),
            ("${HOME:-/root}", &[ClaudeCode, Gemini]),
            ("a$HOME", &[Gemini]),
            ("${env:HOME}", &[Cursor, VsCode, Gemini]),
            ("${workspaceFolder}/k", &[ClaudeCode, Cursor, VsCode, Gemini]),
            ("${input:key}", &[Cursor, VsCode, Gemini]),
            ("{env:HOME}", &[]),
            ("$", &[]),
            ("$$ $. ${", &[]),
            ("${}", &[]),
        ] {
            for client in [ClaudeCode, ClaudeDesktop, Codex, Cursor, VsCode, Gemini, Opencode] {
                assert_eq!(replaced(client, word).is_some(), by.contains(&client), "{word} {client:?}");
            }
        }
        assert_eq!(replaced(Gemini, "a $NAME."), Some("$NAME"));
        assert_eq!(replaced(ClaudeCode, "a $B ${A:-b}c"), Some("${A:-b}"));
    }
}
