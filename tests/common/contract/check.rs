//! `--check`: the command line in each client's way, and a table of what becomes of it.

use std::collections::BTreeSet;
use std::path::Path;

use super::CANARY;
use crate::common::Helper;
use crate::process::are_gone;
use crate::{EXECUTABLE, SECRET};

/// The ways in which helpers are run, as the table shows them.
const WAYS: [&str; 4] = ["claude-code  project", "claude-code  user", "claude-code  plugin", "codex  -"];

/// What stands in the table of a way whose helper prints one header.
const OK: &str = "ok  N ms  X-A: [redacted]";

/// A helper that succeeds wherever it runs.
fn everywhere() -> Helper {
    crate::with_key("file:~/k").file("k", CANARY, 0o600).header("X-A: {file:~/k}").arg("--check")
}

/// Runs a check. Columns are two blanks apart in what this returns, and each time is `N ms`.
#[track_caller]
fn table(helper: Helper, code: i32) -> Vec<String> {
    let outcome = helper.run();
    let printed = String::from_utf8(outcome.stdout().to_vec()).expect("text");
    assert_eq!((outcome.stderr().as_str(), outcome.code()), ("", Some(code)), "{printed}");
    assert!(!printed.contains(CANARY), "{printed}");
    let cells = |line: &str| -> String {
        let cells = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(|cell| {
            let number = cell.strip_suffix(" ms").is_some_and(|number| number.parse::<u32>().is_ok());
            if number { "N ms" } else { cell }
        });
        cells.collect::<Vec<_>>().join("  ")
    };
    // Where a header is all that takes a secret.
    let printed = printed.replace("X-K: [redacted], ", "");
    printed.lines().map(|line| if line.starts_with("    ") { line.to_owned() } else { cells(line) }).collect()
}

/// A check prints these rows, a way and its result each, between its head and its sum.
#[track_caller]
fn prints(helper: Helper, rows: &[(&str, &str)]) {
    let passed = rows.iter().filter(|(_, result)| result.starts_with("ok")).count();
    let head = "client  scope  result  time  headers, or the error and its remedy".to_owned();
    let rows = rows.iter().map(|(way, result)| format!("{way}  {result}"));
    let sum = format!("{passed} of {} ok", rows.len());
    let expected: Vec<_> = [head].into_iter().chain(rows).chain([sum]).collect();
    let failed = expected.iter().any(|line| line.contains("  failed  "));
    assert_eq!(table(helper, i32::from(failed)), expected);
}

/// Every way has the same result.
#[track_caller]
fn prints_everywhere(helper: Helper, result: &str) {
    prints(helper, &WAYS.map(|way| (way, result)));
}

#[test]
fn what_works_everywhere_is_ok_four_times() {
    prints_everywhere(everywhere(), OK);
    prints_everywhere(everywhere().args(["--add", "X-B: b"]), "ok  N ms  X-A: [redacted], X-B: [redacted]");
}

#[test]
fn clients_and_scopes_can_be_chosen() {
    for (choice, ways) in [
        ("codex", vec![WAYS[3]]),
        ("claude-code", WAYS[..3].to_vec()),
        ("claude-code:plugin", vec![WAYS[2]]),
        ("codex,claude-code:user,codex", vec![WAYS[1], WAYS[3]]),
    ] {
        let rows: Vec<_> = ways.into_iter().map(|way| (way, OK)).collect();
        let helper = crate::with_key("file:~/k").file("k", CANARY, 0o600).header("X-A: a");
        prints(helper.arg(format!("--check={choice}")), &rows);
    }
    for (choice, tip) in [
        ("codx", "\n\n  tip: a similar value exists: 'codex'"),
        ("claude-code:projekt", "\n\n  tip: a similar value exists: 'claude-code:project'"),
        ("codex,zzz", ""),
    ] {
        let given = choice.trim_start_matches("codex,");
        let error = format!(
            "error: invalid value '{given}' for '--check[=<CLIENT[:SCOPE],...>]'\n  [possible values: \
             claude-code, claude-code:project, claude-code:user, claude-code:plugin, codex]{tip}\n\nFor more information, \
             try '--help'.\n"
        );
        crate::with_key("file:~/k").arg(format!("--check={choice}")).run().ends(2, "", &error);
    }
}

