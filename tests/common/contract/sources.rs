//! Where secrets come from. Each row is run twice: as the option of the helper's secret, and as a placeholder.

use super::{CANARY, Helper, minimal};
use crate::SECRET;

/// Prepares HOME, and runs with the source in either place.
#[track_caller]
fn fails(source: &str, prepare: impl Fn(Helper) -> Helper, code: i32, message: &str) {
    prepare(crate::with_key(source)).run().fails(code, &format!("{SECRET}{message}"));
    prepare(minimal()).header(&format!("X-A: {{{source}}}")).run().fails(code, &format!("-H X-A{message}"));
}

#[test]
fn a_source_that_names_nothing_is_refused() {
    let no_variable = ": env: is not followed by the name of a variable: a name has letters, digits and underscores, \
                       and does not begin with a digit; write env:NAME, without a $";
    let no_command = ": cmd: is not followed by a command: it has no words; write cmd:PROGRAM ARGUMENTS";
    for (source, message) in [
        ("env:", no_variable),
        ("env:A=B", no_variable),
        ("env: A", no_variable),
        ("env:$K", no_variable),
        ("env:sk-1/a+b", no_variable),
        ("file:", ": file: is not followed by a path: the path is empty; write file:PATH"),
        ("cmd:", no_command),
        ("cmd: \t ", no_command),
        ("cmd:'' x", no_command),
    ] {
        fails(source, |helper| helper, 2, message);
    }
}

#[test]
fn a_command_line_is_split_or_refused() {
    for (line, what) in [
        ("echo 'a", "an open single quote"),
        ("echo \"a", "an open double quote"),
        ("echo \"a\\\"", "an open double quote"),
        ("echo a\\", "a backslash"),
    ] {
        let message =
            format!(": the command line cannot be split: {what} at its end; close it or escape it with a backslash");
        fails(&format!("cmd:{line}"), |helper| helper, 2, &message);
    }
    for program in ["./vault", "../vault", "bin/vault", "a~/vault"] {
        let message = format!(
            ": cmd:{program} is a relative path: clients choose the working directory; write a bare name found on PATH, an \
             absolute path or ~/…"
        );
        fails(&format!("cmd:{program} {CANARY}"), |helper| helper, 2, &message);
    }
}

#[test]
fn a_missing_variable_says_that_clients_strip_them() {
    fails(
        "env:MY_TOKEN",
        |helper| helper,
        3,
        ": env:MY_TOKEN is not set: MCP clients strip variables with credential-like names for project and plugin servers; \
         set it, or keep the secret where it is not stripped: file:PATH or cmd:COMMAND LINE",
    );
}

#[test]
fn an_empty_secret_is_refused() {
    let message = |source| format!(": {source} is empty: an empty secret protects nothing; put the secret there");
    let prepare = |helper: Helper| helper.env("V", "").file("empty", "", 0o600).file("lf", "\n", 0o600);
    for (source, shown) in [
        ("env:V", "env:V"),
        ("file:~/empty", "file:~/empty"),
        ("file:~/lf", "file:~/lf"),
        ("cmd:true", "cmd:true"),
        ("cmd:echo", "cmd:echo"),
        ("cmd:printf '\\r\\n'", "cmd:printf"),
    ] {
        fails(source, prepare, 3, &message(shown));
    }
}

#[test]
fn a_file_that_cannot_be_read_is_refused_and_never_waited_for() {
    let absolute = "put the secret into a regular file that this user can read, or use cmd:COMMAND LINE";
    let relative = "write an absolute path or ~/…: clients choose the working directory";
    let device = "it is a pipe or a device, not a regular file";
    let prepare = |helper: Helper| {
        let helper = helper.prepared_by("mkdir ~/folder; ln -s ~/nowhere ~/link; ln -s ~/loop ~/loop");
        helper.file("large", vec![b'x'; (1 << 20) + 1], 0o600)
    };
    for (path, cause, remedy) in [
        ("~/missing", "it does not exist", absolute),
        ("~/link", "it does not exist", absolute),
        ("missing", "it does not exist", relative),
        ("./missing", "it does not exist", relative),
        ("~missing", "it does not exist", relative),
        ("~/folder", "it is a directory", absolute),
        ("~/folder/missing/../../large", "it does not exist", absolute),
        ("~/large/x", "Not a directory (os error 20)", absolute),
        ("~/loop", "Too many levels of symbolic links (os error 40)", absolute),
        ("/dev/zero", device, absolute),
        ("/dev/null", device, absolute),
        ("~/large", "it is larger than 1 MiB", absolute),
    ] {
        fails(&format!("file:{path}"), prepare, 3, &format!(": file:{path} cannot be read: {cause}; {remedy}"));
    }
}

