//! The options that every helper has.

use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::client::known;
use crate::client::mark::Marks;
use crate::config::Profile;
use crate::config::command_words::{CommandWords, FromWords};
use crate::error::Error;
use crate::header::{Format, HeaderOptions};
use crate::os::clock;
use crate::program::print_config::Configuration;
use crate::run::{Call, Run, RunOptions};
use crate::server::Server;

/// The time after which a run gives up.
const TIMEOUT: &str = "8s";

/// The options that every helper has. They are kept as written; each is parsed where its value is made.
#[derive(Args, Debug)]
#[command(next_help_heading = "Common options")]
pub struct Options {
    /// Which headers are printed.
    #[command(flatten)]
    pub headers: HeaderOptions,

    /// What to print: the JSON object, lines for `curl -K -`, or the bare value that the helper made.
    #[arg(long, value_enum, default_value_t = Format::Headers)]
    pub format: Format,

    /// Take options from this profile [default: the one that is bound to the server's URL].
    ///
    /// A profile is a table [profiles.NAME.HELPER] of a TOML file, whose keys are the long options of that helper. With
    /// server = "https://HOST/PATH" in [profiles.NAME] it serves no other server. Options on the command line win.
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,

    /// The file with the profiles [default: ~/.config/hdr/config.toml].
    #[arg(long, value_name = "FILE")]
    pub config: Option<String>,

    /// Read variables for env:NAME and {env:NAME} from a dotenv file, behind the real environment; repeatable.
    #[arg(long, value_name = "FILE")]
    pub env_file: Vec<String>,

    /// The URL of the MCP server [default: what Claude Code says, for a marketplace or a plugin's archive too].
    #[arg(long, value_name = "URL")]
    pub server_url: Option<String>,

    /// The name of the MCP server in the client [default: what Claude Code says].
    #[arg(long, value_name = "NAME")]
    pub server_name: Option<String>,

    /// Give up after this time, whatever is under way; clients give up after 10s.
    #[arg(long, value_name = "DURATION", default_value = TIMEOUT)]
    pub timeout: String,

    /// Tell on stderr where each value came from; no secret is shown.
    #[arg(long)]
    pub explain: bool,

    /// Append a line to this file for each run that fails or has a warning; `off` for none [default:
    /// ~/.local/state/hdr/hdr.log].
    #[arg(long, value_name = "FILE|off")]
    pub log: Option<String>,

    /// Append a line for each other run too.
    #[arg(long)]
    pub log_successes: bool,

    /// Run this command line the way MCP clients run it, and print a table of what becomes of it; by default in all of them.
    ///
    /// Each client has its own environment, working directory, stdin, time limit and rules for the output. The exit code is
    /// 0 if all the chosen ones get their headers, else 1. Tokens that its runs
    /// print are never counted as given to a client.
    #[arg(
        long,
        value_name = "CLIENT[:SCOPE],...",
        num_args = 0..=1,
        require_equals = true,
        value_delimiter = ',',
        value_parser = PossibleValuesParser::new(known::CHOICES),
        conflicts_with = "print_config"
    )]
    pub check: Option<Vec<String>>,

    /// Print what to write into an MCP client's configuration so that it runs this command line, and do nothing else.
    #[arg(long, value_enum, value_name = "CLIENT")]
    pub print_config: Option<Configuration>,

    /// Use this time instead of the clock's, to reproduce a signature: Unix seconds or RFC 3339.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub now: Option<String>,

    /// Use this {nonce} instead of a random one, to reproduce a signature.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub nonce: Option<String>,
}

impl FromWords for Options {
    fn from_words(words: &mut CommandWords<'_>) -> Self {
        Self {
            headers: HeaderOptions::from_words(words),
            format: words.choice("--format").unwrap_or(Format::Headers),
            profile: words.text("--profile"),
            config: words.text("--config"),
            env_file: words.texts(&["--env-file"]),
            server_url: words.text("--server-url"),
            server_name: words.text("--server-name"),
            timeout: words.text("--timeout").unwrap_or_else(|| TIMEOUT.to_owned()),
            explain: words.flag("--explain"),
            log: words.text("--log"),
            log_successes: words.flag("--log-successes"),
            // Both take the command line apart with clap.
            check: None,
            print_config: None,
            now: words.text("--now"),
            nonce: words.text("--nonce"),
        }
    }
}

impl Options {
    /// The run of a process that began at `begun`; the options of `profile` are among these, and `marks` are those of the
    /// helper that runs this one.
    ///
    /// # Errors
    /// [`Error::Usage`] when an option cannot be understood; those of [`Run::new`].
    pub(crate) fn run(
        &self,
        profile: Option<Arc<Profile>>,
        marks: Marks,
        call: Option<Call>,
        started_at: Instant,
    ) -> Result<Run, Error> {
        let requested = call.as_ref().and_then(|call| call.request.as_ref()).map(|request| request.url.as_str());
        let given = RunOptions {
            timeout: clock::parse_positive_duration("--timeout", &self.timeout)?,
            now: self.now.as_deref().map(|text| clock::parse_time("--now", text)).transpose()?,
            nonce: self.nonce.clone(),
            explain: self.explain,
            env_files: &self.env_file,
            server: Server::new(self.server_name.as_deref(), requested.or(self.server_url.as_deref()))?,
            prints_headers: self.format != Format::Token,
            profile,
            marks,
            call,
        };
        Run::new(given, started_at)
    }
}
