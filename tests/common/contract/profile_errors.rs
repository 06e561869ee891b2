//! Profiles that cannot be used, and files that nobody should trust.

use std::os::unix::fs::MetadataExt;

use super::minimal;
use super::profiles::with_profiles;

const FILE: &str = "~/.config/hdr/config.toml";

#[test]
fn a_mistake_is_told_with_line_and_key() {
    let place = "write https://HOST/PATH";
    for (profile, said) in [
        ("[p]\nsrever = 'https://h'", "line 2: srever: the key is unknown; write server".to_owned()),
        ("[p.hdr-hmca]", "line 1: hdr-hmca: the key is unknown; write hdr-hmac".to_owned()),
        ("[p.options]\n\nservr-url = 'x'", "line 3: servr-url: the key is unknown; write server-url".to_owned()),
        ("[p.options]\ntimeout = 8.5", "line 2: timeout: it is a number; write a string".to_owned()),
        ("[p.options]\ntimeout = ['1s']", "line 2: timeout: it is a list; write a string".to_owned()),
        ("[p.options]\nnow = 2023-11-14", "line 2: now: it is a date; write a string".to_owned()),
        ("[p.options]\nadd = ['X-A: a',\n true]", "line 3: add: it is true or false; write a string".to_owned()),
        ("[p.options]\nexplain = 'yes'", "line 2: explain: it is a string; write true or false".to_owned()),
        ("[p.options]\nformat = 'curls'", "line 2: format: it has no value curls; write curl".to_owned()),
        ("[p]\noptions = 1", "line 2: options: the key is unknown; remove it".to_owned()),
        (
            "[p]\nserver = 'h'",
            format!("line 2: server: it is not the URL of an origin, or of an origin and a path; {place}"),
        ),
        ("[p]\nserver = 1", "line 2: server: it is a number; write a string".to_owned()),
        ("[p]\nserver =", "line 2: string values must be quoted, expected literal string; correct its TOML".to_owned()),
    ] {
        let outcome = with_profiles(profile).args(["--profile", "p"]).run();
        let line = outcome.stderr();
        let message = line.strip_prefix(&format!("{}: {FILE} ", crate::NAME)).unwrap_or(&line);
        assert!(message.starts_with(&said), "{message}");
        outcome.ends(2, "", &line);
    }
}

#[test]
fn options_about_the_command_line_itself_are_none_of_a_profile() {
    for key in [
        "profile",
        "config",
        "help",
        "version",
        "check",
        "print-config",
        "all",
        "json",
        "refresh-token-too",
        "no-revoke",
    ] {
        let outcome = with_profiles(&format!("[p.options]\n{key} = 'x'")).args(["--profile", "p"]).run();
        let line = outcome.stderr();
        let said = format!("{}: {FILE} line 2: {key}: the key is unknown; ", crate::NAME);
        assert!(line.starts_with(&said), "{line}");
        outcome.ends(2, "", &line);
    }
}

#[test]
fn a_value_that_an_option_does_not_take_is_told_with_its_line() {
    for (profile, said) in [
        (
            "[p.options]\n\ntimeout = '0s'",
            format!("--timeout ({FILE} line 3): the duration is zero; give a longer one"),
        ),
        (
            "[p.options]\nadd = 'X-A'",
            format!(
                "--add has no colon ({FILE} line 2): a header is a name, a colon and a value; write 'NAME: TEMPLATE'"
            ),
        ),
        (
            "[p.options]\nheader = 'X-A: {tiemstamp}'",
            format!(
                "-H X-A: {{tiemstamp}} is unknown ({FILE} line 2): no placeholder has that name; write {{timestamp}}, or {{{{ \
                 for a brace"
            ),
        ),
        (
            "[p.options]\nenv-file = 'nowhere'",
            format!(
                "--env-file HOME/.config/hdr/nowhere cannot be read ({FILE} line 2): it does not exist; name a readable dotenv \
                 file"
            ),
        ),
    ] {
        with_profiles(profile).args(["--profile", "p"]).run().fails(2, &said);
    }
    for (profile, said) in [
        (
            "[p.options]\nadd = ['X-A: a', 'X-A: b']",
            format!("header X-A is given twice ({FILE} line 2): names are unique, ignoring case; remove one"),
        ),
        (
            "[p.options]\nheader = 'X-A: a'\nadd = 'mcp-x: a'",
            format!(
                "header mcp-x is reserved ({FILE} line 3): the client sets it, and another value breaks the connection; remove \
                 it"
            ),
        ),
        (
            "[p.options]\nheader = 'X A: a'",
            format!(
                "header name `X A` is not valid ({FILE} line 2): a name is letters, digits and !#$%&'*+-.^_`|~ (RFC 9110); \
                 write -H 'NAME: TEMPLATE' with such a name"
            ),
        ),
    ] {
        with_profiles(profile).args(["--profile", "p"]).run().fails(6, &said);
    }
}

