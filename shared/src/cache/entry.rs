//! The cached access token of a request. It may be lost at any time, so whatever is wrong with it makes it a miss.

use std::io;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::fingerprint::Fingerprint;
use super::instant;
use super::seal::{self, Seal, SealedBy};
use crate::os::private::Directory;
use crate::secret::Secret;

/// The layout of the file; one of another number is a miss.
const SCHEMA: u32 = 1;

/// How its file is named.
pub(super) const EXTENSION: &str = "token";

/// A token and what is known about it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What everybody may know.
    pub header: Header,
    /// The access token.
    pub token: Secret,
}

/// What `status` shows of a token, and what its life is measured by. Authenticated wherever the token was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    schema: Schema,
    /// For whom and by whom it was issued.
    pub about: About,
    /// When it was issued, by our clock.
    #[serde(with = "instant")]
    pub issued_at: DateTime<Utc>,
    /// When it expires, by our clock.
    #[serde(with = "instant")]
    pub expires_at: DateTime<Utc>,
    /// What it takes to open it, with the user's key. Earlier versions did not say; their entries have other names too.
    pub sealed_by: SealedBy,
    /// How long the command took that printed it, in milliseconds; earlier versions did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    took: Option<u64>,
    /// What is the same of its request whatever commands print, where they print a part of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    steady: Option<Fingerprint>,
    /// The sign-in that it came from, where it came from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_in: Option<Fingerprint>,
}

/// Whose token it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The issuer, else the origin of the token endpoint, else the name of the program that printed it.
    pub issuer: String,
    /// The client's identifier at the authorization server.
    pub client_id: Option<String>,
    /// The profile that asked for it.
    pub profile: Option<String>,
    /// The scope that was granted.
    pub scope: Option<String>,
    /// The `grant_type` that it was asked for with; earlier versions did not say.
    #[serde(default)]
    pub grant: Option<String>,
    /// The resources that it was asked for (RFC 8707), without their queries.
    #[serde(default)]
    pub resource: Vec<String>,
    /// The audiences that it was asked for.
    #[serde(default)]
    pub audience: Vec<String>,
}

impl About {
    /// Whether a program printed it: its name is no URL.
    #[must_use]
    pub fn is_of_command(&self) -> bool {
        !self.issuer.contains("://")
    }
}

impl Header {
    /// The header of a token.
    #[must_use]
    pub fn new(about: About, issued_at: DateTime<Utc>, expires_at: DateTime<Utc>) -> Self {
        let sealed_by = SealedBy::default();
        Self { schema: Schema, about, issued_at, expires_at, sealed_by, took: None, steady: None, sign_in: None }
    }

    /// The header of a token that came from this sign-in.
    #[must_use]
    pub fn of_sign_in(self, sign_in: &Fingerprint) -> Self {
        Self { sign_in: Some(sign_in.clone()), ..self }
    }

    /// The header of a token that a command printed, which took that long.
    #[must_use]
    pub fn printed_in(self, time: Duration) -> Self {
        Self { took: u64::try_from(time.as_millis()).ok(), ..self }
    }

    /// The header of a token whose request has this in common with those of which commands print another part.
    #[must_use]
    pub fn of_steady(self, steady: Option<Fingerprint>) -> Self {
        Self { steady, ..self }
    }

    /// Whether its request has that in common with others.
    #[must_use]
    pub fn is_of_steady(&self, steady: &Fingerprint) -> bool {
        self.steady.as_ref() == Some(steady)
    }

    /// How long the command took that printed it, where one did.
    #[must_use]
    pub fn took(&self) -> Option<Duration> {
        self.took.map(Duration::from_millis)
    }
}

/// The place of a request's token in the cache directory.
#[derive(Debug)]
pub struct Slot<'d> {
    directory: &'d Directory,
    seal: Seal,
}

impl<'d> Slot<'d> {
    /// The slot that `seal` names and opens.
    #[must_use]
    pub fn new(directory: &'d Directory, seal: Seal) -> Self {
        Self { directory, seal }
    }

    /// The token; `None` where there is none, or none that can be read and opened.
    #[must_use]
    pub fn load(&self) -> Option<Entry> {
        let file = self.directory.read(&self.file()).ok()??;
        let (header, token) = self.seal.open(&file)?;
        Some(Entry { header, token })
    }

    /// Replaces the token.
    ///
    /// # Errors
    /// Those of writing; the token itself is as good as before.
    pub fn store(&self, entry: &Entry) -> io::Result<()> {
        let header = Header { sealed_by: self.seal.by(), ..entry.header.clone() };
        let file = self.seal.close(&header, &entry.token)?;
        self.directory.write(&self.file(), &file)
    }

    fn file(&self) -> String {
        self.seal.name().file(EXTENSION)
    }
}

/// The header of the token of the request `name`: what its file says, not authenticated; `None` where it says nothing.
pub(super) fn header(directory: &Directory, name: &Fingerprint) -> Option<Header> {
    seal::header(&directory.read(&name.file(EXTENSION)).ok()??)
}

/// The headers of all tokens in `directory` with the names of their requests.
pub fn headers(directory: &Directory) -> io::Result<Vec<(Fingerprint, Header)>> {
    let files = directory.names()?;
    let names = files.iter().filter_map(|file| Fingerprint::parse(file.strip_suffix(EXTENSION)?.strip_suffix('.')?));
    Ok(names.filter_map(|name| Some((name.clone(), header(directory, &name)?))).collect())
}

/// The number of the layout, checked by being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "u32", try_from = "u32")]
pub(super) struct Schema;

impl From<Schema> for u32 {
    fn from(_: Schema) -> Self {
        SCHEMA
    }
}

impl TryFrom<u32> for Schema {
    type Error = &'static str;

    fn try_from(number: u32) -> Result<Self, Self::Error> {
        if number == SCHEMA { Ok(Self) } else { Err("another schema") }
    }
}
