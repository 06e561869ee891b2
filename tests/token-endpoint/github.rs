//! The preset `github-installation`, against a server that checks the App's JWT with openssl and answers as GitHub documents.

use std::fs;
use std::net::TcpStream;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::assertions::decoded;
use crate::common::{CANARY, Helper};
use crate::endpoint::{Endpoint, reply};
use crate::script::{Step, answer, json as answers, scripted};
use crate::{Home, headers, openssl};

/// The `number`-th token, for an hour, as GitHub answers it.
fn token(number: usize) -> String {
    let expires_at = openssl::text("date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ", &[], "");
    json!({
        "token": format!("token-{number}"), "expires_at": expires_at.trim(), "permissions": { "contents": "read" },
        "repository_selection": "selected", "repositories": [{ "id": 1, "name": "a" }],
    })
    .to_string()
}

/// A HOME with the App's key `app.pem`, its public half and another key.
fn home() -> Home {
    let home = Home::new();
    let key = "openssl genrsa -out \"$1/$2.pem\" 2048 2>/dev/null && openssl rsa -in \"$1/$2.pem\" -pubout -out \"$1/$2.pub\" 2>/dev/null";
    for name in ["app", "other"] {
        openssl::shell(&format!("umask 077; {key}"), &[home.path().to_str().unwrap(), name], "");
    }
    home
}

