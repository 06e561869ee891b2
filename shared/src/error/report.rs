//! What can go wrong, sorted by what the reader does next: a message, and as data what it is about. Nothing reads a message
//! to learn something, and here alone one becomes a line.

use std::fmt;

use crate::error::text::one_line;

/// A failure of a run. The variant is what the reader does next, and decides the exit code.
#[derive(Debug)]
pub enum Error {
    /// Change the command line or the configuration.
    Usage(Report),
    /// Provide the secret or another key.
    Secret(Report),
    /// Change what the authorization server is asked: it refused, or answered what is no answer.
    Refused(Report),
    /// Try again: something took too long, or the network or the server failed.
    Transient(Report),
    /// Change what goes into a header: clients would reject the output.
    Headers(Report),
    /// Look at the machine: none of the above.
    Other(Report),
    /// Look at the program that was wrapped: it ended with this code, which none of ours do.
    Wrapped(u8, Report),
}

/// A fact, its cause and the remedy, and what they are about; shown as one line `fact: cause; remedy`.
#[derive(Debug)]
pub struct Report(Box<Parts>);

#[derive(Debug)]
struct Parts {
    fact: String,
    /// What follows the fact in parentheses.
    remark: Option<String>,
    /// The cause and the remedy, unless the fact is the whole message of another program.
    advice: Option<[String; 2]>,
    about: About,
}

/// What an error is about. All of it may be absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Options of this command line: `--scope`, say, and `-H` for `--header`.
    pub options: Vec<String>,
    /// A header that is printed, by its name.
    pub header: Option<String>,
    /// The profile that gives the option.
    pub profile: Option<String>,
    /// Where in a configuration file the mistake stands.
    pub location: Option<Location>,
    /// The program that was wrapped, or whose output it was.
    pub program: Option<String>,
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file as messages name it.
    pub file: String,
    /// Its number, from 1.
    pub line: usize,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} line {}", self.file, self.line)
    }
}

impl Report {
    /// The three parts of a message that is about no option. None of them may hold a secret.
    #[must_use]
    pub fn new(fact: impl fmt::Display, cause: impl fmt::Display, remedy: impl fmt::Display) -> Self {
        Self::write("", &fact, &cause, &remedy)
    }

    /// A message about `option`, whose name the fact begins with: `fact` is what follows it.
    #[must_use]
    pub fn of(option: &str, fact: impl fmt::Display, cause: impl fmt::Display, remedy: impl fmt::Display) -> Self {
        Self::write(option, &fact, &cause, &remedy).and(option)
    }

    /// A message about the header `name`: `fact` is what follows the name.
    #[must_use]
    pub fn of_header(name: &str, fact: impl fmt::Display, cause: impl fmt::Display, remedy: impl fmt::Display) -> Self {
        Self::write("header ", &format_args!("{name}{fact}"), &cause, &remedy).about_header(name)
    }

    /// A message about a line of a configuration file: `fact` is what follows its number.
    #[must_use]
    pub(crate) fn at(
        location: Location,
        fact: impl fmt::Display,
        cause: impl fmt::Display,
        remedy: impl fmt::Display,
    ) -> Self {
        Self::write("", &format_args!("{location}{fact}"), &cause, &remedy).about_line(location)
    }

    /// A message about a line of a profile that the fact names.
    #[must_use]
    pub(crate) fn of_profile(
        name: &str,
        location: Location,
        cause: impl fmt::Display,
        remedy: impl fmt::Display,
    ) -> Self {
        let mut report = Self::write("profile ", &format_args!("{name} of {location}"), &cause, &remedy);
        report.0.about.profile = Some(name.to_owned());
        report.about_line(location)
    }

    /// The message of the program `name`, as it said it.
    #[cfg(feature = "tenant")]
    pub(crate) fn of_program(name: &str, message: impl fmt::Display) -> Self {
        let about = About { program: Some(name.to_owned()), ..About::default() };
        Self(Box::new(Parts { fact: format!("{name}: {message}"), remark: None, advice: None, about }))
    }

    /// Once for all messages: they are many, and a helper should be small.
    #[cold]
    #[inline(never)]
    fn write(subject: &str, fact: &dyn fmt::Display, cause: &dyn fmt::Display, remedy: &dyn fmt::Display) -> Self {
        let advice = Some([cause.to_string(), remedy.to_string()]);
        Self(Box::new(Parts { fact: format!("{subject}{fact}"), remark: None, advice, about: About::default() }))
    }

    /// The same message, which is about `option` too.
    #[must_use]
    pub fn and(mut self, option: &str) -> Self {
        self.0.about.options.push(option.to_owned());
        self
    }

    /// The same message, which is about all of `options` too.
    #[must_use]
    pub fn and_all<'o>(self, options: impl IntoIterator<Item = &'o str>) -> Self {
        options.into_iter().fold(self, Self::and)
    }

    /// The same message, which is about the header `name`.
    #[must_use]
    pub fn about_header(mut self, name: &str) -> Self {
        self.0.about.header = Some(name.to_owned());
        self
    }

    /// The same message, which is about a line of a file.
    #[must_use]
    pub(crate) fn about_line(mut self, location: Location) -> Self {
        self.0.about.location = Some(location);
        self
    }
}

