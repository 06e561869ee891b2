//! The options of hdr-hmac.

use clap::Args;

use crate::config::command_words::{CommandWords, FromWords};
use crate::sign::encoding::{Encoding, KeyEncoding};
use crate::sign::hmac::Algorithm;

/// What is signed, with which key and how. They are kept as written; each is parsed where its value is made.
#[derive(Args, Debug)]
pub struct HmacOptions {
    /// The key: env:NAME, file:PATH, json:PATH:FIELD or cmd:COMMAND LINE.
    #[arg(long, value_name = "SOURCE", default_value = KEY, allow_hyphen_values = true)]
    pub(super) key: String,

    /// How the key is written where it is kept [default: raw]; raw, where it is given, takes also the bytes of a key file.
    #[arg(long, value_enum)]
    pub(super) key_encoding: Option<KeyEncoding>,

    /// The hash of the HMAC [default: sha256].
    #[arg(long, value_enum)]
    pub(super) algorithm: Option<Algorithm>,

    /// How the signature is written [default: hex, base64 with a scheme that prescribes it].
    #[arg(long, value_enum)]
    pub(super) encoding: Option<Encoding>,

    /// What is signed [default: {timestamp}].
    #[arg(long, value_name = "TEMPLATE", allow_hyphen_values = true)]
    pub(super) message: Option<String>,

    /// Also print this as X-API-Key: env:NAME, file:PATH, json:PATH:FIELD or cmd:COMMAND LINE.
    #[arg(long, value_name = "SOURCE", allow_hyphen_values = true)]
    pub(super) api_key: Option<String>,

    /// The name of the key, as the server knows it; a template.
    #[arg(long, value_name = "TEXT")]
    pub(super) key_id: Option<String>,

    /// The signature scheme of the server: timestamp, rfc9421, kong or apisix.
    #[arg(long, value_name = "NAME")]
    pub(super) scheme: Option<String>,

    /// What a scheme signs: names between blanks (default for rfc9421: @authority @path); kong and apisix sign these
    /// beside the date.
    #[arg(long, value_name = "NAMES")]
    pub(super) components: Option<String>,

    /// How long an rfc9421 signature is valid [default: 5m].
    #[arg(long, value_name = "DURATION")]
    pub(super) expires: Option<String>,

    /// The label of an rfc9421 signature [default: sig1].
    #[arg(long, value_name = "LABEL")]
    pub(super) label: Option<String>,
}

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
