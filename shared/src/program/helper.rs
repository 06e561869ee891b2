//! What the programs are made of.

use clap::Parser;

use crate::config::command_words::FromWords;
use crate::config::profile::Alternatives;
use crate::error::Error;
use crate::header::Answer;
use crate::program::options::Options;
use crate::run::Run;

/// What every program of ours has.
pub trait Program: Parser {
    /// Its name, as messages begin with it.
    const NAME: &'static str;

    /// Two examples for the help: what a command line does, and the command line.
    const EXAMPLES: [(&'static str, &'static str); 2];

    /// What its exit code 0 means.
    const DONE: &'static str = "The headers were printed.";

    /// A section of its own in the help, after the options.
    const MORE: &'static str = "";
}

/// A program that prints headers.
pub trait Helper: Program + FromWords {
    /// Which of its options on the command line displace others of a profile.
    const ALTERNATIVES: Alternatives;

    /// The options that every helper has.
    fn options(&self) -> &Options;

    /// The verb that stands in the place of making headers, if one was given.
    fn verb(&self) -> Option<&'static str> {
        None
    }

    /// Makes the headers of this run.
    ///
    /// # Errors
    /// Whatever keeps it from having all of them: nothing is printed then.
    fn answer(&self, run: &Run) -> Result<Answer, Error>;

    /// The same for a program of ours that calls it in its own process. What only such a call needs is in no executable of a
    /// helper.
    ///
    /// # Errors
    /// Those of [`Helper::answer`].
    fn answer_call(&self, run: &Run) -> Result<Answer, Error> {
        self.answer(run)
    }
}
