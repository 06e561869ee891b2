//! Which client was given which token for which server: a client that comes back for the same one had it refused.

use std::io;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::fingerprint::Fingerprint;
use super::instant;
use crate::client::ancestry::Process;
use crate::error::{Error, Report};
use crate::os::clock::{self, Deadline};
use crate::os::file::reason;
use crate::os::lock::{Hold, Lock, Overdue, Terms};
use crate::os::private::Directory;

pub(super) const EXTENSION: &str = "handouts";

/// The longest that a change takes: who waits for longer takes the lock over.
const CHANGE: Duration = Duration::from_secs(1);

/// How long a mint on a re-ask counts.
const WINDOW: Duration = Duration::from_secs(10 * 60);

/// The most clients that are remembered for one request; the oldest are forgotten first.
const MOST: usize = 256;

/// The hand-outs of one request's tokens.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Handouts {
    handouts: Vec<Handout>,
}

/// What one client was given last for one server.
#[derive(Debug, Serialize, Deserialize)]
struct Handout {
    client: Process,
    /// The fingerprint of server and profile.
    server: Fingerprint,
    /// The fingerprint of the token.
    token: Fingerprint,
    #[serde(with = "instant")]
    at: DateTime<Utc>,
    /// Whether it was asked for on behalf of this client.
    #[serde(default)]
    minted: bool,
    /// When it came back and a new token was asked for, in milliseconds since 1970.
    reasks: Vec<i64>,
}

/// The first time that a client was given a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issued {
    /// When it was.
    pub at: DateTime<Utc>,
    /// Whether the token was asked for on behalf of this client.
    pub minted: bool,
}

impl Handouts {
    /// The hand-outs for the request `name`; none where their file is missing or damaged.
    #[must_use]
    pub fn load(directory: &Directory, name: &Fingerprint) -> Self {
        let file = directory.read(&name.file(EXTENSION)).ok().flatten().unwrap_or_default();
        serde_json::from_slice(&file).unwrap_or_default()
    }

    /// Changes the hand-outs for the request `name`, whose token is `current`, and drops what matters no longer. They have
    /// a lock of their own, which nobody holds while asking for a token: who is served does not wait for who asks. `change`
    /// is given the time, read under the lock: no note lies after the one by which it is judged.
    ///
    /// # Errors
    /// Those of locking, of which one that takes longer than the deadline is one, and of writing; [`Error::Transient`] when
    /// another run has taken the lock over.
    pub fn change(
        directory: &Directory,
        name: &Fingerprint,
        current: &Fingerprint,
        deadline: &Deadline,
        change: impl FnOnce(&mut Self, DateTime<Utc>),
    ) -> Result<(), Error> {
        let terms = Terms { wait: *deadline, hold: Hold::For(CHANGE), overdue: Overdue::TakeOver };
        let lock = Lock::acquire(directory, &name.file(EXTENSION), terms)?;
        let mut handouts = Self::load(directory, name);
        let now = clock::now();
        change(&mut handouts, now);
        if !lock.is_current() {
            let fact = "what was issued to this client is not noted";
            return Err(Error::Transient(Report::new(fact, "this run was stopped", "try again")));
        }
        handouts.store(directory, name, current, now).map_err(|error| {
            let path = directory.path().join(name.file(EXTENSION));
            let fact = format_args!("{} cannot be written", path.display());
            Error::Other(Report::new(fact, reason(&error), "make room there, and let this user write it"))
        })
    }

    fn store(
        mut self,
        directory: &Directory,
        name: &Fingerprint,
        current: &Fingerprint,
        now: DateTime<Utc>,
    ) -> io::Result<()> {
        for handout in &mut self.handouts {
            handout.reasks.retain(|reask| is_recent(*reask, now));
        }
        self.handouts.retain(|handout| handout.token == *current || !handout.reasks.is_empty());
        self.handouts.sort_by_key(|handout| handout.at);
        let surplus = self.handouts.len().saturating_sub(MOST);
        self.handouts.drain(..surplus);
        directory.write_unsynced(&name.file(EXTENSION), &serde_json::to_vec(&self)?)
    }

