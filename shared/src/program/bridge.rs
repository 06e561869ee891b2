//! The program of hdr-bridge: what its command line asks for becomes the parts of the bridge.

mod asker;
mod command_line;
mod inquiry;
mod lines;
mod notices;
mod parts;
mod url;

use std::ffi::OsString;
use std::rc::Rc;
use std::sync::Arc;

pub use self::command_line::Bridge;
use self::notices::Notices;
use self::parts::Plan;
use crate::bridge::{self, Parts};
use crate::client::mark::Marks;
use crate::config::Profile;
use crate::error::Error;
use crate::os::clock::monotonic;
use crate::os::memory;
#[cfg(feature = "completions")]
use crate::program::completions;
use crate::program::entry::{end_by_clap, print_text, words};
#[cfg(feature = "completions")]
use crate::program::manual;

/// Runs the bridge with the arguments of this process; returns its exit code.
#[must_use]
pub fn main() -> u8 {
    let started_at = monotonic();
    memory::keep_out_of_core_dumps();
    let words = words();
    #[cfg(feature = "completions")]
    if let Some(text) = completions::script::<Bridge>(&words).or_else(|| manual::page::<Bridge>(&words)) {
        return u8::from(print_text(text).is_err());
    }
    let marks = Marks::inherited();
    let (bridge, profile) = match Bridge::read(&words) {
        Ok(read) => read,
        Err(complained) => {
            let (error, parser) = *complained;
            return end_by_clap::<Bridge>(&error, &parser, &words, &marks, started_at);
        }
    };
    let name = profile.as_ref().ok().and_then(Option::as_ref).map(|profile| profile.name().to_owned());
    let notices = Rc::new(Notices::new(&bridge, name.as_deref(), &marks, started_at));
    let ended = run(&bridge, profile, words, &notices);
    let code = ended.unwrap_or_else(|error| {
        notices.end(error.exit_code(), &error.to_string());
        error.exit_code()
    });
    notices.flush();
    code
}

/// Does what the command line asks for; returns the exit code.
fn run(
    bridge: &Bridge,
    profile: Result<Option<Arc<Profile>>, Error>,
    words: Vec<OsString>,
    notices: &Rc<Notices>,
) -> Result<u8, Error> {
    if let Some(client) = &bridge.options.print_config {
        // A plugin's users have profiles of their own.
        let profile = if client == "claude-plugin" { profile.unwrap_or_default() } else { profile? };
        let printed = inquiry::configuration(client, bridge, words, profile.as_deref())?;
        printed.warning.iter().for_each(|warning| notices.tell(&format!("warning: {warning}")));
        print_text(printed.text.into_bytes())?;
        return Ok(0);
    }
    let profile = profile?;
    let place = |error| match &profile {
        Some(profile) => profile.place(error),
        None => error,
    };
    let plan = Plan::new(bridge, profile.clone()).map_err(place)?;
    let notices = Rc::clone(notices);
    let who = plan.who();
    let parts = plan.parts(Rc::new(move |line: &str| notices.tell(line)));
    if bridge.options.check { check(parts, &who) } else { bridge::run(parts).map_err(place) }
}

/// Prints line by line what a session with the server shows; returns the exit code.
fn check(parts: Parts, who: &str) -> Result<u8, Error> {
    // Whoever has stopped reading wants to know no more.
    let print = |line: String| drop(print_text(line.into_bytes()));
    let works = bridge::check(parts, who, &|what, seen| print(format!("{what:<9} {seen}\n")))?;
    if works {
        print("ok\n".to_owned());
    }
    Ok(u8::from(!works))
}
