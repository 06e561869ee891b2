//! Files and directories that somebody spoiled.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};

use super::child::playing;
use super::spoil::WAYS;
use super::{Home, entry, key, loaded, name, skipped, slot, within};
use hdr::cache::entry::headers;
use hdr::os::lock::Lock;
use hdr::os::private::Directory;

fn mode(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().permissions().mode() & 0o7777
}

/// The only file with `extension`.
pub(crate) fn file(home: &Home, extension: &str) -> PathBuf {
    let mut found = home.directory().names().unwrap();
    found.retain(|name| name.ends_with(extension));
    assert_eq!(found.len(), 1, "{found:?}");
    home.path().join(found.remove(0))
}

#[test]
fn modes_are_private() {
    let home = Home::new();
    let path = home.0.path().join("a/b/c");
    let directory = Directory::at(&path).unwrap();
    slot(&directory, "request").store(&entry("token")).unwrap();
    let _lock = Lock::acquire(&directory, "request", &within(0)).unwrap();
    for above in ["a", "a/b", "a/b/c"] {
        assert_eq!(mode(&home.0.path().join(above)), 0o700, "{above}");
    }
    let names = directory.names().unwrap();
    assert_eq!(names.len(), 4, "{names:?}");
    for name in names {
        assert_eq!(mode(&path.join(&name)), 0o600, "{name}");
    }
}

#[test]
fn a_spoiled_entry_is_a_miss_and_is_replaced() {
    for (what, spoil) in WAYS {
        let home = Home::new();
        let directory = home.directory();
        let slot = slot(&directory, "request");
        slot.store(&entry("token")).unwrap();
        assert_eq!(loaded(&slot).unwrap(), b"token");
        spoil(&file(&home, ".token"));
        assert_eq!(loaded(&slot), None, "{what}");
        let replaced = slot.store(&entry("newer"));
        if what == "a directory" {
            replaced.unwrap_err();
        } else {
            replaced.unwrap();
            assert_eq!(loaded(&slot).unwrap(), b"newer", "{what}");
        }
    }
}

#[test]
fn an_entry_under_the_name_of_another_request_is_a_miss() {
    let home = Home::new();
    let directory = home.directory();
    let (one, other) = (slot(&directory, "one"), slot(&directory, "other"));
    one.store(&entry("token")).unwrap();
    let path = file(&home, ".token");
    fs::copy(&path, home.path().join(name(&key(&home.path()), "other").file("token"))).unwrap();
    assert_eq!(loaded(&one).unwrap(), b"token");
    assert_eq!(loaded(&other), None);
}

#[test]
fn an_entry_of_another_key_or_another_schema_is_a_miss() {
    let home = Home::new();
    let directory = home.directory();
    let before = slot(&directory, "request");
    before.store(&entry("token")).unwrap();
    let path = file(&home, ".token");
    let written = fs::read(&path).unwrap();
    let newer = String::from_utf8_lossy(&written).replacen("{\"schema\":1,", "{\"schema\":2,", 1);
    fs::write(&path, newer).unwrap();
    assert_eq!(loaded(&before), None);
    assert_eq!(headers(&directory).unwrap(), []);

    fs::write(&path, written).unwrap();
    fs::remove_file(home.path().join("key")).unwrap();
    assert_eq!(loaded(&slot(&directory, "request")), None);
    assert_eq!(headers(&directory).unwrap(), [(name_of(&path), entry("").header)]);
}

fn name_of(path: &Path) -> hdr::cache::fingerprint::Fingerprint {
    hdr::cache::fingerprint::Fingerprint::parse(path.file_stem().unwrap().to_str().unwrap()).unwrap()
}

#[test]
fn a_directory_that_is_not_ours_alone_is_refused() {
    let home = Home::new();
    let path = home.path();
    let refused = |cause: &str| {
        let error = Directory::open(path.to_str().unwrap()).unwrap_err();
        assert_eq!(error.exit_code(), 1);
        let (path, remedy) = (path.display(), "make it a directory of this user with mode 0700, or name another one");
        assert_eq!(error.to_string(), format!("the directory {path} cannot be used: {cause}; {remedy}"));
    };
    fs::write(&path, "").unwrap();
    refused("it is a symbolic link or not a directory");
    fs::remove_file(&path).unwrap();
    Directory::at(&path).unwrap();
    for loose in [0o755, 0o701, 0o720] {
        fs::set_permissions(&path, Permissions::from_mode(loose)).unwrap();
        refused("group or others can open it");
    }
    fs::set_permissions(&path, Permissions::from_mode(0o700)).unwrap();
    let elsewhere = home.0.path().join("elsewhere");
    fs::rename(&path, &elsewhere).unwrap();
    symlink(&elsewhere, &path).unwrap();
    refused("it is a symbolic link or not a directory");
    fs::remove_file(&path).unwrap();
    fs::rename(&elsewhere, &path).unwrap();
    if chown(&path, Some(12345), None).is_err() {
        skipped("only root can give a directory to another user");
        return;
    }
    refused("it belongs to another user");
}

#[test]
fn a_directory_without_home_is_exit_2() {
    let home = Home::new();
    assert!(playing("do without HOME", &home.path(), &home.said()).env_remove("HOME").status().unwrap().success());
    let said = fs::read_to_string(home.said()).unwrap();
    assert_eq!(
        said,
        "2: ~/.cache/hdr cannot be found: HOME is not set to an absolute path; set HOME or write an absolute path"
    );
}

/// Root may write everywhere, so the child is another user then.
#[test]
fn a_read_only_directory_serves_what_is_there() {
    let home = Home::new();
    let directory = home.directory();
    slot(&directory, "request").store(&entry("token")).unwrap();
    fs::write(home.said(), "").unwrap();
    let mut child = playing("only read", &home.path(), &home.said());
    if rustix::process::geteuid().is_root() {
        let files = fs::read_dir(home.path()).unwrap().map(|file| file.unwrap().path());
        for path in files.chain([home.path(), home.said(), home.0.path().to_owned()]) {
            chown(path, Some(12345), Some(12345)).unwrap();
        }
        child.uid(12345).gid(12345);
    }
    fs::set_permissions(home.path(), Permissions::from_mode(0o500)).unwrap();
    match child.status() {
        Ok(status) => assert!(status.success(), "{status}"),
        Err(error) => return skipped(&format!("another user cannot start this test: {error}")),
    }
    let path = home.path();
    let (path, cause) = (path.display(), "permission denied");
    let expected = format!(
        "token\nPermissionDenied\n\
         1: the lock {path}/request.lock cannot be taken: {cause}; \
         make its directory writable and the lock a file of this user with mode 0600\n\
         1: a rotated refresh token cannot be stored in {path}: {cause}; free space there, and give this user write access"
    );
    assert_eq!(fs::read_to_string(home.said()).unwrap(), expected);
}

#[test]
fn a_lock_that_is_no_private_file_is_refused_without_waiting() {
    let home = Home::new();
    let directory = home.directory();
    let path = home.path().join("request.lock");
    for (what, spoil) in WAYS.into_iter().skip(3) {
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        spoil(&path);
        let locked = Lock::acquire(&directory, "request", &within(1000));
        if what != "of another user" || locked.is_err() {
            assert_eq!(locked.unwrap_err().exit_code(), 1, "{what}");
        }
        if path.is_dir() { fs::remove_dir(&path).unwrap() } else { fs::remove_file(&path).unwrap() }
    }
}
