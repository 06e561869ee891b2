//! `tenants.toml`: whom it lists, its rules, and what is wrong with it.

use std::os::unix::fs::PermissionsExt;

use crate::common::Helper;
use crate::{EXECUTABLE, knowing, of, searching, skipped};

const FILE: &str = "~/.config/hdr/tenants.toml";

#[test]
fn a_tenant_outside_the_list_is_refused_wherever_it_came_from() {
    let tenants = "default = 'acmee'\n[tenants.acme]\n[tenants.blue]\n[[rules]]\nserver = '*'\ntenant = 'acmee'\n";
    let remedy = "write acme, or add [tenants.acmee] there";
    for (place, from) in [
        ("--tenant", "rules"),
        ("env:HDR_TENANT", "env:HDR_TENANT"),
        ("HOME/p/.hdr-tenant", "file"),
        ("server:{tenant}.x", "server:{tenant}.x"),
        (&format!("the rule in {FILE} line 4"), "rules"),
        (&format!("default in {FILE}"), "default"),
    ] {
        let helper = knowing(tenants).env("HDR_TENANT", "acmee").file("p/.hdr-tenant", "acmee", 0o644);
        let helper = helper.args(["--server-url", "https://acmee.x", "--from", from]);
        let helper = if place == "--tenant" { helper.args(["--tenant", "acmee"]) } else { helper };
        helper.run().fails(2, &format!("the tenant acmee of {place} is not known: {FILE} does not list it; {remedy}"));
    }
    knowing(tenants).args(["--tenant", "zzzzzz"]).run().fails(
        2,
        &format!(
            "the tenant zzzzzz of --tenant is not known: {FILE} does not list it; use one of acme blue, or add [tenants.zzzzzz] \
             there"
        ),
    );
    // What later places say is no matter, but is shown.
    knowing(tenants).args(["--tenant", "blue"]).run().prints(&of("blue"));
    knowing(tenants).args(["--tenant", "blue", "show"]).run().prints(&format!(
        "blue from --tenant\nshadows a failure: the tenant acmee of default in {FILE} is not known: {FILE} does not list it; {remedy}"
    ));
}

#[test]
fn the_first_rule_that_fits_wins() {
    let rules = "[[rules]]\nserver = '*.Acme.example'\ntenant = 'host'\n\
                 [[rules]]\nserver = 'https://mcp.example:8443/a/*'\ntenant = 'url'\n\
                 [[rules]]\nserver = 'HTTPS://*.wide.example'\ntenant = 'origin'\n\
                 [[rules]]\nserver = 'both.example'\ndirectory = '~/p/q'\ntenant = 'both'\n\
                 [[rules]]\nserver = 'both.example'\ntenant = 'server'\n\
                 [[rules]]\ndirectory = '~/link'\ntenant = 'linked'\n\
                 [[rules]]\ndirectory = '~/p'\ntenant = 'directory'\n";
    for (url, project, tenant) in [
        ("https://a.b.ACME.example/x", "~", "host"),
        ("https://acme.example/", "~/p", "directory"),
        ("https://evil.example/.acme.example", "~/p", "directory"),
        ("https://mcp.example:8443/a/b/c?d", "~", "url"),
        ("https://mcp.example:8443/a/../b", "~/p", "directory"),
        ("https://mcp.example/a/b", "~/p", "directory"),
        ("http://mcp.example:8443/a/b", "~/p", "directory"),
        ("https://x.wide.example/any?thing", "~", "origin"),
        ("https://evil.example/x.wide.example", "~/p", "directory"),
        ("https://both.example/", "~/p/q/r", "both"),
        ("https://both.example/", "~/p/qq", "server"),
        ("https://x/", "~/p", "directory"),
        ("https://x/", "~/link/r", "linked"),
        ("https://x/", "~/real/r", "linked"),
    ] {
        let helper = knowing(rules).prepared_by("mkdir -p ~/p/q/r ~/p/qq ~/pp ~/real/r; ln -s real ~/link").beside();
        let project = if project == "~" { "~/" } else { project };
        helper.args(["--server-url", url, "--project-dir", project]).run().prints(&of(tenant));
    }
    let helper = knowing(rules).prepared_by("mkdir ~/pp").beside().args(["--project-dir", "~/pp", "--from", "rules"]);
    helper.run().fails(
        2,
        &format!(
            "no tenant is chosen: no rule of {FILE} matches (the server URL is not known); give --tenant NAME, or run hdr-tenant use \
             NAME in the project"
        ),
    );
}

