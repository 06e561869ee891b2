//! Directories that cannot be used: without a cache there is a warning, without a place for a rotated refresh token
//! nobody is asked.

use std::os::unix::fs::{MetadataExt, chown};
use std::process::Command;

use crate::common::Helper;
use crate::kept::{CACHE, STATE, below, names, set_mode};
use crate::{Endpoint, asking, bearer, refreshing, rotating, skipped};

const REMEDY: &str = "make it a directory of this user with mode 0700, or name another one";

/// Lines of shell that spoil `~/.cache/hdr`, in which `D` stands for it, and what is wrong with it then.
const WAYS: [(&str, &str); 6] = [
    ("mkdir -p D; chmod 755 D", "group or others can open it"),
    ("mkdir -p D; chmod 710 D", "group or others can open it"),
    (
        "mkdir -p $(dirname D); mkdir -m 700 ~/elsewhere; ln -s ~/elsewhere D",
        "it is a symbolic link or not a directory",
    ),
    ("mkdir -p $(dirname D); ln -s ~/nowhere D", "it is a symbolic link or not a directory"),
    ("mkdir -p $(dirname D); : >D", "it is a symbolic link or not a directory"),
    ("mkdir -p $(dirname $(dirname D)); : >$(dirname D)", "it is a symbolic link or not a directory"),
];

#[test]
fn a_cache_that_cannot_be_used_is_a_warning() {
    for (line, cause) in WAYS {
        let endpoint = Endpoint::minting();
        let helper = asking(&endpoint).prepared_by(&line.replace('D', "~/.cache/hdr"));
        let warning =
            format!("warning: no token is cached: the directory ~/.cache/hdr cannot be used: {cause}; {REMEDY}");
        helper.again().run().prints_saying(&bearer("token-0"), &[&warning]);
        helper.again().run().prints_saying(&bearer("token-1"), &[&warning]);
        assert_eq!(names(&helper, CACHE, "").len() + names(&helper, "elsewhere", "").len(), 0, "{line}");
    }
}

#[test]
fn a_state_that_cannot_be_used_is_a_warning_unless_a_token_rotates() {
    for (line, cause) in WAYS {
        let endpoint = rotating();
        let prepare = |helper: Helper| helper.prepared_by(&line.replace('D', "~/.local/state/hdr"));
        let unusable = format!("the directory ~/.local/state/hdr cannot be used: {cause}; {REMEDY}");
        for options in [vec![], vec!["--no-cache"]] {
            let helper = prepare(refreshing(&endpoint)).args(options);
            helper.again().run().fails(1, &unusable);
            assert!(!helper.path(".cache").exists());
        }
        assert_eq!(endpoint.requests(), [""; 0]);
        let helper = prepare(asking(&endpoint));
        let warning = format!("warning: no token is cached: {unusable}");
        helper.run().prints_saying(&bearer("token-0"), &[&warning]);
    }
}

#[test]
fn a_directory_of_another_user_is_not_used() {
    let endpoint = rotating();
    let helper = asking(&endpoint).prepared_by("mkdir -p ~/.cache; mkdir -m 700 ~/.cache/hdr ~/state");
    let foreign = ["state", CACHE].map(|name| chown(helper.path(name), Some(12345), None));
    if foreign.iter().any(Result::is_err) {
        return skipped("only root can give a directory to another user");
    }
    let cause = format!("it belongs to another user; {REMEDY}");
    let warning = format!("warning: no token is cached: the directory ~/.cache/hdr cannot be used: {cause}");
    helper.again().run().prints_saying(&bearer("token-0"), &[&warning]);
    let unusable = format!("the directory ~/state cannot be used: {cause}");
    let helper = refreshing(&endpoint).args(["--state-dir", "~/state"]).prepared_by("mkdir -m 700 ~/state");
    chown(helper.path("state"), Some(12345), None).unwrap();
    helper.again().run().fails(1, &unusable);
    helper.beside().args(["status", "--state-dir", "~/state"]).run().fails(1, &unusable);
    assert_eq!(endpoint.requests().len(), 1);
}

/// Starts it without root's right to write everywhere; `None` where that cannot be done.
fn restrained(helper: Helper) -> Option<Helper> {
    if helper.path("").metadata().unwrap().uid() != 0 {
        return Some(helper);
    }
    let words = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];
    let tried = Command::new(words[0]).args([words[1], "true"]).status();
    if tried.is_ok_and(|status| status.success()) {
        return Some(helper.through(words));
    }
    skipped("root may write everywhere, and setpriv cannot restrain it");
    None
}

