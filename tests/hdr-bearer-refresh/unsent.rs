//! Options that shape a token request, on each way that does not send them: on the command line a mistake, in a profile of no
//! effect. What is kept, trusted, printed and asked for by verbs is never refused.

use std::collections::BTreeSet;

use crate::common::{CANARY, Helper};
use crate::profiles::with_profile;
use crate::{EXECUTABLE, Endpoint, bearer};

/// Options that shape a token request, each with a value.
const SHAPING: [(&str, &str); 39] = [
    ("--vary", "A"),
    ("--app-id", "1"),
    ("--installation-id", "1"),
    ("--api-url", "https://127.0.0.1:1"),
    ("--client-id", "abc"),
    ("--client-secret", "env:K"),
    ("--client-auth", "basic"),
    ("--tls-cert", "~/cert.pem"),
    ("--tls-key", "~/key.pem"),
    ("--client-key", "file:~/key.pem"),
    ("--client-kid", "k"),
    ("--client-alg", "ES256"),
    ("--client-cert", "~/cert.pem"),
    ("--client-aud", "a"),
    ("--client-claim", "a=b"),
    ("--client-claim-json", "a=1"),
    ("--client-assertion", "env:K"),
    ("--client-assertion-type", "urn:a"),
    ("--grant", "client-credentials"),
    ("--refresh-token", "env:K"),
    ("--subject-token", "env:K"),
    ("--subject-token-type", "urn:a"),
    ("--scope", "a"),
    ("--audience", "a"),
    ("--resource", "https://a"),
    ("--param", "a=b"),
    ("--param-json", "a=1"),
    ("--body", "json"),
    ("--token-header", "X-A: a"),
    ("--assertion-key", "file:~/key.pem"),
    ("--assertion-kid", "k"),
    ("--assertion-alg", "ES256"),
    ("--assertion-cert", "~/cert.pem"),
    ("--iss", "a"),
    ("--sub", "a"),
    ("--aud", "a"),
    ("--assertion-claim", "a=b"),
    ("--assertion-claim-json", "a=1"),
    ("--assertion", "env:K"),
];

/// Sent with every token request, whatever the grant and the client authentication.
const ALWAYS: &str = "--client-id --tls-cert --tls-key --scope --audience --resource --param --body --token-header";

/// Ways of getting a token: its options, and which of the others are sent there.
const WAYS: [(&str, &str); 12] = [
    ("--token env:K", ""),
    ("--command true", "--vary"),
    (
        "--preset github-installation --app-id 1 --installation-id 1 --assertion-key env:K --api-url https://127.0.0.1:1",
        "--tls-cert --tls-key --param --param-json --token-header",
    ),
    ("--token-url URL --client-id abc", "ALWAYS --grant --client-assertion"),
    ("--token-url URL --client-id abc --client-auth none", "ALWAYS --grant"),
    ("--token-url URL --client-id abc --client-secret env:K", "ALWAYS --grant"),
    (
        "--token-url URL --client-id abc --client-secret env:K --client-auth client-secret-jwt",
        "ALWAYS --grant --client-alg --client-aud --client-claim --client-claim-json",
    ),
    (
        "--token-url URL --client-id abc --client-key file:~/key.pem",
        "ALWAYS --grant --client-kid --client-alg --client-cert --client-aud --client-claim --client-claim-json",
    ),
    ("--token-url URL --client-id abc --client-assertion env:K", "ALWAYS --grant --client-assertion-type"),
    ("--token-url URL --client-id abc --refresh-token env:K --grant refresh-token", "ALWAYS"),
    ("--token-url URL --client-id abc --subject-token env:K --grant token-exchange", "ALWAYS --subject-token-type"),
    (
        "--token-url URL --client-id abc --assertion-key file:~/key.pem --iss i --grant jwt-bearer",
        "ALWAYS --assertion-kid --assertion-alg --assertion-cert --sub --aud --assertion-claim --assertion-claim-json",
    ),
];

/// Options of a way that choose another one, or have one of their kind there already: what comes of two is told elsewhere.
fn is_apart(way: &str, option: &str) -> bool {
    let has = |name: &str| way.split(' ').any(|word| word == name);
    has(option)
        || option.starts_with("--tls")
        || matches!(option, "--client-secret" | "--client-key" | "--client-assertion" | "--client-auth")
            && way.contains("URL")
        || !has("--grant")
            && way.contains("URL")
            && matches!(option, "--refresh-token" | "--subject-token" | "--assertion-key" | "--assertion")
        || option == "--assertion" && has("--assertion-key")
        || option == "--api-url"
}