#[test]
fn a_file_of_mode_000_is_refused() {
    let prepare = |helper: Helper| helper.file("k", CANARY, 0o000);
    if std::fs::read(prepare(minimal()).path("k")).is_ok() {
        return; // root reads everything
    }
    let message = ": file:~/k cannot be read: permission denied; put the secret into a regular file that this user can read, \
                   or use cmd:COMMAND LINE";
    fails("file:~/k", prepare, 3, message);
}

#[test]
fn a_path_below_home_needs_a_home() {
    for home in [None, Some(""), Some("relative")] {
        for source in ["file:~/k", "cmd:~/k", "cmd:cat ~/k"] {
            let helper = crate::with_key(source).without_env("HOME");
            let helper = if let Some(home) = home { helper.env("HOME", home) } else { helper };
            let path = if source == "file:~/k" { "~/k" } else { "~/" };
            let message = format!(
                "{path} cannot be found: HOME is not set to an absolute path; set HOME or write an absolute path"
            );
            helper.run().fails(2, &message);
        }
    }
}

#[test]
fn exactly_one_newline_is_dropped() {
    for (bytes, value) in [("v", "v"), ("v\n", "v"), ("v\r\n", "v"), ("v\\n", "v\\\\n"), ("a\tb\n", "a\\tb")] {
        let outcome = minimal().file("v", bytes, 0o600).header("X-A: {file:~/v}").header("X-B: {cmd:cat ~/v}").run();
        outcome.prints(&format!(r#"{{"X-A":"{value}","X-B":"{value}"}}"#));
    }
    for bytes in ["v\n\n", "v\r\n\r\n", "v\r", "v\n\r"] {
        minimal().file("v", bytes, 0o600).header("X-A: {file:~/v}").run().fails(
            6,
            "header X-A cannot be sent: its value has a character that is not visible ASCII, space or tab; check it for a \
             line break or an accented letter",
        );
    }
}

#[test]
fn words_of_a_command_are_those_of_a_shell_and_no_shell_runs() {
    for (line, value) in [
        (r#"printf '%s|' a 'b c' "d e" f\ g"#, "a|b c|d e|f g|"),
        ("printf '%s|' '~/x' a~/b \\~/c ~d", "~/x|a~/b|~/c|~d|"),
        (
            "echo '$HOME' \\`id\\` '$(id)' *.rs '>' /dev/null \\; id '|' cat '&' #x",
            "$HOME `id` $(id) *.rs > /dev/null ; id | cat & #x",
        ),
        ("~/tool ~/v", "from a file"),
        ("sh -c 'cat; echo stdin was empty'", "stdin was empty"),
    ] {
        let helper = minimal().file("tool", "#!/bin/sh\nexec cat \"$@\"\n", 0o700).file("v", "from a file", 0o600);
        helper.header(&format!("X-A: {{cmd:{line}}}")).run().prints(&format!(r#"{{"X-A":"{value}"}}"#));
    }
}

/// It would be passed as text, which nobody means; a variable that is set there may be a secret.
#[test]
fn shell_syntax_is_refused_and_not_repeated() {
    for (line, found) in [
        ("echo $HOME", "$NAME"),
        ("echo `id`", "`"),
        ("echo a > ~/b", ">"),
        ("id; id", ";"),
        ("id | cat", "|"),
        ("sleep 9 &", "&"),
        (&format!("TOKEN={CANARY} id"), "NAME=value"),
    ] {
        let message = format!(
            ": {found} in the command line is shell syntax: the command is run without a shell, and would get this as an argument; \
             run it with sh -c '…', or quote it if it is meant as text"
        );
        fails(&format!("cmd:{line}"), |helper| helper, 2, &message);
    }
}

#[test]
fn a_source_is_read_once_a_run() {
    let line = "sh -c 'echo run >>~/runs; echo a'";
    let outcome = minimal().header(&format!("X-A: {{cmd:{line}}}")).header(&format!("X-B: {{cmd:{line}}}")).run();
    outcome.prints(r#"{"X-A":"a","X-B":"a"}"#);
    assert_eq!(outcome.file("runs"), b"run\n");
}

/// The working directory is the client's, so a folder relative to it is none to look for programs in.
#[test]
fn a_program_is_not_looked_for_below_the_working_directory() {
    let helper = crate::with_key("cmd:hdr-planted").program("hdr-planted", "#!/bin/sh\necho stolen");
    let home = helper.path("").to_string_lossy().into_owned();
    let relative = home.trim_start_matches('/').to_owned();
    let install = "install it, or give its absolute path: clients change PATH";
    helper
        .env("PATH", relative)
        .run()
        .fails(3, &format!("{SECRET}: cmd:hdr-planted cannot be run: it does not exist; {install}"));
}
