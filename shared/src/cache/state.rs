//! Rotated refresh tokens: each replaces the one before, so losing one loses the grant.

use std::io;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::entry::{About, Schema};
use super::fingerprint::{Fingerprint, Inputs};
use super::instant;
use super::seal::{self, Seal, SealedBy};
use super::sign_in::SignInHeader;
use crate::error::{Error, Report};
use crate::os::clock::{self, Deadline};
use crate::os::file::reason;
use crate::os::lock::Lock;
use crate::os::private::{Directory, Draft};
#[cfg(unix)]
use crate::os::signals::Deferral;
use crate::os::user_key::{self, Key};
use crate::secret::Secret;

const EXTENSION: &str = user_key::CHAINS;

/// The room that is taken before a token is asked for: more than any header line or answer with one needs.
const ROOM: usize = 64 << 10;

/// Whether a file of the state directory holds a rotated refresh token.
#[must_use]
pub fn is_chain(file: &str) -> bool {
    file.ends_with(EXTENSION)
}

/// What `status` shows of a rotated refresh token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    schema: Schema,
    /// For whom and by whom it was issued.
    pub about: About,
    /// When it replaced the one before, by our clock.
    #[serde(with = "instant")]
    pub rotated_at: DateTime<Utc>,
    /// What is known of a sign-in, which such a token may come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_in: Option<SignInHeader>,
}

/// Where refresh tokens may be sent, and by whom.
#[derive(Clone, Copy, Debug)]
pub struct Recipient<'a> {
    /// The URL of the token endpoint.
    pub token_endpoint: &'a str,
    /// The client's identifier there.
    pub client_id: Option<&'a str>,
}

/// All refresh tokens that came from one original at one recipient, of which the newest alone is good.
#[derive(Debug)]
pub struct Chain<'d> {
    directory: &'d Directory,
    seal: Seal,
}

impl<'d> Chain<'d> {
    /// The chain that begins with `original`, the refresh token in its SOURCE. Another original is another chain, and so is
    /// the same one for another recipient, which is never sent what replaced it here.
    ///
    /// # Errors
    /// [`Error::Other`] when no seal can be made.
    pub fn new(directory: &'d Directory, key: &Key, to: Recipient<'_>, original: &Secret) -> Result<Self, Error> {
        let inputs = Inputs::new(key).text("token endpoint", to.token_endpoint).list("client", to.client_id);
        Self::named(directory, key, original, &inputs.secret("first token", original).finish())
    }

    /// The chain as earlier versions named it, by its original alone.
    ///
    /// # Errors
    /// Those of [`Chain::new`].
    pub fn of_earlier_version(directory: &'d Directory, key: &Key, original: &Secret) -> Result<Self, Error> {
        Self::named(directory, key, original, &Fingerprint::of(key, original))
    }

    /// The chains of all recipients that begin with `original`: those that it opens.
    ///
    /// # Errors
    /// [`Error::Other`] when the directory cannot be read; those of [`Chain::new`].
    pub fn all(directory: &'d Directory, key: &Key, original: &Secret) -> Result<Vec<Self>, Error> {
        let files = directory.names().map_err(|error| unusable(directory, &error))?;
        let names = files.iter().filter_map(|file| Fingerprint::parse(file.strip_suffix(EXTENSION)?));
        let chains: Result<Vec<_>, _> = names.map(|name| Self::named(directory, key, original, &name)).collect();
        Ok(chains?.into_iter().filter(|chain| matches!(chain.opened(), Ok(Some(_)))).collect())
    }

    /// The chain that a sign-in began which has this name. It has no original, and is sealed by the user's key alone.
    ///
    /// # Errors
    /// Those of [`Chain::new`].
    pub fn of_sign_in(directory: &'d Directory, key: &Key, name: &Fingerprint) -> Result<Self, Error> {
        let seal = Seal::new(key, None, name).map_err(|error| unusable(directory, &error))?;
        Ok(Self { directory, seal })
    }

    fn named(directory: &'d Directory, key: &Key, original: &Secret, name: &Fingerprint) -> Result<Self, Error> {
        let seal = Seal::new(key, Some(original), name).map_err(|error| unusable(directory, &error))?;
        Ok(Self { directory, seal })
    }

    /// What its lock is to be named by: a run that rotates holds it from [`Chain::load`] to [`Reservation::store`].
    #[must_use]
    pub fn name(&self) -> &Fingerprint {
        self.seal.name()
    }

