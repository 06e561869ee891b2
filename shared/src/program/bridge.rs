//! The program of hdr-bridge: what its command line asks for becomes the parts of the bridge.

mod asker;
mod command_line;
mod parts;
mod url;

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

pub use self::command_line::Bridge;
use self::parts::Plan;
use crate::bridge;
use crate::client::mark::Marks;
use crate::config::Profile;
use crate::error::Error;
use crate::os::clock::{elapsed, monotonic};
use crate::os::memory;
#[cfg(feature = "completions")]
use crate::program::completions;
use crate::program::entry::{end_by_clap, words};
use crate::program::helper::Program;
use crate::program::log;
#[cfg(feature = "completions")]
use crate::program::manual;
use crate::program::report::write_line;
use crate::server::Server;

/// The most lines of one process that are logged.
const LOGGED: usize = 200;

/// Runs the bridge with the arguments of this process; returns its exit code.
#[must_use]
pub fn main() -> u8 {
    let started_at = monotonic();
    memory::keep_out_of_core_dumps();
    let words = words();
    #[cfg(feature = "completions")]
    if let Some(text) = completions::script::<Bridge>(&words).or_else(|| manual::page::<Bridge>(&words)) {
        return crate::program::entry::print_packaged(text, started_at);
    }
    let marks = Marks::inherited();
    let (bridge, profile) = match Bridge::read(&words) {
        Ok(read) => read,
        Err(complained) => {
            let (error, parser) = *complained;
            return end_by_clap::<Bridge>(&error, &parser, &words, &marks, started_at);
        }
    };
    let ended = profile.and_then(|profile| {
        let place = |error| match &profile {
            Some(profile) => profile.place(error),
            None => error,
        };
        serve(&bridge, profile.clone(), started_at).map_err(place)
    });
    ended.unwrap_or_else(|error| {
        let line = error.to_string();
        write_line(Bridge::NAME, &line);
        log(&bridge, error.exit_code(), &line, started_at);
        error.exit_code()
    })
}

fn serve(bridge: &Bridge, profile: Option<Arc<Profile>>, started_at: Instant) -> Result<u8, Error> {
    let plan = Plan::new(bridge, profile)?;
    let logged = Cell::new(0);
    let bridge = bridge.clone();
    let notice = Rc::new(move |line: &str| {
        write_line(Bridge::NAME, line);
        let count = logged.get();
        if count < LOGGED {
            logged.set(count.saturating_add(1));
            log(&bridge, 0, line, started_at);
        }
    });
    bridge::run(plan.parts(notice))
}

/// Adds a line to the log.
fn log(bridge: &Bridge, exit_code: u8, line: &str, started_at: Instant) {
    let options = &bridge.options;
    let url = options.url.as_deref().or(options.server_url.as_deref());
    let entry = log::Entry {
        helper: Bridge::NAME,
        profile: options.profile.as_deref(),
        server: &Server::known(options.server_name.as_deref(), url),
        exit_code,
        message: Some(line),
        warnings: &[],
        took: elapsed(started_at),
    };
    // That nothing can be logged is no news beside the line itself.
    let _ = entry.append(options.log.as_deref());
}
