//! Which profile a run takes, and what the command line makes of it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use super::{Helper, minimal};

const INTERNAL: &str = "https://mcp.internal.example.com";

/// The helper with profiles. In them `[internal]` and `[internal.options]` stand for the tables of a profile and of this
/// helper in it.
pub(super) fn with_profiles(text: &str) -> Helper {
    let mut tables = String::new();
    for line in text.lines() {
        let line = match line.strip_suffix(".options]") {
            Some(start) => format!("{start}.{}]", crate::NAME),
            None => line.to_owned(),
        };
        tables += &line.replacen('[', if line.starts_with('[') { "[profiles." } else { "[" }, 1);
        tables.push('\n');
    }
    minimal().prepared_by("mkdir -p ~/.config/hdr").file(".config/hdr/config.toml", tables, 0o600)
}

/// Profiles that each print their own header.
const EACH: &str = r#"[internal]
server = "https://mcp.internal.example.com"
[internal.options]
header = "X-P: internal"
[team]
server = "https://shared.example/team"
[team.options]
header = "X-P: team"
[free.options]
header = "X-P: free"
"#;

#[test]
fn the_profile_is_the_one_named_or_the_one_bound_to_the_server() {
    let other = "https://other.example";
    for (client, options, chosen) in [
        (None, vec![], "none"),
        (None, vec!["--profile", "free"], "free"),
        (Some(INTERNAL), vec![], "internal"),
        (Some("HTTPS://MCP.internal.example.com:443/a?k=REDACTED"), vec![], "internal"),
        (None, vec!["--server-url", INTERNAL], "internal"),
        (Some("https://shared.example/team/mcp"), vec![], "team"),
        (Some("https://shared.example/teams"), vec![], "none"),
        // The client knows better than a command line, which a cloned repository may have written.
        (Some(other), vec!["--server-url", INTERNAL], "none"),
        (Some(other), vec![], "none"),
        (Some(INTERNAL), vec!["--profile", "free"], "free"),
        (Some(INTERNAL), vec!["--profile", "internal"], "internal"),
        (None, vec!["--server-url", INTERNAL, "--profile", "internal"], "internal"),
        // Such a repository picks the name of the server.
        (Some(other), vec!["--server-name", "internal"], "none"),
        (None, vec!["--server-name", "internal"], "none"),
    ] {
        let helper = with_profiles(EACH).args(&options);
        let helper = match client {
            Some(url) => helper.env("CLAUDE_CODE_MCP_SERVER_URL", url),
            None => helper,
        };
        if chosen == "none" {
            helper.header("X-P: none").run().prints(r#"{"X-P":"none"}"#);
        } else {
            helper.run().prints(&format!(r#"{{"X-P":"{chosen}"}}"#));
        }
    }
}

#[test]
fn a_profile_of_another_server_is_refused() {
    let bound = "is bound to https://mcp.internal.example.com and not to";
    let team = "is bound to https://shared.example and not to https://shared.example of CLAUDE_CODE_MCP_SERVER_URL";
    let change = "use another profile, or change its server in ~/.config/hdr/config.toml line";
    let hidden = "the client replaced a part that is compared with REDACTED";
    for (client, options, message) in [
        (
            "https://evil.example/mcp?k=v",
            vec!["--profile", "internal"],
            format!(
                "internal {bound} https://evil.example of CLAUDE_CODE_MCP_SERVER_URL: its origin is another one; {change} 2"
            ),
        ),
        (
            "https://evil.example",
            vec!["--profile", "internal", "--server-url", INTERNAL],
            format!(
                "internal {bound} https://evil.example of CLAUDE_CODE_MCP_SERVER_URL: its origin is another one; {change} 2"
            ),
        ),
        (
            INTERNAL,
            vec!["--server-url", "https://other.example"],
            format!("internal {bound} https://other.example of --server-url: its origin is another one; {change} 2"),
        ),
        (
            "",
            vec!["--profile", "internal", "--server-url", "http://mcp.internal.example.com"],
            format!(
                "internal {bound} http://mcp.internal.example.com of --server-url: its origin is another one; {change} 2"
            ),
        ),
        (
            "https://REDACTED/mcp",
            vec!["--profile", "internal"],
            format!("internal {bound} https://redacted of CLAUDE_CODE_MCP_SERVER_URL: {hidden}; {change} 2"),
        ),
        (
            "https://user:pw@mcp.internal.example.com/",
            vec!["--profile", "internal"],
            format!(
                "internal {bound} https://mcp.internal.example.com of CLAUDE_CODE_MCP_SERVER_URL: it has a user name before \
                 its host; {change} 2"
            ),
        ),
        (
            "no URL",
            vec!["--profile", "internal"],
            format!(
                "internal {bound} (not shown) of CLAUDE_CODE_MCP_SERVER_URL: it is not an absolute URL with an ASCII host; \
                 {change} 2"
            ),
        ),
        (
            "https://mcp.internal.example.com\u{fffd}/",
            vec!["--profile", "internal"],
            format!(
                "internal {bound} (not shown) of CLAUDE_CODE_MCP_SERVER_URL: it is not an absolute URL with an ASCII host; \
                 {change} 2"
            ),
        ),
        (
            "https://shared.example/team/../other",
            vec!["--profile", "team"],
            format!("team {team}: its path is another one; {change} 6"),
        ),
        (
            "https://shared.example/team/REDACTED",
            vec!["--profile", "team"],
            format!("team {team}: {hidden}; {change} 6"),
        ),
    ] {
        let helper = with_profiles(EACH).env("CLAUDE_CODE_MCP_SERVER_URL", client);
        helper.args(options).run().fails(2, &format!("profile {message}"));
    }
}

#[test]
fn a_url_that_is_no_text_is_another_one() {
    let url = OsStr::from_bytes(b"https://mcp.internal.example.com\xff/");
    let helper = with_profiles(EACH).env("CLAUDE_CODE_MCP_SERVER_URL", url).args(["--profile", "internal"]);
    helper.args(["--server-url", INTERNAL]).run().fails(
        2,
        "profile internal is bound to https://mcp.internal.example.com and not to (not shown) of CLAUDE_CODE_MCP_SERVER_URL: it \
         is not an absolute URL with an ASCII host; use another profile, or change its server in ~/.config/hdr/config.toml line \
         2",
    );
}

#[test]
fn a_server_that_is_not_known_is_a_warning() {
    let warning = "warning: whether profile internal is bound to this server is not known: the client did not pass \
                   the server's URL (Codex never does); give --server-url";
    with_profiles(EACH).args(["--profile", "internal"]).run().prints_saying(r#"{"X-P":"internal"}"#, &[warning]);
    let own = "server-url = \"https://mcp.internal.example.com/mcp\"\n";
    let own = EACH.replace("header = \"X-P: internal\"\n", &format!("header = \"X-P: {{server:path}}\"\n{own}"));
    with_profiles(&own).args(["--profile", "internal"]).run().prints(r#"{"X-P":"/mcp"}"#);
    let other = own.replace("example.com/mcp", "example.org/mcp");
    with_profiles(&other).args(["--profile", "internal"]).run().fails(
        2,
        "profile internal is bound to https://mcp.internal.example.com and not to https://mcp.internal.example.org of its \
         server-url: its origin is another one; use another profile, or change its server in ~/.config/hdr/config.toml line 2",
    );
}

#[test]
fn two_profiles_of_one_server_are_refused() {
    let both = format!("{EACH}[other]\nserver = \"https://mcp.internal.example.com/mcp\"\n");
    let helper = with_profiles(&both).args(["--server-url", "https://mcp.internal.example.com/mcp/x"]);
    helper.again().run().fails(
        2,
        "profiles internal and other are all bound to this server: ~/.config/hdr/config.toml does not say which of them is \
         meant; choose one with --profile",
    );
    helper.args(["--profile", "internal"]).run().prints(r#"{"X-P":"internal"}"#);
}

#[test]
fn the_command_line_wins() {
    let profile = r#"[p.options]
header = ["X-A: {server:name}", "X-N: {nonce}"]
add = ["X-B: 1", "X-C: 2"]
server-name = "of-profile"
format = "curl"
nonce = 17
explain = false
"#;
    let curl = "header = \"X-A: of-profile\"\nheader = \"X-N: 17\"\nheader = \"X-B: 1\"\nheader = \"X-C: 2\"";
    for (options, printed) in [
        (vec![], curl),
        (vec!["--format", "headers"], r#"{"X-A":"of-profile","X-N":"17","X-B":"1","X-C":"2"}"#),
        (vec!["--format=headers", "--server-name=here"], r#"{"X-A":"here","X-N":"17","X-B":"1","X-C":"2"}"#),
        (vec!["--format=headers", "--add=X-D: 3"], r#"{"X-A":"of-profile","X-N":"17","X-D":"3"}"#),
        (vec!["--format=headers", "-H", "X-D: {nonce}"], r#"{"X-D":"17","X-B":"1","X-C":"2"}"#),
        (vec!["--format=headers", "--header=X-D: 3", "--nonce=n"], r#"{"X-D":"3","X-B":"1","X-C":"2"}"#),
    ] {
        with_profiles(profile).args(["--profile", "p"]).args(options).run().prints(printed);
    }
}

#[test]
fn paths_are_relative_to_the_file() {
    let elsewhere = |helper: Helper| {
        let text = format!(
            "[profiles.p.{}]\nenv-file = 'env'\nheader = ['X-A: {{file:a}}{{{{', 'X-B: {{file:~/b}}', 'X-C: {{env:C}}']\n",
            crate::NAME
        );
        helper
            .prepared_by(
                "mkdir ~/folder; echo a >~/folder/a; echo b >~/b; echo C=c >~/folder/env; chmod 600 ~/b ~/folder/*",
            )
            .file("folder/profiles.toml", text, 0o600)
    };
    let helper = elsewhere(minimal());
    let path = helper.path("folder/profiles.toml");
    let printed = r#"{"X-A":"a{","X-B":"b","X-C":"c"}"#;
    helper.again().args(["--profile", "p", "--config", "~/folder/profiles.toml"]).run().prints(printed);
    helper.args(["--profile", "p"]).arg("--config").arg(path).run().prints(printed);
}

#[test]
fn explain_says_what_a_profile_gave() {
    let helper = with_profiles("[p.options]\nheader = 'X-A: a'\nadd = 'X-B: b'\nexplain = true\n");
    let outcome = helper.args(["--profile", "p", "--add", "X-C: c"]).run();
    let line = format!(
        "{}: profile p of ~/.config/hdr/config.toml, chosen by --profile, gives --header --explain; the command line replaces \
         its --add\n",
        crate::NAME
    );
    assert!(outcome.stderr().starts_with(&line), "{}", outcome.stderr());
}

#[test]
fn the_server_of_a_profile_stands_where_no_other_is_known() {
    let configuration = ["--server-name", "t", "--print-config", "codex"];
    let outcome = with_profiles(EACH).args(["--profile", "team"]).args(configuration).run();
    let printed = String::from_utf8_lossy(outcome.stdout()).into_owned();
    let warning = "warning: the server's URL is the one that the profile is bound to, and may lack a part; replace it, or give \
                   --server-url";
    outcome.ends(0, &printed, &format!("{}: {warning}\n", crate::NAME));
    assert!(printed.starts_with("[mcp_servers.t]\nurl = \"https://shared.example/team\"\n"), "{printed}");
    assert!(
        printed.ends_with(" --profile team --server-name t --server-url https://shared.example/team\"\n"),
        "{printed}"
    );

    // A configuration that cannot work is not printed.
    with_profiles(EACH)
        .args(["--profile", "taem"])
        .args(configuration)
        .run()
        .fails(2, "--profile taem is unknown: ~/.config/hdr/config.toml has no such profile; write --profile team");

    let at = EACH.replace("X-P: team", "X-P: {server:path}");
    let outcome = with_profiles(&at).args(["--profile", "team", "--check=claude-code:user"]).run();
    let printed = String::from_utf8_lossy(outcome.stdout()).into_owned();
    outcome.ends(0, &printed, "");
    assert!(printed.contains("  X-P: [redacted]\n1 of 1 ok\n"), "{printed}");
}
