//! What the client says of the server: an MCP server, a plugin marketplace or a plugin's archive.

use super::profiles::with_profiles;
use super::{Helper, minimal};

/// The variables with the URL and the name of each kind.
const KINDS: [[&str; 2]; 3] = [
    ["CLAUDE_CODE_MCP_SERVER_URL", "CLAUDE_CODE_MCP_SERVER_NAME"],
    ["CLAUDE_CODE_MARKETPLACE_URL", "CLAUDE_CODE_MARKETPLACE_NAME"],
    ["CLAUDE_CODE_PLUGIN_ARCHIVE_URL", "CLAUDE_CODE_PLUGIN_NAME"],
];

/// The helper that is told URL and name of these kinds: `https://hN/` and `nN`.
fn told(helper: Helper, kinds: &[usize]) -> Helper {
    let chosen = KINDS.iter().enumerate().filter(|(kind, _)| kinds.contains(kind));
    chosen.fold(helper, |helper, (kind, [url, name])| {
        helper.env(url, format!("https://h{kind}/")).env(name, format!("n{kind}"))
    })
}

#[test]
fn templates_have_the_first_kind_that_is_told() {
    let printed = |kind: usize| format!(r#"{{"X-A":"n{kind} h{kind}"}}"#);
    let helper = || minimal().header("X-A: {server:name} {server:host}");
    for (kinds, first) in [(vec![0], 0), (vec![1], 1), (vec![2], 2), (vec![2, 1], 1), (vec![0, 1, 2], 0)] {
        told(helper(), &kinds).run().prints(&printed(first));
    }
    let options = ["--server-url", "https://h/", "--server-name", "n"];
    told(helper(), &[1]).args(options).run().prints(r#"{"X-A":"n h"}"#);
    told(helper(), &[2]).args(&options[..2]).run().prints(r#"{"X-A":"n2 h"}"#);
}

#[test]
fn name_and_url_are_of_one_kind() {
    let [[url, name], [other_url, other_name], _] = KINDS;
    let missing = |what: &str, option: &str| {
        format!(
            "-H X-A: the {what} of the server is not known: the client did not pass it (Codex never does); give {option}"
        )
    };
    let helper = minimal().env(url, "https://h/").env(other_name, "n").header("X-A: {server:name}");
    helper.run().fails(2, &missing("name", "--server-name"));
    let helper = minimal().env(name, "n").env(other_url, "https://h/").header("X-A: {server:host}");
    helper.run().fails(2, &missing("URL", "--server-url"));
}

#[test]
fn a_binding_holds_for_each_kind_and_for_all_that_are_told() {
    let profile = "[p]\nserver = 'https://h1'\n[p.options]\nheader = 'X-P: p'\n";
    told(with_profiles(profile), &[1]).run().prints(r#"{"X-P":"p"}"#);
    told(with_profiles(&profile.replace("h1", "h2")), &[2]).run().prints(r#"{"X-P":"p"}"#);
    let refused = |helper: Helper, kind: usize| {
        helper.args(["--profile", "p"]).run().fails(
            2,
            &format!(
                "profile p is bound to https://h1 and not to https://h{kind} of {}: its origin is another one; use another \
                 profile, or change its server in ~/.config/hdr/config.toml line 2",
                KINDS[kind][0]
            ),
        );
    };
    refused(told(with_profiles(profile), &[2]), 2);
    refused(told(with_profiles(profile), &[1, 2]), 2);
    refused(told(with_profiles(profile), &[0, 1]), 0);
    refused(told(with_profiles(profile), &[2]).args(["--server-url", "https://h1/"]), 2);
}

#[test]
fn a_name_never_chooses_a_profile() {
    let profile = "[n1.options]\nheader = 'X-P: p'\n[h1]\n";
    told(with_profiles(profile), &[1]).header("X-P: none").run().prints(r#"{"X-P":"none"}"#);
}

#[test]
fn the_log_names_it() {
    let outcome = told(minimal(), &[2]).header("X-A: a").arg("--log-successes").run();
    let log = String::from_utf8(outcome.file(crate::common::LOG)).expect("text");
    assert!(log.contains(" server=n2 origin=https://h2 "), "{log}");
}