    /// The newest token; `None` while the original has not been replaced.
    ///
    /// # Errors
    /// [`Error::Secret`] when there is one that cannot be opened: the original was consumed and must not be sent again.
    pub fn load(&self) -> Result<Option<Secret>, Error> {
        Ok(self.opened()?.map(|(_, token)| token))
    }

    /// The newest token and what is known of it; `None` where there is none.
    ///
    /// # Errors
    /// Those of [`Chain::load`].
    pub fn opened(&self) -> Result<Option<(Header, Secret)>, Error> {
        let lost = |cause: &str| {
            let (what, remedy) = match self.seal.by() {
                SealedBy::Credential => (
                    "rotated refresh token",
                    "put a new refresh token into its source, or remove this one with forget --refresh-token-too",
                ),
                SealedBy::Key => ("sign-in", "run login again"),
            };
            Error::Secret(Report::new(format_args!("the {what} {} cannot be opened", self.path()), cause, remedy))
        };
        let file = self.directory.read(&self.file()).map_err(|error| lost(&reason(&error)))?;
        let Some(file) = file else {
            return Ok(None);
        };
        let opened = self.seal.open::<Header>(&file).filter(|(_, token)| !token.is_empty());
        opened.map(Some).ok_or_else(|| lost("it is damaged, or was written by another version"))
    }

    /// Moves the token here that an earlier version kept of the same original, where that was for the same recipient: the
    /// header that it wrote is for `is_ours` to judge. Whoever calls this holds the lock of this chain.
    ///
    /// # Errors
    /// [`Error::Secret`] when it was for another recipient, which `ours` describes, or cannot be opened: then neither it nor
    /// its original may be sent. [`Error::Transient`] when a run of the earlier version takes longer than the deadline,
    /// [`Error::Other`] when the token cannot be written.
    pub fn take_over(
        &self,
        earlier: &Self,
        ours: &str,
        is_ours: impl Fn(&About) -> bool,
        deadline: &Deadline,
    ) -> Result<(), Error> {
        if self.directory.read(&earlier.file()).is_ok_and(|file| file.is_none()) {
            return Ok(());
        }
        let lock = Lock::acquire(self.directory, &earlier.name().to_string(), deadline)?;
        // Kept here before, it is of no more use there, and no more reason to refuse anything.
        let is_here = self.opened()?.is_some();
        let Some((header, token)) = (match earlier.opened() {
            Err(_) if is_here => None,
            opened => opened?,
        }) else {
            return Ok(());
        };
        if !is_ours(&header.about) {
            return if is_here { Ok(()) } else { Err(earlier.of_another(&header.about, ours, false)) };
        }
        if !is_here {
            self.reserve()?.store(&token, header.about, header.rotated_at)?;
        }
        let removed = self.directory.remove(&earlier.file()).and_then(|_| self.directory.sync());
        removed.and_then(|()| lock.retire()).map_err(|error| unusable(self.directory, &error))
    }

    /// Refuses to go on beside this chain, of the same original, which is another recipient's than `ours`.
    ///
    /// # Errors
    /// [`Error::Secret`] where the chain has a token.
    pub fn refuse(&self, ours: &str, is_ours: impl Fn(&About) -> bool) -> Result<(), Error> {
        match self.opened()? {
            Some((header, _)) => Err(self.of_another(&header.about, ours, is_ours(&header.about))),
            None => Ok(()),
        }
    }

    #[cold]
    fn of_another(&self, about: &About, ours: &str, differs_in_path: bool) -> Error {
        let client = about.client_id.as_deref().map_or_else(|| "no client id".to_owned(), |id| format!("client {id}"));
        Error::Secret(Report::new(
            format_args!("the rotated refresh token {} is for another client or authorization server", self.path()),
            format_args!(
                "it was issued by {} to {client}, and this run uses {ours}{}",
                about.issuer,
                if differs_in_path { " at another token endpoint" } else { "" }
            ),
            "use the options that it was issued with, put a new refresh token into its source, or remove this one with forget \
             --refresh-token-too",
        ))
    }