fn helper() -> Helper {
    let key = "umask 077; openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ~/key.pem 2>/dev/null; \
               openssl req -x509 -new -key ~/key.pem -subj /CN=a -out ~/cert.pem 2>/dev/null";
    Helper::new(EXECUTABLE).prepared_by(key).env("K", CANARY)
}

#[test]
fn each_option_is_refused_on_each_way_that_does_not_send_it() {
    let endpoint = Endpoint::minting();
    let helper = helper();
    let mut refused = 0;
    for (way, sent) in WAYS {
        let sent: BTreeSet<_> =
            sent.split(' ').flat_map(|word| if word == "ALWAYS" { ALWAYS } else { word }.split(' ')).collect();
        let words: Vec<_> = way.split(' ').map(|word| word.replace("URL", &endpoint.url())).collect();
        for (option, value) in SHAPING.into_iter().filter(|(option, _)| !is_apart(way, option)) {
            let outcome = helper.again().args(&words).args([option, value]).args(["--timeout", "1s"]).run();
            let said = outcome.stderr();
            let is_refused = said.starts_with(&format!("hdr-bearer-refresh: {option} cannot be used "));
            assert_eq!(is_refused, !sent.contains(option), "{way} {option}: {said}");
            if is_refused {
                assert_eq!((outcome.code(), said.matches('\n').count()), (Some(2), 1), "{said}");
                let remedy = said.rsplit("; ").next().unwrap();
                assert!(remedy.contains(option) || remedy.contains(" --") || remedy.contains("remove it"), "{said}");
                assert!(!said.contains(CANARY), "{said}");
            }
            refused += usize::from(is_refused);
        }
    }
    assert!(refused > 200, "{refused}");
}

#[test]
fn the_way_is_named_and_what_was_meant() {
    let no_request = "no token request is sent";
    for (words, message) in [
        (
            "--command true --scope a",
            format!(
                "--scope cannot be used with --command: a program is run for the token, and {no_request}; put it into the \
                 command line of --command, or remove --scope"
            ),
        ),
        (
            "--token env:K --audience a",
            format!("--audience cannot be used with --token: the token is read from its source, and {no_request}; remove --audience"),
        ),
        (
            "--token-url https://a --client-id a --aud x",
            "--aud cannot be used here: it shapes an assertion that is the grant, and the grant is client-credentials; write \
             --audience for the audience of the token, or remove --aud"
                .to_owned(),
        ),
        (
            "--token-url https://a --refresh-token env:K --grant client_credentials",
            "--refresh-token cannot be used with --grant client-credentials: the grant client-credentials does not send it; \
             choose --grant refresh-token, or remove --refresh-token"
                .to_owned(),
        ),
        (
            "--token-url https://a --grant account_credentials --assertion env:K",
            "--assertion cannot be used with --grant account_credentials: the grant account_credentials does not send it; \
             write --param assertion='{file:PATH}', or remove --assertion"
                .to_owned(),
        ),
        (
            "--token-url https://a --client-id a --client-secret env:K --client-auth none",
            "--client-secret cannot be used with --client-auth none: client authentication none does not use it; choose \
             another --client-auth, or remove --client-secret"
                .to_owned(),
        ),
        (
            "--token-url https://a --client-id a --client-secret env:K --client-key env:K",
            "--client-secret cannot be used with --client-key: client authentication private-key-jwt does not use it; choose \
             another --client-auth, or remove --client-secret"
                .to_owned(),
        ),
        (
            "--token-url https://a --client-id a --client-secret env:K --client-aud x",
            "--client-aud cannot be used with --client-secret: it shapes an assertion of the client, and client \
             authentication basic sends none; write --audience for the audience of the token, or remove --client-aud"
                .to_owned(),
        ),
        (
            "--preset github-installation --app-id 1 --installation-id 1 --assertion-key env:K --scope a",
            "--scope cannot be used with --preset github-installation: the preset sends a request of its own, without it; name \
             what the token may do with --param-json 'permissions={…}', or remove --scope"
                .to_owned(),
        ),
        (
            "--app-id 1 --installation-id 2",
            "--app-id cannot be used here: only --preset github-installation uses it; add --preset github-installation, or \
             remove --app-id"
                .to_owned(),
        ),
        (
            "--command true --any-issuer",
            format!(
                "--any-issuer cannot be used with --command: a program is run for the token, and {no_request}; remove \
                 --any-issuer"
            ),
        ),
        (
            "--token-url https://a --api-url https://b",
            "--api-url cannot be used here: only --preset github-installation uses it; add --preset github-installation, or \
             remove --api-url"
                .to_owned(),
        ),
    ] {
        helper().args(words.split(' ')).run().fails(2, &message);
    }
}

