//! The options in a profile: the long options of the helper, by the names that clap knows them by.

use std::ffi::OsString;
use std::path::Path;

use clap::parser::ValueSource;
use clap::{Arg, ArgAction};

use super::{Given, ProfileOption};
use crate::config::{Item, Table};
use crate::error::{Error, nearest, quotable};
use crate::template::anchored;

/// Options that say what to do with a command line, or belong to a verb, and so are none of a profile.
const NEVER: [&str; 9] =
    ["all", "check", "config", "help", "json", "print-config", "profile", "refresh-token-too", "version"];

/// The options in `section`, and the names of those that the command line replaces; paths are relative to `folder`.
///
/// # Errors
/// [`Error::Usage`] with the line of the first key that is no option, or whose value the option does not take.
pub(super) fn read(
    section: Table<'_>,
    folder: &Path,
    given: Given<'_>,
) -> Result<(Vec<ProfileOption>, Vec<String>), Error> {
    let (mut options, mut replaced) = (Vec::new(), Vec::new());
    let mut items: Vec<_> = section.items().collect();
    items.sort_by_key(|item| item.line());
    for item in items {
        let option = given.option(item.key()).ok_or_else(|| item.unknown(given.names()))?;
        let words = words(option, item, folder)?;
        let name = format!("--{}", item.key());
        if given.replaces(option) {
            replaced.push(name);
        } else if !words.is_empty() {
            options.push(ProfileOption { name, line: item.line(), words });
        }
    }
    Ok((options, replaced))
}

impl<'a> Given<'a> {
    /// The long options that a profile may give.
    fn options(self) -> impl Iterator<Item = (&'a str, &'a Arg)> {
        let long = self.parser.get_arguments().filter_map(|option| option.get_long().map(|name| (name, option)));
        long.filter(|(name, option)| !NEVER.contains(name) && !option.is_hide_set())
    }

    fn option(self, name: &str) -> Option<&'a Arg> {
        self.options().find(|(known, _)| *known == name).map(|(_, option)| option)
    }

    fn names(self) -> impl Iterator<Item = &'a str> {
        self.options().map(|(name, _)| name)
    }

    /// Whether the command line gives this option, or another one of its set.
    fn replaces(self, option: &Arg) -> bool {
        let is_given =
            |option: &Arg| self.matches.value_source(option.get_id().as_str()) == Some(ValueSource::CommandLine);
        let name = option.get_long().unwrap_or_default();
        let mut sets = self.alternatives.iter().filter(|set| set.contains(&name));
        is_given(option) || sets.any(|set| set.iter().filter_map(|name| self.option(name)).any(is_given))
    }
}

/// The option as it stands on a command line.
fn words(option: &Arg, item: Item<'_>, folder: &Path) -> Result<Vec<OsString>, Error> {
    let name = item.key();
    let with_value = |item: Item<'_>| {
        let text = item.word()?;
        check_choice(option, item, text)?;
        Ok(OsString::from(format!("--{name}={}", located(option, text, folder))))
    };
    match option.get_action() {
        ArgAction::SetTrue => Ok(item.flag()?.then(|| format!("--{name}").into()).into_iter().collect()),
        ArgAction::Append => item.each().map(with_value).collect(),
        _ => Ok(vec![with_value(item)?]),
    }
}

/// Refuses a value that is none of those the option has.
fn check_choice(option: &Arg, item: Item<'_>, text: &str) -> Result<(), Error> {
    let choices = option.get_possible_values();
    if choices.is_empty() || choices.iter().any(|choice| choice.matches(text, false)) {
        return Ok(());
    }
    let shown = choices.iter().filter(|choice| !choice.is_hide_set());
    let names: Vec<_> = shown.map(clap::builder::PossibleValue::get_name).collect();
    let remedy = match nearest(text, names.iter().copied()) {
        Some(near) => format!("write {near}"),
        None => format!("write one of {}", names.join(" ")),
    };
    Err(item.error(format_args!("it has no value {}", quotable(text)), remedy))
}

/// A value in which paths relative to the file that it stands in have become absolute.
fn located(option: &Arg, text: &str, folder: &Path) -> String {
    let place = |path: &str| {
        if Path::new(path).is_absolute() || path.starts_with("~/") || path.is_empty() {
            return path.to_owned();
        }
        folder.join(path).to_string_lossy().into_owned()
    };
    let kind = option.get_value_names().and_then(|names| names.first()).map_or("", |name| name.as_str());
    match kind {
        "SOURCE" => match text.strip_prefix("file:") {
            Some(path) => format!("file:{}", place(path)),
            None => text.to_owned(),
        },
        "FILE|off" if text == "off" => text.to_owned(),
        "FILE" | "FILE|off" | "DIR" => place(text),
        "NAME: TEMPLATE" | "TEMPLATE" | "TEXT" | "NAME=TEXT" => anchored(text, place),
        _ => text.to_owned(),
    }
}
