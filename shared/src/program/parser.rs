//! Parsing a command line with clap, and what clap has against one: for people, and as data for the profile that gave an
//! option. A complaint repeats nothing that may be a secret.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgMatches, Command};

use crate::error::is_plain_word;

/// What the parser has against a command line.
pub(crate) struct Complaint {
    /// In short, on one line.
    pub(crate) text: String,
    /// The long options that it is about, with their hyphens.
    pub(crate) options: Vec<String>,
}

impl Complaint {
    /// What `error` of `parser` says first; advice about command lines follows it.
    ///
    /// Clap makes text of an error in one piece only, with how the helper is called behind an empty line. That is too much
    /// for a line of the log, or for a mistake in a profile.
    #[cold]
    pub(crate) fn new(error: &clap::Error, parser: &Command) -> Self {
        let text = error.to_string();
        let paragraph = text.split("\n\n").next().unwrap_or_default();
        let text = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
        Self { text, options: options(error, parser) }
    }

    /// The text without clap's word for an error before it, which has another one in a message of ours.
    pub(crate) fn cause(&self) -> &str {
        self.text.strip_prefix("error: ").unwrap_or(&self.text)
    }
}

/// The options of `parser` that `error` is about.
fn options(error: &clap::Error, parser: &Command) -> Vec<String> {
    let mut shown = Vec::new();
    for kind in [ContextKind::InvalidArg, ContextKind::PriorArg] {
        match error.get(kind) {
            Some(ContextValue::String(argument)) => shown.push(argument.as_str()),
            Some(ContextValue::Strings(arguments)) => shown.extend(arguments.iter().map(String::as_str)),
            _ => {}
        }
    }
    let is_shown = |argument: &&clap::Arg| shown.iter().any(|shown| *shown == argument.to_string());
    let long = parser.get_arguments().filter(is_shown).filter_map(clap::Arg::get_long);
    long.map(|name| format!("--{name}")).collect()
}

/// Parses a command line. A stray word or a value may be a secret, so a complaint about one does not repeat it.
pub(crate) fn parse(parser: &mut Command, words: Vec<OsString>) -> Result<ArgMatches, clap::Error> {
    parser.try_get_matches_from_mut(words).map_err(|mut error| {
        let not_shown = || ContextValue::String("(not shown, it may be a secret)".to_owned());
        let shows_a_word = match error.get(ContextKind::InvalidArg) {
            Some(ContextValue::String(argument)) => !looks_like_an_option(argument),
            _ => false,
        };
        if error.kind() == ErrorKind::UnknownArgument {
            // How to pass it as a value, which no helper takes; the option that it is near to stays.
            error.remove(ContextKind::Suggested);
            if shows_a_word {
                error.insert(ContextKind::InvalidArg, not_shown());
            }
        }
        let is_shown = match error.get(ContextKind::InvalidValue) {
            Some(ContextValue::String(value)) => value.is_empty() || is_of_list(&error, value) && is_plain_word(value),
            Some(_) => false,
            None => true,
        };
        if !is_shown {
            error.insert(ContextKind::InvalidValue, not_shown());
        }
        error
    })
}

/// Whether `value` is of an option for which there is a list of values, and no stray word.
fn is_of_list(error: &clap::Error, value: &str) -> bool {
    let has_list = matches!(error.get(ContextKind::ValidValue), Some(ContextValue::Strings(list)) if !list.is_empty());
    let is_of_option =
        matches!(error.get(ContextKind::InvalidArg), Some(ContextValue::String(name)) if name.starts_with('-'));
    has_list && is_of_option && !value.starts_with('-')
}

fn looks_like_an_option(argument: &str) -> bool {
    let name = argument.strip_prefix("--").or_else(|| argument.strip_prefix('-')).unwrap_or_default();
    (1..30).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}
