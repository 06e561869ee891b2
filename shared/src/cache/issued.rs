//! Which client was issued which token for which server. A client that asks for the same one again had it refused: a retry.

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

/// How long a token that was minted for a retry counts.
const WINDOW: Duration = Duration::from_secs(10 * 60);

/// The most clients that are remembered for one request; the oldest are forgotten first.
const MOST: usize = 256;

/// The clients that were issued the tokens of one request. The names in the file are those of earlier versions.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct IssuedTokens {
    #[serde(rename = "handouts")]
    issued: Vec<IssuedTo>,
}

/// What one client was given last for one server.
#[derive(Debug, Serialize, Deserialize)]
struct IssuedTo {
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
    /// When it retried and a new token was requested for it, in milliseconds since 1970.
    #[serde(rename = "reasks")]
    retries: Vec<i64>,
}

/// The first time that a client was given a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstIssue {
    /// When it was.
    pub at: DateTime<Utc>,
    /// Whether the token was asked for on behalf of this client.
    pub minted: bool,
}

impl IssuedTokens {
    /// The clients that were issued tokens of the request `name`; none where their file is missing or damaged.
    #[must_use]
    pub fn load(directory: &Directory, name: &Fingerprint) -> Self {
        let file = directory.read(&name.file(EXTENSION)).ok().flatten().unwrap_or_default();
        serde_json::from_slice(&file).unwrap_or_default()
    }

