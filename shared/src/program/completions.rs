//! Completions for shells, which `scripts/completions` collects. No helper that users are given prints them.

use std::ffi::OsString;
use std::str::FromStr;

use clap_complete::Shell;

use crate::program::helper::Program;

/// The completions asked for by a whole command line `hdr-x --completions SHELL`; nothing for any other one.
pub(crate) fn script<P: Program>(words: &[OsString]) -> Option<Vec<u8>> {
    let [_, option, shell] = words else { return None };
    let shell = Shell::from_str(shell.to_str()?).ok().filter(|_| option == "--completions")?;
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut P::command(), P::NAME, &mut script);
    Some(script)
}
