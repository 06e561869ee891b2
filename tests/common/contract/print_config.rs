//! `--print-config`: the configuration that a client needs, and the command line that it runs.

use super::minimal;
use crate::common::Helper;
use crate::{MINIMAL, NAME};

const SERVER: [&str; 4] = ["--server-name", "acme", "--server-url", "https://mcp.acme.example/mcp"];

const UNKNOWN: &str = "warning: the server's name and URL are not known, and my-server and https://mcp.example.com/mcp are \
                       printed instead; replace that text, or give --server-name and --server-url";

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
    let warning = "warning: the server's name is not known, and my-server is printed instead; replace that text, or give \
                   --server-name";
    let printed = mcp_json("my-server", "https://h/", &command(" --server-url https://h/"));
    by_name(&url).run().prints_saying(&printed, &[warning]);
    let warning = "warning: the server's URL is not known, and https://mcp.example.com/mcp is printed instead; replace that text, \
                   or give --server-url";
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
    let error = "error: invalid value 'codx' for '--print-config <CLIENT>'\n  \
                 [possible values: claude-code, claude-plugin, claude-desktop, codex]\n\n  \
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
        &["warning: clients read only the format headers; remove --format here or from the profile"],
    );
}

#[test]
fn clients_without_helpers_are_sent_to_the_bridge() {
    for (client, name) in
        [("cursor", "Cursor"), ("vscode", "VS Code"), ("gemini", "Gemini CLI"), ("opencode", "opencode")]
    {
        let outcome = by_name(&[&SERVER[..], &["--print-config", client]].concat()).run();
        outcome.fails(
            2,
            &format!(
                "--print-config {client} cannot be printed for a helper: {name} runs no helper, but stdio servers; run hdr-bridge URL \
                 --print-config {client} -- {NAME} with these options"
            ),
        );
    }
}

const CLIENTS: [&str; 4] = ["claude-code", "claude-plugin", "claude-desktop", "codex"];

#[test]
fn a_line_that_holds_a_secret_is_refused() {
    let public = "and others may be able to read a configuration file";
    let written_out = format!("it looks like a literal secret, {public}");
    let kept = format!("{written_out}; name where it is kept: {{file:PATH}} or {{cmd:COMMAND LINE}}");
    let userinfo = format!("its URL contains a user name or password, {public}; remove it from the URL");
    for (line, fact, cause) in [
        (&["-H", "X-API-Key: hunter2"][..], "-H X-API-Key", &kept),
        (&["-HAuthorization: Bearer hunter2"], "-H Authorization", &kept),
        (&["--header=Cookie: sid=hunter2; at={timestamp}"], "-H Cookie", &kept),
        (&["--add", "Proxy-Authorization: Basic aHVudGVyMg=="], "--add Proxy-Authorization", &kept),
        (&["--server-url", "https://user:hunter2@h/mcp"], "--server-url", &userinfo),
        (&["--nonce", "see https://hunter2@h"], "--nonce", &userinfo),
    ] {
        for client in CLIENTS {
            let outcome = by_name(&[line, &["--print-config", client]].concat()).run();
            outcome.fails(2, &format!("{fact} cannot be printed: {cause}"));
        }
    }
    let url = by_name(&["--print-config=codex"]).env("CLAUDE_CODE_MCP_SERVER_URL", "https://user:hunter2@h/mcp");
    url.run().fails(2, &format!("the URL of the server cannot be printed: {userinfo}"));
    let line = ["-H", "X-API-Key: {file:~/key}", "-H", "Authorization: Bearer {env:T}", "--add", "X-Tenant: acme"];
    let outcome = by_name(&[&line[..], &SERVER, &["--print-config=claude-code"]].concat()).run();
    assert_eq!((outcome.code(), outcome.stderr()), (Some(0), String::new()));
}

/// The helper in a folder of HOME, called by its path from another one.
fn in_home(arguments: &[&str]) -> Helper {
    let helper =
        minimal().args(arguments).prepared_by(&format!("mkdir ~/bin ~/sub; cp {} ~/bin/{NAME}", crate::EXECUTABLE));
    let line = format!("cd ~/sub; shift; exec ~/bin/{NAME} \"$@\"");
    helper.through(["sh", "-c", &line, "sh"])
}

