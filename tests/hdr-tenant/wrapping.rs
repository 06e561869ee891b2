//! Another helper behind `--`.

use std::time::Duration;

use crate::common::Helper;
use crate::process::are_gone;
use crate::{EXECUTABLE, knowing, minimal, searching};

/// The helper with this line of shell in the place of another helper.
pub(crate) fn wrapping(line: &str) -> Helper {
    minimal().args(["--", "sh", "-c", line])
}

#[test]
fn its_headers_stand_behind_ours() {
    let helper = wrapping(r#"printf %s ' {"Authorization": "Bearer t","X-B":"a\t\"\\\/\u0041"} '"#);
    helper.run().prints(r#"{"X-Tenant-ID":"acme","Authorization":"Bearer t","X-B":"a\t\"\\/A"}"#);
    let printed = minimal().args(["-H", "X-A: a", "--format", "curl", "--", "echo", r#"{"X-B":"b"}"#]).run();
    printed.prints("header = \"X-A: a\"\nheader = \"X-B: b\"");
    wrapping("echo '{}'").run().prints(r#"{"X-Tenant-ID":"acme"}"#);
}

const UNEXPANDED: &str = "is $NAME, a variable that was not expanded; write the value of the variable there, or \
                          name the variable itself with {env:NAME}";

#[test]
fn a_variable_that_nothing_expanded_is_refused() {
    for value in ["Bearer $TOKEN", "${GITHUB_TOKEN}", "token ${A_1}"] {
        let message = format!("echo: header Authorization cannot be sent: its value {UNEXPANDED}");
        let printed = format!(r#"{{"Authorization":"{value}"}}"#);
        minimal().args(["--", "echo", &printed]).run().fails(6, &message);
        let message = format!("header X-K cannot be sent: what env:V holds {UNEXPANDED}");
        minimal().header("X-K: {env:V}").env("V", value).run().fails(6, &message);
    }
    minimal()
        .header("Authorization: Bearer {file:~/t}")
        .file("t", "$TOKEN\n", 0o600)
        .run()
        .fails(6, &format!("header Authorization cannot be sent: what file:~/t holds {UNEXPANDED}"));
    let field = knowing("default = 'acme'\n[tenants.acme]\nteam = '$TEAM'\n").header("X-T: {tenant:team}");
    field.run().fails(6, &format!("header X-T cannot be sent: its {{tenant}} {UNEXPANDED}"));
}

#[test]
fn a_dollar_that_is_meant_is_printed() {
    for value in ["a$TOKEN", "$token", "$1", "Bearer $TOKEN.x", "$A $B"] {
        minimal().header("X-K: {env:V}").env("V", value).run().prints(&format!(r#"{{"X-K":"{value}"}}"#));
        let printed = format!(r#"{{"X-B":"{value}"}}"#);
        minimal()
            .args(["-H", "X-A: a", "--", "echo", &printed])
            .run()
            .prints(&format!(r#"{{"X-A":"a","X-B":"{value}"}}"#));
    }
    minimal().header(r"X-K: \$TOKEN").run().prints(r#"{"X-K":"$TOKEN"}"#);
    minimal().header("X-K: {basic:u:env:V}").env("V", "$TOKEN").run().prints(r#"{"X-K":"Basic dTokVE9LRU4="}"#);
    let words = ["-H", "X-A: a", "--", EXECUTABLE, "--tenant", "b", "-H", r"X-B: \$TOKEN"];
    Helper::new(EXECUTABLE).args(["--tenant", "acme"]).args(words).run().prints(r#"{"X-A":"a","X-B":"$TOKEN"}"#);
}

#[test]
fn its_words_are_those_that_were_given_but_for_the_tenant() {
    let tenants = "default = 'acme'\n[tenants.acme]\nprofile = 'prod'\nbrace = '}'\n";
    let line = r#"printf '{"X-W":"'; printf '<%s>' "$@"; printf '"}'"#;
    let with = |words: &[&str]| knowing(tenants).args(["-H", "X-A: a", "--", "sh", "-c", line, "sh"]).args(words).run();
    with(&["--profile", "{tenant:profile}", "{tenant}", "-H", "X: {token} {{tenant}} $HOME ~/x", ""])
        .prints(r#"{"X-A":"a","X-W":"<--profile><prod><acme><-H><X: {token} {{tenant}} $HOME ~/x><>"}"#);
    with(&["{tenant:profil}"])
        .fails(2, "--: {tenant:profil} is not known: the tenant acme has no such field; write {tenant:profile}");
    with(&["{tenant:brace}"]).fails(
        2,
        "--: {tenant:brace} of the tenant acme cannot be used: it has a brace, which the wrapped helper would read as a \
         placeholder; take the brace out in tenants.toml",
    );
    wrapping("")
        .args(["{tenant:}"])
        .run()
        .fails(2, "--: {tenant:} is unknown: it names no field; write {tenant}, or {tenant:FIELD}");
    searching().args(["--from", "env:A", "-H", "X-A: a", "--", "echo", "{tenant}"]).run().fails(
        2,
        "no tenant is chosen: env:A is not set; give --tenant NAME, or run hdr-tenant use NAME in the project",
    );
}

#[test]
fn it_is_told_the_tenant_the_time_left_and_who_asks() {
    let line = r#"echo "{\"X-B\":\"${HDR_TENANT-none} $HDR_MCP_CLIENT\"}""#;
    wrapping(line).run().prints(r#"{"X-Tenant-ID":"acme","X-B":"acme no"}"#);
    let claude = |helper: Helper| helper.env("CLAUDE_CODE_MCP_SERVER_NAME", "srv");
    claude(wrapping(line)).run().prints(r#"{"X-Tenant-ID":"acme","X-B":"acme yes"}"#);
    // Where nothing names the tenant none is needed, but one that is there is told.
    let unneeded = |helper: Helper| helper.args(["-H", "X-A: a", "--", "sh", "-c", line]);
    unneeded(searching().env("HDR_TENANT", "blue")).run().prints(r#"{"X-A":"a","X-B":"blue no"}"#);
    let none = unneeded(searching().env("HDR_TENANT", "blue").args(["--from", "default"]));
    none.run().prints(r#"{"X-A":"a","X-B":"none no"}"#);
    let bad = unneeded(searching().file("p/.hdr-tenant", "a b", 0o644));
    bad.run().fails(
        2,
        "HOME/p/.hdr-tenant is not a tenant name: a name is at most 128 letters, digits, dots, dashes and underscores, and \
         begins with a letter or digit; write such a name there",
    );
    let unlisted = "the tenant evil of env:HDR_TENANT is not known: ~/.config/hdr/tenants.toml does not list it; use one of \
                    acme, or add [tenants.evil] there";
    unneeded(knowing("[tenants.acme]").env("HDR_TENANT", "evil")).run().fails(2, unlisted);
    let given = knowing("[tenants.acme]").args(["--tenant", "evil", "-H", "X-A: a"]);
    given.run().fails(2, &unlisted.replace("env:HDR_TENANT", "--tenant"));
    let outcome = minimal()
        .args(["-H", "X-A: a", "--timeout", "3s", "--"])
        .args(["sh", "-c", "echo \"{\\\"X-B\\\":\\\"$HDR_TIMEOUT\\\"}\""])
        .run();
    let json: serde_json::Value = serde_json::from_slice(outcome.stdout()).unwrap();
    let left: u64 = json["X-B"].as_str().unwrap().strip_suffix("ms").unwrap().parse().unwrap();
    assert!((2500..=2900).contains(&left), "{left}");
}

#[test]
fn a_tenant_that_it_is_not_told_is_no_tenant_at_all() {
    let line = r#"echo "{\"X-B\":\"${HDR_TENANT-none}\"}""#;
    let run = |helper: Helper| helper.args(["-H", "X-A: a", "--", "sh", "-c", line]).run();
    let shape =
        "a name is at most 128 letters, digits, dots, dashes and underscores, and begins with a letter or digit";
    let listed = || knowing("[tenants.acme]\n");
    let unlisted = |place: &str| {
        format!(
            "the tenant blue of {place} is not known: ~/.config/hdr/tenants.toml does not list it; use one of acme, or add \
             [tenants.blue] there"
        )
    };
    run(listed()).prints(r#"{"X-A":"a","X-B":"none"}"#);
    run(listed().env("HDR_TENANT", "acme")).prints(r#"{"X-A":"a","X-B":"acme"}"#);
    run(listed().env("HDR_TENANT", "blue")).fails(2, &unlisted("env:HDR_TENANT"));
    run(listed().args(["--tenant", "blue"])).fails(2, &unlisted("--tenant"));
    run(listed().file("p/.hdr-tenant", "blue", 0o644)).fails(2, &unlisted("HOME/p/.hdr-tenant"));
    let no_name = format!("HOME/p/.hdr-tenant is not a tenant name: {shape}; write such a name there");
    run(searching().file("p/.hdr-tenant", "a b", 0o644)).fails(2, &no_name);
    run(searching().prepared_by("mkdir ~/p/.hdr-tenant")).fails(
        2,
        "HOME/p/.hdr-tenant cannot be used: it is a directory; make it a file that you own with a tenant name in it, or remove \
         it",
    );
}

#[test]
fn the_earlier_of_two_deadlines_counts() {
    let slow = || minimal().args(["-H", "X-A: a", "--", EXECUTABLE, "--tenant", "acme", "-H", "X-B: {cmd:sleep 9}"]);
    slow().args(["--timeout", "300ms"]).run().fails(
        5,
        "hdr-tenant: -H X-B: cmd:sleep failed: it did not finish within the 300 ms of --timeout; run it by hand, or \
         see its stderr with --explain",
    );
}

#[test]
fn a_name_of_ours_takes_no_url_away() {
    let inner = ["--", EXECUTABLE, "--tenant", "acme", "-H", "X-S: {server:name} {server:url}"];
    let run = |options: &[&str]| {
        let helper = minimal().env("CLAUDE_CODE_MARKETPLACE_URL", "https://m.example/x");
        helper.args(["-H", "X-A: a"]).args(options).args(inner).run()
    };
    run(&["--server-name", "n"]).prints(r#"{"X-A":"a","X-S":"n https://m.example/x"}"#);
}

/// Anybody may set a variable; a repository's settings do.
#[test]
fn a_deadline_that_no_helper_of_ours_set_is_none() {
    for told in ["1ms", "300", ""] {
        let helper = minimal()
            .env("HDR_TIMEOUT", told)
            .env("HDR_MARKS", "1 1 00")
            .header("X-A: {cmd:sh -c 'sleep 0.1; echo a'}");
        helper.run().prints(r#"{"X-A":"a"}"#);
    }
}

#[test]
fn its_warnings_become_ours_and_with_explain_all_that_it_says() {
    let ours = r#"#!/bin/sh
echo "hdr-jwt: a step" >&2
echo "hdr-jwt: warning: look here" >&2
echo '{"X-B":"b"}'
"#;
    let helper = || minimal().program("hdr-jwt", ours);
    let printed = r#"{"X-Tenant-ID":"acme","X-B":"b"}"#;
    let warning = "warning: hdr-jwt: look here";
    helper().args(["--", "~/hdr-jwt"]).run().prints_saying(printed, &[warning]);
    helper().args(["--explain", "--", "~/hdr-jwt"]).run().prints_saying(
        printed,
        &[
            "the tenant acme comes from --tenant",
            "hdr-jwt: a step",
            "hdr-jwt ended after N ms: exit status: 0",
            warning,
        ],
    );
}

#[test]
fn a_bare_name_is_looked_for_beside_us_and_then_on_path() {
    let script = |said: &str| format!("#!/bin/sh\necho '{{\"X-B\":\"{said}\"}}'\n");
    let helper = || {
        // A program that we wrote ourselves may still be open in a child of another test.
        let copy = format!("mkdir ~/bin ~/links ~/path; cp '{EXECUTABLE}' ~/bin/hdr-tenant");
        let helper = minimal().prepared_by(&copy);
        helper.program("path/hdr-x", script("path")).prepared_by("ln -s ~/bin/hdr-tenant ~/links/hdr-tenant")
    };
    // It is started by the words before it, so that its own path is one of theirs.
    let run = |helper: Helper, started: &str| {
        let path = format!("{}:/usr/bin:/bin", helper.path("path").display());
        let line = format!("shift; exec {started} \"$@\"");
        helper.through(["sh", "-c", &line, "sh"]).env("PATH", path).args(["--", "hdr-x"]).run()
    };
    let printed = |said: &str| format!(r#"{{"X-Tenant-ID":"acme","X-B":"{said}"}}"#);
    run(helper(), "~/bin/hdr-tenant").prints(&printed("path"));
    run(helper().program("bin/hdr-x", script("beside")), "~/bin/hdr-tenant").prints(&printed("beside"));
    run(helper().program("bin/hdr-x", script("real")), "~/links/hdr-tenant").prints(&printed("real"));
    let both = helper().program("bin/hdr-x", script("real")).program("links/hdr-x", script("link"));
    run(both, "~/links/hdr-tenant").prints(&printed("link"));
}

#[test]
fn what_it_leaves_behind_is_ended() {
    let outcome = wrapping("sleep 20 & echo $! >~/pids; echo '{}'").run();
    outcome.prints(r#"{"X-Tenant-ID":"acme"}"#);
    assert!(outcome.elapsed() < Duration::from_secs(5), "{:?}", outcome.elapsed());
    are_gone(&[String::from_utf8(outcome.file("pids")).unwrap().trim().to_owned()]);
}

#[test]
fn it_is_told_the_server_that_our_options_name() {
    let seen = |helper: Helper| {
        let show = r#"echo "{\"X-B\":\"seen $CLAUDE_CODE_MCP_SERVER_NAME $CLAUDE_CODE_MCP_SERVER_URL.\"}""#;
        let outcome = helper.args(["-H", "X-A: a", "--", "sh", "-c", show]).run();
        String::from_utf8_lossy(outcome.stdout()).into_owned()
    };
    let printed = |told: &str| format!("{{\"X-A\":\"a\",\"X-B\":\"seen {told}.\"}}\n");
    let options = ["--server-name", "n", "--server-url", "https://h/p"];
    assert_eq!(seen(minimal().args(options)), printed("n https://h/p"));
    // What the client says has the last word.
    let client = minimal().env("CLAUDE_CODE_MCP_SERVER_URL", "https://c");
    assert_eq!(seen(client.args(options)), printed("n https://c"));

    // Of a marketplace too, whose variables stay what they are.
    let client = minimal().env("CLAUDE_CODE_MARKETPLACE_URL", "https://m").env("CLAUDE_CODE_MARKETPLACE_NAME", "m");
    assert_eq!(seen(client.args(options)), printed(" "));

    // So a profile that is bound to another server is refused there too.
    let inner = ["--", EXECUTABLE, "--profile", "p", "-H", "X-B: b"];
    let profile = "[profiles.p]\nserver = 'https://good.example'\n[profiles.p.hdr-tenant]\n";
    let helper = minimal().prepared_by("mkdir -p ~/.config/hdr").file(".config/hdr/config.toml", profile, 0o600);
    helper.args(["-H", "X-A: a", "--server-url", "https://evil.example/mcp"]).args(inner).run().fails(
        2,
        "hdr-tenant: profile p is bound to https://good.example and not to https://evil.example of \
         CLAUDE_CODE_MCP_SERVER_URL: its origin is another one; use another profile, or change its server in \
         ~/.config/hdr/config.toml line 2",
    );
}

#[test]
fn a_helper_of_ours_is_found_by_the_name_of_a_link() {
    let profiles = "[profiles.'a.b'.hdr-tenant]\nheader = 'X-B: of-profile'\n";
    let helper =
        minimal().prepared_by("mkdir -p ~/links ~/.config/hdr").file(".config/hdr/config.toml", profiles, 0o600);
    let line = "ln -s \"$1\" ~/links/hdr-tenant; ln -s \"$1\" ~/links/hdr-tenant@a.b; ln -s \"$1\" ~/links/hdr-tenant@c; \
                shift; exec ~/links/hdr-tenant \"$@\"";
    let helper = helper.through(["sh", "-c", line, "sh"]).args(["-H", "X-A: a", "--"]);
    helper.again().arg("hdr-tenant@a.b").run().prints(r#"{"X-A":"a","X-B":"of-profile"}"#);
    helper.prepared_by("rm -r ~/links; mkdir ~/links").arg("hdr-tenant@c").run().fails(
        2,
        "hdr-tenant: the profile c in the name of the link is unknown: ~/.config/hdr/config.toml has no such profile; it \
         has: a.b",
    );
}