#[test]
fn a_cache_that_cannot_be_written_is_a_warning() {
    let endpoint = Endpoint::minting();
    let Some(helper) = restrained(asking(&endpoint)) else { return };
    helper.again().run().prints(&bearer("token-0"));
    set_mode(&helper.path(CACHE), 0o500);
    let warning = "warning: no token is cached: the directory HOME/.cache/hdr cannot be written: permission denied; give this \
                   user write access, or name another one";
    helper.again().run().prints_saying(&bearer("token-1"), &[warning]);
    set_mode(&helper.path(CACHE), 0o700);
    helper.again().run().prints(&bearer("token-0"));
}

#[test]
fn a_state_that_cannot_be_written_sends_no_refresh_token() {
    let endpoint = rotating();
    let Some(helper) = restrained(refreshing(&endpoint).arg("--fresh")) else { return };
    helper.again().run().prints(&bearer("token-0"));
    set_mode(&helper.path(STATE), 0o500);
    helper.again().run().fails(
        1,
        "a rotated refresh token cannot be stored in HOME/.local/state/hdr: permission denied; free space there, and give this \
         user write access",
    );
    assert_eq!(endpoint.requests().len(), 1);
    set_mode(&helper.path(STATE), 0o700);
    helper.again().run().prints(&bearer("token-1"));
}

/// Starts it so that it can write no more than this to a file, as on a disk that is full.
fn on_a_full_disk(helper: Helper, blocks: u32) -> Helper {
    helper.through(["sh", "-c", &format!("ulimit -f {blocks}; exec \"$@\""), "sh"])
}

#[test]
fn a_full_disk_is_a_warning_unless_a_token_rotates() {
    let endpoint = rotating();
    let helper = asking(&endpoint);
    let no_key = "the key HOME/.local/state/hdr/key cannot be used: File too large (os error 27); make its directory writable \
                  and the key a file of this user with mode 0600";
    let warning = format!("warning: no token is cached: {no_key}");
    on_a_full_disk(helper.again(), 0).run().prints_saying(&bearer("token-0"), &[&warning]);
    helper.again().run().prints(&bearer("token-1"));
    let warning = "warning: the token is not cached: HOME/.cache/hdr cannot be written: File too large (os error 27)";
    on_a_full_disk(helper.again().arg("--fresh"), 0).run().prints_saying(&bearer("token-2"), &[warning]);
    helper.again().run().prints(&bearer("token-1"));

    let helper = refreshing(&endpoint).arg("--fresh");
    on_a_full_disk(helper.again(), 0).run().fails(1, no_key);
    helper.again().run().prints(&bearer("token-3"));
    let no_room = "a rotated refresh token cannot be stored in HOME/.local/state/hdr: File too large (os error 27); free space \
                   there, and give this user write access";
    // The key is there; what is missing is room for any token that may come.
    for blocks in [0, 64] {
        on_a_full_disk(helper.again(), blocks).run().fails(1, no_room);
    }
    assert_eq!(endpoint.requests().len(), 4);
    let drafts = below(&helper.path("")).into_iter().filter(|path| path.to_string_lossy().contains("draft"));
    assert_eq!(drafts.count(), 0);
    helper.again().run().prints(&bearer("token-4"));
}

#[test]
fn without_a_home_nothing_is_cached_and_no_refresh_token_is_sent() {
    let endpoint = rotating();
    let at_home = |helper: Helper, home: Option<&str>| match home {
        Some(home) => helper.env("HOME", home),
        None => helper.without_env("HOME"),
    };
    let nowhere = "cannot be found: HOME is not set to an absolute path; set HOME or write an absolute path";
    for (number, home) in [None, Some(""), Some("relative")].into_iter().enumerate() {
        let absolute = |helper: &Helper, option: &str| {
            let source = format!("file:{}", helper.path("secret").display());
            at_home(helper.again(), home).args([option, &source])
        };
        let anew = |helper: Helper, words: &[&str]| helper.beside().args(["--token-url", &endpoint.url()]).args(words);
        let helper = anew(asking(&endpoint), &["--client-id", "abc"]);
        let warning = format!("warning: no token is cached: ~/.local/state/hdr {nowhere}");
        let token = bearer(&format!("token-{number}"));
        let unlogged = format!("warning: nothing is logged: ~/.local/state/hdr/hdr.log {nowhere}");
        absolute(&helper, "--client-secret").run().prints_saying(&token, &[&warning, &unlogged]);

        let helper = anew(refreshing(&endpoint), &[]);
        absolute(&helper, "--refresh-token").run().fails(2, &format!("~/.local/state/hdr {nowhere}"));
        absolute(&helper, "--refresh-token").arg("--no-cache").run().fails(2, &format!("~/.local/state/hdr {nowhere}"));
        at_home(helper.beside(), home).arg("status").run().fails(2, &format!("~/.cache/hdr {nowhere}"));
        at_home(helper.beside(), home).args(["forget", "--all"]).run().fails(2, &format!("~/.cache/hdr {nowhere}"));
        assert_eq!(endpoint.requests().len(), number + 1);
    }
}
