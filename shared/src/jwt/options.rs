//! The options of hdr-jwt.

use clap::Args;

use crate::config::command_words::{CommandWords, FromWords};
use crate::jwt::preset::PresetOptions;
use crate::sign::encoding::KeyEncoding;

/// What the token says, and who signs it how. They are kept as written; each is parsed where its value is made.
#[derive(Args, Debug)]
pub struct JwtOptions {
    /// Key that signs the token; required.
    ///
    /// A private key in PEM (PKCS#8, PKCS#1, SEC 1), a private JWK, a JWKS (--kid selects a key), the JSON of a Google
    /// service account, or a shared secret for HS256, HS384 and HS512.
    #[arg(long, value_name = "SOURCE", allow_hyphen_values = true, help_heading = KEY)]
    pub(super) key: Option<String>,

    /// Encoding of a shared secret [default: raw].
    #[arg(long, value_enum, value_name = "ENCODING", help_heading = KEY)]
    pub(super) key_encoding: Option<KeyEncoding>,

    /// Signature algorithm [default: by the key].
    ///
    /// HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA, or its newer name Ed25519. The
    /// default is HS256 with a shared secret and RS256 with an RSA key.
    #[arg(long, value_name = "NAME", help_heading = KEY)]
    pub(super) alg: Option<String>,

    /// Key ID or thumbprint [default: the key file's].
    ///
    /// "thumbprint" is the thumbprint of the public key (RFC 7638).
    #[arg(long, value_name = "TEXT", help_heading = KEY)]
    pub(super) kid: Option<String>,

    /// Issuer.
    #[arg(long, value_name = "TEXT", help_heading = CLAIMS)]
    pub(super) iss: Option<String>,

    /// Subject.
    #[arg(long, value_name = "TEXT", help_heading = CLAIMS)]
    pub(super) sub: Option<String>,

    /// Audience; repeatable, several become an array.
    #[arg(long, value_name = "TEXT", help_heading = CLAIMS)]
    pub(super) aud: Vec<String>,

    /// Lifetime of the token [default: 1h].
    #[arg(long, value_name = "DURATION", help_heading = CLAIMS)]
    pub(super) ttl: Option<String>,

    /// Set iat to a time in the past [default: 0s].
    ///
    /// For a server whose clock is late and that refuses tokens of the future.
    #[arg(long, value_name = "DURATION", help_heading = CLAIMS)]
    pub(super) backdate: Option<String>,

    /// Add a random UUID as jti.
    #[arg(long, help_heading = CLAIMS)]
    pub(super) jti: bool,

    /// Add nbf, with the value of iat.
    #[arg(long, help_heading = CLAIMS)]
    pub(super) nbf: bool,

    /// Add a claim that is a string; repeatable.
    #[arg(long, value_name = "NAME=TEXT", help_heading = CLAIMS)]
    pub(super) claim: Vec<String>,

    /// Add a claim that is any JSON; repeatable.
    ///
    /// A placeholder is a brace with the name of a placeholder directly after it, as in
    /// '{"id":"{env:ID}","at":{timestamp:unix}}'; outside quotes its value must be a number, true, false or null.
    #[arg(long, value_name = "NAME=JSON", help_heading = CLAIMS)]
    pub(super) claim_json: Vec<String>,

    /// JSON file with an object of claims; other options override them.
    #[arg(long, value_name = "FILE", help_heading = CLAIMS)]
    pub(super) claims: Option<String>,

    /// Add a member to the JOSE header, typ for example; repeatable.
    #[arg(long, value_name = "NAME=TEXT", help_heading = CLAIMS)]
    pub(super) jose: Vec<String>,

    #[command(flatten)]
    pub(super) preset: PresetOptions,
}

/// The groups of these options in the help.
const KEY: &str = "Key";
const CLAIMS: &str = "Claims and JOSE header";

/// What the help shows as examples: what a command line does, and the command line.
pub const EXAMPLES: [(&str, &str); 2] = [
    (
        "A token for one server, signed with a private key:",
        "hdr-jwt --key file:~/.config/acme/key.pem --iss my-client --aud https://mcp.acme.example",
    ),
    ("A token of a GitHub App:", "hdr-jwt --preset github-app --app-id 12345 --key file:~/.config/acme/github-app.pem"),
];

impl FromWords for JwtOptions {
    fn from_words(words: &mut CommandWords<'_>) -> Self {
        Self {
            key: words.text("--key"),
            key_encoding: words.choice("--key-encoding"),
            alg: words.text("--alg"),
            kid: words.text("--kid"),
            iss: words.text("--iss"),
            sub: words.text("--sub"),
            aud: words.texts(&["--aud"]),
            ttl: words.text("--ttl"),
            backdate: words.text("--backdate"),
            jti: words.flag("--jti"),
            nbf: words.flag("--nbf"),
            claim: words.texts(&["--claim"]),
            claim_json: words.texts(&["--claim-json"]),
            claims: words.text("--claims"),
            jose: words.texts(&["--jose"]),
            preset: PresetOptions::from_words(words),
        }
    }
}