#[test]
fn a_variable_that_a_client_strips_is_named() {
    let stripped = |client: &str, scope: &str| {
        format!(
            "failed  N ms  exit 3: {SECRET}: env:MY_SECRET is not set: it is set here, but {client} strips MY_SECRET from the \
             helpers{scope}; keep the secret where it is not stripped: file:PATH or cmd:COMMAND LINE"
        )
    };
    let helper = crate::with_key("env:MY_SECRET").env("MY_SECRET", CANARY).header("X-A: a").arg("--check");
    let [project, plugin, codex] = [
        stripped("Claude Code", " of project scope"),
        stripped("Claude Code", " of plugin scope"),
        stripped("Codex", ""),
    ];
    prints(helper, &[(WAYS[0], &project), (WAYS[1], OK), (WAYS[2], &plugin), (WAYS[3], &codex)]);
    // One that is set nowhere is not stripped.
    let missing = format!(
        "failed  N ms  exit 3: {SECRET}: env:MY_SECRET is not set: MCP clients strip variables with credential-like names \
         for project and plugin servers; set it, or keep the secret where it is not stripped: file:PATH or cmd:COMMAND LINE"
    );
    prints_everywhere(crate::with_key("env:MY_SECRET").arg("--check"), &missing);
}

#[test]
fn a_path_that_depends_on_the_working_directory_is_found_out() {
    let failed = format!(
        "failed  N ms  exit 3: {SECRET}: file:k cannot be read: it does not exist; write an absolute path or ~/…: clients \
         choose the working directory"
    );
    let helper = crate::with_key("file:k").file("k", CANARY, 0o600).header("X-A: a").arg("--check");
    let helper = helper.through(["sh", "-c", "cd ~ && exec \"$@\"", "sh"]);
    // Without a folder of its own Claude Code runs a user's helper in HOME.
    prints(helper.again(), &[(WAYS[0], OK), (WAYS[1], OK), (WAYS[2], &failed), (WAYS[3], OK)]);
    let helper = helper.prepared_by("mkdir ~/.claude");
    prints(helper, &[(WAYS[0], OK), (WAYS[1], &failed), (WAYS[2], &failed), (WAYS[3], OK)]);
}

#[test]
fn what_fails_everywhere_is_told_in_its_own_words() {
    let long = "x".repeat(40 << 10);
    for (arguments, message) in [
        (
            ["--add", "X-B: {file:~/missing}"],
            "exit 3: --add X-B: file:~/missing cannot be read: it does not exist; put the secret into a regular file that this \
             user can read, or use cmd:COMMAND LINE",
        ),
        (
            ["--add", "Mcp-Session-Id: a"],
            "exit 6: header Mcp-Session-Id is reserved: the client sets it, and another value breaks the connection; remove \
             it",
        ),
        (
            ["--add=X-B: {file:~/long}", "--add=X-C: {file:~/long}"],
            "exit 6: header X-C is too long: all headers together are larger than 64 KiB, and Codex accepts no more; shorten it",
        ),
        (
            ["--timeout", "8"],
            "exit 2: --timeout: it is not a duration of at most ten years; write a whole number and a unit: 500ms, 8s, 5m, 1h",
        ),
    ] {
        let helper = everywhere().file("long", &long, 0o600).args(arguments);
        prints_everywhere(helper, &format!("failed  N ms  {message}"));
    }
    let result = "failed  N ms  its output is not JSON; remove --format; without it headers are JSON";
    prints_everywhere(everywhere().args(["--format", "curl"]), result);
}

#[test]
fn warnings_stand_under_their_row() {
    let helper = crate::with_key("file:~/open").file("open", CANARY, 0o644).header("X-A: a").arg("--check=codex");
    let warning = "    warning: file:~/open can be read by group or others; run chmod 600 on it";
    let rows = table(helper.again(), 0);
    assert_eq!(rows.get(1..), Some(&[format!("codex  -  {OK}"), warning.to_owned(), "1 of 1 ok".to_owned()][..]));
    // With --explain the steps stand there too.
    let rows = table(helper.arg("--explain"), 0);
    assert_eq!(rows.get(2..4), Some(&[format!("    {SECRET}: read from file:~/open"), warning.to_owned()][..]));
}

/// Where and with which variables a helper ran that wrote this down.
struct Seen {
    directory: String,
    stdin: String,
    variables: BTreeSet<String>,
}

