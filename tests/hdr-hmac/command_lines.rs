//! `--print-config` round trip: whatever stands on a command line, a shell that runs the printed one passes the same words.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::Value;
use tempfile::TempDir;

use crate::{EXECUTABLE, NAME};

/// How many command lines.
const LINES: usize = 1000;

const CLIENTS: [&str; 3] = ["claude-code", "claude-plugin", "codex"];

/// A word of everything that shells, JSON, TOML and Claude Code read in their own ways; anything but NUL.
fn word() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[ -~]",
        2 => prop::sample::select(vec![
            "'", "\"", "\\", "$", "${HOME}", "${HOME:-x}", "$HOME", "$(id)", "`id`", "\n", "\r\n", "\t", "\u{1}", "\u{1b}[31m",
            "\u{7f}", "~", "~/", "*", "?", "[a]", "#", "!", "&", "|", ";", "<", ">", "=", "--", " ", "{a,b}", "\\n", "%s", "é",
            "\u{2028}", "\u{feff}", "🔑", "--check", "--print-config", "''", "$''{", "${", "}",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_filter("no NUL", |c| *c != '\0').prop_map(String::from),
    ];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// Options that take any word, with one.
fn option() -> impl Strategy<Value = Vec<String>> {
    let two = prop::sample::select(vec!["--message", "--nonce", "-H", "--add", "--now"]);
    let one = prop::sample::select(vec!["--message=", "-H", "--header=", "--env-file=", "--key-id="]);
    prop_oneof![
        (two, word()).prop_map(|(option, word)| vec![option.to_owned(), word]),
        // A secret itself is refused.
        word().prop_map(|word| vec!["--key".to_owned(), format!("file:x{word}")]),
        // Behind -H nothing is no word.
        (one, word()).prop_map(|(option, word)| vec![format!("{option}x{word}")]),
        Just(vec!["--explain".to_owned()]),
    ]
}

/// Options, each at most once where it can be given once.
fn options() -> impl Strategy<Value = Vec<Vec<String>>> {
    vec(option(), 0..6).prop_map(|options| {
        let mut kept: Vec<Vec<String>> = Vec::new();
        for option in options {
            let name = |option: &[String]| option[0].split('=').next().unwrap_or_default().to_owned();
            let repeatable =
                option[0].starts_with("-H") || ["--header", "--add", "--env-file"].contains(&&*name(&option));
            if repeatable || kept.iter().all(|known| name(known) != name(&option)) {
                kept.push(option);
            }
        }
        kept
    })
}

#[test]
fn a_shell_passes_the_same_words() {
    let mut runner = TestRunner::deterministic();
    let strategy = (options(), 0..CLIENTS.len(), any::<prop::sample::Index>());
    let lines: Vec<_> = (0..LINES).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect();
    let stage = &Stage::new();
    std::thread::scope(|scope| {
        for part in lines.chunks(LINES / 4) {
            scope.spawn(move || {
                for (options, client, place) in part {
                    stage.round_trip(options, CLIENTS[*client], place.index(options.len() + 1));
                }
            });
        }
    });
}

/// A PATH and a plugin's root on which a program stands for the helper and prints its arguments.
struct Stage(TempDir);

impl Stage {
    fn new() -> Self {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let root = tempfile::Builder::new().prefix("a plugin's root ").tempdir().unwrap();
        std::fs::create_dir(root.path().join("bin")).unwrap();
        std::fs::create_dir(root.path().join("real")).unwrap();
        symlink(EXECUTABLE, root.path().join("real").join(NAME)).unwrap();
        let stand_in = root.path().join("bin").join(NAME);
        std::fs::write(&stand_in, "#!/bin/sh\nprintf '%s\\0' \"$@\"\n").unwrap();
        std::fs::set_permissions(&stand_in, PermissionsExt::from_mode(0o700)).unwrap();
        Self(root)
    }

    /// Asks for the configuration with an option among the others, and runs what it says.
    #[track_caller]
    fn round_trip(&self, options: &[Vec<String>], client: &str, place: usize) {
        let server = ["--server-name=a'${HOME}\u{7f}b", "--server-url=https://h/?a=$b"].map(str::to_owned);
        let (before, after) = options.split_at(place);
        let wanted: Vec<_> = server.iter().chain(options.iter().flatten()).cloned().collect();
        let mut helper = self.command("real", NAME);
        helper.args(&server).args(before.iter().flatten()).arg(format!("--print-config={client}"));
        let printed = helper.args(after.iter().flatten()).output().unwrap();
        let said = String::from_utf8_lossy(&printed.stderr);
        assert_eq!((&*said, printed.status.code()), ("", Some(0)), "{wanted:?}");

        let line = self.command_line(client, &String::from_utf8(printed.stdout).unwrap());
        let run = self.command("bin", "sh").args(["-c", &line]).output().unwrap();
        let passed: Vec<_> = run.stdout.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word)).collect();
        assert_eq!(passed.split_last().unwrap().1, wanted, "{line}: {}", String::from_utf8_lossy(&run.stderr));
    }

    /// What a client hands to its shell.
    fn command_line(&self, client: &str, configuration: &str) -> String {
        if client == "codex" {
            // Such a string of TOML is one of JSON; `tests/peers` reads it with a parser of TOML.
            let value = configuration.lines().find_map(|line| line.strip_prefix("http_headers_helper = "));
            return serde_json::from_str(value.unwrap()).unwrap();
        }
        let json: Value = serde_json::from_str(configuration).unwrap();
        let servers = json["mcpServers"].as_object().unwrap();
        let line = servers["a'${HOME}\u{7f}b"]["headersHelper"].as_str().unwrap();
        if client == "claude-code" {
            return line.to_owned();
        }
        // Claude Code replaces text in a plugin's line, in quotes too; what it does not know stays, and here becomes visible.
        let line = line.replace("${CLAUDE_PLUGIN_ROOT}", &self.0.path().to_string_lossy());
        line.replace("${", "REPLACED")
    }

    /// A program on a PATH that begins with this folder.
    fn command(&self, folder: &str, program: &str) -> Command {
        let path = [self.0.path().join(folder).as_os_str().as_bytes(), b":/usr/bin:/bin"].concat();
        let program = if program == NAME { Path::new(program) } else { Path::new("/bin/sh") };
        let mut command = Command::new(program);
        command.env_clear().env("PATH", std::ffi::OsStr::from_bytes(&path)).env("HOME", "/");
        command
    }
}
