//! `--print-config`: each client's own file, which starts this command line.

use super::{URL, bridge};
use crate::common::Helper;

/// The bridge as the user calls it who has it on PATH.
fn by_name(arguments: &[&str]) -> Helper {
    let line = "PATH=${1%/*}:$PATH; shift; exec hdr-bridge \"$@\"";
    bridge(arguments).through(["sh", "-c", line, "sh"])
}

const LINE: [&str; 9] =
    [URL, "--server-name", "acme", "-H", "X-A: {file:~/a b}", "--", "hdr-jwt", "--key", "file:~/key.pem"];

const WORDS: &str = r#""https://mcp.acme.example/mcp", "--server-name", "acme", "-H", "X-A: {file:~/a b}", "--", "hdr-jwt", "--key", "file:~/key.pem""#;

fn printed(client: &str, line: &[&str]) -> Helper {
    by_name(&[&["--print-config", client], line].concat())
}

#[test]
fn each_client_gets_its_own_format() {
    let typed = |command: &str| {
        format!(
            "{{\n  \"mcpServers\": {{\n    \"acme\": {{\n      \"type\": \"stdio\",\n      \"command\": \"{command}\",\n      \
             \"args\": [{WORDS}]\n    }}\n  }}\n}}"
        )
    };
    let opencode = WORDS.replace("{file:", "\\u007bfile:");
    for (client, configuration) in [
        ("claude-code", typed("hdr-bridge")),
        ("claude-plugin", typed("${CLAUDE_PLUGIN_ROOT}/bin/hdr-bridge")),
        ("cursor", typed("hdr-bridge")),
        ("gemini", typed("hdr-bridge").replace("      \"type\": \"stdio\",\n", "")),
        ("vscode", typed("hdr-bridge").replace("mcpServers", "servers")),
        ("codex", format!("[mcp_servers.acme]\ncommand = \"hdr-bridge\"\nargs = [{WORDS}]")),
        (
            "opencode",
            format!(
                "{{\n  \"mcp\": {{\n    \"acme\": {{\n      \"type\": \"local\",\n      \"command\": [\"hdr-bridge\", {opencode}],\n      \
                 \"enabled\": true\n    }}\n  }}\n}}"
            ),
        ),
    ] {
        printed(client, &LINE).run().prints(&configuration);
    }
}

#[test]
fn claude_desktop_is_told_the_whole_path() {
    let outcome = printed("claude-desktop", &LINE).run();
    let stdout = String::from_utf8_lossy(outcome.stdout()).into_owned();
    let path = std::env::var("HDR_BIN").map_or_else(|_| crate::EXECUTABLE.to_owned(), |folder| folder + "/hdr-bridge");
    let expected = format!(
        "{{\n  \"mcpServers\": {{\n    \"acme\": {{\n      \"command\": \"{path}\",\n      \"args\": [{WORDS}]\n    }}\n  }}\n}}\n"
    );
    assert_eq!((stdout, outcome.stderr(), outcome.code()), (expected, String::new(), Some(0)));
}

