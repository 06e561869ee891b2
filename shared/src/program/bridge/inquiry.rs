//! `--print-config` of hdr-bridge: its command line in the configuration of a client.

use std::ffi::OsString;

use clap::{CommandFactory, ValueEnum};

use super::command_line::Bridge;
use super::url::{self, VARIABLE};
use crate::config::Profile;
use crate::error::{Error, Report};
use crate::program::command_line::OwnCommandLine;
use crate::program::helper::Program;
use crate::program::print_config::{Configuration, Printed, WantedServer};
use crate::server::Server;

/// The configuration of the client that `--print-config` names, for the command line `words`.
///
/// # Errors
/// [`Error::Usage`] for a command line that no configuration may hold, and for a server that the bridge would not serve.
#[cold]
pub(super) fn configuration(
    client: &str,
    bridge: &Bridge,
    words: Vec<OsString>,
    profile: Option<&Profile>,
) -> Result<Printed, Error> {
    let client = Configuration::from_str(client, false).map_err(|_| {
        let cause = "it is not the name of a client";
        Error::Usage(Report::of("--print-config", "", cause, "see hdr-bridge --help"))
    })?;
    let options = &bridge.options;
    let parser = Bridge::command().bin_name(Bridge::NAME);
    let line = OwnCommandLine::without(&["--print-config"], words, &parser)?;
    let known = url::given(options);
    if known.is_some() {
        url::endpoint(options)?;
    }
    let is_from_variable = options.url.is_none() && options.server_url.is_none();
    let environment = known.iter().filter(|_| is_from_variable).map(|url| (VARIABLE, url.clone())).collect();
    let server = Server::at(options.server_name.as_deref(), known.as_deref()).or_at(profile.and_then(Profile::server));
    client.print_server(WantedServer { bridge: Bridge::NAME, line, server: &server, parser: &parser, environment })
}
