//! The end of a token: the earliest that is told, for commands, endpoints and files alike.

use std::process::Command;

use crate::common::{CANARY, Helper};
use crate::endpoint::{Endpoint, reply};
use crate::{EXECUTABLE, asking, bearer, jwt, now, with_key};

/// How long the token lives that is in this JSON, in seconds, and whether that is assumed: as printed by a command, and as
/// answered by an endpoint.
fn lives(json: &str, options: &[&str]) -> [(i64, bool); 2] {
    let answer = json.to_owned();
    let endpoint = Endpoint::new(move |_, _, connection| reply(connection, 200, &answer));
    let command = Helper::new(EXECUTABLE).args(["--command", "cat ~/output"]).file("output", json, 0o600);
    [command, asking(&endpoint)].map(|helper| {
        let outcome = helper.args(["--no-cache", "--explain"]).args(options).run();
        let said = outcome.stderr();
        assert_eq!(outcome.code(), Some(0), "{json}: {said}");
        let (_, life) = said.split_once(", valid for ").expect("a life");
        let (seconds, behind) = life.split_once('s').unwrap();
        (seconds.parse().unwrap(), behind.starts_with(", from --assume-life"))
    })
}

/// Date and time of so many seconds from now on, in UTC without a zone.
fn date(seconds: u64) -> String {
    let printed =
        Command::new("date").args(["-u", "-d", &format!("@{}", now() + seconds), "+%Y-%m-%dT%H:%M:%S"]).output();
    String::from_utf8(printed.unwrap().stdout).unwrap().trim().to_owned()
}

