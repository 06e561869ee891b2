//! Clients that authorization servers have registered (RFC 7591), one for each issuer. A client that is lost is registered anew.

use std::io;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::entry::Schema;
use super::fingerprint::{Fingerprint, Inputs};
use super::seal::Seal;
use crate::os::private::Directory;
use crate::os::user_key::Key;
use crate::secret::Secret;

/// How their files are named.
const EXTENSION: &str = "client";

/// A client as it is kept.
#[derive(Clone, Debug)]
pub struct ClientFile {
    /// Its identifier.
    pub id: String,
    /// Its secret, where it has one.
    pub secret: Option<Secret>,
    /// When that ends, in Unix seconds.
    pub secret_expires_at: Option<i64>,
    /// How it authenticates.
    pub method: String,
    /// Where a browser may bring answers for it.
    pub redirect_urls: Vec<String>,
}

/// What everybody may know.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    schema: Schema,
}

/// The client that `issuer` has registered; `None` where none is kept that can be read.
#[must_use]
pub fn load(state: &Directory, key: &Key, issuer: &str) -> Option<ClientFile> {
    let name = name(key, issuer);
    let file = state.read(&name.file(EXTENSION)).ok()??;
    let (_, kept): (Header, Secret) = Seal::new(key, None, &name).ok()?.open(&file)?;
    let object: Map<String, Value> = serde_json::from_slice(kept.expose()).ok()?;
    let text = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
    let urls = object.get("redirect_urls").and_then(Value::as_array).into_iter().flatten();
    Some(ClientFile {
        id: text("client_id")?,
        secret: text("client_secret").map(|text| Secret::new(text.into_bytes())),
        secret_expires_at: object.get("client_secret_expires_at").and_then(Value::as_i64),
        method: text("client_auth")?,
        redirect_urls: urls.filter_map(Value::as_str).map(str::to_owned).collect(),
    })
}

/// Keeps the client that `issuer` has registered, in the place of the one before.
///
/// # Errors
/// Those of writing.
pub fn store(state: &Directory, key: &Key, issuer: &str, client: &ClientFile) -> io::Result<()> {
    let name = name(key, issuer);
    let kept = json!({
        "client_id": client.id,
        "client_secret": client.secret.as_ref().and_then(Secret::expose_text),
        "client_secret_expires_at": client.secret_expires_at,
        "client_auth": client.method,
        "redirect_urls": client.redirect_urls,
    });
    let kept = Secret::new(kept.to_string().into_bytes());
    let file = Seal::new(key, None, &name)?.close(&Header { schema: Schema }, &kept)?;
    state.write(&name.file(EXTENSION), &file)?;
    state.sync()
}

fn name(key: &Key, issuer: &str) -> Fingerprint {
    Inputs::new(key).text("registered client", issuer).finish()
}
