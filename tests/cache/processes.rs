//! Many processes at once, and processes that are killed.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use hdr::cache::issued::IssuedTokens;
use hdr::cache::state::Chain;
use hdr::os::lock::{Hold, Lock, Overdue, Terms};
use hdr::os::user_key::Key;

use rustix::process::{Pid, Signal, kill_process};

use super::child::playing;
use super::{Home, RECIPIENT, entry, key, loaded, name, secret, slot, within};

/// What `count` processes say that play `role` at once.
fn said_by(count: usize, role: &str, home: &Home) -> Vec<String> {
    let files: Vec<_> = (0..count).map(|number| home.0.path().join(format!("said-{number}"))).collect();
    let children: Vec<_> = files.iter().map(|said| playing(role, &home.path(), said).spawn().unwrap()).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success(), "{role}");
    }
    files.iter().map(|said| fs::read_to_string(said).unwrap()).collect()
}

/// A process that plays `role` and has said something.
fn busy(role: &str, home: &Home) -> Child {
    let said = home.said();
    let child = playing(role, &home.path(), &said).spawn().unwrap();
    wait_for(&said);
    child
}

fn wait_for(path: &Path) {
    let started_at = Instant::now();
    while !path.exists() {
        assert!(started_at.elapsed() < Duration::from_secs(20), "{} did not appear", path.display());
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn fifty_processes_make_one_key() {
    let home = Home::new();
    let keys: BTreeSet<_> = said_by(50, "make the key", &home).into_iter().collect();
    assert_eq!(keys.len(), 1, "{keys:?}");
    assert_eq!(home.directory().names().unwrap(), ["key", "key.lock"]);
}

#[test]
fn fifty_processes_ask_once() {
    let home = Home::new();
    let tokens: BTreeSet<_> = said_by(50, "ask once", &home).into_iter().collect();
    assert_eq!(tokens.len(), 1, "{tokens:?}");
}

#[test]
fn a_killed_holder_blocks_nobody() {
    let home = Home::new();
    let holder = busy("hold the lock", &home);
    let directory = home.directory();
    assert_eq!(Lock::acquire(&directory, "request", &within(100)).unwrap_err().exit_code(), 5);
    kill(holder);
    Lock::acquire(&directory, "request", &within(0)).unwrap();
}

#[test]
fn a_lock_held_past_its_deadline_is_taken_over_where_that_harms_nobody() {
    let home = Home::new();
    let holder = busy("hold two locks for 300 ms", &home);
    let directory = home.directory();
    let error = Key::open(&directory, &within(8000)).unwrap_err();
    let pid = holder.id();
    assert_eq!(error.exit_code(), 5);
    assert_eq!(
        error.to_string(),
        format!(
            "another run holds a lock that this one needs: process {pid} is past its deadline, and is suspended or hangs; resume \
             it (kill -CONT {pid}), or end it"
        )
    );
    let wait = within(8000);
    let terms = Terms { wait, hold: Hold::Until(wait), overdue: Overdue::TakeOver };
    let taken = Lock::acquire(&directory, "request", terms).unwrap();
    assert!(taken.is_current());
    kill(holder);
    assert!(taken.is_current());
    assert_eq!(Lock::acquire(&directory, "request", &within(0)).unwrap_err().exit_code(), 5);
    drop(taken);
    assert_eq!(directory.names().unwrap(), ["key.lock"]);
    key(&home.path());
}

#[test]
fn who_was_stopped_while_noting_what_was_issued_blocks_nobody_and_notes_nothing() {
    let home = Home::new();
    let directory = home.directory();
    let name = name(&key(&home.path()), "request");
    let mut stopped = busy("note what was issued", &home);
    let pid = Pid::from_child(&stopped);
    kill_process(pid, Signal::STOP).unwrap();
    let started_at = Instant::now();
    IssuedTokens::change(&directory, &name, &name, &within(8000), |_, _| ()).unwrap();
    let waited = started_at.elapsed();
    assert!((700..3000).contains(&waited.as_millis()), "{waited:?}");
    let noted = name.file("handouts");
    let written = fs::metadata(home.path().join(&noted)).unwrap().modified().unwrap();
    kill_process(pid, Signal::CONT).unwrap();
    assert!(stopped.wait().unwrap().success());
    let said = fs::read_to_string(home.said()).unwrap();
    assert_eq!(said, "5: the token issued to this client is not recorded: this run was stopped; try again");
    assert_eq!(fs::metadata(home.path().join(&noted)).unwrap().modified().unwrap(), written);
    assert_eq!(directory.names().unwrap(), [noted, "key".to_owned(), "key.lock".to_owned()]);
}

#[test]
fn a_writer_killed_at_any_moment_leaves_an_entry_that_can_be_read() {
    let home = Home::new();
    let directory = home.directory();
    let slot = slot(&directory, "request");
    slot.store(&entry("first")).unwrap();
    for round in 0..40 {
        let writer = busy("write for ever", &home);
        std::thread::sleep(Duration::from_micros(700 * round));
        kill(writer);
        assert!(loaded(&slot).is_some(), "round {round}");
        fs::remove_file(home.said()).unwrap();
    }
}

#[test]
fn a_rotated_token_that_was_acknowledged_is_never_lost() {
    let home = Home::new();
    let directory = home.directory();
    let key = key(&home.path());
    let chain = Chain::new(&directory, &key, RECIPIENT, &secret("original")).unwrap();
    for round in 0..40 {
        directory.remove("acknowledged").unwrap();
        let writer = playing("rotate for ever", &home.path(), &home.said()).spawn().unwrap();
        wait_for(&home.path().join("acknowledged"));
        std::thread::sleep(Duration::from_micros(700 * round));
        kill(writer);
        let number = |bytes: &[u8]| std::str::from_utf8(bytes).unwrap().parse::<u64>().unwrap();
        let acknowledged = number(&directory.read("acknowledged").unwrap().unwrap());
        let kept = number(chain.load().unwrap().unwrap().expose());
        assert!((acknowledged..=acknowledged + 1).contains(&kept), "round {round}: {kept} after {acknowledged}");
    }
}

/// Ends a process by SIGTERM; says how long it took.
fn terminate(mut child: Child) -> Duration {
    let started_at = Instant::now();
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(Signal::TERM.as_raw()));
    started_at.elapsed()
}

#[test]
fn sigterm_waits_until_a_token_that_was_asked_for_is_kept() {
    let home = Home::new();
    let took = terminate(busy("refresh slowly", &home));
    assert!((100..5000).contains(&took.as_millis()), "{took:?}");
    let directory = home.directory();
    let chain = Chain::new(&directory, &key(&home.path()), RECIPIENT, &secret("original")).unwrap();
    assert_eq!(chain.load().unwrap().unwrap().expose(), b"second");
}

#[test]
fn sigterm_ends_a_run_whose_command_is_over() {
    let took = terminate(busy("run a command", &Home::new()));
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn a_full_disk_is_an_error_before_anything_is_lost() {
    let home = Home::new();
    let directory = home.directory();
    let slot = slot(&directory, "request");
    slot.store(&entry("old")).unwrap();
    let said = said_by(1, "fill the disk", &home).remove(0);
    let cause = "File too large (os error 27)";
    let place = home.path();
    assert_eq!(
        said,
        format!(
            "FileTooLarge\n1\na rotated refresh token cannot be stored in {}: {cause}; \
             free space there, and give this user write access",
            place.display()
        )
    );
    assert_eq!(loaded(&slot).unwrap(), b"old");
    assert!(fs::read_dir(home.path()).unwrap().all(|file| {
        let name = file.unwrap().file_name().into_string().unwrap();
        !name.starts_with("draft-")
    }));
}
