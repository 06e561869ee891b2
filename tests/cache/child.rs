//! This test binary once more, as another process that plays a role.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use hdr::cache::CACHE_DIRECTORY;
use hdr::cache::issued::IssuedTokens;
use hdr::cache::state::Chain;
use hdr::client::{ancestry, streams};
use hdr::error::notes::Notes;
use hdr::os::lock::Lock;
use hdr::os::private::Directory;
use hdr::secret::Source;
use hdr::secret::environment::Environment;
use hdr::secret::source::Sources;
use rustix::process::{Resource, Rlimit, setrlimit};

use super::{RECIPIENT, entry, key, loaded, name, secret, slot, within};

/// A command that plays `role` in `directory`. What it has to say goes to the file `said`.
pub(crate) fn playing(role: &str, directory: &Path, said: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child::plays_its_role", "--nocapture"]);
    command.env("ROLE", role).env("DIRECTORY", directory).env("SAID", said);
    command.stdout(Stdio::null());
    command
}

/// Asserts nothing by itself: in the processes that [`playing`] starts it does what they are there for.
#[test]
fn plays_its_role() {
    let Ok(role) = std::env::var("ROLE") else { return };
    let [path, said] = ["DIRECTORY", "SAID"].map(|name| std::path::PathBuf::from(std::env::var_os(name).unwrap()));
    let say = |what: String| std::fs::write(&said, what).unwrap();
    match role.as_str() {
        "make the key" => {
            let key = key(&path);
            say(hdr::cache::fingerprint::Fingerprint::of(&key, &secret("probe")).to_string());
        }
        "hold the lock" => {
            let directory = Directory::at(&path).unwrap();
            let _lock = Lock::acquire(&directory, "request", &within(8000)).unwrap();
            say("held".to_owned());
            std::thread::sleep(Duration::from_secs(60));
        }
        "hold two locks for 300 ms" => {
            let directory = Directory::at(&path).unwrap();
            let _locks = ["key", "request"].map(|name| Lock::acquire(&directory, name, &within(300)).unwrap());
            say("held".to_owned());
            std::thread::sleep(Duration::from_secs(60));
        }
        "note what was issued" => {
            say(note_slowly(&path, || say("changing".to_owned())));
        }
        "ask once" => {
            let directory = Directory::at(&path).unwrap();
            let _lock = Lock::acquire(&directory, "request", &within(8000)).unwrap();
            let slot = slot(&directory, "request");
            let token = loaded(&slot).unwrap_or_else(|| {
                std::thread::sleep(Duration::from_millis(200));
                let minted = std::process::id().to_string();
                slot.store(&entry(&minted)).unwrap();
                minted.into_bytes()
            });
            say(String::from_utf8(token).unwrap());
        }
        "write for ever" => {
            let directory = Directory::at(&path).unwrap();
            let slot = slot(&directory, "request");
            say("writing".to_owned());
            for round in 0_u64.. {
                slot.store(&entry(&format!("{round}{}", "x".repeat(20_000)))).unwrap();
            }
        }
        "rotate for ever" => {
            let directory = Directory::at(&path).unwrap();
            let key = key(&path);
            let chain = Chain::new(&directory, &key, RECIPIENT, &secret("original")).unwrap();
            for round in 0_u64.. {
                let place = chain.reserve().unwrap();
                let now = hdr::os::clock::now();
                place.store(&secret(&round.to_string()), entry("").header.about, now).unwrap();
                directory.write("acknowledged", round.to_string().as_bytes()).unwrap();
            }
        }
        "refresh slowly" => {
            let directory = Directory::at(&path).unwrap();
            let key = key(&path);
            let chain = Chain::new(&directory, &key, RECIPIENT, &secret("original")).unwrap();
            let place = chain.reserve().unwrap();
            say("sent".to_owned());
            std::thread::sleep(Duration::from_millis(300));
            place.store(&secret("second"), entry("").header.about, hdr::os::clock::now()).unwrap();
            std::thread::sleep(Duration::from_secs(60));
        }
        "run a command" => {
            let sources = Sources::new(Environment::default(), within(8000));
            let source = Source::parse("--key", "cmd:echo x").unwrap();
            sources.secret("--key", &source, &Notes::default()).unwrap();
            say("done".to_owned());
            std::thread::sleep(Duration::from_secs(60));
        }
        "fill the disk" => {
            let directory = Directory::at(&path).unwrap();
            let limit = Some(4096);
            setrlimit(Resource::Fsize, Rlimit { current: limit, maximum: limit }).unwrap();
            let stored = slot(&directory, "request").store(&entry(&"x".repeat(5000))).unwrap_err();
            let chain = Chain::new(&directory, &key(&path), RECIPIENT, &secret("original")).unwrap();
            let reserved = chain.reserve().unwrap_err();
            say(format!("{:?}\n{}\n{reserved}", stored.kind(), reserved.exit_code()));
        }
        "do without HOME" => {
            let error = Directory::open(CACHE_DIRECTORY).unwrap_err();
            say(format!("{}: {error}", error.exit_code()));
        }
        "only read" => {
            let directory = Directory::at(&path).unwrap();
            let slot = slot(&directory, "request");
            let token = String::from_utf8(loaded(&slot).unwrap()).unwrap();
            let stored = slot.store(&entry("newer")).unwrap_err();
            let locked = Lock::acquire(&directory, "request", &within(0)).unwrap_err();
            let chain = Chain::new(&directory, &key(&path), RECIPIENT, &secret("original")).unwrap();
            let reserved = chain.reserve().unwrap_err();
            let codes = [locked.exit_code(), reserved.exit_code()];
            say(format!("{token}\n{:?}\n{}: {locked}\n{}: {reserved}", stored.kind(), codes[0], codes[1]));
        }
        "look for the client" => say(format!("{:?} {}", ancestry::client(), streams::is_run_by_mcp_client())),
        other => panic!("no role: {other}"),
    }
}

/// Changes what was issued, and calls `notify` on the way; says what came of it.
fn note_slowly(path: &Path, notify: impl FnOnce()) -> String {
    let name = name(&key(path), "request");
    let noted = IssuedTokens::change(&Directory::at(path).unwrap(), &name, &name, &within(8000), |_, _| {
        notify();
        std::thread::sleep(Duration::from_millis(100));
    });
    noted.map_or_else(|error| format!("{}: {error}", error.exit_code()), |()| "noted".to_owned())
}
