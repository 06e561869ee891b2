//! What the program of a helper is made of.

use clap::Parser;

use crate::config::command_words::FromWords;
use crate::config::profile::Alternatives;
use crate::error::Error;
use crate::header::Answer;
use crate::program::options::Options;
use crate::run::Run;

/// A program that prints headers.
pub trait Helper: Parser + FromWords {
    /// Its name, as messages begin with it.
    const NAME: &'static str;

    /// Which of its options on the command line displace others of a profile.
    const ALTERNATIVES: Alternatives;

    /// Two examples for the help: what a command line does, and the command line.
    const EXAMPLES: [(&'static str, &'static str); 2];

    /// A section of its own in the help, after the options.
    const MORE: &'static str = "";

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
}
