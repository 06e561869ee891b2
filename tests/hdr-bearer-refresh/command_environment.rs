//! What a `--command` is shown, and that nothing else can shape its token: where it is kept depends on all of that.

use std::collections::BTreeSet;

use crate::common::{CANARY, Helper};
use crate::{EXECUTABLE, bearer, tenant};

/// The helper with a program that prints a new token each time and writes down where it runs and what it sees.
fn counting() -> Helper {
    let script = "echo run >>~/runs; pwd >~/pwd; env >~/env; echo token-$(wc -l <~/runs)\n";
    Helper::new(EXECUTABLE).args(["--command", "sh ~/tool"]).file("tool", script, 0o600)
}

/// Runs it through a shell that goes to this folder first.
fn from(helper: Helper, folder: &str) -> Helper {
    let line = format!(r#"cd {folder} && exec "$@""#);
    helper.through(["sh", "-c", &line, "sh"])
}

#[test]
fn it_is_shown_what_its_token_is_kept_by_and_what_programs_need() {
    let shown = [
        ("AWS_PROFILE", "a"),
        ("OKTA_ORG", "o"),
        ("USER", "jo"),
        ("GNUPGHOME", "/g"),
        ("XDG_DATA_HOME", "/x"),
        ("XDG_RUNTIME_DIR", "/run"),
        ("LANG", "C"),
        ("LC_TIME", "C"),
        ("TZ", "UTC"),
        ("https_proxy", "http://127.0.0.1:9"),
        ("SSH_AUTH_SOCK", "/s"),
        ("HDR_TENANT", "blue"),
        ("MY_SETTING", "v"),
        ("CLAUDE_CODE_MCP_SERVER_NAME", "srv"),
        ("CLAUDE_CODE_MCP_SERVER_URL", "https://mcp.example.com/"),
    ];
    let held_back = [
        ("OTHER", "o"),
        ("aws_profile", "a"),
        ("HDR_PROJECT_DIR", "/p"),
        ("CLAUDE_PLUGIN_ROOT", "/r"),
        ("HDR_CHECK", "1"),
        ("HDR_PROJECT", "/p"),
        ("HDR_MARKS", "1 1 00"),
        ("NODE_OPTIONS", "x"),
    ];
    let all = shown.iter().chain(&held_back);
    let helper = all.fold(counting(), |helper, (name, value)| helper.env(name, value));
    let outcome = helper.args(["--vary", "MY_SETTING"]).run();
    outcome.prints(&bearer("token-1"));
    let of_shell = ["PWD", "OLDPWD", "SHLVL", "_", "HOME", "PATH"];
    let text = String::from_utf8(outcome.file("env")).unwrap();
    let seen: BTreeSet<_> =
        text.lines().filter_map(|line| line.split_once('=')).filter(|(name, _)| !of_shell.contains(name)).collect();
    assert_eq!(seen, BTreeSet::from(shown));
}

#[test]
fn each_variable_that_can_shape_a_token_keeps_it_apart() {
    for name in [
        "HDR_TENANT",
        "CLAUDE_CODE_MCP_SERVER_NAME",
        "CLAUDE_CODE_MCP_SERVER_URL",
        "CLAUDE_CODE_MARKETPLACE_URL",
        "AWS_PROFILE",
        "ARM_TENANT_ID",
        "GITHUB_ACTOR",
        "OP_ACCOUNT",
        "PASSWORD_STORE_DIR",
        "ACTIONS_ID_TOKEN_REQUEST_URL",
        "LOGNAME",
        "KRB5CCNAME",
        "XDG_CONFIG_HOME",
        "MY_SETTING",
    ] {
        let helper = counting().args(["--vary", "MY_SETTING", "--on-reask", "reuse"]);
        let run = |value: &str| helper.again().env(name, value).run();
        run("https://a.example.com/").prints(&bearer("token-1"));
        run("https://b.example.com/").prints(&bearer("token-2"));
        run("https://a.example.com/").prints(&bearer("token-1"));
        helper.again().run().prints(&bearer("token-3"));
    }
    // What a command is not shown keeps nothing apart, and neither does what programs need.
    let helper = counting();
    for (name, value) in [("OTHER", "a"), ("LANG", "C"), ("TZ", "UTC"), ("NO_PROXY", "a")] {
        helper.again().env(name, value).run().prints(&bearer("token-1"));
    }
}

#[test]
fn options_that_name_the_server_keep_it_apart() {
    let helper = counting();
    for (turn, options) in
        [["--server-name", "a"], ["--server-name", "b"], ["--server-url", "https://a/"]].iter().enumerate()
    {
        helper.again().args(options).run().prints(&bearer(&format!("token-{}", turn + 1)));
    }
    helper.args(["--server-name", "a"]).run().prints(&bearer("token-1"));
}

#[test]
fn another_program_of_the_same_name_is_another_one() {
    let path = std::env::var("PATH").unwrap();
    let helper = Helper::new(EXECUTABLE).args(["--command", "mint"]).prepared_by("mkdir ~/a ~/b");
    let helper = helper.program("a/mint", "#!/bin/sh\necho of-a\n").program("b/mint", "#!/bin/sh\necho of-b\n");
    for (first, token) in [("a", "of-a"), ("b", "of-b"), ("a", "of-a")] {
        let folder = helper.path(first).to_string_lossy().into_owned();
        helper.again().env("PATH", format!("{folder}:{path}")).run().prints(&bearer(token));
    }
}

#[test]
fn a_link_that_leads_to_another_program_is_another_one() {
    let helper = Helper::new(EXECUTABLE).args(["--command", "~/mint"]);
    let helper = helper.program("one", "#!/bin/sh\necho of-one\n").program("other", "#!/bin/sh\necho of-other\n");
    for target in ["one", "other", "one"] {
        helper
            .again()
            .prepared_by(&format!("ln -sfn ~/{target} ~/mint"))
            .run()
            .prints(&bearer(&format!("of-{target}")));
    }
}

/// It would find the project of the client by itself, which shapes no token of a command.
#[test]
fn a_helper_of_ours_has_home_for_its_project() {
    let line = format!("{} --from file --format token", tenant::executable());
    let helper = Helper::new(EXECUTABLE).args(["--command", &line]).file(".hdr-tenant", "of-home", 0o600);
    let helper = helper.prepared_by("mkdir ~/project; echo of-project >~/project/.hdr-tenant");
    for folder in ["~/project", "/"] {
        let helper = helper.again().env("CLAUDE_CODE_MCP_SERVER_NAME", "srv").arg("--fresh");
        from(helper, folder).run().prints(&bearer("of-home"));
    }
}

#[test]
fn programs_run_in_home_wherever_the_client_runs_us() {
    let helper = counting().prepared_by("mkdir ~/project");
    let home = helper.path("").to_string_lossy().trim_end_matches('/').to_owned();
    for (turn, folder) in ["/", "~/project"].iter().enumerate() {
        let outcome = from(helper.again(), folder).arg("--fresh").run();
        outcome.prints(&bearer(&format!("token-{}", turn + 1)));
        assert_eq!(outcome.file("pwd"), format!("{home}\n").into_bytes());
    }
    let reads = Helper::new(EXECUTABLE).args(["--command", "cat token"]).file("token", "of-home", 0o600);
    let reads = reads.prepared_by("mkdir ~/project; echo of-project >~/project/token");
    from(reads, "~/project").run().prints(&bearer("of-home"));
    // A HOME that is none leaves the root.
    let nowhere =
        Helper::new(EXECUTABLE).env("HOME", "/nowhere").args(["--no-cache", "--log", "off", "--command", "pwd"]);
    nowhere.run().prints(&bearer("/"));
}

#[test]
fn a_command_that_fails_may_miss_a_variable() {
    let failing = || Helper::new(EXECUTABLE).args(["--command", "false"]);
    let message = "--command: false failed: exit status: 1; run it by hand, or see its stderr with --explain";
    failing().run().fails(3, message);
    failing().env("AWS_PROFILE", "a").env("LANG", "C").run().fails(3, message);
    let helper = failing().env("ZONE", CANARY).env("ACCOUNT", CANARY).env("NEEDED", "n").args(["--vary", "NEEDED"]);
    let names = "its environment lacked ACCOUNT ZONE: name each that it needs with --vary NAME";
    helper.run().fails(3, &format!("{message}; {names}"));
    let silent = Helper::new(EXECUTABLE).args(["--command", "true"]).env("ACCOUNT", CANARY);
    silent.run().fails(
        3,
        "--command: true did not print a usable token: it printed nothing; make the command print only a token, or JSON; its \
         environment lacked ACCOUNT: name each that it needs with --vary NAME",
    );
}

#[test]
fn a_variable_is_named_for_a_command_alone() {
    let helper = Helper::new(EXECUTABLE).args(["--token-url", "https://127.0.0.1:1/", "--vary", "A"]);
    helper.run().fails(
        2,
        "--vary cannot be used here: it names a variable on which the token of a command depends, and there is no --command; \
         remove it, or give --command",
    );
}