    /// Makes sure of a place for the next token, before the authorization server is asked for it. While the place
    /// lives, signals that end us wait.
    ///
    /// # Errors
    /// [`Error::Other`] when there is no room, or the directory cannot be written.
    pub fn reserve(&self) -> Result<Reservation<'_>, Error> {
        // What runs left behind that were killed costs room and nothing else.
        drop(self.directory.remove_abandoned(clock::now().into()));
        let reserved = self.directory.draft().and_then(|mut draft| draft.reserve(ROOM).map(|()| draft));
        let draft = reserved.map_err(|error| unusable(self.directory, &error))?;
        Ok(Reservation {
            chain: self,
            draft,
            #[cfg(unix)]
            _deferral: Deferral::storing().map_err(|error| unusable(self.directory, &error))?,
        })
    }

    /// Removes the token; says whether there was one.
    ///
    /// # Errors
    /// [`Error::Transient`] when a run that refreshes takes longer than the deadline, [`Error::Other`] when it cannot be
    /// removed.
    pub fn forget(&self, deadline: &Deadline) -> Result<bool, Error> {
        self.forget_after(deadline, || ())
    }

    /// The same after `last`, while no run refreshes.
    ///
    /// # Errors
    /// Those of [`Chain::forget`].
    pub fn forget_after(&self, deadline: &Deadline, last: impl FnOnce()) -> Result<bool, Error> {
        forget(self.directory, &self.file(), deadline, last)
    }

    fn file(&self) -> String {
        format!("{}{EXTENSION}", self.name())
    }

    fn path(&self) -> String {
        self.directory.path().join(self.file()).display().to_string()
    }
}

/// Room on the disk for the next token of a chain.
#[derive(Debug)]
pub struct Reservation<'c> {
    chain: &'c Chain<'c>,
    draft: Draft<'c>,
    #[cfg(unix)]
    _deferral: Deferral,
}

impl Reservation<'_> {
    /// Makes `token` the newest of its chain. Once this returns it survives a power cut.
    ///
    /// # Errors
    /// [`Error::Other`] when it could not be written all the same.
    pub fn store(self, token: &Secret, about: About, rotated_at: DateTime<Utc>) -> Result<(), Error> {
        self.keep(token, &Header { schema: Schema, about, rotated_at, sign_in: None })
    }

    /// The same of what a sign-in brought, or what replaced that.
    ///
    /// # Errors
    /// Those of [`Reservation::store`].
    pub fn store_sign_in(
        self,
        kept: &Secret,
        about: About,
        sign_in: SignInHeader,
        rotated_at: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.keep(kept, &Header { schema: Schema, about, rotated_at, sign_in: Some(sign_in) })
    }

    fn keep(self, token: &Secret, header: &Header) -> Result<(), Error> {
        let Self { chain, draft, .. } = self;
        let file = chain.seal.close(header, token);
        let keep = |file: Vec<u8>| match draft.publish(&chain.file(), &file) {
            // Another run took the draft for one of a run that was killed, as after the machine has slept.
            Err(error) if error.kind() == io::ErrorKind::NotFound => chain.directory.write(&chain.file(), &file),
            kept => kept,
        };
        file.and_then(keep).and_then(|()| chain.directory.sync()).map_err(|error| unusable(chain.directory, &error))
    }
}

/// Removes the tokens of all chains in `directory`; says how many there were.
///
/// # Errors
/// Those of [`Chain::forget`].
pub fn forget_all(directory: &Directory, deadline: &Deadline) -> Result<usize, Error> {
    let files = directory.names().map_err(|error| unusable(directory, &error))?;
    let chains = files.iter().filter(|file| is_chain(file));
    chains.map(|file| forget(directory, file, deadline, || ()).map(usize::from)).sum()
}

fn forget(directory: &Directory, file: &str, deadline: &Deadline, last: impl FnOnce()) -> Result<bool, Error> {
    let lock = Lock::acquire(directory, file.trim_end_matches(EXTENSION), deadline)?;
    last();
    let removed = directory.remove(file).and_then(|was| directory.sync().map(|()| was));
    removed.and_then(|was| lock.retire().map(|()| was)).map_err(|error| {
        let fact = format_args!("a rotated refresh token in {} cannot be removed", directory.path().display());
        Error::Other(Report::new(fact, reason(&error), "give this user write access"))
    })
}

/// The headers of all chains in `directory`: what their files say, not authenticated; `None` where one says nothing.
pub fn headers(directory: &Directory) -> io::Result<Vec<(String, Option<Header>)>> {
    let chains = directory.names()?.into_iter().filter(|file| is_chain(file));
    Ok(chains
        .map(|file| (file.clone(), directory.read(&file).ok().flatten().and_then(|file| seal::header(&file))))
        .collect())
}

#[cold]
fn unusable(directory: &Directory, error: &io::Error) -> Error {
    Error::Other(Report::new(
        format_args!("a rotated refresh token cannot be stored in {}", directory.path().display()),
        reason(error),
        "free space there, and give this user write access",
    ))
}