#[test]
fn variables_that_secrets_are_read_from_are_handed_on_as_each_client_can() {
    let line =
        [URL, "--server-name", "a", "-H", "X: {env:A_TOKEN} {basic:u:env:B}", "--", "hdr-hmac", "--api-key=env:C"];
    for (client, expected) in [
        ("claude-code", r#""A_TOKEN": "${A_TOKEN}","#),
        ("claude-plugin", r#""SECRET_KEY": "${SECRET_KEY}""#),
        ("cursor", r#""B": "${env:B}","#),
        ("gemini", r#""C": "$C","#),
        ("vscode", r#""C": "${input:C}","#),
        (
            "vscode",
            r#"{ "type": "promptString", "id": "B", "description": "B of the MCP server a", "password": true },"#,
        ),
        ("opencode", r#""A_TOKEN": "{env:A_TOKEN}","#),
        ("codex", r#"env_vars = ["A_TOKEN", "B", "C", "SECRET_KEY"]"#),
    ] {
        let outcome = printed(client, &line).run();
        assert_eq!((outcome.code(), outcome.stderr()), (Some(0), String::new()), "{client}");
        let stdout = String::from_utf8_lossy(outcome.stdout()).into_owned();
        assert!(stdout.contains(expected), "{client}: {stdout}");
    }
    let outcome = printed("claude-desktop", &line).run();
    let warning = "hdr-bridge: warning: Claude Desktop does not pass A_TOKEN B C SECRET_KEY to servers; read that with file:PATH or \
                   cmd:COMMAND LINE\n";
    assert_eq!((outcome.code(), outcome.stderr().as_str()), (Some(0), warning));
    // A dotenv file may have them, and what is empty in the environment would hide it.
    let outcome = printed("cursor", &[URL, "--server-name=a", "--env-file", "~/e", "-H", "X: {env:A}"]).run();
    assert!(!String::from_utf8_lossy(outcome.stdout()).contains("\"env\""));
}

#[test]
fn a_url_from_the_variable_stays_in_the_environment() {
    let line = ["--server-name", "s", "--cert", "${CLIENT_CERT}", "--key", "${CLIENT_KEY}"];
    let outcome = printed("claude-plugin", &line).env("API_URL", "https://secure.example.com").run();
    let warning = "warning: Claude Code replaces ${CLIENT_CERT} when it starts the server; write the text itself where that is not \
                   meant";
    let expected = "{\n  \"mcpServers\": {\n    \"s\": {\n      \"type\": \"stdio\",\n      \"command\": \
                    \"${CLAUDE_PLUGIN_ROOT}/bin/hdr-bridge\",\n      \"args\": [\"--server-name\", \"s\", \"--cert\", \
                    \"${CLIENT_CERT}\", \"--key\", \"${CLIENT_KEY}\"],\n      \"env\": {\n        \"API_URL\": \
                    \"https://secure.example.com\"\n      }\n    }\n  }\n}";
    outcome.prints_saying(expected, &[warning]);
    let outcome = printed("codex", &["--server-name", "s"]).env("API_URL", "https://h/").run();
    outcome.prints("[mcp_servers.s]\ncommand = \"hdr-bridge\"\nargs = [\"--server-name\", \"s\"]\nenv = { API_URL = \"https://h/\" }");
}

#[test]
fn what_is_not_known_of_the_server_is_filled_in_and_told() {
    let outcome = printed("codex", &[]).env("CLAUDE_CODE_MCP_SERVER_URL", "https://not.ours/").run();
    outcome.prints_saying(
        "[mcp_servers.my-server]\ncommand = \"hdr-bridge\"\nargs = [\"https://mcp.example.com/mcp\"]",
        &["warning: the server's name and URL are not known, and my-server and https://mcp.example.com/mcp are printed instead; \
           replace that text, or give --server-name and --server-url"],
    );
    printed("codex", &["http://h/"]).run().fails(
        2,
        "URL http://h cannot be used: plain HTTP exposes credentials to the network; write https://; plain HTTP is allowed only \
         for a loopback host",
    );
}

#[test]
fn a_line_that_holds_a_secret_is_refused() {
    for client in ["claude-code", "claude-plugin", "claude-desktop", "codex", "cursor", "vscode", "gemini", "opencode"]
    {
        for line in [
            &["-H", "Authorization: Bearer hunter2"][..],
            &["-HX-API-Key: hunter2"],
            &["--proxy", "http://hunter2@h:1"],
            &["--", "hdr-bearer-refresh", "-H", "Cookie: sid=hunter2"],
            &["--", "hdr-jwt", "--key", "file:~/k", "--claim", "api_token=hunter2"],
        ] {
            let outcome = printed(client, &[&[URL], line].concat()).run();
            let said = outcome.stderr();
            assert_eq!((outcome.code(), outcome.stdout()), (Some(2), &b""[..]), "{client} {line:?}: {said}");
            assert!(said.contains(" cannot be printed: ") && !said.contains("hunter2"), "{client} {line:?}: {said}");
        }
    }
}

#[test]
fn no_client_may_alter_a_command() {
    for (client, word, found) in [
        ("gemini", "cmd:pass show $NAME", "$NAME"),
        ("claude-code", "cmd:pass show '${NAME}'", "${NAME}"),
        ("cursor", "cmd:pass show '${env:NAME}'", "${env:NAME}"),
    ] {
        let outcome = printed(client, &[URL, "--", "hdr-jwt", "--key", &word.replace('\'', "")]).run();
        // Shell syntax outside quotes is refused before.
        assert_eq!(outcome.code(), Some(2), "{client}");
        let outcome =
            printed(client, &[URL, "--", "hdr-jwt", "--key", &format!("cmd:sh -c 'pass show {found}'")]).run();
        let said = outcome.stderr();
        assert_eq!((outcome.code(), outcome.stdout()), (Some(2), &b""[..]), "{client}: {said}");
        let end = format!(
            " it would replace {found} before the command runs; put the command into a script, and name the script\n"
        );
        assert!(said.ends_with(&end), "{client}: {said}");
        let outcome = printed(client, &[URL, "--server-name", "a", "--", "sh", "-c", &format!("echo {found}")]).run();
        assert_eq!(outcome.code(), Some(2), "{client}: {}", outcome.stderr());
    }
    printed("codex", &[URL, "--server-name", "a", "--", "sh", "-c", "echo $A"]).run().prints(
        "[mcp_servers.a]\ncommand = \"hdr-bridge\"\nargs = [\"https://mcp.acme.example/mcp\", \"--server-name\", \"a\", \"--\", \
         \"sh\", \"-c\", \"echo $A\"]",
    );
}
