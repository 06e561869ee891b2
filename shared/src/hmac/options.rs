//! The options of hdr-hmac.

use clap::Args;

use crate::config::command_words::{CommandWords, FromWords};
use crate::sign::encoding::{Encoding, KeyEncoding};
use crate::sign::hmac::Algorithm;

/// What is signed, with which key and how. They are kept as written; each is parsed where its value is made.
#[derive(Args, Debug)]
pub struct HmacOptions {
    /// Key of the HMAC.
    #[arg(long, value_name = "SOURCE", default_value = KEY, allow_hyphen_values = true, help_heading = KEYS)]
    pub(super) key: String,

    /// Encoding of the key [default: raw].
    ///
    /// A private or public key of a key pair is refused, unless --key-encoding raw is given.
    #[arg(long, value_enum, value_name = "ENCODING", help_heading = KEYS)]
    pub(super) key_encoding: Option<KeyEncoding>,

    /// Name of the key at the server.
    #[arg(long, value_name = "TEXT", help_heading = KEYS)]
    pub(super) key_id: Option<String>,

    /// API key to print as X-API-Key.
    #[arg(long, value_name = "SOURCE", allow_hyphen_values = true, help_heading = KEYS)]
    pub(super) api_key: Option<String>,

    /// Signature scheme: timestamp, rfc9421, kong, apisix.
    ///
    /// timestamp, the default, signs the time; rfc9421 makes HTTP Message Signatures (RFC 9421); kong and apisix are those of the
    /// hmac-auth plugins of Kong Gateway and Apache APISIX. -H replaces the headers of a scheme.
    #[arg(long, value_name = "NAME", help_heading = SIGNATURE)]
    pub(super) scheme: Option<String>,

    /// Text to sign [default: {timestamp}].
    ///
    /// It cannot be combined with --scheme.
    #[arg(long, value_name = "TEMPLATE", allow_hyphen_values = true, help_heading = SIGNATURE)]
    pub(super) message: Option<String>,

    /// Parts to sign (rfc9421: @authority @path by default).
    ///
    /// Names separated by blanks. kong and apisix sign these headers in addition to the date.
    #[arg(long, value_name = "NAMES", help_heading = SIGNATURE)]
    pub(super) components: Option<String>,

    /// Hash of the HMAC [default: sha256].
    #[arg(long, value_enum, help_heading = SIGNATURE)]
    pub(super) algorithm: Option<Algorithm>,

    /// Signature encoding [default: hex, or the scheme's].
    #[arg(long, value_enum, help_heading = SIGNATURE)]
    pub(super) encoding: Option<Encoding>,

    /// Lifetime of an rfc9421 signature [default: 5m].
    #[arg(long, value_name = "DURATION", help_heading = SIGNATURE)]
    pub(super) expires: Option<String>,

    /// Label of an rfc9421 signature [default: sig1].
    #[arg(long, value_name = "LABEL", help_heading = SIGNATURE)]
    pub(super) label: Option<String>,
}

/// The groups of these options in the help.
const KEYS: &str = "Keys";
const SIGNATURE: &str = "Signature";

/// What the help shows as examples: what a command line does, and the command line.
pub const EXAMPLES: [(&str, &str); 2] = [
    (
        "Sign the time, with a key and an API key in files:",
        "hdr-hmac --key file:~/.config/acme/secret --api-key file:~/.config/acme/api-key",
    ),
    (
        "HTTP Message Signatures (RFC 9421):",
        "hdr-hmac --key file:~/.config/acme/secret --scheme rfc9421 --key-id acme \\\n    --server-url https://mcp.acme.example/mcp",
    ),
];

/// Where the key is by default.
const KEY: &str = "env:SECRET_KEY";

impl FromWords for HmacOptions {
    fn from_words(words: &mut CommandWords<'_>) -> Self {
        Self {
            key: words.text("--key").unwrap_or_else(|| KEY.to_owned()),
            key_encoding: words.choice("--key-encoding"),
            algorithm: words.choice("--algorithm"),
            encoding: words.choice("--encoding"),
            message: words.text("--message"),
            api_key: words.text("--api-key"),
            key_id: words.text("--key-id"),
            scheme: words.text("--scheme"),
            components: words.text("--components"),
            expires: words.text("--expires"),
            label: words.text("--label"),
        }
    }
}
