//! The project of a run is where the MCP client runs, whatever directory it runs us in.

use std::process::Command;

use crate::common::Helper;
use crate::{EXECUTABLE, of, skipped};

/// What a client does: it starts a shell in `~/cwd`, which starts the helper.
const SHELL: &str = r#"sh -c "cd ~/cwd && exec \"\$@\"" sh "$@"; exit $?"#;

/// A line of shell that runs the helper in `~/cwd` with a client in `~/client` around it, known by this name.
fn in_client(name: &str) -> String {
    format!(r#"cd ~/client && exec ~/'{name}' -c '{SHELL}' {name} "$@""#)
}

/// A HOME with a client in a project of the tenant `client`, which runs us in a folder of the tenant `cwd`.
fn home() -> Helper {
    let helper = Helper::new(EXECUTABLE).prepared_by(
        "mkdir -p ~/client ~/cwd ~/.config/hdr; echo client >~/client/.hdr-tenant; echo cwd >~/cwd/.hdr-tenant; \
         ln -s /bin/sh ~/claude; ln -s /bin/sh ~/codex",
    );
    helper.env("CLAUDE_CODE_MCP_SERVER_NAME", "srv")
}

/// Runs it through that client.
fn through(helper: Helper, name: &str) -> Helper {
    helper.through(["sh", "-c", &in_client(name), "sh"])
}

#[test]
fn it_is_where_the_client_runs() {
    for name in ["claude", "codex"] {
        through(home(), name).run().prints(&of("client"));
    }
    // What is said counts more, and a run that no client makes is where it runs.
    through(home(), "claude").args(["--project-dir", "~/cwd"]).run().prints(&of("cwd"));
    through(home().without_env("CLAUDE_CODE_MCP_SERVER_NAME"), "claude").run().prints(&of("cwd"));
}

#[test]
fn a_plugin_and_a_server_of_the_user_have_it_too() {
    through(home().env("CLAUDE_PLUGIN_ROOT", "/"), "claude").run().prints(&of("client"));
    let rules =
        "[[rules]]\ndirectory = '~/client'\ntenant = 'ruled'\n[[rules]]\ndirectory = '~/cwd'\ntenant = 'other'\n";
    let without_files =
        home().prepared_by("rm ~/client/.hdr-tenant ~/cwd/.hdr-tenant").file(".config/hdr/tenants.toml", rules, 0o600);
    through(without_files.env("CLAUDE_PLUGIN_ROOT", "/"), "claude").run().prints(&of("ruled"));
}

/// The name of a folder is nothing that a shell reads, whatever it is.
#[test]
fn its_name_runs_nothing() {
    for folder in ["$(touch pwned)", "`touch pwned`", "a;touch pwned", "a'\"$HOME", "a\nb"] {
        let helper = home().env("FOLDER", folder);
        let made = Command::new("sh")
            .args(["-c", "mv ~/client ~/moved && mkdir -p ~/\"$FOLDER\" && cp ~/moved/.hdr-tenant ~/\"$FOLDER\"/"])
            .env("HOME", helper.path(""))
            .env("FOLDER", folder)
            .status();
        assert!(made.is_ok_and(|status| status.success()), "{folder}");
        let line = format!(r#"cd ~/"$FOLDER" && exec ~/claude -c '{SHELL}' claude "$@""#);
        let left = ["pwned", "cwd/pwned"].map(|name| helper.path(name));
        helper.through(["sh", "-c", &line, "sh"]).run().prints(&of("client"));
        assert!(!left.iter().any(|path| path.exists()), "{folder}");
    }
}

#[test]
fn a_wrapped_helper_and_a_command_know_it() {
    let tells = "X-P: {cmd:printenv HDR_PROJECT_DIR}";
    let project = |helper: Helper| {
        let home = helper.path("").to_string_lossy().trim_end_matches('/').to_owned();
        let outcome = helper.run();
        String::from_utf8_lossy(outcome.stdout()).replace(&home, "HOME")
    };
    let direct = through(home(), "claude").args(["-H", tells]);
    assert_eq!(project(direct), "{\"X-P\":\"HOME/client\"}\n");
    let wrapped = |options: &[&str]| {
        let inner = ["-H", "X-A: a", "--", EXECUTABLE, "-H", tells];
        through(home(), "claude").args(options).args(inner)
    };
    assert_eq!(project(wrapped(&[])), "{\"X-A\":\"a\",\"X-P\":\"HOME/client\"}\n");
    assert_eq!(project(wrapped(&["--project-dir", "~/cwd"])), "{\"X-A\":\"a\",\"X-P\":\"HOME/cwd\"}\n");
    let own = through(home(), "claude").args(["--project-dir", "~/cwd", "-H", tells]);
    assert_eq!(project(own), "{\"X-P\":\"HOME/cwd\"}\n");
    // What a repository's settings say of it does not count.
    let told = through(home(), "claude").args(["-H", tells]).env("HDR_PROJECT_DIR", "/tmp").env("HDR_PROJECT", "/tmp");
    assert_eq!(project(told), "{\"X-P\":\"HOME/client\"}\n");
}

/// Somebody may have put another folder where a path leads that is read from a process.
#[test]
fn a_folder_that_is_gone_is_not_the_one_with_that_name() {
    let line = r#"mkdir ~/gone ~/'gone (deleted)' && echo planted >~/'gone (deleted)'/.hdr-tenant
        cd ~/gone && rmdir ~/gone && exec ~/claude -c 'sh -c "cd ~/cwd && exec \"\$@\" 2>&3" sh "$@"; exit $?' claude "$@" 3>&2 2>/dev/null"#;
    home().through(["sh", "-c", line, "sh"]).run().prints(&of("cwd"));
    let plugin = home().env("CLAUDE_PLUGIN_ROOT", "/").args(["--from", "file"]).through(["sh", "-c", line, "sh"]).run();
    assert_eq!(plugin.code(), Some(2), "{}", plugin.stderr());
}

#[test]
fn under_a_check_it_is_where_that_was_started() {
    let helper = home().args(["--from", "file", "--check"]).through(["sh", "-c", r#"cd ~/client && exec "$@""#, "sh"]);
    let outcome = helper.run();
    let table = String::from_utf8_lossy(outcome.stdout()).into_owned();
    assert!(table.ends_with("4 of 4 ok\n"), "{table}");
    let nowhere = home().args(["--from", "file", "--check"]).through(["sh", "-c", r#"cd / && exec "$@""#, "sh"]).run();
    assert_eq!(nowhere.code(), Some(1));
}

/// Where the client cannot be seen, a plugin's own folder and the client's are no projects.
#[test]
fn without_procfs_there_is_none_in_a_folder_of_the_client() {
    let mount = r#"mount -t tmpfs none /proc && cd "$0" && exec "$@""#;
    let unshare = ["unshare", "--mount", "--map-root-user"];
    let tried = Command::new("unshare").args(&unshare[1..]).args(["sh", "-c", mount, "/", "true"]).output();
    let works = tried.is_ok_and(|output| output.status.success());
    if !works {
        skipped("nothing can be mounted over /proc here");
        return;
    }
    let run = |helper: Helper, folder: &str| {
        let folder = helper.path(folder).to_string_lossy().into_owned();
        helper.through(unshare.into_iter().chain(["sh", "-c", mount, &folder])).run()
    };
    let none = "no tenant is chosen: .hdr-tenant was not looked for: the project is not known; give --tenant NAME, or run \
                hdr-tenant use NAME in the project";
    let from_file = || home().args(["--from", "file"]).prepared_by("mkdir ~/.claude; cp ~/cwd/.hdr-tenant ~/.claude");
    run(from_file(), "cwd").prints(&of("cwd"));
    run(from_file().env("CLAUDE_PLUGIN_ROOT", "/"), "cwd").fails(2, none);
    run(from_file(), ".claude").fails(2, none);
    let default = home().args(["--from", "file,env:T"]).env("T", "t").env("CLAUDE_PLUGIN_ROOT", "/");
    run(default, "cwd").prints_saying(
        &of("t"),
        &["warning: the project is not known: the working directory of the MCP client cannot be read, and the helper runs elsewhere; give \
         --project-dir, or --tenant"],
    );
}
