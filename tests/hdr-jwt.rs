//! `hdr-jwt` as clients run it.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    reason = "tests start programs, write their files and end at the first surprise"
)]

#[path = "hdr-jwt/claim_json.rs"]
mod claim_json;
#[path = "hdr-jwt/claims.rs"]
mod claims;
mod common;
#[path = "common/contract/mod.rs"]
mod contract;
#[path = "hdr-jwt/damage.rs"]
mod damage;
#[path = "hdr-jwt/forms.rs"]
mod forms;
#[path = "hdr-jwt/jwk.rs"]
mod jwk;
#[path = "hdr-jwt/key_messages.rs"]
mod key_messages;
#[path = "hdr-jwt/keys.rs"]
mod keys;
#[path = "common/openssl.rs"]
mod openssl;
#[path = "hdr-jwt/options.rs"]
mod options;
#[path = "hdr-jwt/pem.rs"]
mod pem;
#[path = "hdr-jwt/presets.rs"]
mod presets;
#[path = "common/process.rs"]
mod process;
#[path = "hdr-jwt/public.rs"]
mod public;
#[path = "common/secret_option.rs"]
mod secret_option;
#[path = "hdr-jwt/signatures.rs"]
mod signatures;

use common::{CANARY, Helper};

/// What the contract needs to know of this helper.
const EXECUTABLE: &str = env!("CARGO_BIN_EXE_hdr-jwt");
const NAME: &str = "hdr-jwt";
const SECRET: &str = "--key";
const MINIMAL: &str = "--key env:K";
const GIVEN: &str = "--key <SOURCE>";
const VERB: &str = "";
const STRAY: [&str; 2] = ["unexpected argument '(not shown, it may be a secret)' found\n\nUsage: hdr-jwt [OPTIONS]"; 2];
const OWN: [&str; 1] = ["{token}"];
const EXPLAINED: &[&str] =
    &["--key: read from env:K", "HS256 token, valid for 3600s; when it has expired the client must reconnect"];
const OPTIONS: &[&str] = &[
    "--key",
    "--key-encoding",
    "--alg",
    "--kid",
    "--iss",
    "--sub",
    "--aud",
    "--ttl",
    "--backdate",
    "--jti",
    "--nbf",
    "--claim",
    "--claim-json",
    "--claims",
    "--jose",
    "--preset",
    "--app-id",
    "--scope",
    "--account",
    "--user",
];

fn with_key(source: &str) -> Helper {
    Helper::new(EXECUTABLE).args(["--key", source])
}

/// The helper with its secret in `K`.
fn minimal() -> Helper {
    with_key("env:K").env("K", CANARY)
}

/// The helper with a shared secret at 2023-11-14T22:13:20Z.
fn signing() -> Helper {
    with_key("env:K").env("K", CANARY).args(["--now", "1700000000"])
}

/// The helper with this key in a file at the same time.
fn signing_with(key: impl AsRef<[u8]>) -> Helper {
    with_key("file:~/key").file("key", key, 0o600).args(["--now", "1700000000"])
}

/// The part of a JWT that is signed: header and claims, given as JSON.
fn unsigned(header: &str, claims: &str) -> String {
    format!("{}.{}", base64url(header), base64url(claims))
}

/// The whole JWT, signed by `openssl` with the shared secret.
fn hs256(header: &str, claims: &str) -> String {
    let unsigned = unsigned(header, claims);
    let signature = openssl::shell("openssl dgst -sha256 -mac HMAC -macopt key:$1 -binary", &[CANARY], &unsigned);
    format!("{unsigned}.{}", base64url(signature))
}

/// Base64url without padding (RFC 7515 section 2), by `openssl`.
fn base64url(bytes: impl AsRef<[u8]>) -> String {
    openssl::text("openssl base64 -A | tr +/ -_ | tr -d =", &[], bytes)
}

/// It makes a token of this header and these claims with the shared secret.
#[track_caller]
fn makes(helper: Helper, header: &str, claims: &str) {
    helper.args(["--format", "token"]).run().prints(&hs256(header, claims));
}
