//! Doors for the fuzz targets in `tests/fuzz`: they reach the parsers of what others wrote that nothing else outside needs.
//! No executable is built with the feature that this module is behind.

use std::path::Path;

use clap::{Args, Command, FromArgMatches};

use crate::bearer::{ALTERNATIVES, BearerOptions};
use crate::client::mark::Marks;
use crate::config::Profile;
use crate::config::profile::ParsedArgs;
use crate::error::{Error, Report};
use crate::header::template::located;
use crate::os::clock::monotonic;
use crate::program::options::Options;
use crate::run::Run;
use crate::secret::Secret;
use crate::secret::env_file;

pub use crate::bearer::fuzz::command_output;
pub use crate::bridge::fuzz::{Envelope, Events, ToolList, are_same_id, events, http_answer, message, tool_list};
pub use crate::cache::fuzz::{EntryHeader, close, failure, header, issued, key, open};
pub use crate::oauth::fuzz::{Received, authorization_server, challenges, protected_resource, token_answer};
pub use crate::server::fuzz::{Parts, includes, parts};
pub use crate::tenant::fuzz::{helper_message, helper_output, is_of_tenant_list};

/// The variables of a dotenv file; where one is malformed, its line.
pub fn env_file(bytes: &[u8]) -> Result<Vec<(String, Secret)>, usize> {
    env_file::parse(&Secret::new(bytes.to_vec())).map_err(|malformed| malformed.line)
}

/// A run with the common options in `words`.
///
/// # Errors
/// [`Error::Usage`] for options that cannot be understood; those of an `--env-file`.
pub fn run(words: &[&str]) -> Result<Run, Error> {
    let parser = Options::augment_args(Command::new("hdr-fuzz").no_binary_name(true));
    let options = parser.try_get_matches_from(words).and_then(|matches| Options::from_arg_matches(&matches));
    options.map_err(unfit)?.run(None, Marks::default(), None, monotonic())
}

/// The profile that hdr-bearer-refresh takes from the file at `config` for the server at `url`, in words, and the name of it.
///
/// # Errors
/// Those of reading profiles.
pub fn profile(config: &Path, url: &str, name: Option<&str>) -> Result<Option<(String, Vec<String>)>, Error> {
    let parser =
        BearerOptions::augment_args(Options::augment_args(Command::new("hdr-bearer-refresh").no_binary_name(true)));
    let config = config.to_string_lossy();
    let words = ["--config", &config, "--server-url", url].into_iter();
    let words = words.chain(name.into_iter().flat_map(|name| ["--profile", name]));
    let matches = parser.clone().try_get_matches_from(words).map_err(unfit)?;
    let given = ParsedArgs {
        helper: "hdr-bearer-refresh",
        parser: &parser,
        matches: &matches,
        alternatives: &ALTERNATIVES,
        started_as: None,
        server_url: None,
        located,
    };
    let words = |profile: &Profile| profile.words().map(|word| word.to_string_lossy().into_owned()).collect();
    Ok(Profile::choose(given)?.map(|profile| (profile.name().to_owned(), words(&profile))))
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err gives")]
fn unfit(error: clap::Error) -> Error {
    Error::Usage(Report::new("the command line", error.kind(), "mend it"))
}
