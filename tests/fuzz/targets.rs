//! One target for each thing that reads what others wrote: its kept corpus, changes of that, and bytes of any kind.
//!
//! `cargo test` takes the corpus and a fixed number of changes that are the same each time, so that a failure is due to what
//! was changed in the library. `scripts/fuzz` goes on with others for as long as it is told to.

#![expect(clippy::disallowed_methods, reason = "tests read and write files of their own")]

mod corpus;
mod random;
mod secrets;

mod targets {
    pub(crate) mod cache_entry;
    pub(crate) mod challenge;
    pub(crate) mod command_output;
    pub(crate) mod config;
    pub(crate) mod endpoint_url;
    pub(crate) mod env_file;
    pub(crate) mod event_stream;
    pub(crate) mod helper_output;
    pub(crate) mod http_answer;
    pub(crate) mod key_file;
    pub(crate) mod message;
    pub(crate) mod metadata;
    pub(crate) mod outside_text;
    pub(crate) mod server_url;
    pub(crate) mod template;
    pub(crate) mod token_answer;
    pub(crate) mod tool_list;
}

use corpus::{Corpus, checked};
use std::time::Duration;

/// Makes a test of each target: the words that its inputs are made of, how many changes of its corpus `cargo test` takes, and
/// the check that every input must pass.
macro_rules! fuzz {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            use targets::$name::{CHANGES, WORDS, check};
            let corpus = Corpus::of(stringify!($name), WORDS);
            for number in 0..CHANGES {
                checked(&corpus.changed(number), check);
            }
            // A change has a number for bolero, and a smaller number makes no simpler change.
            let bolero = bolero::check!().with_iterations(0).with_shrink_time(Duration::ZERO);
            bolero.for_each(|bytes: &[u8]| {
                checked(bytes, check);
                checked(&corpus.changed(random::hash(bytes)), check);
            });
        }
    )*};
}

fuzz! {
    cache_entry
    challenge
    command_output
    config
    endpoint_url
    env_file
    event_stream
    helper_output
    http_answer
    key_file
    message
    metadata
    outside_text
    server_url
    template
    token_answer
    tool_list
}