#[test]
fn a_mistake_is_told_with_its_line() {
    for (text, message) in [
        (
            "x = 1\n[tenants.",
            "line 2: unquoted keys cannot be empty, expected letters, numbers, `-`, `_`; correct its TOML",
        ),
        ("\ndefualt = 'x'\n", "line 2: defualt: the key is unknown; write default"),
        ("default = 1\n", "line 1: default: it is a number; write a string"),
        ("tenants = []\n", "line 1: tenants: it is a list; write a table"),
        ("[tenants]\nacme = 'x'\n", "line 2: acme: it is a string; write a table"),
        ("[tenants.acme]\nuser = 1\n", "line 2: user: it is a number; write a string"),
        (
            "[tenants.'a b']\n",
            "line 1: a b: it is not a valid tenant name; a name is at most 128 letters, digits, dots, dashes and underscores, and \
             begins with a letter or digit",
        ),
        ("[[rules]]\nserver = 'x'\n", "line 1: rules: it has no tenant; add tenant = \"NAME\""),
        (
            "[[rules]]\ntenant = 'x'\n",
            "line 1: rules: it has neither server nor directory; add one of them; default covers all others",
        ),
        ("[[rules]]\ntenant = 'x'\nservers = 'x'", "line 3: servers: the key is unknown; write server"),
        ("rules = 'x'\n", "line 1: rules: it is a string; write a table"),
        (
            "[[rules]]\ntenant = 'x'\nserver = 'h/x'\n",
            "line 3: server: it is not a server pattern; write a host, or https://HOST/PATH; * matches anything",
        ),
        (
            "[[rules]]\ntenant = 'x'\ndirectory = 'x'\n",
            "line 3: directory: it is a relative path: clients choose the working directory; write an absolute path or ~/…",
        ),
    ] {
        let helper = knowing(text);
        helper.again().args(["--tenant", "a"]).run().fails(2, &format!("{FILE} {message}"));
        helper.again().arg("list").run().fails(2, &format!("{FILE} {message}"));
        helper.header("X-A: a").run().prints(r#"{"X-A":"a"}"#);
    }
}

#[test]
fn a_file_that_others_could_have_written_is_refused() {
    let remedy = "make it a regular file that you own, TOML in UTF-8";
    for mode in [0o620, 0o602] {
        let helper = knowing("default = 'a'");
        std::fs::set_permissions(helper.path(".config/hdr/tenants.toml"), PermissionsExt::from_mode(mode)).unwrap();
        helper.run().fails(
            2,
            &format!(
                "{FILE} cannot be used: group or others can write it; remove the write permission of others: chmod go-w"
            ),
        );
    }
    for (line, cause) in [("mkfifo", "it is a pipe or a device, not a regular file"), ("mkdir", "it is a directory")] {
        let helper = searching().prepared_by(&format!("{line} -m 700 ~/.config/hdr/tenants.toml"));
        helper.run().fails(2, &format!("{FILE} cannot be used: {cause}; {remedy}"));
    }
    Helper::new(EXECUTABLE).without_env("HOME").args(["--tenant", "a"]).run().fails(
        2,
        &format!("{FILE} cannot be found: HOME is not set to an absolute path; set HOME or write an absolute path"),
    );
}

#[test]
fn one_of_another_user_is_refused() {
    let helper = knowing("default = 'a'");
    if std::os::unix::fs::chown(helper.path(".config/hdr/tenants.toml"), Some(12345), None).is_err() {
        return skipped("only root can give a file to another user");
    }
    let remedy = "make it a regular file that you own, TOML in UTF-8";
    helper.run().fails(2, &format!("{FILE} cannot be used: it belongs to another user; {remedy}"));
}
