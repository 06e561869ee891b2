//! The options in a profile: the long options of the helper, by the names that clap knows them by.

use std::ffi::OsString;
use std::path::Path;

use clap::{Arg, ArgAction, Command};

use super::alternatives::has;
use super::{Located, ParsedArgs, ProfileOption};
use crate::config::file::{Item, Table};
use crate::error::{Error, OutsideText, Redactor, nearest};

/// Options that say what to do with a command line, or belong to a verb, and so are none of a profile.
const NEVER: [&str; 10] =
    ["all", "check", "config", "help", "json", "no-revoke", "print-config", "profile", "refresh-token-too", "version"];

/// What a profile has for a helper.
#[derive(Debug, Default)]
pub(super) struct ProfileOptions {
    /// What it adds to the command line.
    pub(super) used: Vec<ProfileOption>,
    /// Options that the command line replaced or displaced.
    pub(super) replaced: Vec<String>,
    pub(super) left_out: LeftOut,
}

/// Options whose secrets were not given for the recipient that the command line names.
#[derive(Debug, Default)]
pub(super) struct LeftOut {
    /// The options that name the recipient.
    pub(super) by: Vec<String>,
    /// Whether nothing is sent to it.
    pub(super) is_local: bool,
    /// Those that are credentials.
    pub(super) credentials: Vec<String>,
    /// The others.
    pub(super) others: Vec<String>,
    /// Whether the command line gives another credential.
    pub(super) has_credential: bool,
}

/// The options in `section`, as far as the command line leaves them; paths are relative to `folder`.
///
/// # Errors
/// [`Error::Usage`] with the line of the first key that is no option, or whose value the option does not take.
pub(super) fn read(section: Table<'_>, folder: &Path, given: ParsedArgs<'_>) -> Result<ProfileOptions, Error> {
    let mut read = ProfileOptions::default();
    let other_recipient = given.other_recipient(section);
    let mut items: Vec<_> = section.items().collect();
    items.sort_by_key(|item| item.line());
    for item in items {
        let option = given.option(item.key()).ok_or_else(|| item.unknown(given.names()))?;
        let words = words(option, item, folder, given.located)?;
        let name = format!("--{}", item.key());
        if given.replaces(option) {
            read.replaced.push(name);
        } else if other_recipient.is_some()
            && given.is_for_recipient(item.key(), words.iter().filter_map(|word| word.to_str()))
        {
            let is_credential = has(given.alternatives.credentials, item.key());
            if is_credential { &mut read.left_out.credentials } else { &mut read.left_out.others }.push(name);
        } else if !words.is_empty() {
            read.used.push(ProfileOption { name, line: item.line(), words });
        }
    }
    if let Some(by) = other_recipient {
        read.left_out.is_local = given.given_of(given.alternatives.local).next().is_some();
        read.left_out.has_credential = given.given_of(given.alternatives.credentials).next().is_some();
        read.left_out.by = by;
    }
    Ok(read)
}

/// The option of this long name, where a profile may give it.
pub(crate) fn may_hold<'p>(parser: &'p Command, long: &str) -> Option<&'p Arg> {
    options(parser).find(|(name, _)| *name == long).map(|(_, option)| option)
}

/// The long options that a profile may give.
fn options(parser: &Command) -> impl Iterator<Item = (&str, &Arg)> {
    let long = parser.get_arguments().filter_map(|option| option.get_long().map(|name| (name, option)));
    long.filter(|(name, option)| !NEVER.contains(name) && !option.is_hide_set())
}

impl<'a> ParsedArgs<'a> {
    /// The long options that a profile may give.
    pub(super) fn options(self) -> impl Iterator<Item = (&'a str, &'a Arg)> {
        options(self.parser)
    }

    fn option(self, name: &str) -> Option<&'a Arg> {
        may_hold(self.parser, name)
    }

    fn names(self) -> impl Iterator<Item = &'a str> {
        self.options().map(|(name, _)| name)
    }
}

/// The option as it stands on a command line.
fn words(option: &Arg, item: Item<'_>, folder: &Path, located: Located) -> Result<Vec<OsString>, Error> {
    let name = item.key();
    let with_value = |item: Item<'_>| {
        let text = item.word()?;
        check_choice(option, item, text)?;
        Ok(OsString::from(format!("--{name}={}", located(kind(option), text, folder))))
    };
    match option.get_action() {
        ArgAction::SetTrue => Ok(item.flag()?.then(|| format!("--{name}").into()).into_iter().collect()),
        ArgAction::Append => item.each().map(with_value).collect(),
        _ => Ok(vec![with_value(item)?]),
    }
}

/// Refuses a value that is none of those the option has. Where these are not shown, the option takes others too.
fn check_choice(option: &Arg, item: Item<'_>, text: &str) -> Result<(), Error> {
    let choices = option.get_possible_values();
    if option.is_hide_possible_values_set()
        || choices.is_empty()
        || choices.iter().any(|choice| choice.matches(text, false))
    {
        return Ok(());
    }
    let shown = choices.iter().filter(|choice| !choice.is_hide_set());
    let names: Vec<_> = shown.map(clap::builder::PossibleValue::get_name).collect();
    let remedy = match nearest(text, names.iter().copied()) {
        Some(near) => format!("write {near}"),
        None => format!("write one of {}", names.join(" ")),
    };
    Err(item.error(format_args!("it has no value {}", OutsideText::new(text).shown(&Redactor::default())), remedy))
}

/// What kind of value an option takes, as its help names it: `SOURCE`, say.
pub(crate) fn kind(option: &Arg) -> &str {
    option.get_value_names().and_then(|names| names.first()).map_or("", |name| name.as_str())
}