#[test]
fn an_error_of_the_command_line_that_quotes_an_option_of_the_profile_is_not_about_it() {
    for (profile, header, fact) in [
        ("timeout = '5s'", "X-A: {--timeout}", "-H X-A: {--timeout} is unknown"),
        ("add = 'X-B: b'", "X-A: {env:--add}", "-H X-A: env: is not followed by the name of a variable"),
        ("server-name = 'n'", "X-A: {cmd:./--server-name}", "-H X-A: cmd:./--server-name is a relative path"),
    ] {
        let outcome = with_profiles(&format!("[p.options]\n{profile}")).args(["--profile", "p"]).header(header).run();
        let line = outcome.stderr();
        assert!(line.starts_with(&format!("{}: {fact}: ", crate::NAME)), "{line}");
        outcome.ends(2, "", &line);
    }
}

#[test]
fn a_profile_that_is_not_there_is_told() {
    let helper = with_profiles("[internal]\n[other]\n");
    for (name, remedy) in [("internl", "write --profile internal"), ("zzzzzzzzz", "it has: internal other")] {
        let message = format!("--profile {name} is unknown: {FILE} has no such profile; {remedy}");
        helper.again().args(["--profile", name]).run().fails(2, &message);
    }
    let empty = "--profile p is unknown: ~/none.toml has no such profile; add [profiles.NAME] to it";
    let helper = minimal().file("none.toml", "", 0o600);
    helper.again().args(["--profile", "p", "--config", "~/none.toml"]).run().fails(2, empty);
    helper.again().args(["--config", "~/none.toml", "-H", "X-A: a"]).run().prints(r#"{"X-A":"a"}"#);
    let missing = "is missing: profiles are read from there; make it, or name it with --config";
    helper.again().args(["--profile", "p"]).run().fails(2, &format!("{FILE} {missing}"));
    let no_file = "--config names no file: it is empty; write --config FILE, or remove it";
    helper.again().args(["--config", ""]).run().fails(2, no_file);
    helper.again().args(["--config", "~/else.toml"]).run().fails(2, &format!("~/else.toml {missing}"));
    let nowhere =
        format!("{FILE} cannot be found: HOME is not set to an absolute path; set HOME or write an absolute path");
    helper.without_env("HOME").args(["--profile", "p"]).run().fails(2, &nowhere);
}

#[test]
fn a_profile_without_options_for_this_helper_is_a_warning() {
    let helper = with_profiles("[p]\nserver = 'https://h'\n").args(["--server-url", "https://h", "-H", "X-A: a"]);
    helper.again().run().prints(r#"{"X-A":"a"}"#);
    let warning = format!("warning: profile p of {FILE} has no options for this helper");
    helper.args(["--profile", "p"]).run().prints_saying(r#"{"X-A":"a"}"#, &[&warning]);
}

#[test]
fn without_a_home_no_profile_is_looked_for() {
    let helper = minimal().without_env("HOME").args(["--server-url", "https://h", "-H", "X-A: a"]);
    helper.run().prints(r#"{"X-A":"a"}"#);
}

#[test]
fn a_file_that_others_could_have_written_is_refused() {
    let regular = "make it a regular file that you own, TOML in UTF-8";
    let writable = "group or others can write it";
    for (change, cause) in [
        ("chmod 620 ~/c", writable),
        ("chmod 602 ~/c", writable),
        ("chmod 666 ~/c; mv ~/c ~/d; ln -s d ~/c", writable),
        ("rm ~/c; mkdir ~/c", "it is a directory"),
        ("rm ~/c; mkfifo -m 600 ~/c", "it is a pipe or a device, not a regular file"),
        ("rm ~/c; ln -s c ~/c", "Too many levels of symbolic links (os error 40)"),
        ("printf '\\377' >~/c", "it is not UTF-8"),
        ("head -c 1048577 /dev/zero >~/c", "it is larger than 1 MiB"),
    ] {
        let helper = minimal().file("c", "[profiles.p]\n", 0o600).prepared_by(change);
        let helper = helper.args(["--profile", "p", "--config", "~/c"]);
        let remedy = if cause == writable { "remove the write permission of others: chmod go-w" } else { regular };
        helper.run().fails(2, &format!("~/c cannot be used: {cause}; {remedy}"));
    }
    // Only root can give a file away.
    if minimal().path("").metadata().expect("a HOME").uid() == 0 {
        let helper = minimal().file("c", "[profiles.p]\n", 0o600).prepared_by("chown 4242 ~/c");
        let helper = helper.args(["--profile", "p", "--config", "~/c"]);
        helper.run().fails(2, &format!("~/c cannot be used: it belongs to another user; {regular}"));
    }
}
