//! The options of hdr-bridge. They are kept as written; each is parsed where its value is made.

use std::ffi::OsString;

use clap::builder::{PossibleValuesParser, RangedU64ValueParser};
use clap::{Args, ValueEnum};

use crate::bridge::old::TransportChoice;
use crate::bridge::signing::SignOptions;

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

/// The clients for which a configuration is printed.
const CLIENTS: [&str; 8] =
    ["claude-code", "claude-plugin", "claude-desktop", "codex", "cursor", "vscode", "gemini", "opencode"];

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
    /// It is used as it stands, with its path and query. https, or http for a loopback address.
    #[arg(value_name = "URL")]
    pub url: Option<String>,

    /// Helper that makes the headers, with its options; or another command.
    ///
    /// hdr-hmac, hdr-jwt, hdr-bearer-refresh and hdr-tenant run in this process: once for many requests or for each, as their
    /// headers need it, and again when the server refuses them. Any other command is run as Claude Code runs a headersHelper,
    /// and again after a refusal.
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
    /// A profile is a table [profiles.NAME.hdr-bridge] of a TOML file, whose keys are these long options. With
    /// server = "https://HOST/PATH" in [profiles.NAME] it is used for no other server. The command line overrides it. The
    /// helper has a profile of its own, behind --.
    #[arg(long, value_name = "NAME", help_heading = SERVER)]
    pub profile: Option<String>,

    /// File with the profiles [default: ~/.config/hdr/config.toml].
    #[arg(long, value_name = "FILE", help_heading = SERVER)]
    pub config: Option<String>,

    /// Dotenv file with variables for {env:NAME} in -H; repeatable.
    ///
    /// Variables of the environment take precedence. The helper has an option of its own for it, behind --.
    #[arg(long, value_name = "FILE", help_heading = SERVER)]
    pub env_file: Vec<String>,

    /// Send this header with every request; repeatable.
    ///
    /// A header of the helper with the same name takes precedence. Headers of HTTP and of MCP itself cannot be set.
    #[arg(short = 'H', long, value_name = "NAME: TEMPLATE", allow_hyphen_values = true, help_heading = CREDENTIALS)]
    pub header: Vec<String>,

    /// Client certificate and its chain for mutual TLS, in PEM.
    ///
    /// The file is read again for a new connection when it has changed, so that a renewed certificate is used.
    #[arg(long, alias = "cert", value_name = "FILE", help_heading = CREDENTIALS)]
    pub tls_cert: Option<String>,

    /// Private key of the client certificate, in PEM [default: in the certificate's file].
    #[arg(long, alias = "key", value_name = "FILE", requires = "tls_cert", help_heading = CREDENTIALS)]
    pub tls_key: Option<String>,

    /// File with certificate authorities to trust in addition, in PEM.
    ///
    /// SSL_CERT_FILE replaces those of the system, NODE_EXTRA_CA_CERTS adds to them too.
    #[arg(long, value_name = "FILE", help_heading = CREDENTIALS)]
    pub ca_cert: Option<String>,

    /// Proxy to the server [default: from https_proxy and no_proxy].
    ///
    /// http://HOST:PORT, https://HOST:PORT or socks5h://HOST:PORT, without a password.
    #[arg(long, value_name = "URL", help_heading = RELAY)]
    pub proxy: Option<String>,

    /// Transport of the server.
    ///
    /// "http" is streamable HTTP, "sse" is HTTP with SSE of revision 2024-11-05. "auto" tries them in this order.
    #[arg(long, value_enum, default_value_t = TransportChoice::Auto, help_heading = RELAY)]
    pub transport: TransportChoice,

    /// Hide tools whose names match this pattern; repeatable.
    ///
    /// The client sees no such tool, and calls of one are answered with an error. * stands for any text.
    #[arg(long, value_name = "GLOB", help_heading = RELAY)]
    pub ignore_tool: Vec<String>,

    /// Whether a call of a tool may be repeated after a lost connection.
    ///
    /// "auto" repeats calls of tools that the server lists with readOnlyHint or idempotentHint, and "none" no call that the
    /// server may have carried out.
    #[arg(long, value_enum, default_value_t = Repeat::Auto, help_heading = RELAY)]
    pub repeat: Repeat,

    /// Time limit for a request [default: none].
    ///
    /// Each notification about the request begins it anew.
    #[arg(long, value_name = "DURATION", help_heading = RELAY)]
    pub request_timeout: Option<String>,

    /// Time limit for making a connection.
    #[arg(long, value_name = "DURATION", default_value = "10s", help_heading = RELAY)]
    pub connect_timeout: String,

    /// Longest message in either direction, in bytes.
    ///
    /// A longer one is answered with an error.
    #[arg(long, value_name = "BYTES", default_value_t = 64 << 20, value_parser = RangedU64ValueParser::<usize>::new().range(1..), help_heading = RELAY)]
    pub max_message: usize,

    /// How each request is signed.
    #[command(flatten)]
    pub signing: SignOptions,

    /// Log file [default: ~/.local/state/hdr/hdr.log].
    ///
    /// Each failure adds a line, the same one once. "off" writes no log.
    #[arg(long, value_name = "FILE|off", help_heading = DEBUGGING)]
    pub log: Option<String>,

    /// Connect to the server, list its tools, and print what works.
    ///
    /// No client is served. The exit code is 0 if everything works.
    #[arg(long, conflicts_with = "print_config", help_heading = DEBUGGING)]
    pub check: bool,

    /// Print an MCP client's configuration with this command line.
    #[arg(
        long,
        value_name = "CLIENT",
        value_parser = PossibleValuesParser::new(CLIENTS),
        help_heading = DEBUGGING
    )]
    pub print_config: Option<String>,

    /// Print on stderr where each value comes from, without secrets.
    #[arg(long, help_heading = DEBUGGING)]
    pub explain: bool,
}
