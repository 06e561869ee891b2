//! Root in the HOME of another user: what it makes there is that user's, and it goes through no link of that user's.

use std::os::unix::fs::{MetadataExt, chown, symlink};
use std::path::{Path, PathBuf};

use crate::common::{Helper, LOG};
use crate::kept::{CACHE, STATE, below, mode, names, only};
use crate::user::{USER, by_user, of_user};
use crate::{Endpoint, asking, bearer, refreshing, rotating, skipped};

fn in_home_of_user(helper: Helper) -> Option<Helper> {
    let helper = of_user(helper);
    if helper.is_none() {
        skipped("only root can run in the HOME of another user, with setpriv, and with executables that all may run");
    }
    helper
}

/// Every path below HOME that does not belong to that user.
fn foreign(helper: &Helper) -> Vec<PathBuf> {
    let mut foreign = Vec::new();
    collect(&helper.path(""), &mut foreign);
    foreign
}

fn collect(directory: &Path, foreign: &mut Vec<PathBuf>) {
    for entry in directory.read_dir().expect("a directory") {
        let path = entry.expect("an entry").path();
        let metadata = path.symlink_metadata().expect("its metadata");
        if (metadata.uid(), metadata.gid()) != (USER, USER) {
            foreign.push(path.clone());
        }
        if metadata.is_dir() {
            collect(&path, foreign);
        }
    }
}

#[test]
fn what_root_makes_belongs_to_the_owner_of_home_who_goes_on_with_it() {
    let endpoint = Endpoint::minting();
    let Some(helper) = in_home_of_user(asking(&endpoint)) else { return };
    let helper = helper.arg("--log-successes");
    helper.again().run().prints(&bearer("token-0"));
    assert_eq!(foreign(&helper), Vec::<PathBuf>::new());
    for folder in [".cache", CACHE, ".local", ".local/state", STATE] {
        assert_eq!(mode(&helper.path(folder)), 0o700, "{folder}");
    }
    for file in [LOG.into(), helper.path(STATE).join("key"), only(&helper, CACHE, ".token")] {
        assert_eq!(mode(&helper.path("").join(&file)), 0o600, "{}", file.display());
    }
    by_user(&helper).run().prints(&bearer("token-0"));
    helper.again().run().prints(&bearer("token-0"));
    let log = std::fs::read_to_string(helper.path(LOG)).unwrap();
    assert_eq!((log.lines().count(), log.matches(" exit=0 ").count()), (3, 3), "{log}");
    assert_eq!(names(&helper, CACHE, "").iter().filter(|name| name.starts_with("draft-")).count(), 0);
    assert_eq!(endpoint.requests().len(), 1);
}

#[test]
fn root_uses_what_the_owner_of_home_made() {
    let endpoint = rotating();
    let Some(helper) = in_home_of_user(refreshing(&endpoint).arg("--fresh")) else { return };
    by_user(&helper).run().prints(&bearer("token-0"));
    helper.again().run().prints(&bearer("token-1"));
    by_user(&helper).run().prints(&bearer("token-2"));
    let sent: Vec<_> = endpoint.requests().iter().map(|request| request.contains("refresh-1")).collect();
    assert_eq!(sent, [false, false, true]);
    assert_eq!(foreign(&helper), Vec::<PathBuf>::new());
}

#[test]
fn nothing_is_made_behind_a_link_of_the_owner_of_home() {
    for link in [".cache", ".local", ".local/state", STATE, CACHE, LOG, ".local/state/hdr/key"] {
        for target in ["", "file"] {
            let endpoint = Endpoint::minting();
            let prepare = format!("umask 077; mkdir -p $(dirname ~/{link})");
            let Some(helper) = in_home_of_user(asking(&endpoint).prepared_by(&prepare)) else { return };
            let elsewhere = tempfile::tempdir().unwrap();
            let target = elsewhere.path().join(target);
            symlink(&target, helper.path(link)).unwrap();
            helper.again().arg("--log-successes").run();
            let made = below(elsewhere.path());
            assert!(made.is_empty(), "{link} to {}: {made:?}", target.display());
            assert_eq!(elsewhere.path().metadata().unwrap().uid(), 0);
        }
    }
}

#[test]
fn a_third_user_is_a_foreigner_to_root_too() {
    let endpoint = Endpoint::minting();
    let Some(helper) = in_home_of_user(asking(&endpoint).prepared_by("mkdir -p -m 700 ~/.cache/hdr")) else { return };
    chown(helper.path(CACHE), Some(USER + 1), None).unwrap();
    let warning = "warning: no token is cached: the directory ~/.cache/hdr cannot be used: it belongs to another user; make \
                   it a directory of this user with mode 0700, or name another one";
    helper.again().run().prints_saying(&bearer("token-0"), &[warning]);
    assert_eq!(names(&helper, CACHE, "").len(), 0);
}

#[test]
fn a_file_of_root_that_the_owner_of_home_gave_another_name_is_not_written() {
    let endpoint = Endpoint::minting();
    let Some(helper) = in_home_of_user(asking(&endpoint).prepared_by("mkdir -p -m 700 ~/.local/state/hdr")) else {
        return;
    };
    let helper = helper.prepared_by("umask 077; echo of root >~/important; ln ~/important ~/.local/state/hdr/hdr.log");
    helper.again().arg("--log-successes").run().prints(&bearer("token-0"));
    assert_eq!(std::fs::read_to_string(helper.path("important")).unwrap(), "of root\n");
}

#[test]
fn directories_outside_home_belong_to_whoever_they_are_made_for() {
    let endpoint = Endpoint::minting();
    let Some(helper) = in_home_of_user(asking(&endpoint)) else { return };
    let outside = tempfile::tempdir().unwrap();
    let path = |name: &str| outside.path().join(name);
    std::fs::create_dir(path("theirs")).unwrap();
    chown(path("theirs"), Some(USER), Some(USER)).unwrap();
    let option = |option: &str, name: &str| format!("{option}={}", path(name).display());
    let options =
        [option("--cache-dir", "theirs/a/b"), option("--state-dir", "roots/a/b"), option("--log", "theirs/log")];
    helper.again().args(&options).arg("--log-successes").run().prints(&bearer("token-0"));
    helper.again().args(&options).run().prints(&bearer("token-0"));
    let owner = |name: &str| path(name).metadata().unwrap().uid();
    let owners = ["theirs/a", "theirs/a/b", "theirs/log", "roots", "roots/a/b", "roots/a/b/key"].map(owner);
    assert_eq!(owners, [USER, USER, USER, 0, 0, 0]);
}
