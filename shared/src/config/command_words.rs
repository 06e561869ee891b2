//! Reads plain command lines without clap, which takes longer to build its parser than a helper takes for everything else.
//! What is not plain, or not right, is left to clap and so are all messages: where this reads a command line, clap reads
//! the same from it.

use std::ffi::OsString;

use clap::ValueEnum;

/// Options that plain words can be read into. Each type names its options here once more; one that it leaves out is left
/// to clap.
pub trait FromWords: Sized {
    /// The options as far as `words` give them. Whether that is the whole command line is known from the words that are left.
    fn from_words(words: &mut CommandWords<'_>) -> Self;
}

/// The words of a command line behind the name of the program, each of which is read once.
pub struct CommandWords<'w> {
    words: Vec<Word<'w>>,
    /// What stands behind `--`.
    rest: Option<&'w [OsString]>,
    is_plain: bool,
}

/// A word before `--`.
struct Word<'w> {
    /// Up to its `=`, where it begins with a hyphen.
    text: &'w str,
    /// Behind its `=`.
    value: Option<&'w str>,
    is_read: bool,
}

impl<'w> CommandWords<'w> {
    /// Those of `arguments`; `None` where one is not UTF-8.
    pub(crate) fn new(arguments: &'w [OsString]) -> Option<Self> {
        let end = arguments.iter().position(|word| word == "--");
        let (before, rest) = match end.and_then(|end| arguments.split_at_checked(end)) {
            Some((before, rest)) => (before, rest.get(1..)),
            None => (arguments, None),
        };
        let words = before.iter().map(|word| Some(Word::new(word.to_str()?)));
        Some(Self { words: words.collect::<Option<_>>()?, rest, is_plain: true })
    }

    /// Whether the flag `name` is given.
    pub fn flag(&mut self, name: &str) -> bool {
        let mut given = self.words.iter_mut().filter(|word| word.text == name && word.value.is_none());
        let Some(word) = given.next() else { return false };
        word.is_read = true;
        true
    }

    /// The value of the option `name`, where it is given.
    pub fn text(&mut self, name: &str) -> Option<String> {
        let place = self.words.iter().position(|word| word.text == name)?;
        Some(self.value(place)?.to_owned())
    }

    /// The values of an option that may be repeated.
    pub fn texts(&mut self, names: &[&str]) -> Vec<String> {
        let mut values = Vec::new();
        for place in 0..self.words.len() {
            if self.words.get(place).is_some_and(|word| names.contains(&word.text)) {
                values.extend(self.value(place).map(str::to_owned));
            }
        }
        values
    }

    /// The value of the option `name`, which is one of a list.
    pub fn choice<T: ValueEnum>(&mut self, name: &str) -> Option<T> {
        let place = self.words.iter().position(|word| word.text == name)?;
        let choice = T::from_str(self.value(place)?, false).ok();
        self.is_plain &= choice.is_some();
        choice
    }

    /// The words behind `--`.
    pub fn rest(&mut self) -> Vec<String> {
        let Some(rest) = self.rest.take() else { return Vec::new() };
        let words: Option<Vec<_>> = rest.iter().map(|word| word.to_str().map(str::to_owned)).collect();
        self.is_plain &= words.as_ref().is_some_and(|words| !words.is_empty());
        words.unwrap_or_default()
    }

    /// Whether every word was read, and each was plain.
    pub(crate) fn are_all_read(&self) -> bool {
        self.is_plain && self.rest.is_none() && self.words.iter().all(|word| word.is_read)
    }

    /// The value of the option at `place`: behind its `=`, else the next word, which must not look like an option.
    fn value(&mut self, place: usize) -> Option<&'w str> {
        let option = self.words.get_mut(place)?;
        option.is_read = true;
        let value = match option.value {
            Some(value) => Some(value),
            None => {
                self.words.get_mut(place.saturating_add(1)).filter(|next| !next.text.starts_with('-')).map(|next| {
                    next.is_read = true;
                    next.text
                })
            }
        };
        let value = value.filter(|value| !value.is_empty());
        self.is_plain &= value.is_some();
        value
    }
}

impl<'w> Word<'w> {
    fn new(text: &'w str) -> Self {
        let split = if text.starts_with("--") { text.split_once('=') } else { None };
        let (text, value) = split.map_or((text, None), |(name, value)| (name, Some(value)));
        Self { text, value, is_read: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a flag `-f`, an option `--one` and a repeatable option `--many` say, where the words are plain.
    fn read(line: &str) -> Option<(bool, [Vec<String>; 3])> {
        let words: Vec<OsString> = line.split_whitespace().map(Into::into).collect();
        let mut words = CommandWords::new(&words).unwrap();
        let flag = words.flag("-f");
        let read = (flag, [words.text("--one").into_iter().collect(), words.texts(&["-m", "--many"]), words.rest()]);
        words.are_all_read().then_some(read)
    }

    #[test]
    fn plain_words_are_read() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        assert_eq!(read(""), Some((false, [const { Vec::new() }; 3])));
        assert_eq!(
            read("-m a --one=b=c -f --many=d -m e -- --one -f --"),
            Some((true, [texts(&["b=c"]), texts(&["a", "d", "e"]), texts(&["--one", "-f", "--"])]))
        );
    }

    #[test]
    fn what_is_not_plain_is_left_to_clap() {
        for line in [
            "-x",
            "x",
            "--on a",
            "--one",
            "--one=",
            "--one a b",
            "--one a --one b",
            "--one -- a",
            "--one -1",
            "-f -f",
            "-f=x",
            "-fm a",
            "-ma",
            "-m=a",
            "--",
            "- a",
            "--many a -f --help",
            "-f --version",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn words_that_are_no_text_are_left_to_clap() {
        use std::os::unix::ffi::OsStringExt;
        let bytes = || OsString::from_vec(vec![b'a', 0xff]);
        assert!(CommandWords::new(&[bytes()]).is_none());
        let behind = ["--".into(), bytes()];
        let mut words = CommandWords::new(&behind).unwrap();
        assert!(words.rest().is_empty() && !words.are_all_read());
    }
}