impl Error {
    /// The exit code, between 1 and 6; that of a wrapped program may be another one.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Other(_) => 1,
            Self::Usage(_) => 2,
            Self::Secret(_) => 3,
            Self::Refused(_) => 4,
            Self::Transient(_) => 5,
            Self::Headers(_) => 6,
            Self::Wrapped(code, _) => *code,
        }
    }

    /// What it is about.
    #[must_use]
    pub fn about(&self) -> &About {
        &self.report().0.about
    }

    /// Whether it is about the option `name`, `--scope` say.
    #[must_use]
    pub fn is_about(&self, name: &str) -> bool {
        self.about().options.iter().any(|option| option == name || option == "-H" && name == "--header")
    }

    /// The same error, which is about a value of `option`, whatever part of that value its fact names.
    #[must_use]
    pub fn about_option(mut self, option: &str) -> Self {
        self.report_mut().0.about.options.push(option.to_owned());
        self
    }

    /// The same error, which is about `option` where it is about `label`, as messages name one value of that option:
    /// `--claim sub` for `--claim`.
    #[must_use]
    pub(crate) fn about_value_of(mut self, option: &str, label: &str) -> Self {
        let options = &mut self.report_mut().0.about.options;
        options.iter_mut().filter(|known| *known == label).for_each(|known| option.clone_into(known));
        self
    }

    /// The same error, with the line of the `profile` that it is about behind its fact.
    #[must_use]
    pub(crate) fn located(self, profile: &str, location: Location) -> Self {
        let mut located = self.remarked(location.to_string());
        let about = &mut located.report_mut().0.about;
        about.profile = Some(profile.to_owned());
        about.location = Some(location);
        located
    }

    /// The same error, with `remark` in parentheses behind its fact.
    #[must_use]
    pub(crate) fn remarked(mut self, remark: String) -> Self {
        self.report_mut().0.remark = Some(remark);
        self
    }

    /// The same error, of what the program `name` printed: it is about nothing of ours.
    #[cfg(feature = "tenant")]
    pub(crate) fn of_program(mut self, name: &str) -> Self {
        let Parts { fact, about, .. } = self.report_mut().0.as_mut();
        *fact = format!("{name}: {fact}");
        *about = About { program: Some(name.to_owned()), ..About::default() };
        self
    }

    fn report_mut(&mut self) -> &mut Report {
        match self {
            Self::Usage(report)
            | Self::Secret(report)
            | Self::Refused(report)
            | Self::Transient(report)
            | Self::Headers(report)
            | Self::Other(report)
            | Self::Wrapped(_, report) => report,
        }
    }

    fn report(&self) -> &Report {
        match self {
            Self::Usage(report)
            | Self::Secret(report)
            | Self::Refused(report)
            | Self::Transient(report)
            | Self::Headers(report)
            | Self::Other(report)
            | Self::Wrapped(_, report) => report,
        }
    }
}

impl fmt::Display for Error {
    /// One line, whatever paths and names went into it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { fact, remark, advice, .. } = self.report().0.as_ref();
        let mut line = fact.clone();
        if let Some(remark) = remark {
            line = line + " (" + remark + ")";
        }
        if let Some([cause, remedy]) = advice {
            line = line + ": " + cause + "; " + remedy;
        }
        f.write_str(&one_line(&line))
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_line() {
        let error = Error::Usage(Report::new("a\nb", "c\r\u{1b}[31m", "d"));
        assert_eq!(error.to_string(), "a?b: c??[31m; d");
    }

    #[test]
    fn an_error_is_about_what_it_was_made_for_and_not_about_the_words_in_it() {
        let error = Error::Usage(Report::of("--key", ": env:--scope is not set", "--aud says so", "give --sub"));
        assert_eq!(error.to_string(), "--key: env:--scope is not set: --aud says so; give --sub");
        for (name, expected) in
            [("--key", true), ("--ke", false), ("--scope", false), ("--aud", false), ("--sub", false)]
        {
            assert_eq!(error.is_about(name), expected, "{name}");
        }
        let error = Error::Usage(Report::of("-H", " has no colon", "a", "b").and("--add"));
        assert!(error.is_about("--header") && error.is_about("--add"));
    }

    #[test]
    fn a_place_follows_the_fact_and_is_kept_as_data() {
        let location = || Location { file: "c.toml".to_owned(), line: 3 };
        let error = Error::Headers(Report::of_header("X-A", " is reserved", "a", "b")).located("p", location());
        assert_eq!(error.to_string(), "header X-A is reserved (c.toml line 3): a; b");
        let about = error.about();
        assert_eq!((about.header.as_deref(), about.profile.as_deref()), (Some("X-A"), Some("p")));
        assert_eq!(about.location, Some(location()));
        let error = Error::Usage(Report::at(location(), ": x", "a", "b"));
        assert_eq!(
            (error.to_string().as_str(), &error.about().location),
            ("c.toml line 3: x: a; b", &Some(location()))
        );
    }
}
