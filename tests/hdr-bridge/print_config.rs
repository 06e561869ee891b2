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
    printed("claude-desktop", &LINE).run().prints(&format!(
        "{{\n  \"mcpServers\": {{\n    \"acme\": {{\n      \"command\": \"{}\",\n      \"args\": [{WORDS}]\n    }}\n  }}\n}}",
        own_path()
    ));
}

/// Where the executable is that is tested.
fn own_path() -> String {
    std::env::var("HDR_BIN").map_or_else(|_| crate::EXECUTABLE.to_owned(), |folder| folder + "/hdr-bridge")
}

const WITH_VARIABLES: &str = r#""https://mcp.acme.example/mcp", "--server-name", "a", "-H", "X: {env:A_TOKEN} {basic:u:env:B}", "--", "hdr-hmac", "--api-key=env:C""#;

/// The variables that this line reads, each written as the client replaces it.
fn variables(before: &str, after: &str) -> String {
    let each = ["A_TOKEN", "B", "C", "SECRET_KEY"].map(|name| format!("        \"{name}\": \"{before}{name}{after}\""));
    format!("{{\n{}\n      }}", each.join(",\n"))
}

/// The server that this line is, in JSON.
fn server(command: &str, has_type: bool, before: &str, after: &str) -> String {
    let kind = if has_type { "      \"type\": \"stdio\",\n" } else { "" };
    let variables = variables(before, after);
    format!("{kind}      \"command\": \"{command}\",\n      \"args\": [{WITH_VARIABLES}],\n      \"env\": {variables}")
}

fn json(server: &str, before: &str) -> String {
    format!("{{\n{before}  \"mcpServers\": {{\n    \"a\": {{\n{server}\n    }}\n  }}\n}}")
}

/// What VS Code asks its user for.
fn prompts() -> String {
    let each = ["A_TOKEN", "B", "C", "SECRET_KEY"].map(|name| {
        format!(
            "    {{ \"type\": \"promptString\", \"id\": \"{name}\", \"description\": \"{name} of the MCP server a\", \
             \"password\": true }}"
        )
    });
    format!("  \"inputs\": [\n{}\n  ],\n", each.join(",\n"))
}

#[test]
fn variables_that_secrets_are_read_from_are_handed_on_as_each_client_can() {
    let line =
        [URL, "--server-name", "a", "-H", "X: {env:A_TOKEN} {basic:u:env:B}", "--", "hdr-hmac", "--api-key=env:C"];
    for (client, expected) in [
        ("claude-code", json(&server("hdr-bridge", true, "${", "}"), "")),
        ("claude-plugin", json(&server("${CLAUDE_PLUGIN_ROOT}/bin/hdr-bridge", true, "${", "}"), "")),
        ("cursor", json(&server("hdr-bridge", true, "${env:", "}"), "")),
        ("gemini", json(&server("hdr-bridge", false, "$", ""), "")),
        ("vscode", json(&server("hdr-bridge", true, "${input:", "}"), &prompts()).replace("mcpServers", "servers")),
        (
            "opencode",
            format!(
                "{{\n  \"mcp\": {{\n    \"a\": {{\n      \"type\": \"local\",\n      \"command\": [\"hdr-bridge\", {}],\n      \
                 \"enabled\": true,\n      \"environment\": {}\n    }}\n  }}\n}}",
                WITH_VARIABLES.replace("X: {", "X: \\u007b"),
                variables("{env:", "}"),
            ),
        ),
        (
            "codex",
            format!(
                "[mcp_servers.a]\ncommand = \"hdr-bridge\"\nargs = [{WITH_VARIABLES}]\n\
                 env_vars = [\"A_TOKEN\", \"B\", \"C\", \"SECRET_KEY\"]"
            ),
        ),
    ] {
        printed(client, &line).run().prints(&expected);
    }
    let warning = "hdr-bridge: warning: Claude Desktop does not pass A_TOKEN B C SECRET_KEY to servers; read that with file:PATH or \
                   cmd:COMMAND LINE\n";
    let server = format!("      \"command\": \"{}\",\n      \"args\": [{WITH_VARIABLES}]", own_path());
    printed("claude-desktop", &line).run().ends(0, &format!("{}\n", json(&server, "")), warning);
    // A dotenv file may have them, and what is empty in the environment would hide it.
    let server = "      \"type\": \"stdio\",\n      \"command\": \"hdr-bridge\",\n      \"args\": [\"https://mcp.acme.example/mcp\", \
                  \"--server-name=a\", \"--env-file\", \"~/e\", \"-H\", \"X: {env:A}\"]";
    printed("cursor", &[URL, "--server-name=a", "--env-file", "~/e", "-H", "X: {env:A}"])
        .run()
        .prints(&json(server, ""));
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