#[test]
fn claude_desktop_runs_a_link_whose_profile_has_the_options() {
    let headers =
        ["-H", "X-A: \\{server:name}{{ \"{server:path}\"", "--header=X-B: {file:b} {file:~/sub/b}", "--add=X-C: c"];
    let line = [&headers[..], &["--timeout", "7s", "--log-successes"], &SERVER].concat();
    let helper = in_home(&[&line[..], &["--print-config", "claude-desktop"]].concat());
    let helper = helper.prepared_by("echo file >~/sub/b");
    let outcome = helper.again().run();
    let home = helper.path("").to_string_lossy().trim_end_matches('/').to_owned();
    let path = format!("{home}/bin/{NAME}@acme");
    let json = format!(
        "{{\n  \"mcpServers\": {{\n    \"acme\": {{\n      \"type\": \"http\",\n      \"url\": \"{}\",\n      \
         \"headersHelper\": \"{path}\"\n    }}\n  }}\n}}\n",
        SERVER[3]
    );
    assert_eq!((String::from_utf8_lossy(outcome.stdout()).as_ref(), outcome.code()), (json.as_str(), Some(0)));
    let said = outcome.stderr();
    let (profile, link_line) = said.split_once("# Make the link:\n").unwrap();
    assert_eq!(link_line, format!("ln -s HOME/bin/{NAME} HOME/bin/{NAME}@acme\n"));
    let begin = format!(
        "# Add to ~/.config/hdr/config.toml:\n[profiles.acme]\nserver = \"{}\"\n\n[profiles.acme.{NAME}]\n",
        SERVER[3]
    );
    assert!(profile.starts_with(&begin), "{profile}");
    // As they say, so it is done; the link prints what the line prints.
    let made = format!(
        "mkdir -p ~/.config/hdr; umask 077; cat >~/.config/hdr/config.toml <<'END'\n{profile}\nEND\n{link_line}"
    );
    let made = made.replace("HOME/", &format!("{home}/"));
    let linked = helper.beside().prepared_by(&made);
    let expected = in_home_again(&helper, &line);
    assert!(expected.contains("X-B") && expected.contains("file file"), "{expected}");
    let run = format!("cd /; exec '{path}'");
    linked.through(["sh", "-c", &run, "sh"]).run().prints(&expected);
}

/// What a line prints in that HOME.
fn in_home_again(helper: &Helper, line: &[&str]) -> String {
    let words: Vec<_> = MINIMAL.split(' ').chain(line.iter().copied()).collect();
    let outcome = helper.beside().args(words).run();
    assert_eq!(outcome.code(), Some(0), "{}", outcome.stderr());
    String::from_utf8_lossy(outcome.stdout()).trim_end().to_owned()
}

#[test]
fn a_profile_that_is_named_needs_only_the_link() {
    let profiles = "[profiles.internal]\nserver = 'https://h/mcp'\n";
    let with_profile = |arguments: &[&str]| {
        let helper = in_home(&[]).beside().prepared_by("mkdir -p ~/.config/hdr").args(arguments);
        helper.file(".config/hdr/config.toml", profiles, 0o600)
    };
    let line = ["--profile", "internal", "--server-name", "n", "--server-url", "https://h/mcp"];
    let outcome = with_profile(&[&line[..], &["--print-config=claude-desktop"]].concat()).run();
    let said = format!("# Make the link:\nln -s HOME/bin/{NAME} HOME/bin/{NAME}@internal\n");
    assert_eq!((outcome.stderr(), outcome.code()), (said, Some(0)));
    assert!(String::from_utf8_lossy(outcome.stdout()).contains(&format!("/bin/{NAME}@internal\"")));
    with_profile(&[&line[..], &["--log-successes", "--print-config=claude-desktop"]].concat()).run().fails(
        2,
        "--log-successes cannot be used with the profile internal: Claude Desktop runs a link without arguments, which takes \
         all options from its profile; put it into the profile, or remove the profile",
    );
}

#[test]
fn what_no_profile_can_hold_is_refused_for_claude_desktop() {
    let helper = in_home(&[]).file("empty.toml", "", 0o600);
    let line = ["--config", "~/empty.toml", "--print-config=claude-desktop"];
    helper.args(line).args(SERVER).run().fails(
        2,
        "--config cannot be used in Claude Desktop: it runs one executable without arguments, and its options come from a profile, \
         and no profile can hold it; remove it",
    );
}
