//! What is removed, and what is not.

use std::fs;

use hdr::cache::lock::Lock;
use hdr::cache::prune::prune;
use hdr::cache::refusal::{Failure, Kind};

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
            entry.header.expires_at = chrono::DateTime::from_timestamp(9000, 0).unwrap();
        }
        slot(&directory, request).store(&entry).unwrap();
    }
    let now = chrono::DateTime::from_timestamp(5000, 0).unwrap();
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
