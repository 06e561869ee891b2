//! Plain command lines, which are most of those that run in a client: what they ask for is known without clap.

use std::ffi::OsString;

use crate::config::Profile;
use crate::config::command_words::CommandWords;
use crate::config::profile::started_as;
use crate::program::helper::Helper;

/// The helper that the command line `words` asks for; `None` where clap has to read it, or a profile may add to it.
pub(crate) fn read<H: Helper>(words: &[OsString]) -> Option<H> {
    let (program, arguments) = words.split_first()?;
    let mut words = CommandWords::new(arguments)?;
    let helper = H::from_words(&mut words);
    if !words.are_all_read() || started_as(H::NAME, program).is_some() {
        return None;
    }
    let options = helper.options();
    let [profile, config, url] = [&options.profile, &options.config, &options.server_url].map(Option::as_deref);
    (!Profile::may_be_chosen(profile, config, url)).then_some(helper)
}