/// What a helper sees that is run in one way.
fn seen(choice: &str) -> Seen {
    let looks = "cmd:sh -c 'env >~/env; readlink /proc/$PPID/cwd >~/pwd; readlink /proc/$PPID/fd/0 >~/stdin; echo key'";
    let helper = crate::with_key(looks).header("X-A: a").arg(format!("--check={choice}"));
    let helper = helper.args(["--server-name", "acme", "--server-url", "https://h/mcp?k=s3cr3t"]);
    let helper = helper.prepared_by("mkdir ~/.claude").env("LANG", "C").env("AWS_PROFILE", "p");
    let helper = helper.env("MY_SECRET", "s3cr3t").env("CLAUDE_CODE_OAUTH_TOKEN", "mcp").env("EMPTY_TOKEN", "");
    let home = helper.path("").to_string_lossy().trim_end_matches('/').to_owned();
    let outcome = helper.run();
    assert_eq!(outcome.code(), Some(0), "{}", String::from_utf8_lossy(outcome.stdout()));
    let read = |name| String::from_utf8(outcome.file(name)).expect("text").replace(&home, "HOME");
    let varying = ["PATH", "PWD", "OLDPWD", "SHLVL", "_", "HDR_MARKS"];
    let is_ours = |line: &&str| !varying.contains(&line.split('=').next().unwrap_or_default());
    let variables = read("env").lines().filter(is_ours).map(str::to_owned).collect();
    let one_line = |name| read(name).trim_end().to_owned();
    Seen { directory: one_line("pwd"), stdin: one_line("stdin"), variables }
}

#[test]
#[cfg(target_os = "linux")]
fn each_client_has_its_own_environment_directory_and_stdin() {
    let root =
        Path::new(EXECUTABLE).parent().and_then(Path::parent).expect("two folders").to_string_lossy().into_owned();
    let url = "CLAUDE_CODE_MCP_SERVER_URL=https://h/mcp?k=s3cr3t";
    // Where the check was started is the project, wherever a client runs the helper.
    let always = ["HOME=HOME", "LANG=C", "HDR_CHECK=1", "HDR_PROJECT=/", "HDR_PROJECT_DIR=/"];
    let claude_code = [
        "AWS_PROFILE=p",
        "CLAUDE_CODE_MCP_SERVER_NAME=acme",
        "CLAUDE_CODE_ENTRYPOINT=cli",
        "AI_AGENT=claude-code",
        "COREPACK_ENABLE_AUTO_PIN=0",
        "NoDefaultCurrentDirectoryInExePath=1",
    ];
    let redacted = "CLAUDE_CODE_MCP_SERVER_URL=https://h/REDACTED?k=REDACTED";
    let plugin = format!("CLAUDE_PLUGIN_ROOT={root}");
    let all = [&always[..], &claude_code].concat();
    for (choice, directory, stdin, variables) in [
        ("claude-code:project", "/", "socket:", [&all[..], &[redacted]].concat()),
        (
            "claude-code:user",
            "HOME/.claude",
            "socket:",
            [&all[..], &[url, "MY_SECRET=s3cr3t", "EMPTY_TOKEN="]].concat(),
        ),
        ("claude-code:plugin", &root, "socket:", [&all[..], &[redacted, &plugin]].concat()),
        ("codex", "/", "/dev/null", always.to_vec()),
    ] {
        let seen = seen(choice);
        assert_eq!(seen.variables, variables.iter().map(|line| (*line).to_owned()).collect(), "{choice}");
        assert_eq!(seen.directory, directory, "{choice}");
        assert!(seen.stdin.starts_with(stdin), "{choice}: {}", seen.stdin);
    }
}

#[test]
fn a_signal_ends_all_that_it_runs() {
    let hangs = "cmd:sh -c 'sleep 20 & echo $$ >>~/pids; echo $! >>~/pids; wait'";
    let running = crate::with_key(hangs).arg("--check").start();
    let pids = running.lines("pids", 8);
    running.signal("TERM");
    running.finish().is_ended_by(15);
    are_gone(&pids);
}

/// Through the shell that a client starts, and past what is left out of the command line.
#[test]
#[cfg(target_os = "linux")]
fn the_helper_gets_the_words_as_they_are() {
    let word = "X-B: it's \\$HOME `id` $(id) $$ * ~ # \" --check";
    let looks = "X-A: {cmd:sh -c 'cat /proc/$PPID/cmdline >~/seen; echo a'}";
    let words = ["--nonce", "--check", "--header", looks, "--add", word];
    let helper = crate::with_key("file:~/k").file("k", CANARY, 0o600).arg("--check=claude-code:user").args(words);
    let outcome = helper.run();
    assert_eq!(outcome.code(), Some(0), "{}", String::from_utf8_lossy(outcome.stdout()));
    let seen = String::from_utf8_lossy(&outcome.file("seen")).into_owned();
    assert!(seen.starts_with(&format!("{EXECUTABLE}\0")), "{seen}");
    // Before them stands where the secret is.
    assert!(seen.ends_with(&format!("\0{}\0", words.join("\0"))), "{seen}");
}