#[test]
fn the_earliest_end_that_is_told_counts() {
    let (soon, later) = (now() + 600, now() + 7200);
    let (date, until) = (date(600), |name: &str, value: &str| format!(r#"{{"access_token":"t",{name}:{value}}}"#));
    for json in [
        format!(r#"{{"access_token":"t","token_type":"Bearer","expires_in":3600,"expiry":"{date}.123456789Z"}}"#),
        format!(r#"{{"access_token":"t","expires_in":600,"expiry":{later}}}"#),
        format!(r#"{{"access_token":"t","expires_in":"3600","expires_at":"{date}+00:00"}}"#),
        format!(r#"{{"access_token":"t","expires_in":3600,"accessTokenExpiresAt":"{date}.5Z"}}"#),
        format!(r#"{{"access_token":"t","expires_in":3600,"credential":{{"token_expiry":"{date}Z"}}}}"#),
        format!(r#"{{"access_token":"t","expiresOn":"2001-01-01 00:00:00.000000","expires_on":{soon}}}"#),
        format!(r#"{{"access_token":"t","ttl":3600,"expiration":{soon}.9}}"#),
        format!(r#"{{"access_token":"{}","expires_in":3600}}"#, jwt(&format!(r#"{{"exp":{soon}}}"#))),
        format!(r#"{{"access_token":"{}","expires_in":600}}"#, jwt(&format!(r#"{{"exp":{later}}}"#))),
        until("\"expiry_date\"", &format!("{soon}123")),
        until("\"expireTime\"", &format!("\"{date}Z\"")),
        until("\"Expiration\"", &format!("\"{date}+0000\"")),
        until("\"expires_on\"", &format!("\"{soon}\"")),
        until("\"tokenExpiresIn\"", "\"600\""),
        until("\"expires_in_ms\"", "600000"),
        until("\"lifetime\"", "\"10m\""),
        until("\"refresh_expires_in\"", "60,\"expires_in\":600"),
        until("\"ext_expires_in\"", "60,\"id_token_expires_in\":60,\"refreshTokenExpiresAt\":1,\"expires_in\":600"),
    ] {
        for (seconds, is_assumed) in lives(&json, &[]) {
            assert!((590..=600).contains(&seconds) && !is_assumed, "{seconds}: {json}");
        }
    }
}

#[test]
fn what_is_told_around_a_nested_token_counts() {
    let date = date(600);
    for (json, field) in [
        (format!(r#"{{"data":{{"t":"t","expires_at":"{date}Z"}},"expires_in":3600}}"#), "data.t"),
        (format!(r#"{{"a":{{"b":{{"t":"t"}},"expiry":"{date}Z"}},"refresh":{{"expires_in":60}}}}"#), "a.b.t"),
        (r#"{"id_token":"i","access_token":"a","expires_in":600}"#.to_owned(), "id_token"),
    ] {
        for (seconds, is_assumed) in lives(&json, &["--token-field", field]) {
            assert!((590..=600).contains(&seconds) && !is_assumed, "{seconds}: {json}");
        }
    }
}

#[test]
fn with_a_named_field_that_one_and_the_tokens_own_count() {
    let exp = jwt(&format!(r#"{{"exp":{}}}"#, now() + 600));
    for (json, options, expected) in [
        (r#"{"access_token":"t","expires_in":60,"until":600}"#.to_owned(), ["--expiry-field", "until"], 600),
        (r#"{"access_token":"t","expires_in":60,"a":{"until":"600"}}"#.to_owned(), ["--expiry-field", "a.until"], 600),
        (format!(r#"{{"access_token":"{exp}","expires_in":60,"until":3600}}"#), ["--expiry-field", "until"], 600),
    ] {
        for (seconds, is_assumed) in lives(&json, &options) {
            assert!((expected - 10..=expected).contains(&seconds) && !is_assumed, "{seconds}: {json}");
        }
    }
    for (seconds, is_assumed) in lives(r#"{"access_token":"t","expires_in":60}"#, &["--expiry-field", "until"]) {
        assert_eq!((seconds, is_assumed), (300, true));
    }
}

#[test]
fn no_life_at_all_is_none_told_by_a_command_and_an_error_of_an_endpoint() {
    for (value, by_command) in [("0", true), ("\"0\"", true), ("-1", false), ("\"-300\"", false)] {
        let json = format!(r#"{{"access_token":"t","token_type":"Bearer","expires_in":{value}}}"#);
        let command = Helper::new(EXECUTABLE).args(["--command", "cat ~/output"]).file("output", &json, 0o600);
        if by_command {
            command.run().prints(&bearer("t"));
        } else {
            command.run().fails(
                3,
                "--command: cat did not print a usable token: its token has expired already; check the clocks of this \
                 machine and of the server, or name another --expiry-field",
            );
        }
        let endpoint = Endpoint::new(move |_, _, connection| reply(connection, 200, &json));
        asking(&endpoint).run().fails(
            4,
            &format!(
                "{} answered without a token: its expires_in says that its token has no lifetime; name the field \
                 of its lifetime with --expiry-field, or set one with --assume-life DURATION",
                endpoint.origin()
            ),
        );
        // What the message names helps.
        asking(&endpoint).args(["--assume-life", "10m"]).run().prints(&bearer("t"));
        let other = asking(&endpoint).args(["--expiry-field", "until"]).run();
        assert_eq!(other.stdout(), format!("{}\n", bearer("t")).as_bytes(), "{}", other.stderr());
    }
}

#[test]
fn a_named_field_that_tells_nothing_is_warned_of() {
    let own = jwt(&format!(r#"{{"exp":{}}}"#, now() + 600));
    let assumed = "--assume-life sets the token's lifetime";
    for (json, field, warning) in [
        (
            r#"{"access_token":"t","expires_in":60}"#.to_owned(),
            "expires_inn",
            format!("there is no expires_inn, but access_token, expires_in; {assumed}"),
        ),
        (
            r#"{"access_token":"t","a":{"b":"soon"}}"#.to_owned(),
            "a.b",
            format!("a.b is neither a time nor a duration; {assumed}"),
        ),
        (
            format!(r#"{{"access_token":"{own}","until":null}}"#),
            "until",
            "there is no until, but access_token; the token's own exp is used".to_owned(),
        ),
    ] {
        let expected = format!("hdr-bearer-refresh: warning: --expiry-field: {warning}");
        let answer = json.clone();
        let endpoint = Endpoint::new(move |_, _, connection| reply(connection, 200, &answer));
        let command = Helper::new(EXECUTABLE).args(["--command", "cat ~/output"]).file("output", &json, 0o600);
        let kept = with_key("file:~/token").file("token", &json, 0o600);
        for (helper, is_file) in [(command, false), (asking(&endpoint), false), (kept, true)] {
            let end = "the token's expiry is not known";
            let expected = if is_file { expected.replace(assumed, end) } else { expected.clone() };
            let outcome = helper.args(["--expiry-field", field]).run();
            assert_eq!((outcome.code(), outcome.stderr().trim_end()), (Some(0), &*expected));
        }
    }
}

#[test]
fn a_path_with_nothing_between_its_dots_is_refused() {
    for option in ["--token-field", "--expiry-field"] {
        for (path, cause) in [
            ("", "it is empty"),
            (".", "a name before, between or after its dots is empty"),
            ("a..b", "a name before, between or after its dots is empty"),
            ("a.", "a name before, between or after its dots is empty"),
        ] {
            let message = format!(
                "{option} cannot be used: {cause}; write the name of a field, with dots for nested objects, for example {option} data.token"
            );
            let endpoint = Endpoint::minting();
            asking(&endpoint).args([option, path]).run().fails(2, &message);
            with_key("file:~/token").file("token", "t", 0o600).args([option, path]).run().fails(2, &message);
        }
    }
    let endpoint = Endpoint::new(|_, _, connection| {
        reply(connection, 200, r#"{"access_token":"t",".expires":"Tue, 14 Nov 2299 22:14:20 GMT"}"#);
    });
    asking(&endpoint).args(["--expiry-field", ".expires"]).run().prints(&bearer("t"));
}

#[test]
fn what_stands_around_a_member_of_a_file_tells_its_end() {
    let kept = |json: &str, field: &str| with_key(&format!("json:~/token:{field}")).file("token", json, 0o600);
    let expired = "has expired: it was valid until 2023-11-14T22:13:20Z; renew it with the program that writes it";
    for (json, field, options) in [
        (r#"{"a":{"b":"jtok"},"expires_at":1700000000}"#, "a.b", vec![]),
        (r#"{"a":{"b":"jtok","expiry":"2023-11-14T22:13:20Z"}}"#, "a.b", vec![]),
        (r#"{"t":"jtok","x":{"until":1700000000000}}"#, "t", vec!["--expiry-field", "x.until"]),
    ] {
        let message = format!("--token: the token in json:~/token:{field} {expired}");
        kept(json, field).args(options).run().fails(3, &message);
    }
    for json in [
        r#"{"a":{"b":"jtok"},"expires_at":4100000000}"#,
        r#"{"a":{"b":"jtok"},"expires_in":1}"#,
        r#"{"a":{"b":"jtok"},"c":{"expires_at":1}}"#,
    ] {
        kept(json, "a.b").run().prints(&bearer("jtok"));
    }
}

#[test]
fn a_file_tells_when_its_token_ends_and_not_how_long_it_lives() {
    let printed = |json: &str| with_key("file:~/token").file("token", json, 0o600);
    for json in [
        r#"{"access_token":"t","expires_in":1}"#,
        r#"{"access_token":"t","expires_in":0,"expires_at":"2999-01-01T00:00:00Z"}"#,
        "\u{feff}{\"accessToken\":\"t\",\"refresh_expires_at\":1}",
        r#"{"data":{"token":"t"},"expiry":"0001-01-01T00:00:00Z"}"#,
    ] {
        printed(json).run().prints(&bearer("t"));
    }
    printed(r#"{"tokens":{"mine":"t"}}"#).args(["--token-field", "tokens.mine"]).run().prints(&bearer("t"));
    let expired = "--token: the token in file:~/token has expired: it was valid until 2023-11-14T22:13:20Z; renew it with \
                   the program that writes it";
    for (json, options) in [
        (r#"{"access_token":"t","expires_in":3600,"expiry":"2023-11-14T22:13:20Z"}"#, vec![]),
        (r#"{"access_token":"t","expires_on":"1700000000"}"#, vec![]),
        (r#"{"access_token":"t","x":{"until":1700000000000}}"#, vec!["--expiry-field", "x.until"]),
        (r#"{"a":{"t":"t","expirationTimestamp":"2023-11-14T23:13:20+01:00"}}"#, vec!["--token-field", "a.t"]),
    ] {
        printed(json).args(options).run().fails(3, expired);
    }
    let fact = "--token: file:~/token does not hold a usable token";
    for (json, options, cause) in [
        (
            r#"{"a":"b"}"#,
            vec![],
            "its JSON has no field that is known to hold a token, but a; name the field with --token-field",
        ),
        (
            r#"{"a":"b"}"#,
            vec!["--token-field", "c"],
            "its JSON has no c, but a; name the right field with --token-field",
        ),
        (
            CANARY,
            vec!["--token-field", "c"],
            "it is not a JSON object; remove --token-field, or name a file that holds JSON",
        ),
    ] {
        printed(json).args(options).run().fails(3, &format!("{fact}: {cause}"));
    }
}