    /// Notes that `client` gets `token` for `server`, which was `minted` for it or for another one; to be called as the last
    /// thing before it is printed. The first time counts: a run that began after it may come from a refusal, whatever other
    /// runs printed meanwhile.
    pub fn note(
        &mut self,
        client: &Process,
        server: &Fingerprint,
        token: &Fingerprint,
        minted: bool,
        now: DateTime<Utc>,
    ) {
        match self.find_mut(client, server) {
            Some(known) if known.token == *token => {}
            Some(known) => {
                known.token = token.clone();
                known.at = now;
                known.minted = minted;
            }
            None => self.handouts.push(Handout {
                client: client.clone(),
                server: server.clone(),
                token: token.clone(),
                at: now,
                minted,
                reasks: Vec::new(),
            }),
        }
    }

    /// Notes that a new token is asked for because `client` came back for `server`, whatever becomes of it.
    pub fn note_reask(&mut self, client: &Process, server: &Fingerprint, now: DateTime<Utc>) {
        if let Some(handout) = self.find_mut(client, server) {
            handout.reasks.push(now.timestamp_millis());
        }
    }

    /// When `client` was given this very `token` for `server`, and whether it was minted for it.
    #[must_use]
    pub fn given(&self, client: &Process, server: &Fingerprint, token: &Fingerprint) -> Option<Issued> {
        let handout = self.find(client, server).filter(|handout| handout.token == *token)?;
        Some(Issued { at: handout.at, minted: handout.minted })
    }

    /// How often in the last ten minutes a new token was asked for because `client` came back for `server`.
    #[must_use]
    pub fn reasks(&self, client: &Process, server: &Fingerprint, now: DateTime<Utc>) -> usize {
        let recent = |handout: &Handout| handout.reasks.iter().filter(|reask| is_recent(**reask, now)).count();
        self.find(client, server).map_or(0, recent)
    }

    fn find(&self, client: &Process, server: &Fingerprint) -> Option<&Handout> {
        self.handouts.iter().find(|handout| handout.client == *client && handout.server == *server)
    }

    fn find_mut(&mut self, client: &Process, server: &Fingerprint) -> Option<&mut Handout> {
        self.handouts.iter_mut().find(|handout| handout.client == *client && handout.server == *server)
    }
}