    /// Changes the file of the request `name`, whose token is `current`, and drops entries that no decision needs. The file
    /// has its own lock, which no run holds during a token request: a run that serves does not wait for one that requests.
    /// `change` is given the time, read under the lock: no entry is later than the time it is compared with.
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
        let mut issued = Self::load(directory, name);
        let now = clock::now();
        change(&mut issued, now);
        if !lock.is_current() {
            let fact = "the token issued to this client is not recorded";
            return Err(Error::Transient(Report::new(fact, "this run was stopped", "try again")));
        }
        issued.store(directory, name, current, now).map_err(|error| {
            let path = directory.path().join(name.file(EXTENSION));
            let fact = format_args!("{} cannot be written", path.display());
            Error::Other(Report::new(fact, reason(&error), "free space there, and give this user write access"))
        })
    }

    fn store(
        mut self,
        directory: &Directory,
        name: &Fingerprint,
        current: &Fingerprint,
        now: DateTime<Utc>,
    ) -> io::Result<()> {
        for issue in &mut self.issued {
            issue.retries.retain(|retry| is_recent(*retry, now));
        }
        self.issued.retain(|issue| issue.token == *current || !issue.retries.is_empty());
        self.issued.sort_by_key(|issue| issue.at);
        let surplus = self.issued.len().saturating_sub(MOST);
        self.issued.drain(..surplus);
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
            None => self.issued.push(IssuedTo {
                client: client.clone(),
                server: server.clone(),
                token: token.clone(),
                at: now,
                minted,
                retries: Vec::new(),
            }),
        }
    }

    /// Notes that a new token is asked for because `client` retried for `server`, whether or not the request succeeds.
    pub fn note_retry(&mut self, client: &Process, server: &Fingerprint, now: DateTime<Utc>) {
        if let Some(issue) = self.find_mut(client, server) {
            issue.retries.push(now.timestamp_millis());
        }
    }

    /// When `client` was given this very `token` for `server`, and whether it was minted for it.
    #[must_use]
    pub fn given(&self, client: &Process, server: &Fingerprint, token: &Fingerprint) -> Option<FirstIssue> {
        let issue = self.find(client, server).filter(|issue| issue.token == *token)?;
        Some(FirstIssue { at: issue.at, minted: issue.minted })
    }

    /// How often in the last ten minutes a new token was asked for because `client` retried for `server`.
    #[must_use]
    pub fn retries(&self, client: &Process, server: &Fingerprint, now: DateTime<Utc>) -> usize {
        let recent = |issue: &IssuedTo| issue.retries.iter().filter(|retry| is_recent(**retry, now)).count();
        self.find(client, server).map_or(0, recent)
    }

    fn find(&self, client: &Process, server: &Fingerprint) -> Option<&IssuedTo> {
        self.issued.iter().find(|issue| issue.client == *client && issue.server == *server)
    }

    fn find_mut(&mut self, client: &Process, server: &Fingerprint) -> Option<&mut IssuedTo> {
        self.issued.iter_mut().find(|issue| issue.client == *client && issue.server == *server)
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
        let mut issued = IssuedTokens::load(&directory, &name);
        issued.note(&client(1), &server, &token, false, at(100));
        issued.store(&directory, &name, &token, at(100)).unwrap();

        let issued = IssuedTokens::load(&directory, &name);
        assert_eq!(issued.given(&client(1), &server, &token), Some(FirstIssue { at: at(100), minted: false }));
        assert_eq!(issued.given(&client(2), &server, &token), None);
        assert_eq!(issued.given(&client(1), &token, &token), None);
        assert_eq!(issued.given(&client(1), &server, &server), None);
        let file = String::from_utf8(directory.read(&name.file(EXTENSION)).unwrap().unwrap()).unwrap();
        assert!(!file.contains("\"token\":\"token\""), "{file}");
    }

    #[test]
    fn a_file_of_an_earlier_version_is_read() {
        let hex = |digit: &str| digit.repeat(64);
        let file = format!(
            r#"{{"handouts":[{{"client":{{"pid":7,"started":1,"boot":"b"}},"server":"{}","token":"{}","at":100000,
            "minted":true,"reasks":[99000]}}]}}"#,
            hex("a"),
            hex("b")
        );
        let issued: IssuedTokens = serde_json::from_str(&file).unwrap();
        let [server, token] = ["a", "b"].map(|digit| serde_json::from_value(hex(digit).into()).unwrap());
        assert_eq!(issued.given(&client(7), &server, &token), Some(FirstIssue { at: at(100), minted: true }));
        assert_eq!(issued.retries(&client(7), &server, at(100)), 1);
        let written = serde_json::to_value(&issued).unwrap();
        assert_eq!(written, serde_json::from_str::<serde_json::Value>(&file).unwrap());
    }

    #[test]
    fn the_first_time_that_a_token_was_given_counts() {
        let [server, token, newer] = ["server", "token", "newer"].map(fingerprint);
        let mut issued = IssuedTokens::default();
        for second in [100, 101] {
            issued.note(&client(1), &server, &token, false, at(second));
        }
        assert_eq!(issued.given(&client(1), &server, &token), Some(FirstIssue { at: at(100), minted: false }));
        issued.note(&client(1), &server, &newer, false, at(102));
        assert_eq!(issued.given(&client(1), &server, &newer), Some(FirstIssue { at: at(102), minted: false }));
    }

    #[test]
    fn they_are_pruned_to_what_matters() {
        let home = tempfile::tempdir().unwrap();
        let directory = Directory::at(&home.path().join("cache")).unwrap();
        let [name, server, old, new] = ["name", "server", "old", "new"].map(fingerprint);
        let mut issued = IssuedTokens::default();
        issued.note(&client(1), &server, &old, false, at(100));
        issued.note(&client(2), &server, &old, false, at(100));
        issued.note_retry(&client(2), &server, at(200));
        issued.note_retry(&client(3), &server, at(200));
        for pid in 10..400 {
            issued.note(&client(pid), &server, &new, false, at(i64::from(pid)));
        }
        issued.store(&directory, &name, &new, at(500)).unwrap();

        let issued = IssuedTokens::load(&directory, &name);
        assert_eq!(issued.issued.len(), MOST);
        assert_eq!(issued.given(&client(399), &server, &new), Some(FirstIssue { at: at(399), minted: false }));
        assert_eq!(issued.given(&client(1), &server, &old), None);
        assert_eq!(issued.retries(&client(3), &server, at(500)), 0);
        issued.store(&directory, &name, &old, at(500)).unwrap();
        assert_eq!(IssuedTokens::load(&directory, &name).issued.len(), 0);
    }

    #[test]
    fn mints_on_a_re_ask_count_for_ten_minutes() {
        let [server, token] = ["server", "token"].map(fingerprint);
        let mut issued = IssuedTokens::default();
        issued.note(&client(1), &server, &token, false, at(0));
        for second in [100, 200, 300] {
            issued.note_retry(&client(1), &server, at(second));
        }
        for (now, count) in [(99, 0), (100, 1), (300, 3), (699, 3), (700, 2), (899, 1), (900, 0)] {
            assert_eq!(issued.retries(&client(1), &server, at(now)), count, "{now}");
        }
    }

    #[test]
    fn a_mint_on_a_re_ask_is_noted_however_long_the_lock_was_waited_for() {
        let home = tempfile::tempdir().unwrap();
        let directory = Directory::at(&home.path().join("cache")).unwrap();
        let [name, server, token] = ["name", "server", "token"].map(fingerprint);
        let deadline = Deadline::new(clock::monotonic(), Duration::from_secs(5));
        for count in 0..50 {
            IssuedTokens::change(&directory, &name, &token, &deadline, |issued, now| {
                issued.note(&client(1), &server, &token, false, now);
                issued.note_retry(&client(1), &server, now);
            })
            .unwrap();
            let noted = IssuedTokens::load(&directory, &name).retries(&client(1), &server, clock::now());
            assert_eq!(noted, count + 1);
        }
    }

    #[test]
    fn a_damaged_file_is_empty() {
        let home = tempfile::tempdir().unwrap();
        let directory = Directory::at(&home.path().join("cache")).unwrap();
        let name = fingerprint("name");
        for damaged in ["", "{", "[]", "null", r#"{"issued":[{}]}"#, "\u{0}"] {
            directory.write(&name.file(EXTENSION), damaged.as_bytes()).unwrap();
            assert!(IssuedTokens::load(&directory, &name).issued.is_empty(), "{damaged}");
        }
    }
}
