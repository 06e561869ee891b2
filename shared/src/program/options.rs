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

/// The groups of these options in the help.
const SERVER: &str = "Server and profile";
const OUTPUT: &str = "Output";
const DEBUGGING: &str = "Setup and debugging";

/// The options that every helper has. They are kept as written; each is parsed where its value is made.
#[derive(Args, Debug)]
pub struct Options {
    /// Which headers are printed.
    #[command(flatten)]
    pub headers: HeaderOptions,

    /// URL of the MCP server [default: from Claude Code].
    ///
    /// Claude Code sets a variable with the URL of an MCP server, a marketplace or a plugin's archive; see ENVIRONMENT in
    /// the manual page. Codex sets none.
    #[arg(long, value_name = "URL", help_heading = SERVER)]
    pub server_url: Option<String>,

    /// Name of the MCP server in the client [default: from Claude Code].
    #[arg(long, value_name = "NAME", help_heading = SERVER)]
    pub server_name: Option<String>,

    /// Take options from this profile [default: the one for the server's URL].
    ///
    /// A profile is a table [profiles.NAME.HELPER] of a TOML file, whose keys are the long options of that helper. With
    /// server = "https://HOST/PATH" in [profiles.NAME] it is used for no other server. The command line overrides it.
    #[arg(long, value_name = "NAME", help_heading = SERVER)]
    pub profile: Option<String>,

    /// File with the profiles [default: ~/.config/hdr/config.toml].
    #[arg(long, value_name = "FILE", help_heading = SERVER)]
    pub config: Option<String>,

    /// Dotenv file with variables for env:NAME and {env:NAME}; repeatable.
    ///
    /// Variables of the environment take precedence. Commands do not get those of the file.
    #[arg(long, value_name = "FILE", help_heading = SERVER)]
    pub env_file: Vec<String>,

    /// Output format.
    #[arg(long, value_enum, default_value_t = Format::Headers, help_heading = OUTPUT)]
    pub format: Format,

    /// Time limit for the whole run.
    ///
    /// It covers locks, network, retries and commands. MCP clients give up after 10s.
    #[arg(long, value_name = "DURATION", default_value = TIMEOUT, help_heading = OUTPUT)]
    pub timeout: String,

    /// Log file [default: ~/.local/state/hdr/hdr.log].
    ///
    /// Each run that fails or has a warning adds a line. "off" writes no log.
    #[arg(long, value_name = "FILE|off", help_heading = OUTPUT)]
    pub log: Option<String>,

    /// Log runs without a failure or a warning too.
    #[arg(long, help_heading = OUTPUT)]
    pub log_successes: bool,

    /// Run this command line as MCP clients do; print the results.
    ///
    /// Each client has its own environment, working directory, stdin, time limit and rules for the output. The default is
    /// all of them. The exit code is 0 if each one gets its headers, else 1. A token that is printed here does not count as
    /// issued to a client.
    #[arg(
        long,
        value_name = "CLIENT[:SCOPE],...",
        num_args = 0..=1,
        require_equals = true,
        value_delimiter = ',',
        value_parser = PossibleValuesParser::new(known::CHOICES),
        conflicts_with = "print_config",
        help_heading = DEBUGGING
    )]
    pub check: Option<Vec<String>>,

    /// Print an MCP client's configuration with this command line.
    #[arg(long, value_enum, value_name = "CLIENT", help_heading = DEBUGGING)]
    pub print_config: Option<Configuration>,

    /// Print on stderr where each value comes from, without secrets.
    #[arg(long, help_heading = DEBUGGING)]
    pub explain: bool,

    /// Time in templates and signatures [default: the current time].
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, help_heading = DEBUGGING)]
    pub now: Option<String>,

    /// Value of {nonce} [default: random].
    #[arg(long, value_name = "NONCE", allow_hyphen_values = true, help_heading = DEBUGGING)]
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
    /// The run of a process that started at `started_at`; the options of `profile` are among these, and `marks` are those of the
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
        let given = RunOptions {
            timeout: clock::parse_positive_duration("--timeout", &self.timeout)?,
            now: self.now.as_deref().map(|text| clock::parse_time("--now", text)).transpose()?,
            nonce: self.nonce.clone(),
            explain: self.explain,
            env_files: &self.env_file,
            server: Server::new(self.server_name.as_deref(), self.server_url.as_deref())?,
            prints_headers: self.format != Format::Token,
            profile,
            marks,
            call,
        };
        Run::new(given, started_at)
    }
}
