//! The options of hdr-bridge. They are kept as written; each is parsed where its value is made.

use std::ffi::OsString;

use clap::{Args, ValueEnum};

use crate::bridge::old::TransportChoice;

/// Two examples for the help: what a command line does, and the command line.
pub const EXAMPLES: [(&str, &str); 2] = [
    (
        "With the token of a profile, for a client that knows only stdio servers:",
        "hdr-bridge https://mcp.example.com/mcp -- hdr-bearer-refresh --profile example",
    ),
    (
        "With a client certificate (mutual TLS):",
        "hdr-bridge https://mcp.example.com/mcp --tls-cert client.pem --tls-key client.key",
    ),
];

/// The groups of these options in the help.
const SERVER: &str = "Server and profile";
const CREDENTIALS: &str = "Credentials";
const RELAY: &str = "Relay";
const DEBUGGING: &str = "Setup and debugging";

/// Whether a tool is called again that says that a second call does no harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Repeat {
    /// Repeat calls of tools with readOnlyHint or idempotentHint.
    Auto,
    /// Repeat no call of a tool that may have been carried out.
    None,
}

/// What hdr-bridge is told.
#[derive(Args, Clone, Debug)]
pub struct BridgeOptions {
    /// URL of the MCP server [default: --server-url, else the variable API_URL].
    ///
    /// https, or http for a loopback address.
    #[arg(value_name = "URL")]
    pub url: Option<String>,

    /// Helper that makes the headers, with its options; or another command.
    ///
    /// hdr-hmac, hdr-jwt, hdr-bearer-refresh and hdr-tenant run in this process, again after each refusal. Any other command
    /// is run as Claude Code runs a headersHelper.
    #[arg(last = true, value_name = "HELPER")]
    pub helper: Vec<OsString>,

    /// URL of the MCP server, where no URL argument is given.
    #[arg(long, value_name = "URL", help_heading = SERVER)]
    pub server_url: Option<String>,

    /// Name of the MCP server in the client.
    #[arg(long, value_name = "NAME", help_heading = SERVER)]
    pub server_name: Option<String>,

    /// Take options from this profile [default: the one for the server's URL].
    ///
    /// A profile is a table [profiles.NAME.hdr-bridge] of a TOML file, whose keys are these long options.
    #[arg(long, value_name = "NAME", help_heading = SERVER)]
    pub profile: Option<String>,

    /// File with the profiles [default: ~/.config/hdr/config.toml].
    #[arg(long, value_name = "FILE", help_heading = SERVER)]
    pub config: Option<String>,

    /// Dotenv file with variables for env:NAME and {env:NAME}; repeatable.
    #[arg(long, value_name = "FILE", help_heading = SERVER)]
    pub env_file: Vec<String>,

    /// Send this header with every request; repeatable.
    ///
    /// A header of the helper with the same name takes precedence.
    #[arg(short = 'H', long, value_name = "NAME: TEMPLATE", allow_hyphen_values = true, help_heading = CREDENTIALS)]
    pub header: Vec<String>,

    /// Client certificate and its chain, in PEM; read again when it changes.
    #[arg(long, alias = "cert", value_name = "FILE", help_heading = CREDENTIALS)]
    pub tls_cert: Option<String>,

    /// Private key of the client certificate, in PEM [default: in the certificate's file].
    #[arg(long, alias = "key", value_name = "FILE", requires = "tls_cert", help_heading = CREDENTIALS)]
    pub tls_key: Option<String>,

    /// File with certificate authorities to trust in addition, in PEM.
    #[arg(long, value_name = "FILE", help_heading = CREDENTIALS)]
    pub ca_cert: Option<String>,

    /// Proxy to the server [default: from https_proxy and no_proxy].
    #[arg(long, value_name = "URL", help_heading = RELAY)]
    pub proxy: Option<String>,

    /// Transport of the server: streamable HTTP, or HTTP with SSE of 2024-11-05.
    #[arg(long, value_enum, default_value_t = TransportChoice::Auto, help_heading = RELAY)]
    pub transport: TransportChoice,

    /// Hide tools whose names match this pattern; repeatable.
    #[arg(long, value_name = "GLOB", help_heading = RELAY)]
    pub ignore_tool: Vec<String>,

    /// Whether calls of tools that say that it does no harm are repeated.
    #[arg(long, value_enum, default_value_t = Repeat::Auto, help_heading = RELAY)]
    pub repeat: Repeat,

    /// Longest time a request waits for a sign of the server [default: no limit].
    #[arg(long, value_name = "DURATION", help_heading = RELAY)]
    pub request_timeout: Option<String>,

    /// Longest time until a connection is made.
    #[arg(long, value_name = "DURATION", default_value = "10s", help_heading = RELAY)]
    pub connect_timeout: String,

    /// Longest message in either direction, in bytes.
    #[arg(long, value_name = "BYTES", default_value_t = 64 << 20, help_heading = RELAY)]
    pub max_message: usize,

    /// Connect, list the tools, and say what works.
    #[arg(long, help_heading = DEBUGGING)]
    pub check: bool,

    /// Print on stderr where each value comes from, without secrets.
    #[arg(long, help_heading = DEBUGGING)]
    pub explain: bool,

    /// Log file [default: ~/.local/state/hdr/hdr.log].
    #[arg(long, value_name = "FILE|off", help_heading = DEBUGGING)]
    pub log: Option<String>,
}
