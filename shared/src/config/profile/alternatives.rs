//! Options that take each other's place, and the secrets of a profile that the command line would send elsewhere.

use clap::Arg;
use clap::parser::ValueSource;

use super::ParsedArgs;
use crate::config::file::Table;

/// How the options of a helper displace those of a profile. All names are those of long options, `tls-*` is each that begins
/// with `tls-`, and a name that the helper does not have does no harm.
#[derive(Debug)]
pub struct Alternatives {
    /// Sets of which one on the command line displaces all that a profile gives.
    pub sets: &'static [&'static [&'static str]],
    /// What names the recipient of a request, and so of the secrets in it.
    pub recipients: &'static [&'static str],
    /// What names one only where all of them are given.
    pub together: &'static [&'static str],
    /// What names one where no recipient is named anywhere.
    pub implied: &'static [&'static str],
    /// Recipients that are sent nothing: they run here.
    pub local: &'static [&'static str],
    /// What proves to the recipient who asks, and with what right.
    pub credentials: &'static [&'static str],
    /// What else may hold secrets for it.
    pub parameters: &'static [&'static str],
    /// What goes into the headers, and so to the MCP server.
    pub headers: &'static [&'static str],
}

impl Alternatives {
    /// Those of a helper that sends no request.
    pub const NONE: Self = Self {
        sets: &[],
        recipients: &[],
        together: &[],
        implied: &[],
        local: &[],
        credentials: &[],
        parameters: &[],
        headers: &[],
    };
}

/// Whether `set` has the option `name`.
pub(super) fn has(set: &[&str], name: &str) -> bool {
    set.iter().any(|member| match member.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => *member == name,
    })
}

/// How a template names a place that secrets are read from.
const SOURCES: [&str; 5] = ["{env:", "{file:", "{json:", "{cmd:", "{basic:"];

impl<'g> ParsedArgs<'g> {
    /// Whether the command line gives this option, or another one of its set.
    pub(super) fn replaces(self, option: &Arg) -> bool {
        let name = option.get_long().unwrap_or_default();
        let mut sets = self.alternatives.sets.iter().filter(|set| has(set, name));
        self.is_given(option) || sets.any(|set| self.given_of(set).next().is_some())
    }

    fn is_given(self, option: &Arg) -> bool {
        self.matches.value_source(option.get_id().as_str()) == Some(ValueSource::CommandLine)
    }

    /// The options of `set` that the command line gives.
    pub(super) fn given_of<'s>(self, set: &'s [&'s str]) -> impl Iterator<Item = &'g str> + use<'g, 's> {
        let given = self.options().filter(move |(_, option)| self.is_given(option));
        given.map(|(name, _)| name).filter(move |name| has(set, name))
    }

    /// The options on the command line that send the secrets of the profile in `section` elsewhere.
    pub(super) fn other_recipient(self, section: Table<'_>) -> Option<Vec<String>> {
        let Alternatives { recipients, together, implied, .. } = self.alternatives;
        let options = |names: &[&str]| names.iter().map(|name| format!("--{name}")).collect();
        if let Some(name) = self.given_of(recipients).next() {
            return Some(options(&[name]));
        }
        if !together.is_empty() && together.iter().all(|name| self.given_of(&[name]).next().is_some()) {
            return Some(options(together));
        }
        let is_named = section.items().any(|item| has(recipients, item.key()));
        self.given_of(implied).next().filter(|_| !is_named).map(|name| options(&[name]))
    }

    /// Whether the option `name` of a profile holds a secret for the recipient, or reads one into what is sent there.
    pub(super) fn is_for_recipient<'v>(self, name: &str, mut values: impl Iterator<Item = &'v str>) -> bool {
        let Alternatives { credentials, parameters, headers, .. } = self.alternatives;
        let reads_a_secret = |text: &str| SOURCES.iter().any(|source| text.contains(source));
        has(credentials, name) || has(parameters, name) || !has(headers, name) && values.any(reads_a_secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_its_names_and_what_begins_like_one() {
        for (name, expected) in [("a-b", true), ("a-", false), ("tls-", true), ("tls-cert", true), ("tl", false)] {
            assert_eq!(has(&["a-b", "tls-*"], name), expected, "{name}");
        }
    }
}
