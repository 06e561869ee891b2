//! `status` and `forget`.

use std::fs;

use serde_json::{Value, json};

use crate::common::{CANARY, Helper};
use crate::kept::{CACHE, STATE, below, names, only};
use crate::{EXECUTABLE, Endpoint, asking, bearer, now, refreshing, rotating};

fn alone(verb: &str) -> Helper {
    Helper::new(EXECUTABLE).args(verb.split(' '))
}

/// What the table says of a token that was replaced a moment ago.
#[track_caller]
fn rotated(printed: &[u8]) -> String {
    let printed = String::from_utf8_lossy(printed);
    let (_, ago) = printed.split_once("  rotated ").unwrap_or_else(|| panic!("{printed}"));
    let (seconds, _) = ago.split_once("s ago\n").unwrap_or_else(|| panic!("{printed}"));
    assert!(seconds.parse::<u8>().unwrap() < 60, "{printed}");
    format!("  rotated {seconds}s ago")
}

#[test]
fn where_nothing_is_kept_nothing_is_made() {
    for (verb, printed) in [
        ("status", "no token is stored"),
        ("status --json", r#"{"tokens":[]}"#),
        ("forget --all", "forgot 0 access tokens"),
        ("forget --all --refresh-token-too", "forgot 0 access tokens\nforgot 0 refresh tokens"),
        ("forget --command id", "forgot 0 access tokens"),
    ] {
        let helper = alone(verb);
        helper.again().run().prints(printed);
        assert!(below(&helper.path("")).is_empty(), "{verb}");
    }
}

#[test]
fn status_says_whose_tokens_are_kept_and_for_how_long() {
    let endpoint = Endpoint::new(|_, _, connection| {
        let body = format!(r#"{{"access_token":"{CANARY}","expires_in":7260,"refresh_token":"{CANARY}"}}"#);
        crate::reply(connection, 200, &body);
    });
    let origin = endpoint.origin();
    let helper = asking(&endpoint).args(["--scope", "mcp.read", "--scope", "mcp.{env:WRITE}"]).env("WRITE", "write");
    helper.again().run().prints(&bearer(CANARY));
    let status = helper.beside().arg("status");
    // What a SOURCE says is a secret, also in a scope.
    let access = format!(
        "access   {origin}  client abc  grant client-credentials  scope mcp.read mcp.[redacted]  expires in 2h"
    );
    status.again().run().prints(&access);

    let command = helper.beside().args(["--command", "echo a"]);
    command.run().prints(&bearer("a"));
    let printed = String::from_utf8(status.again().run().stdout().to_vec()).unwrap();
    let mut lines: Vec<_> = printed.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["access   echo  expires in 4m", &access]);
}

#[test]
fn status_shows_a_rotated_refresh_token() {
    let endpoint = rotating();
    let origin = endpoint.origin();
    let helper = refreshing(&endpoint).arg("--no-cache");
    helper.again().run().prints(&bearer("token-0"));
    let outcome = helper.beside().arg("status").run();
    outcome.prints(&format!("refresh  {origin}  client abc  grant refresh-token{}", rotated(outcome.stdout())));
    fs::write(only(&helper, STATE, ".refresh"), "x").unwrap();
    helper.beside().arg("status").run().prints("refresh  cannot be read");
    let row = json!({
        "kind": "refresh", "readable": false, "issuer": "", "client_id": null, "profile": null, "grant": null,
        "resource": null, "audience": null, "scope": null, "rotated_at": null,
    });
    helper.beside().args(["status", "--json"]).run().prints(&json!({ "tokens": [row] }).to_string());
}

#[test]
fn status_as_json_has_a_row_for_each_token() {
    let endpoint = rotating();
    let origin = endpoint.origin();
    let helper = refreshing(&endpoint).args(["--scope", "a"]);
    let started_at = now();
    helper.again().run().prints(&bearer("token-0"));
    let outcome = helper.beside().args(["status", "--json"]).run();
    let printed: Value = serde_json::from_slice(outcome.stdout()).unwrap();
    let seconds = printed["tokens"][0]["expires_in"].as_u64().unwrap();
    assert!((3540..=3600).contains(&seconds), "{printed}");
    let time = |row: usize, name: &str| {
        let time = printed["tokens"][row][name].as_str().unwrap();
        let seconds = crate::openssl::text("date -d \"$1\" +%s | tr -d '\\n'", &[time], "").parse::<u64>().unwrap();
        (time.to_owned(), seconds)
    };
    let ((expires_at, end), (rotated_at, rotation)) = (time(0, "expires_at"), time(1, "rotated_at"));
    assert!(
        (started_at + 3600..started_at + 3660).contains(&end) && (started_at..started_at + 60).contains(&rotation),
        "{printed}"
    );
    let expected = json!({ "tokens": [
        {
            "kind": "access", "readable": true, "issuer": origin, "client_id": "abc", "profile": null, "scope": "a",
            "grant": "refresh-token", "resource": null, "audience": null,
            "expires_at": expires_at, "expires_in": seconds, "sealed_by": "credential",
        },
        {
            "kind": "refresh", "readable": true, "issuer": origin, "client_id": "abc", "profile": null, "scope": "a",
            "grant": "refresh-token", "resource": null, "audience": null,
            "rotated_at": rotated_at,
        },
    ]});
    outcome.prints(&expected.to_string());
}

/// Entries that differ in grant, resource or audience alone.
#[test]
fn status_tells_grants_resources_and_audiences_apart() {
    let endpoint = Endpoint::minting();
    let origin = endpoint.origin();
    let client = asking(&endpoint);
    let mcp = "https://mcp.example.com";
    let jwt = client.path("jwt");
    fs::write(&jwt, crate::jwt(r#"{"sub":"a"}"#)).unwrap();
    let lines = [
        (vec![], "grant client-credentials".to_owned()),
        (vec!["--subject-token", "file:~/jwt"], "grant token-exchange".to_owned()),
        (vec!["--assertion", "file:~/jwt"], "grant jwt-bearer".to_owned()),
        (
            vec!["--resource", "https://mcp.example.com/a?key=hunter2"],
            format!("grant client-credentials  resource {mcp}/a"),
        ),
        (
            vec!["--resource", "https://mcp.example.com/a", "--resource", "https://u:p@mcp.example.com/b"],
            format!("grant client-credentials  resource {mcp}/a  resource {mcp}/b"),
        ),
        (vec!["--audience", "api://x"], "grant client-credentials  audience api://x".to_owned()),
    ];
    for (arguments, _) in &lines {
        assert_eq!(client.again().args(arguments).run().code(), Some(0), "{arguments:?}");
    }
    let status = client.beside().arg("status");
    let printed = String::from_utf8(status.again().run().stdout().to_vec()).unwrap();
    let mut rows: Vec<_> = printed.lines().map(|row| row.rsplit_once("  expires in ").unwrap().0.to_owned()).collect();
    let mut expected = lines.map(|(_, said)| format!("access   {origin}  client abc  {said}"));
    rows.sort_unstable();
    expected.sort_unstable();
    assert_eq!(rows, expected);
    let outcome = status.arg("--json").run();
    let printed: Value = serde_json::from_slice(outcome.stdout()).unwrap();
    let rows = printed["tokens"].as_array().unwrap();
    let of = |resource: &Value| rows.iter().filter(|row| row["resource"] == *resource).count();
    let several = json!([format!("{mcp}/a"), format!("{mcp}/b")]);
    assert_eq!((of(&Value::Null), of(&json!(format!("{mcp}/a"))), of(&several)), (4, 1, 1), "{printed}");
}

/// What a version wrote that knew neither grants nor resources.
#[test]
fn status_reads_entries_of_an_earlier_version() {
    let endpoint = rotating();
    let helper = refreshing(&endpoint);
    helper.again().run().prints(&bearer("token-0"));
    let origin = endpoint.origin();
    for file in [only(&helper, CACHE, ".token"), only(&helper, STATE, ".refresh")] {
        let whole = fs::read(&file).unwrap();
        let end = whole.iter().position(|byte| *byte == b'\n').unwrap();
        let mut header: Value = serde_json::from_slice(&whole[..end]).unwrap();
        let about = header["about"].as_object_mut().unwrap();
        for name in ["grant", "resource", "audience"] {
            assert!(about.remove(name).is_some(), "{name}");
        }
        fs::write(&file, [header.to_string().as_bytes(), &whole[end..]].concat()).unwrap();
    }
    let outcome = helper.beside().arg("status").run();
    let printed = String::from_utf8(outcome.stdout().to_vec()).unwrap();
    let rows: Vec<_> = printed.lines().map(|row| row.split("client abc").next().unwrap().to_owned()).collect();
    assert_eq!(rows, [format!("access   {origin}  "), format!("refresh  {origin}  ")], "{printed}");
}

#[test]
fn status_leaves_out_what_is_no_token_and_says_what_has_expired() {
    let endpoint = Endpoint::new(|_, _, connection| {
        crate::reply(connection, 200, r#"{"access_token":"t","expires_in":1,"scope":"\u001b[31m caf\u00e9"}"#);
    });
    let helper =
        asking(&endpoint).prepared_by("mkdir -p ~/.cache; mkdir -m 700 ~/.cache/hdr; echo x >~/.cache/hdr/x.token");
    helper.again().run().prints(&bearer("t"));
    std::thread::sleep(std::time::Duration::from_secs(1));
    let status = helper.beside().arg("status");
    let expired = "client abc  grant client-credentials  scope ?[31m caf??  expired";
    status.again().run().prints(&format!("access   {}  {expired}", endpoint.origin()));
    for name in names(&helper, CACHE, ".token") {
        fs::write(helper.path(CACHE).join(name), "x").unwrap();
    }
    status.run().prints("no token is stored");
}

#[test]
fn forget_removes_the_token_of_its_command_line_alone() {
    let endpoint = Endpoint::minting();
    let helper = asking(&endpoint);
    let with = |scope: &str| helper.again().args(["--scope", scope]);
    with("a").run().prints(&bearer("token-0"));
    with("b").run().prints(&bearer("token-1"));
    with("a").arg("forget").run().prints("forgot 1 access token");
    with("a").arg("forget").run().prints("forgot 0 access tokens");
    with("b").run().prints(&bearer("token-1"));
    with("a").run().prints(&bearer("token-2"));
    helper.beside().arg("forget").run().fails(
        2,
        "there is nothing to forget: no option says which token; add the options that the token was requested with, or --all",
    );
    fs::remove_file(helper.path("secret")).unwrap();
    assert_eq!(with("a").arg("forget").run().code(), Some(3));
    assert_eq!(names(&helper, CACHE, ".token").len(), 2);
}

#[test]
fn forget_leaves_no_trace() {
    let endpoint = Endpoint::minting();
    let helper = asking(&endpoint).args(["--on-reask", "mint"]);
    helper.again().run().prints(&bearer("token-0"));
    assert_eq!(names(&helper, CACHE, "").len(), 4);
    helper.again().arg("forget").run().prints("forgot 1 access token");
    assert_eq!(names(&helper, CACHE, ""), [""; 0]);
    // Nor is it remembered whom the token was given.
    helper.again().run().prints(&bearer("token-1"));
}

#[test]
fn forget_all_spares_rotated_refresh_tokens_unless_told() {
    let endpoint = rotating();
    let helper = refreshing(&endpoint);
    let others = asking(&endpoint);
    helper.again().run().prints(&bearer("token-0"));
    helper.again().args(["--scope", "b"]).run().prints(&bearer("token-1"));
    others.again().run().prints(&bearer("token-2"));
    let all = helper.beside().args(["forget", "--all"]);
    all.again().run().prints("forgot 2 access tokens");
    assert_eq!((names(&helper, CACHE, "").len(), names(&helper, STATE, ".refresh").len()), (0, 1));
    all.again().arg("--refresh-token-too").run().prints("forgot 0 access tokens\nforgot 1 refresh token");
    assert_eq!(names(&helper, STATE, ""), ["key", "key.lock"]);
    others.run().prints(&bearer("token-2"));
}

#[test]
fn an_inquiry_about_a_verb_is_refused() {
    for (option, shown) in [("--check=codex", "--check"), ("--print-config=codex", "--print-config")] {
        for verb in ["status", "forget"] {
            let cause = "it applies to a command line that prints headers";
            let message = format!("{shown} cannot be used with {verb}: {cause}; remove one of them");
            Helper::new(EXECUTABLE).args([verb, option]).run().fails(2, &message);
        }
    }
}