fn is_recent(milliseconds: i64, now: DateTime<Utc>) -> bool {
    DateTime::from_timestamp_millis(milliseconds).is_some_and(|at| instant::is_within(at, WINDOW, now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::user_key::Key;
    use crate::secret::Secret;

    fn fingerprint(text: &str) -> Fingerprint {
        Fingerprint::of(&Key::of_bytes([0; 32]), &Secret::new(text.as_bytes().to_vec()))
    }

    fn client(pid: u32) -> Process {
        Process { pid, started: 1, boot: "b".to_owned() }
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn they_are_kept_per_client_server_and_token() {
        let home = tempfile::tempdir().unwrap();
        let directory = Directory::at(&home.path().join("cache")).unwrap();
        let [name, server, token] = ["name", "server", "token"].map(fingerprint);
        let mut handouts = Handouts::load(&directory, &name);
        handouts.note(&client(1), &server, &token, false, at(100));
        handouts.store(&directory, &name, &token, at(100)).unwrap();

        let handouts = Handouts::load(&directory, &name);
        assert_eq!(handouts.given(&client(1), &server, &token), Some(Issued { at: at(100), minted: false }));
        assert_eq!(handouts.given(&client(2), &server, &token), None);
        assert_eq!(handouts.given(&client(1), &token, &token), None);
        assert_eq!(handouts.given(&client(1), &server, &server), None);
        let file = String::from_utf8(directory.read(&name.file(EXTENSION)).unwrap().unwrap()).unwrap();
        assert!(!file.contains("\"token\":\"token\""), "{file}");
    }

    #[test]
    fn the_first_time_that_a_token_was_given_counts() {
        let [server, token, newer] = ["server", "token", "newer"].map(fingerprint);
        let mut handouts = Handouts::default();
        for second in [100, 101] {
            handouts.note(&client(1), &server, &token, false, at(second));
        }
        assert_eq!(handouts.given(&client(1), &server, &token), Some(Issued { at: at(100), minted: false }));
        handouts.note(&client(1), &server, &newer, false, at(102));
        assert_eq!(handouts.given(&client(1), &server, &newer), Some(Issued { at: at(102), minted: false }));
    }

    #[test]
    fn they_are_pruned_to_what_matters() {
        let home = tempfile::tempdir().unwrap();
        let directory = Directory::at(&home.path().join("cache")).unwrap();
        let [name, server, old, new] = ["name", "server", "old", "new"].map(fingerprint);
        let mut handouts = Handouts::default();
        handouts.note(&client(1), &server, &old, false, at(100));
        handouts.note(&client(2), &server, &old, false, at(100));
        handouts.note_reask(&client(2), &server, at(200));
        handouts.note_reask(&client(3), &server, at(200));
        for pid in 10..400 {
            handouts.note(&client(pid), &server, &new, false, at(i64::from(pid)));
        }
        handouts.store(&directory, &name, &new, at(500)).unwrap();

        let handouts = Handouts::load(&directory, &name);
        assert_eq!(handouts.handouts.len(), MOST);
        assert_eq!(handouts.given(&client(399), &server, &new), Some(Issued { at: at(399), minted: false }));
        assert_eq!(handouts.given(&client(1), &server, &old), None);
        assert_eq!(handouts.reasks(&client(3), &server, at(500)), 0);
        handouts.store(&directory, &name, &old, at(500)).unwrap();
        assert_eq!(Handouts::load(&directory, &name).handouts.len(), 0);
    }

    #[test]
    fn mints_on_a_re_ask_count_for_ten_minutes() {
        let [server, token] = ["server", "token"].map(fingerprint);
        let mut handouts = Handouts::default();
        handouts.note(&client(1), &server, &token, false, at(0));
        for second in [100, 200, 300] {
            handouts.note_reask(&client(1), &server, at(second));
        }
        for (now, count) in [(99, 0), (100, 1), (300, 3), (699, 3), (700, 2), (899, 1), (900, 0)] {
            assert_eq!(handouts.reasks(&client(1), &server, at(now)), count, "{now}");
        }
    }

    #[test]
    fn a_mint_on_a_re_ask_is_noted_however_long_the_lock_was_waited_for() {
        let home = tempfile::tempdir().unwrap();
        let directory = Directory::at(&home.path().join("cache")).unwrap();
        let [name, server, token] = ["name", "server", "token"].map(fingerprint);
        let deadline = Deadline::new(clock::monotonic(), Duration::from_secs(5));
        for count in 0..50 {
            Handouts::change(&directory, &name, &token, &deadline, |handouts, now| {
                handouts.note(&client(1), &server, &token, false, now);
                handouts.note_reask(&client(1), &server, now);
            })
            .unwrap();
            let noted = Handouts::load(&directory, &name).reasks(&client(1), &server, clock::now());
            assert_eq!(noted, count + 1);
        }
    }

    #[test]
    fn a_damaged_file_is_empty() {
        let home = tempfile::tempdir().unwrap();
        let directory = Directory::at(&home.path().join("cache")).unwrap();
        let name = fingerprint("name");
        for damaged in ["", "{", "[]", "null", r#"{"handouts":[{}]}"#, "\u{0}"] {
            directory.write(&name.file(EXTENSION), damaged.as_bytes()).unwrap();
            assert!(Handouts::load(&directory, &name).handouts.is_empty(), "{damaged}");
        }
    }
}