/// What GitHub answers to an App `123` whose key is that in `home`, for its installation 77.
fn github(home: &Home, under: &'static str) -> Endpoint {
    let folder = home.path().to_str().unwrap().to_owned();
    Endpoint::new(move |number, request, connection| {
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let value = |name: &str| {
            let lines = head.lines().filter_map(|line| line.split_once(": "));
            lines.filter(|(found, _)| *found == name).map(|(_, value)| value).collect::<Vec<_>>()
        };
        let refuse = |connection: &mut TcpStream, status, message: &str| {
            let documentation = "https://docs.github.com/rest";
            reply(
                connection,
                status,
                &json!({ "message": message, "documentation_url": documentation, "status": status.to_string() })
                    .to_string(),
            );
        };
        let jwt = value("authorization")[0].strip_prefix("Bearer ").unwrap();
        let (signed, signature) = jwt.rsplit_once('.').unwrap();
        let place = format!("{folder}/{number}.signature");
        fs::write(&place, URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
        let line = "openssl dgst -sha256 -verify \"$1/app.pub\" -signature \"$2\" || true";
        if openssl::text(line, &[&folder, &place], signed) != "Verified OK\n" {
            return refuse(connection, 401, "A JSON web token could not be decoded");
        }
        let [header, claims] = decoded(jwt);
        assert_eq!(header, json!({ "typ": "JWT", "alg": "RS256" }));
        let names: Vec<_> = claims.as_object().unwrap().keys().collect();
        assert_eq!(names, ["exp", "iat", "iss"]);
        let now = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap();
        let [issued, expires] = ["iat", "exp"].map(|name| claims[name].as_i64().unwrap() - now);
        assert!((-65..=-58).contains(&issued) && (535..=541).contains(&expires), "{claims}");
        if claims["iss"] != "123" {
            return refuse(connection, 404, "Integration not found");
        }
        for (name, expected) in [
            ("accept", "application/vnd.github+json"),
            ("content-type", "application/json"),
            ("x-github-api-version", "2022-11-28"),
        ] {
            assert_eq!(value(name), [expected], "{head}");
        }
        assert!(value("user-agent")[0].starts_with("hdr/"), "{head}");
        if !head.starts_with(&format!("POST {under}/app/installations/77/access_tokens HTTP/1.1\r\n")) {
            return refuse(connection, 404, "Not Found");
        }
        let body: Value = serde_json::from_str(body).unwrap();
        if body.get("repositories").is_some_and(|repositories| *repositories == json!(["none"])) {
            let message =
                "There is at least one repository that does not exist or is not accessible to the parent installation.";
            return refuse(connection, 422, message);
        }
        reply(connection, 201, &token(number));
    })
}

/// The helper of the App in `home` at `endpoint`.
fn asking(home: &Home, endpoint: &Endpoint) -> Helper {
    home.helper().args(["--preset", "github-installation", "--api-url", &endpoint.origin()])
}

const APP: [&str; 6] = ["--app-id", "123", "--installation-id", "77", "--assertion-key", "file:~/app.pem"];

fn bodies(endpoint: &Endpoint) -> Vec<String> {
    endpoint.requests().iter().map(|request| request.split_once("\r\n\r\n").unwrap().1.to_owned()).collect()
}

#[test]
fn a_key_goes_in_and_a_token_comes_out_and_is_cached() {
    let home = home();
    let endpoint = github(&home, "");
    let helper = asking(&home, &endpoint).args(APP);
    helper.again().run().prints(&headers(0));
    helper.again().run().prints(&headers(0));
    helper.again().args(["-H", "X-T: {token}"]).run().prints(r#"{"X-T":"token-0"}"#);
    helper.again().arg("--fresh").run().prints(&headers(1));
    // More than its life is wanted: it is renewed.
    helper.again().args(["--min-life", "2h"]).run().prints(&headers(2));
    assert_eq!(bodies(&endpoint), ["{}"; 3]);
    let status = home.helper().args(["status", "--json"]).run();
    let status: Value = serde_json::from_slice(status.stdout()).unwrap();
    let row = &status["tokens"][0];
    let resource = format!("{}/app/installations/77", endpoint.origin());
    let found = ["issuer", "client_id", "grant", "resource"].map(|name| row[name].as_str().unwrap());
    assert_eq!(found, [&*endpoint.origin(), "123", "github-installation", &resource]);
    let left = row["expires_in"].as_i64().unwrap();
    assert!((3500..=3600).contains(&left), "{left}");
    home.helper()
        .arg("forget")
        .args(["--preset", "github-installation", "--api-url", &endpoint.origin()])
        .args(APP)
        .run()
        .ends(0, "forgot 1 access token\n", "");
}

#[test]
fn a_token_is_narrowed_by_json() {
    let home = home();
    let endpoint = github(&home, "");
    let narrow = |json: &[&str]| {
        let words = json.iter().flat_map(|json| ["--param-json", *json]);
        asking(&home, &endpoint).args(APP).args(words)
    };
    let one = [r#"repositories=["a"]"#, r#"permissions={"contents":"read"}"#];
    narrow(&one).run().prints(&headers(0));
    narrow(&one).run().prints(&headers(0));
    narrow(&[r#"repositories=["b"]"#]).run().prints(&headers(1));
    let expected = [r#"{"repositories":["a"],"permissions":{"contents":"read"}}"#, r#"{"repositories":["b"]}"#];
    assert_eq!(bodies(&endpoint), expected);
}

#[test]
fn an_enterprise_server_has_its_api_elsewhere() {
    let home = home();
    let endpoint = github(&home, "/api/v3");
    for (url, number) in [("/api/v3", 0), ("/api/v3/", 1)] {
        let url = endpoint.origin() + url;
        let helper = home.helper().args(["--preset", "github-installation", "--api-url", &url]).args(APP);
        helper.args(["--token-header", "X-Gateway: {file:~/secret}"]).run().prints(&headers(number));
    }
    let line = format!("\r\nx-gateway: {CANARY}\r\n");
    assert!(endpoint.requests().iter().all(|request| request.contains(&line)), "{:?}", endpoint.requests());
}

#[test]
fn a_profile_keeps_all_of_it() {
    let home = home();
    let endpoint = github(&home, "");
    fs::create_dir_all(home.path().join(".config/hdr")).unwrap();
    let profile = format!(
        "[profiles.gh.hdr-bearer-refresh]\npreset = 'github-installation'\napi-url = '{}'\napp-id = '123'\n\
         installation-id = '77'\nassertion-key = 'file:~/app.pem'\nparam-json = ['repositories=[\"a\"]']\n",
        endpoint.origin()
    );
    home.write(".config/hdr/config.toml", &profile);
    home.helper().args(["--profile", "gh"]).run().prints(&headers(0));
    assert_eq!(bodies(&endpoint), [r#"{"repositories":["a"]}"#]);
    // The key goes nowhere else.
    let elsewhere = Endpoint::minting();
    let other = ["--profile", "gh", "--preset", "github-installation", "--api-url", &elsewhere.origin()];
    home.helper().args(other).run().fails(
        2,
        "--assertion-key is missing: the profile's is not used because --preset on the command line names another recipient; give a \
         credential on the command line too, remove --preset, or move it into the profile",
    );
    assert_eq!(elsewhere.requests(), [""; 0]);
}

#[test]
fn what_the_server_checks_is_told() {
    let home = home();
    let endpoint = github(&home, "");
    let origin = endpoint.origin();
    for (change, cause, remedy) in [
        (
            ["--assertion-key", "file:~/other.pem"],
            "401 (A JSON web token could not be decoded)",
            "check that --assertion-key is a private key of the App that --app-id names (its client id or app id, not the \
             installation's number), and that it is not deleted in its settings",
        ),
        (
            ["--app-id", "124"],
            "404 (Integration not found)",
            "check --app-id: no App has that id at this server; --api-url names another server",
        ),
        (
            ["--installation-id", "78"],
            "404 (Not Found)",
            "check --installation-id (the number at the end of the URL of the installation's settings), that the App of \
             --app-id is installed there, and --api-url: that of GitHub Enterprise Server ends in /api/v3",
        ),
        (
            ["--param-json", r#"repositories=["none"]"#],
            "422 (There is at least one repository that does not exist or is not accessible to the parent installation.)",
            "check --param-json repositories, repository_ids and permissions: the installation must have all that the token \
             requests",
        ),
    ] {
        let given: Vec<_> = APP.chunks(2).filter(|pair| pair[0] != change[0]).flatten().copied().collect();
        let message = format!("{origin} refused the installation token: it answered {cause}; {remedy}");
        asking(&home, &endpoint).args(given).args(change).run().fails(4, &message);
    }
}

#[test]
fn other_answers_are_told_too() {
    let home = home();
    let refused = "refused the installation token: it answered";
    let says = |status: u16, message: &str| answers(status, &json!({ "message": message }).to_string());
    let cases: Vec<(Step, u8, String)> = vec![
        (
            says(403, "This installation has been suspended"),
            4,
            format!("{refused} 403 (This installation has been suspended); ask the owner of the installation to unsuspend the App in its settings"),
        ),
        (
            says(401, "'Expiration time' claim ('exp') is too far in the future"),
            4,
            format!("{refused} 401 ('Expiration time' claim ('exp') is too far in the future); set this machine's clock"),
        ),
        (
            answer(401, "Date: Thu, 01 Jan 2015 00:00:00 GMT\r\n", r#"{"message":"A JSON web token could not be decoded"}"#),
            4,
            "ahead of GitHub's".to_owned(),
        ),
        (
            says(401, "Integration must generate a public key"),
            4,
            format!("{refused} 401 (Integration must generate a public key); generate a private key in the settings of the App, and give it with --assertion-key"),
        ),
        (
            answer(403, "Retry-After: 60\r\n", r#"{"message":"You have exceeded a secondary rate limit."}"#),
            5,
            "is not available: it answered 403 (You have exceeded a secondary rate limit.) and asks to wait 60s; try again later".to_owned(),
        ),
        (
            says(403, "API rate limit exceeded for installation."),
            5,
            "is not available: it answered 403 (API rate limit exceeded for installation.); try again later".to_owned(),
        ),
        (
            answer(302, "Location: https://github.example.com/api/v3/app\r\n", ""),
            4,
            "redirected: it answered 302, to https://github.example.com, and credentials do not follow a redirect; give the URL that it redirects to with --api-url".to_owned(),
        ),
        (answers(201, r#"{"expires_at":"2099-01-01T00:00:00Z"}"#), 4, "answered without a token: it has no token, but expires_at;".to_owned()),
        (
            answer(200, "Content-Type: text/html\r\n", "<html>"),
            4,
            "answered without a token: the answer is not a JSON object; check --api-url: another service may answer there".to_owned(),
        ),
    ];
    for (step, code, said) in cases {
        let endpoint = scripted(vec![step]);
        let outcome = asking(&home, &endpoint).args(APP).run();
        assert_eq!(outcome.code(), Some(i32::from(code)), "{}", outcome.stderr());
        assert!(outcome.stderr().contains(&said), "{} in {}", said, outcome.stderr());
        assert_eq!(endpoint.requests().len(), 1, "{said}");
    }
}

#[test]
fn a_server_that_is_busy_is_asked_again_with_another_jwt() {
    let home = home();
    let endpoint = scripted(vec![answer(502, "", ""), answers(201, &token(0))]);
    asking(&home, &endpoint).args(APP).run().prints(&headers(0));
    assert_eq!(endpoint.requests().len(), 2);
}

#[test]
fn what_is_missing_or_cannot_be_used_is_named() {
    let home = home();
    home.write("hmac", CANARY);
    let number =
        "give the number at the end of the URL of its settings: https://github.com/settings/installations/NUMBER";
    for (words, code, message) in [
        ("--installation-id 77 --assertion-key file:~/app.pem", 2, "--app-id is missing: GitHub identifies the App by it; give the client id or app id shown in the settings of the App".to_owned()),
        ("--app-id 1 --assertion-key file:~/app.pem", 2, format!("--installation-id is missing: a token is issued for one installation of the App; {number}")),
        ("--app-id 1 --installation-id ../1 --assertion-key file:~/app.pem", 2, format!("--installation-id ../1 cannot be used: it is not a number; {number}")),
        ("--app-id 1 --installation-id 1", 2, "--assertion-key is missing: no option says where it is kept; give --assertion-key file:PATH, env:NAME, json:PATH:FIELD or cmd:COMMAND LINE".to_owned()),
        ("--app-id 1 --installation-id 1 --assertion-key file:~/app.pem --api-url https://a/?b", 2, "--api-url cannot be used: it has a query; remove the ? and what follows it".to_owned()),
        ("--app-id 1 --installation-id 1 --assertion-key file:~/app.pem --token-url https://a", 2, "--token-url and --preset are given: each says where the token comes from; keep only one of them".to_owned()),
    ] {
        home.helper().args(["--preset", "github-installation"]).args(words.split(' ')).run().fails(code, &message);
    }
    let hmac = [
        "--app-id",
        "1",
        "--installation-id",
        "1",
        "--assertion-key",
        "file:~/hmac",
        "--api-url",
        "https://127.0.0.1:1",
    ];
    let outcome = home.helper().args(["--preset", "github-installation"]).args(hmac).run();
    assert!(outcome.code() == Some(3) && !outcome.stderr().contains(CANARY), "{}", outcome.stderr());
}
