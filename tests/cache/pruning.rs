//! What is removed, and what is not.

use std::fs;
use std::path::Path;

use chrono::DateTime;
use hdr::cache::entry;
use hdr::cache::prune::{forget_all, prune};
use hdr::cache::refusal::{Failure, Kind};
use hdr::os::lock::Lock;

use super::{Home, entry, key, name, slot, within};

#[test]
fn pruning_leaves_what_serves_and_what_is_held() {
    let home = Home::new();
    let directory = home.directory();
    let key = key(&home.path());
    for request in ["served", "expired", "held", "refused"] {
        let name = name(&key, request);
        drop(Lock::acquire(&directory, &name.to_string(), &within(0)).unwrap());
        directory.write(&name.file("handouts"), b"{}").unwrap();
        let mut entry = entry("token");
        if request == "served" {
            entry.header.expires_at = DateTime::from_timestamp(9000, 0).unwrap();
        }
        slot(&directory, request).store(&entry).unwrap();
    }
    let now = DateTime::from_timestamp(5000, 0).unwrap();
    let refusal = Failure { kind: Kind::Refusal, at: now, message: String::new() };
    refusal.remember(&directory, &name(&key, "refused")).unwrap();
    let _held = Lock::acquire(&directory, &name(&key, "held").to_string(), &within(0)).unwrap();
    prune(&directory, now).unwrap();

    let mut left: Vec<_> = ["handouts", "lock", "token"].map(|extension| name(&key, "served").file(extension)).into();
    left.extend(["handouts", "lock", "token"].map(|extension| name(&key, "held").file(extension)));
    left.extend(["failure", "handouts", "lock", "token"].map(|extension| name(&key, "refused").file(extension)));
    left.extend(["key", "key.lock"].map(str::to_owned));
    left.sort();
    assert_eq!(directory.names().unwrap(), left);
}

#[test]
fn drafts_left_behind_are_removed_after_an_hour() {
    let home = Home::new();
    let directory = home.directory();
    std::mem::forget(directory.draft().unwrap());
    let count = || fs::read_dir(home.path()).unwrap().count();
    let now = std::time::SystemTime::now();
    directory.remove_abandoned(now).unwrap();
    assert_eq!(count(), 1);
    directory.remove_abandoned(now + std::time::Duration::from_secs(3700)).unwrap();
    assert_eq!(count(), 0);
}

const MANY: usize = 20_000;

/// The most requests that one run looks at.
const MOST: usize = 64;

/// Puts `count` tokens of an hour into the cache that are one file by many names.
fn fill(home: &Home, count: usize) {
    let directory = home.directory();
    slot(&directory, "filling").store(&entry("token")).unwrap();
    let file = home.path().join(name(&key(&home.path()), "filling").file("token"));
    for number in 0..count {
        fs::hard_link(&file, home.path().join(format!("{number:064x}.token"))).unwrap();
    }
    fs::remove_file(file).unwrap();
}

fn tokens(path: &Path) -> usize {
    let is_token = |name: std::ffi::OsString| name.to_string_lossy().ends_with(".token");
    fs::read_dir(path).unwrap().filter(|file| is_token(file.as_ref().unwrap().file_name())).count()
}

#[test]
fn one_run_prunes_a_bounded_part_and_many_runs_prune_all() {
    let home = Home::new();
    fill(&home, 2000);
    let now = DateTime::from_timestamp(5000, 0).unwrap();
    let directory = home.directory();
    let mut left = tokens(&home.path());
    for _ in 0..10_000 {
        let examined = prune(&directory, now).unwrap();
        let removed = left - tokens(&home.path());
        assert!(examined <= MOST && removed <= examined, "{examined} {removed}");
        left -= removed;
        if left == 0 {
            break;
        }
    }
    assert_eq!(directory.names().unwrap(), ["key", "key.lock"]);
}

#[test]
fn what_expired_is_found_among_many_that_live() {
    let home = Home::new();
    fill(&home, MANY);
    let directory = home.directory();
    for request in 0..100 {
        let mut expired = entry("token");
        expired.header.expires_at = DateTime::from_timestamp(1000, 0).unwrap();
        slot(&directory, &format!("expired {request}")).store(&expired).unwrap();
    }
    let now = DateTime::from_timestamp(2000, 0).unwrap();
    let mut rounds = 0;
    while tokens(&home.path()) > MANY {
        (0..100).for_each(|_| assert!(prune(&directory, now).unwrap() <= MOST));
        rounds += 1;
        assert!(rounds < 200, "{} left", tokens(&home.path()));
    }
    assert_eq!(entry::headers(&directory).unwrap().len(), MANY);
    assert_eq!(forget_all(&directory, &within(60_000)).unwrap(), MANY);
    assert_eq!(directory.names().unwrap(), ["key", "key.lock"]);
}

/// A file that cannot be removed, or a request whose lock is held, keeps nobody from what comes after it.
#[test]
fn what_is_held_keeps_no_other_from_being_pruned() {
    let home = Home::new();
    fill(&home, 200);
    let directory = home.directory();
    let _held = Lock::acquire(&directory, &format!("{:064x}", 7), &within(60_000)).unwrap();
    let now = DateTime::from_timestamp(5000, 0).unwrap();
    for _ in 0..1000 {
        prune(&directory, now).unwrap();
    }
    let left = ["lock", "token"].map(|extension| format!("{:064x}.{extension}", 7));
    assert_eq!(directory.names().unwrap(), [left.as_slice(), &["key".to_owned(), "key.lock".to_owned()]].concat());
}
