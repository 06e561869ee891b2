//! `hdr-bearer-refresh` and those it asks: hostile, slow, wrong and right servers, and many runs that ask at once.
#![cfg(unix)]
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "tests start programs, listen on loopback and end at the first surprise"
)]

#[path = "token-endpoint/answers.rs"]
mod answers;
#[path = "token-endpoint/assertions.rs"]
mod assertions;
#[cfg(target_os = "linux")]
#[path = "token-endpoint/client.rs"]
mod client;
#[expect(dead_code, reason = "what they have in common is more than these need")]
mod common;
#[path = "token-endpoint/crash.rs"]
mod crash;
#[path = "token-endpoint/discovered_issuer.rs"]
mod discovered_issuer;
#[path = "token-endpoint/discovery.rs"]
mod discovery;
#[path = "token-endpoint/endings.rs"]
mod endings;
#[path = "common/endpoint.rs"]
mod endpoint;
#[path = "token-endpoint/environment.rs"]
mod environment;
#[path = "token-endpoint/extensions.rs"]
mod extensions;
#[path = "token-endpoint/github.rs"]
mod github;
#[path = "token-endpoint/herd.rs"]
mod herd;
#[cfg(target_os = "linux")]
#[path = "token-endpoint/hidden.rs"]
mod hidden;
#[path = "token-endpoint/hostile.rs"]
mod hostile;
#[path = "token-endpoint/kept.rs"]
mod kept;
#[path = "token-endpoint/messages.rs"]
mod messages;
#[path = "common/openssl.rs"]
mod openssl;
#[path = "token-endpoint/proxies.rs"]
mod proxies;
#[path = "token-endpoint/ready_assertions.rs"]
mod ready_assertions;
#[cfg(target_os = "linux")]
#[path = "token-endpoint/reasks.rs"]
mod reasks;
#[path = "token-endpoint/recipients.rs"]
mod recipients;
#[path = "token-endpoint/refusals.rs"]
mod refusals;
#[cfg(target_os = "linux")]
#[path = "token-endpoint/remints.rs"]
mod remints;
#[path = "token-endpoint/requests.rs"]
mod requests;
#[cfg(target_os = "linux")]
#[path = "token-endpoint/retries.rs"]
mod retries;
#[path = "token-endpoint/revocation.rs"]
mod revocation;
#[path = "token-endpoint/rotated.rs"]
mod rotated;
#[path = "token-endpoint/rotation.rs"]
mod rotation;
#[path = "token-endpoint/script.rs"]
mod script;
#[path = "token-endpoint/serving.rs"]
mod serving;
#[path = "token-endpoint/signals.rs"]
mod signals;
#[path = "token-endpoint/stopped.rs"]
mod stopped;
#[path = "common/tenant.rs"]
mod tenant;
#[path = "token-endpoint/tls.rs"]
mod tls;
#[path = "token-endpoint/trust.rs"]
mod trust;
#[path = "token-endpoint/unauthorized.rs"]
mod unauthorized;
#[path = "token-endpoint/verify.rs"]
mod verify;
#[path = "token-endpoint/wrapped.rs"]
mod wrapped;

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::{CANARY, Helper};
use tempfile::TempDir;

const EXECUTABLE: &str = env!("CARGO_BIN_EXE_hdr-bearer-refresh");

/// A HOME that several runs share. In it is a client's secret.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        home.write("secret", CANARY);
        home
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, contents: &str) {
        std::fs::write(self.path().join(name), contents).unwrap();
    }

    /// The helper without arguments.
    fn helper(&self) -> Helper {
        Helper::new(EXECUTABLE).env("HOME", self.path())
    }

    /// The helper of a client that authenticates to the token endpoint `url` with its secret.
    fn asking(&self, url: &str) -> Helper {
        self.helper().args(credentials(url))
    }
}

/// The helper in a HOME of its own with the client's secret.
fn helper() -> Helper {
    Helper::new(EXECUTABLE).file("secret", CANARY, 0o600)
}

/// The same as a client that authenticates to the token endpoint `url` with that secret.
fn asking(url: &str) -> Helper {
    helper().args(credentials(url))
}

/// The arguments of a client that authenticates to the token endpoint `url` with a secret.
fn credentials(url: &str) -> [&str; 6] {
    ["--token-url", url, "--client-id", "abc", "--client-secret", "file:~/secret"]
}

/// What is printed with the `number`-th token.
fn headers(number: usize) -> String {
    format!(r#"{{"Authorization":"Bearer token-{number}"}}"#)
}

/// A JWT of these claims that nobody signed.
fn jwt(claims: &str) -> String {
    let [header, claims] = [r#"{"alg":"RS256"}"#, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
    format!("{header}.{claims}.c2ln")
}

#[expect(clippy::print_stderr, reason = "who runs the tests should know")]
fn tell(what: &str) {
    eprintln!("{what}");
}
