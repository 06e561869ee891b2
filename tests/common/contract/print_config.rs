//! `--print-config`: the configuration that a client needs, and the command line that it runs.

use super::minimal;
use crate::common::Helper;
use crate::{MINIMAL, NAME};

const SERVER: [&str; 4] = ["--server-name", "acme", "--server-url", "https://mcp.acme.example/mcp"];

const UNKNOWN: &str = "warning: the server's name and URL are not known, my-server and https://mcp.example.com/mcp stand for \
                       them; replace what stands there, or give --server-name and --server-url";

/// The helper as the user calls it who has it on PATH, with these further arguments.
fn by_name(arguments: &[&str]) -> Helper {
    let line = format!("PATH=${{1%/*}}:$PATH; shift; exec {NAME} \"$@\"");
    minimal().through(["sh", "-c", &line, "sh"]).args(arguments)
}

/// The `.mcp.json` of a server, whose command line is JSON already.
fn mcp_json(name: &str, url: &str, command: &str) -> String {
    format!(
        r#"{{
  "mcpServers": {{
    "{name}": {{
      "type": "http",
      "url": "{url}",
      "headers": {{
        "Authorization": "Bearer set-by-helper"
      }},
      "headersHelper": "{command}"
    }}
  }}
}}"#
    )
}

#[test]
fn it_is_ready_to_be_pasted() {
    let project = mcp_json("acme", SERVER[3], &format!("exec {NAME} {MINIMAL} {}", SERVER.join(" ")));
    let plugin = mcp_json(
        "acme",
        SERVER[3],
        &format!(r#"exec \"${{CLAUDE_PLUGIN_ROOT}}/bin/{NAME}\" {MINIMAL} {}"#, SERVER.join(" ")),
    );
    let codex = format!(
        "[mcp_servers.acme]\nurl = \"{}\"\nhttp_headers_helper = \"exec {NAME} {MINIMAL} {}\"",
        SERVER[3],
        SERVER.join(" ")
    );
    for (client, configuration) in [("claude-code", project), ("claude-plugin", plugin), ("codex", codex)] {
        by_name(&[&SERVER[..], &["--print-config", client]].concat()).run().prints(&configuration);
    }
}

#[test]
fn the_server_is_the_one_that_is_known() {
    let told = |helper: Helper| {
        helper.env("CLAUDE_CODE_MCP_SERVER_NAME", "told").env("CLAUDE_CODE_MCP_SERVER_URL", "https://told/")
    };
    let command = |more: &str| format!("exec {NAME} {MINIMAL}{more}");
    told(by_name(&["--print-config=claude-code"])).run().prints(&mcp_json("told", "https://told/", &command("")));
    let url = ["--print-config=claude-code", "--server-url", "https://h/"];
    let printed = mcp_json("told", "https://h/", &command(" --server-url https://h/"));
    told(by_name(&url)).run().prints(&printed);
    let warning = "warning: the server's name is not known, my-server stands for it; replace what stands there, or give \
                   --server-name";
    let printed = mcp_json("my-server", "https://h/", &command(" --server-url https://h/"));
    by_name(&url).run().prints_saying(&printed, &[warning]);
    let warning = "warning: the server's URL is not known, https://mcp.example.com/mcp stands for it; replace what stands \
                   there, or give --server-url";
    let printed = mcp_json("n", "https://mcp.example.com/mcp", &command(" --server-name n"));
    by_name(&["--server-name", "n", "--print-config=claude-code"]).run().prints_saying(&printed, &[warning]);
    let printed = mcp_json("my-server", "https://mcp.example.com/mcp", &command(""));
    by_name(&["--print-config=claude-code"]).run().prints_saying(&printed, &[UNKNOWN]);
}

#[test]
fn codex_is_told_the_server_where_it_was_not_given() {
    let toml = |name: &str, url: &str, more: &str| {
        let command = format!("exec {NAME} {MINIMAL}{more}");
        format!("[mcp_servers.{name}]\nurl = \"{url}\"\nhttp_headers_helper = \"{command}\"")
    };
    let [my_server, my_url] = ["my-server", "https://mcp.example.com/mcp"];
    let more = format!(" --explain --server-name {my_server} --server-url {my_url}");
    let helper = by_name(&["--print-config", "codex", "--explain"]);
    helper.run().prints_saying(&toml(my_server, my_url, &more), &[UNKNOWN]);
    let helper =
        by_name(&["--server-name=a.b", "--print-config=codex"]).env("CLAUDE_CODE_MCP_SERVER_URL", "https://h/");
    let more = " --server-name=a.b --server-url https://h/";
    helper.run().prints(&toml("\"a.b\"", "https://h/", more));
    // Here it is the value of another option.
    let helper = by_name(&["--nonce", "--server-url", "--print-config=codex"]);
    let helper = helper.env("CLAUDE_CODE_MCP_SERVER_URL", "https://h/").env("CLAUDE_CODE_MCP_SERVER_NAME", "-n");
    helper.run().prints(&toml("-n", "https://h/", " --nonce --server-url --server-name=-n --server-url https://h/"));
}

#[test]
fn a_program_that_is_called_by_its_path_is_found_by_its_whole_path() {
    let folder = "it's ${HOME}";
    let helper = minimal().args(["--print-config=claude-code"]).args(SERVER);
    let helper =
        helper.prepared_by(&format!("mkdir ~/\"it's \\${{HOME}}\"; cd ~/it*; ln -s {} {NAME}", crate::EXECUTABLE));
    let home = helper.path("").to_string_lossy().into_owned();
    let words = format!("{MINIMAL} {}", SERVER.join(" "));
    let quoted = format!("exec '{home}it'\\\\''s $''{{HOME}}/{NAME}' {words}");
    for called in [format!("{home}{folder}/{NAME}"), format!("./{folder}/{NAME}")] {
        let line = "cd ~ && shift && exec \"$0\" \"$@\"";
        let outcome = helper.again().through(["sh", "-c", line, &called]).run();
        outcome.prints(&mcp_json("acme", SERVER[3], &quoted));
    }
}

#[test]
fn what_cannot_be_a_configuration_is_refused_or_warned_of() {
    let error = "error: invalid value '(not shown, it may be a secret)' for '--print-config <CLIENT>'\n  \
                 [possible values: claude-code, claude-plugin, codex]\n\n  \
                 tip: a similar value exists: 'codex'\n\n\
                 For more information, try '--help'.\n";
    by_name(&["--print-config", "codx"]).run().ends(2, "", error);
    by_name(&["--print-config=codex", "--server-url", "h"]).run().fails(
        2,
        "--server-url: it is not an absolute URL with an ASCII host; write https://HOST/PATH as the client has it",
    );
    let helper = by_name(&["--print-config=claude-code", "--format", "token"]).args(SERVER);
    let command = format!("exec {NAME} {MINIMAL} --format token {}", SERVER.join(" "));
    helper.run().prints_saying(
        &mcp_json("acme", SERVER[3], &command),
        &["warning: clients read what is printed in the format headers; leave --format out, or take it out of the profile"],
    );
}
