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
        let (_, life) = said.split_once(" that lives for ").expect("a life");
        let (seconds, behind) = life.split_once('s').unwrap();
        (seconds.parse().unwrap(), behind.starts_with(", as --assume-life says"))
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
                "--command: cat printed no token that can be used: its token has expired already; check the clocks of this \
                 machine and of the server, or name another --expiry-field",
            );
        }
        let endpoint = Endpoint::new(move |_, _, connection| reply(connection, 200, &json));
        asking(&endpoint).run().fails(
            4,
            &format!(
                "{} answered without a token: its expires_in says that its token lives for no time at all; name the field \
                 that tells how long it lives with --expiry-field, or say it with --assume-life DURATION",
                endpoint.origin()
            ),
        );
        // What the message names helps.
        asking(&endpoint).args(["--assume-life", "10m"]).run().prints(&bearer("t"));
        asking(&endpoint).args(["--expiry-field", "until"]).run().prints(&bearer("t"));
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
    let expired = "--token: the token in file:~/token has expired: it was valid until 2023-11-14T22:13:20Z; let the program \
                   that keeps it renew it";
    for (json, options) in [
        (r#"{"access_token":"t","expires_in":3600,"expiry":"2023-11-14T22:13:20Z"}"#, vec![]),
        (r#"{"access_token":"t","expires_on":"1700000000"}"#, vec![]),
        (r#"{"access_token":"t","x":{"until":1700000000000}}"#, vec!["--expiry-field", "x.until"]),
        (r#"{"a":{"t":"t","expirationTimestamp":"2023-11-14T23:13:20+01:00"}}"#, vec!["--token-field", "a.t"]),
    ] {
        printed(json).args(options).run().fails(3, expired);
    }
    let fact = "--token: file:~/token holds no token that can be used";
    for (json, options, cause) in [
        (
            r#"{"a":"b"}"#,
            vec![],
            "its JSON has no field that is known to hold one, but a; name the field with --token-field",
        ),
        (
            r#"{"a":"b"}"#,
            vec!["--token-field", "c"],
            "its JSON has no c, but a; name the right field with --token-field",
        ),
        (
            CANARY,
            vec!["--token-field", "c"],
            "it is no JSON object; leave out --token-field, or name a file that holds JSON",
        ),
    ] {
        printed(json).args(options).run().fails(3, &format!("{fact}: {cause}"));
    }
}
