//! The command line that this process was started with, without the options that ask about it.

use std::ffi::OsStr;

use clap::Command;

use crate::error::{Error, Report};

/// A command line: how the program was called, and the words behind it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct OwnCommandLine {
    /// As it was called: a bare name, or a path.
    pub(crate) program: String,
    /// Options, their values, and words that stand among them.
    pub(crate) options: Vec<String>,
    /// What the options say, in their order.
    pub(crate) given: Vec<GivenOption>,
    /// From `--` on: another command, where it is one, or nothing.
    pub(crate) rest: Vec<String>,
}

/// An option with its value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct GivenOption {
    /// Its long name, without hyphens.
    pub(crate) long: String,
    /// Nothing where it takes none.
    pub(crate) value: Option<String>,
}

impl OwnCommandLine {
    /// What `words` say without the options `left_out`. The first word is the program, and `command` is its clap, which has
    /// found no fault with the others.
    ///
    /// # Errors
    /// [`Error::Usage`] for a word that is not UTF-8: no configuration could hold it.
    pub(crate) fn without<W: AsRef<OsStr>>(
        left_out: &[&str],
        words: impl IntoIterator<Item = W>,
        command: &Command,
    ) -> Result<Self, Error> {
        let mut words = words.into_iter().map(text);
        let program = words.next().transpose()?.unwrap_or_default();
        let [mut options, mut rest] = [const { Vec::new() }; 2];
        let mut given = Vec::new();
        while let Some(word) = words.next().transpose()? {
            if word == "--" {
                rest.push(word);
                for word in words.by_ref() {
                    rest.push(word?);
                }
                break;
            }
            let value = if takes_next(&word, command) { words.next().transpose()? } else { None };
            let long = word.split('=').next().filter(|long| long.starts_with("--"));
            if long.is_some_and(|long| left_out.contains(&long)) {
                continue;
            }
            given.extend(read(&word, value.as_deref(), command));
            options.push(word);
            options.extend(value);
        }
        Ok(Self { program, options, given, rest })
    }

    /// Adds a long option and its value behind the others, where it is not among them.
    pub(crate) fn add_unless_given(&mut self, option: &str, value: &str) {
        if self.given.iter().any(|given| option.strip_prefix("--") == Some(&given.long)) {
            return;
        }
        if value.starts_with('-') {
            self.options.push(format!("{option}={value}"));
        } else {
            self.options.extend([option.to_owned(), value.to_owned()]);
        }
    }

    /// The words behind the program.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        self.options.iter().chain(&self.rest).map(String::as_str)
    }
}

/// The options in `word`, of which the last one may have the `value` that is the next word.
fn read(word: &str, value: Option<&str>, command: &Command) -> Vec<GivenOption> {
    let named =
        |long: &str, value: Option<&str>| GivenOption { long: long.to_owned(), value: value.map(str::to_owned) };
    if let Some(long) = word.strip_prefix("--") {
        let (name, attached) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
        let long = find(name, command).and_then(clap::Arg::get_long).unwrap_or(name);
        return vec![named(long, attached.or(value))];
    }
    let mut options = Vec::new();
    let mut shorts = word.strip_prefix('-').unwrap_or_default().chars();
    while let Some(short) = shorts.next() {
        let Some(arg) = command.get_arguments().find(|arg| arg.get_short() == Some(short)) else { break };
        let long = arg.get_long().unwrap_or_default();
        if takes_value(arg) {
            let attached = shorts.as_str();
            let attached = attached.strip_prefix('=').unwrap_or(attached);
            options.push(named(long, if attached.is_empty() { value } else { Some(attached) }));
            break;
        }
        options.push(named(long, None));
    }
    options
}

fn find<'c>(long: &str, command: &'c Command) -> Option<&'c clap::Arg> {
    command.get_arguments().find(|arg| {
        let aliases = arg.get_all_aliases().unwrap_or_default();
        arg.get_long() == Some(long) || aliases.contains(&long)
    })
}

fn takes_value(arg: &clap::Arg) -> bool {
    arg.get_action().takes_values()
}

/// Whether `word` is an option whose value is the next word.
fn takes_next(word: &str, command: &Command) -> bool {
    if let Some(long) = word.strip_prefix("--") {
        return find(long, command).is_some_and(|arg| takes_value(arg) && !arg.is_require_equals_set());
    }
    let Some(shorts) = word.strip_prefix('-') else { return false };
    // Letters may stand together; what follows the first that takes a value is its value.
    let mut shorts = shorts.chars();
    let takes_one = shorts.by_ref().any(|short| {
        let arg = command.get_arguments().find(|arg| arg.get_short() == Some(short));
        arg.is_some_and(takes_value)
    });
    takes_one && shorts.as_str().is_empty()
}

fn text(word: impl AsRef<OsStr>) -> Result<String, Error> {
    word.as_ref().to_str().map(str::to_owned).ok_or_else(|| {
        let fact = "a word of the command line is not UTF-8";
        Error::Usage(Report::new(fact, "clients keep command lines in text files", "write it in UTF-8"))
    })
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;
    use crate::program::options::Options;

    #[derive(Parser)]
    struct Program {
        verb: Option<String>,
        #[arg(short, long)]
        all: bool,
        #[arg(last = true)]
        wrapped: Vec<String>,
        #[command(flatten)]
        options: Options,
    }

    #[test]
    fn what_asks_about_it_is_left_out_and_nothing_else() {
        for (line, options, rest) in [
            ("--explain", "", ""),
            ("--print-config=codex --all", "--all", ""),
            ("--timeout 1s --explain", "--timeout 1s", ""),
            ("--explain verb", "verb", ""),
            ("--print-config codex verb", "verb", ""),
            ("--nonce --explain", "--nonce --explain", ""),
            ("--nonce=--explain --explain", "--nonce=--explain", ""),
            ("--nonce -- --explain", "--nonce --", ""),
            ("-H --explain", "-H --explain", ""),
            ("-H--explain --explain", "-H--explain", ""),
            ("-aH --print-config --explain", "-aH --print-config", ""),
            ("-aHa --explain --now -1", "-aHa --now -1", ""),
            ("--explain --all -- hdr --explain --print-config --", "--all", "-- hdr --explain --print-config --"),
        ] {
            let split = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            let words = [split("program"), split(line)].concat();
            Program::try_parse_from(&words).unwrap();
            let found = OwnCommandLine::without(&["--explain", "--print-config"], words, &Program::command()).unwrap();
            assert_eq!((found.options, found.rest), (split(options), split(rest)), "{line}");
        }
    }

    #[test]
    fn options_are_told_from_their_values() {
        for (line, expected) in [
            ("--explain --timeout 1s --nonce=a=b", "explain=- timeout=1s nonce=a=b"),
            ("-H a -Hb -H=c -aHd -aH e", "header=a header=b header=c all=- header=d all=- header=e"),
            ("--nonce -H verb --all -- --now 1", "nonce=-H all=-"),
            ("--print-config=codex --header= --check=codex --add -x", "header= check=codex add=-x"),
        ] {
            let words = format!("program {line}").split(' ').map(str::to_owned).collect::<Vec<_>>();
            let found = OwnCommandLine::without(&["--print-config"], words, &Program::command()).unwrap();
            let shown = |given: GivenOption| format!("{}={}", given.long, given.value.as_deref().unwrap_or("-"));
            assert_eq!(found.given.into_iter().map(shown).collect::<Vec<_>>().join(" "), expected, "{line}");
        }
    }
}
