//! The options of hdr-jwt.

use clap::Args;

use crate::config::command_words::{CommandWords, FromWords};
use crate::jwt::preset::PresetOptions;
use crate::sign::encoding::KeyEncoding;

/// What the token says, and who signs it how. They are kept as written; each is parsed where its value is made.
#[derive(Args, Debug)]
pub struct JwtOptions {
    /// The key, required: env:NAME, file:PATH, json:PATH:FIELD or cmd:COMMAND LINE.
    ///
    /// A private key in PEM (PKCS#8, PKCS#1, SEC 1), a private JWK, a JWKS (--kid chooses), a Google service account in
    /// JSON, or raw bytes, a shared secret for HS256, HS384 and HS512.
    #[arg(long, value_name = "SOURCE", allow_hyphen_values = true)]
    pub(super) key: Option<String>,

    /// How a shared secret is written where it is kept [default: raw].
    #[arg(long, value_enum)]
    pub(super) key_encoding: Option<KeyEncoding>,

    /// HS256 HS384 HS512 RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 EdDSA Ed25519 (the newer name of EdDSA) [default:
    /// what the key is for; HS256, RS256].
    #[arg(long, value_name = "NAME")]
    pub(super) alg: Option<String>,

    /// The key id in the token, or `thumbprint` (RFC 7638) [default: the one in the key's file].
    #[arg(long, value_name = "TEXT")]
    pub(super) kid: Option<String>,

    /// The issuer.
    #[arg(long, value_name = "TEXT")]
    pub(super) iss: Option<String>,

    /// The subject.
    #[arg(long, value_name = "TEXT")]
    pub(super) sub: Option<String>,

    /// The audience; repeatable, several become an array.
    #[arg(long, value_name = "TEXT")]
    pub(super) aud: Vec<String>,

    /// How long the token is valid [default: 1h].
    #[arg(long, value_name = "DURATION")]
    pub(super) ttl: Option<String>,

    /// How far `iat` lies in the past, for servers whose clock is late [default: 0s].
    #[arg(long, value_name = "DURATION")]
    pub(super) backdate: Option<String>,

    /// Add a random UUID as `jti`.
    #[arg(long)]
    pub(super) jti: bool,

    /// Add `nbf`, the same as `iat`.
    #[arg(long)]
    pub(super) nbf: bool,

    /// Add a claim that is text; repeatable.
    #[arg(long, value_name = "NAME=TEXT")]
    pub(super) claim: Vec<String>,

    /// Add a claim that is JSON; repeatable.
    ///
    /// In it a brace is one of a template where a placeholder follows at once, as in
    /// '{"id":"{env:ID}","at":{timestamp:unix}}'; outside quotes its value must be a number, true, false or null.
    #[arg(long, value_name = "NAME=JSON")]
    pub(super) claim_json: Vec<String>,

    /// Add the claims of a JSON object in a file; the other options override them.
    #[arg(long, value_name = "FILE")]
    pub(super) claims: Option<String>,

    /// Add a text to the token's own header, `typ` say; repeatable.
    #[arg(long, value_name = "NAME=TEXT")]
    pub(super) jose: Vec<String>,

    #[command(flatten)]
    pub(super) preset: PresetOptions,
}

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
