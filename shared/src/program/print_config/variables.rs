//! The variables that a command line reads its secrets from. Not every client hands its whole environment to a server.

use super::bare::placeholders;
use crate::config::profile::helper_of;
use crate::program::command_line::OwnCommandLine;

/// Where hdr-hmac reads its key, unless an option or a profile says otherwise.
const KEY_OF_HMAC: &str = "SECRET_KEY";

/// The names of the variables that `line` names as a source, each once. None where a dotenv file may have them.
pub(super) fn of(line: &OwnCommandLine) -> Vec<String> {
    let is_given = |option: &str, words: &[String]| {
        words.iter().any(|word| word.strip_prefix(option).is_some_and(|rest| rest.is_empty() || rest.starts_with('=')))
    };
    let mut names = Vec::new();
    if line.words().any(|word| word == "--env-file" || word.starts_with("--env-file=")) {
        return names;
    }
    let mut add = |name: &str| {
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if is_name && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    };
    for word in line.words() {
        let value = if word.starts_with("--") { word.split_once('=').map_or("", |(_, value)| value) } else { word };
        value.strip_prefix("env:").into_iter().for_each(&mut add);
        for placeholder in placeholders(word) {
            let source = match placeholder.strip_prefix("basic:") {
                Some(pair) => pair.split_once(':').map(|(_, source)| source),
                None => Some(placeholder),
            };
            source.and_then(|source| source.strip_prefix("env:")).into_iter().for_each(&mut add);
        }
    }
    let is_hmac = |word: &String| helper_of(word) == Some("hdr-hmac");
    if line.rest.iter().any(is_hmac) && !is_given("--key", &line.rest) && !is_given("--profile", &line.rest) {
        add(KEY_OF_HMAC);
    }
    names
}