#[test]
fn metadata_may_choose_what_is_sent() {
    // With an issuer it is not known before whether its metadata lists client_secret_jwt alone.
    let issuer = Endpoint::new(|_, request, connection| {
        let host = request.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        let body = if request.starts_with("GET") {
            format!(
                r#"{{"issuer":"http://{host}","token_endpoint":"http://{host}/token","token_endpoint_auth_methods_supported":["client_secret_jwt"]}}"#
            )
        } else {
            r#"{"access_token":"token-0","expires_in":3600}"#.to_owned()
        };
        crate::reply(connection, 200, &body);
    });
    let helper = helper().args(["--issuer", &issuer.origin(), "--client-id", "abc", "--client-secret", "env:K"]);
    helper.args(["--client-aud", "x", "--client-claim", "a=b"]).run().prints(&bearer("token-0"));
}

#[test]
fn what_a_profile_gives_for_another_way_has_no_effect() {
    let endpoint = Endpoint::minting();
    let everything = "client-id = 'abc'\nclient-secret = 'file:none'\nscope = 'a'\naudience = 'b'\nresource = 'https://c'\n\
                      param = 'a={file:none}'\nparam-json = 'b=1'\ntoken-header = 'X-A: {file:none}'\nvary = 'A'\n\
                      refresh-token = 'file:none'\nclient-kid = 'k'\naud = 'x'\niss = 'y'\nsubject-token-type = 'z'\n\
                      client-assertion-type = 'u'\nbody = 'form'\napp-id = '1'\n";
    let helper = with_profile(everything);
    helper.again().args(["--token", "env:K"]).run().prints(&bearer(CANARY));
    helper.again().args(["--command", "echo other"]).run().prints(&bearer("other"));
    let words =
        ["--token-url", &endpoint.url(), "--client-auth", "none", "--grant", "client_credentials", "--param", "q=1"];
    let helper = with_profile(
        &everything.replace("refresh-token = 'file:none'\n", "").replace("token-header = 'X-A: {file:none}'\n", ""),
    );
    helper.args(words).run().prints(&bearer("token-0"));
    let body = endpoint.requests()[0].split("\r\n\r\n").nth(1).unwrap().to_owned();
    assert_eq!(body, "grant_type=client_credentials&scope=a&audience=b&resource=https%3A%2F%2Fc&q=1&client_id=abc");
}

#[test]
fn what_the_command_line_says_of_the_client_overrules_the_profile() {
    for (profile, words) in [
        ("client-assertion = 'file:none'\nclient-assertion-type = 'urn:a'", "--client-auth none"),
        ("client-secret = 'file:none'\nclient-aud = 'x'", "--client-auth none"),
        ("client-key = 'file:none'\nclient-kid = 'k'\nclient-claim = 'a={file:none}'", "--client-auth none"),
    ] {
        let endpoint = Endpoint::minting();
        let helper = with_profile(&format!("token-url = '{}'\nclient-id = 'abc'\n{profile}\n", endpoint.url()));
        helper.args(words.split(' ')).run().prints(&bearer("token-0"));
        let body = endpoint.requests()[0].split("\r\n\r\n").nth(1).unwrap().to_owned();
        assert_eq!(body, "grant_type=client_credentials&client_id=abc", "{profile}");
    }
}

#[test]
fn a_preset_that_the_command_line_displaces_is_told() {
    let profile = "preset = 'github-installation'\napp-id = '1'\ninstallation-id = '2'\nassertion-key = 'file:none'\n";
    let helper = with_profile(profile).args(["--api-url", "https://127.0.0.1:1", "--assertion-key", "env:K"]);
    helper.run().fails(
        2,
        "--app-id cannot be used here (~/.config/hdr/config.toml line 3): the command line replaces the profile's \
         --preset; add --preset github-installation there",
    );
}

#[test]
fn what_is_kept_trusted_and_printed_is_never_refused() {
    let options = [
        "--ca-cert /ca.pem",
        "--proxy http://127.0.0.1:9",
        "--min-life 1m",
        "--no-cache",
        "--fresh",
        "--on-reask reuse",
        "--cache-dir ~/c",
        "--state-dir ~/s",
        "--assume-life 1m",
        "--format curl",
        "--explain",
        "--log off",
        "--add X-A:a",
        "--timeout 5s",
        "--server-url https://a/b",
    ];
    for option in options {
        for way in ["--token env:K", "--command \"echo token\""] {
            let words = way.split_once(' ').unwrap();
            let helper = helper().args([words.0, words.1.trim_matches('"')]).args(option.split(' '));
            assert_eq!(helper.run().code(), Some(0), "{way} {option}");
        }
    }
}
