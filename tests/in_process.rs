//! Helpers as a program calls them that has them in its own process: many times, from several threads, each time for one
//! request and with the token that was refused.
#![cfg(unix)]
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    reason = "the tests listen on loopback and end at the first surprise"
)]

#[path = "common/endpoint.rs"]
mod endpoint;

use std::path::Path;
use std::sync::Arc;
use std::thread;

use hdr::error::Error;
use hdr::header::{CallOutcome, Life, Made};
use hdr::program::helper::Helper;
use hdr::program::helpers::{Bearer, Hmac, Jwt, Tenant};
use hdr::program::in_process::{CallerOptions, InProcess};
use hdr::run::{Call, HttpRequest};
use hdr::secret::Secret;

use crate::endpoint::Endpoint;

/// The helper `H` with the options in `line`, in which a comma stands for a blank in a value, and HOME for a folder of this
/// test alone.
fn helper<H: Helper>(line: &str, home: &Path) -> Result<InProcess<H>, Error> {
    std::fs::write(home.join("config.toml"), "").unwrap();
    std::fs::write(home.join("key"), "0123456789abcdef0123456789abcdef").unwrap();
    let line = format!("{} --config HOME/config.toml {line}", H::NAME).replace("HOME", &home.display().to_string());
    let words: Vec<_> = line.split(' ').map(|word| word.replace(',', " ").into()).collect();
    InProcess::new(&words, CallerOptions::default())
}

/// What one call came to.
fn outcome<H: Helper>(helper: &InProcess<H>, call: Call) -> CallOutcome {
    let mut outcome = None;
    helper.call(call, |of_call| outcome = Some(of_call));
    outcome.expect("an outcome")
}

fn make<H: Helper>(helper: &InProcess<H>, call: Call) -> Result<Made, Error> {
    outcome(helper, call).result
}

fn lines(made: &Made) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    made.headers.iter().map(|(name, value)| format!("{name}: {}", text(value))).collect()
}

/// A call for a POST to the server of these tests with the digest of its body, after `refused` was refused.
fn post_with(digest: Option<&str>, refused: Option<&Secret>) -> Call {
    let request = HttpRequest::new("POST", "https://mcp.example/mcp?tenant=acme", digest).unwrap();
    Call { request: Some(request), refused: refused.cloned(), ..Call::default() }
}

fn post(refused: Option<&Secret>) -> Call {
    post_with(Some("sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"), refused)
}

const CLIENT: &str = "--client-id c --client-secret file:HOME/key --cache-dir HOME/cache --state-dir HOME/state \
                      --on-reask mint --log off";

#[test]
fn a_token_is_cached_between_calls_and_replaced_once_it_was_refused() {
    let home = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::minting();
    let line = format!("--token-url {} {CLIENT}", endpoint.url());
    let bearer = helper::<Bearer>(&line, home.path()).unwrap();
    let first = make(&bearer, post(None)).unwrap();
    assert_eq!(lines(&first), ["Authorization: Bearer token-0"]);
    // That it is called again says nothing of the token, though a client that runs a helper again had it refused.
    for _ in 0..100 {
        assert_eq!(lines(&make(&bearer, post(None)).unwrap()), ["Authorization: Bearer token-0"]);
    }
    assert_eq!(endpoint.requests().len(), 1);
    let second = make(&bearer, post(Some(&first.token))).unwrap();
    assert_eq!(lines(&second), ["Authorization: Bearer token-1"]);
    // Another request that had the old one refused is served with what was requested meanwhile.
    assert_eq!(lines(&make(&bearer, post(Some(&first.token))).unwrap()), ["Authorization: Bearer token-1"]);
    assert_eq!(endpoint.requests().len(), 2);
}

#[test]
fn threads_that_had_the_same_token_refused_request_one_new_one() {
    let home = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::minting();
    let line = format!("--token-url {} {CLIENT}", endpoint.url());
    let bearer = helper::<Bearer>(&line, home.path()).unwrap();
    let first = make(&bearer, post(None)).unwrap();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let made = make(&bearer, post(Some(&first.token))).unwrap();
                assert_eq!(lines(&made), ["Authorization: Bearer token-1"]);
            });
        }
    });
    assert_eq!(endpoint.requests().len(), 2);
}

#[test]
fn a_message_signature_covers_the_request_it_is_made_for() {
    let home = tempfile::tempdir().unwrap();
    let line = "--key file:HOME/key --scheme rfc9421 --components @method,@target-uri,content-digest --now 1700000000";
    let hmac = helper::<Hmac>(line, home.path()).unwrap();
    let made = make(&hmac, post(None)).unwrap();
    // printf '%s' BASE | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef -binary | base64
    assert_eq!(
        lines(&made),
        [
            "Signature-Input: sig1=(\"@method\" \"@target-uri\" \"content-digest\");created=1700000000;expires=1700000300;\
             alg=\"hmac-sha256\"",
            "Signature: sig1=:yRfLUuaQ2uOU7lOnHDCZ2+lDxzoLm8eKas6x0lLzo7Y=:"
        ]
    );
    let error = make(&hmac, Call::default()).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    // A request without a body has no digest to sign.
    assert_eq!(
        lines(&make(&hmac, post_with(None, None)).unwrap())[0],
        "Signature-Input: sig1=(\"@method\" \"@target-uri\");created=1700000000;expires=1700000300;alg=\"hmac-sha256\""
    );
}

fn signature_input(hmac: &InProcess<Hmac>, request: HttpRequest) -> String {
    let made = make(hmac, Call { request: Some(request), ..Call::default() }).unwrap();
    let input =
        lines(&made).into_iter().find_map(|line| line.strip_prefix("Signature-Input: sig1=").map(str::to_owned));
    input.unwrap().split(';').next().unwrap().to_owned()
}

#[test]
fn a_message_signature_covers_what_the_request_has() {
    let home = tempfile::tempdir().unwrap();
    let hmac = helper::<Hmac>("--key file:HOME/key --scheme rfc9421 --now 1700000000", home.path()).unwrap();
    let request = |method| HttpRequest::new(method, "https://mcp.example/mcp", None).unwrap();
    let field = |name: &str, value: &str| (name.to_owned(), Secret::new(value.as_bytes().to_vec()));
    let session = field("mcp-session-id", "s1");
    let post = request("POST").with_body(Arc::new(b"{}".to_vec())).with_headers([
        field("content-type", "application/json"),
        session.clone(),
        field("authorization", "Bearer t"),
    ]);
    assert_eq!(
        signature_input(&hmac, post),
        r#"("@method" "@target-uri" "content-type" "content-digest" "authorization" "mcp-session-id")"#
    );
    assert_eq!(
        signature_input(&hmac, request("DELETE").with_headers([session])),
        r#"("@method" "@target-uri" "mcp-session-id")"#
    );
    assert_eq!(signature_input(&hmac, request("GET")), r#"("@method" "@target-uri")"#);
    let line = "--key file:HOME/key --scheme rfc9421 --now 1700000000 --add Authorization:{timestamp:unix}";
    let printing = helper::<Hmac>(line, home.path()).unwrap();
    assert_eq!(signature_input(&printing, request("GET")), r#"("@method" "@target-uri" "authorization")"#);
    let line = "--key file:HOME/key --scheme kong --key-id k --now 1700000000 --components @request-target";
    let kong = helper::<Hmac>(line, home.path()).unwrap();
    assert_eq!(
        make(&kong, Call { request: Some(request("GET")), ..Call::default() }).unwrap_err().to_string(),
        "--components: @request-target is not supported: this scheme signs host and headers that are printed; remove it, or \
         sign it with {method}, {target} or {body} in --message"
    );
}

#[test]
fn templates_have_the_parts_of_the_request_where_there_is_one() {
    let home = tempfile::tempdir().unwrap();
    let line = "--key file:HOME/key --now 1700000000 --message {timestamp:unix}.{method}.{target}.{body} -H X-Signature:{signature} \
                -H X-Body:{body:sha256}";
    let hmac = helper::<Hmac>(line, home.path()).unwrap();
    let request = HttpRequest::new("POST", "https://mcp.example/mcp?a=1", None).unwrap();
    let body = Arc::new(b"{\"Bearer \":\"\xe2\x82\xac\"}".to_vec());
    let call = || Call { request: Some(request.clone().with_body(body.clone())), ..Call::default() };
    // printf '1700000000.POST./mcp?a=1.{"Bearer ":"€"}' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
    assert_eq!(
        lines(&make(&hmac, call()).unwrap()),
        [
            "X-Signature: f8278afc8fcc42b1ecdc05729d1038598d40065993d11d4bce9784553b2f4ca5",
            "X-Body: e9959085a5477da52a3f80dc38603eda6000c4883c49bea5560aa9a6490d5a95"
        ]
    );
    // Examples of GitHub ("Validating webhook deliveries") and of Slack ("Verifying requests from Slack").
    let slack_body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&\
                      channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&\
                      response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&\
                      trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    for (key, words, body, expected) in [
        (
            "It's a Secret to Everybody",
            "--message {body} -H X-Hub-Signature-256:sha256={signature}",
            "Hello, World!",
            "X-Hub-Signature-256: sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        ),
        (
            "8f742231b10e8888abcd99yyyzzz85a5",
            "--now 1531420618 --message v0:{timestamp:unix}:{body} -H X-Slack-Signature:v0={signature}",
            slack_body,
            "X-Slack-Signature: v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        ),
    ] {
        let hmac = helper::<Hmac>(&format!("--key file:HOME/other {words}"), home.path()).unwrap();
        std::fs::write(home.path().join("other"), key).unwrap();
        let request = request.clone().with_body(Arc::new(body.as_bytes().to_vec()));
        let made = make(&hmac, Call { request: Some(request), ..Call::default() }).unwrap();
        assert_eq!(lines(&made), [expected]);
    }
    assert_eq!(
        make(&hmac, Call::default()).unwrap_err().to_string(),
        "--message: {method} is not supported: it differs from request to request, and a client runs a helper once per \
         connection; run the helper behind hdr-bridge, where -H, --add and --message take it"
    );
    let tenant = helper::<Tenant>("--tenant acme -H X-Request:{method},{target},{tenant}", home.path()).unwrap();
    let made = make(&tenant, call()).unwrap();
    assert_eq!((lines(&made), made.life), (vec!["X-Request: POST /mcp?a=1 acme".to_owned()], Life::OneRequest));
    let unknown = helper::<Tenant>("--tenant acme -H X-Body:{body:md5}", home.path()).unwrap();
    assert_eq!(
        make(&unknown, call()).unwrap_err().to_string(),
        "-H X-Body: {body:md5} is unknown: no placeholder has that name; use one of {body:sha256}, or {{ for a brace"
    );
}

#[test]
fn a_thousand_calls_make_a_thousand_tokens() {
    let home = tempfile::tempdir().unwrap();
    let jwt = helper::<Jwt>("--key file:HOME/key --alg HS256 --jti", home.path()).unwrap();
    let mut tokens: Vec<_> = (0..1000).map(|_| lines(&make(&jwt, post(None)).unwrap()).concat()).collect();
    tokens.sort_unstable();
    tokens.dedup();
    assert_eq!(tokens.len(), 1000);
}

#[test]
fn a_command_line_that_makes_no_headers_is_refused_with_its_reason() {
    let home = tempfile::tempdir().unwrap();
    for (line, message) in [
        ("--kee x", "hdr-hmac cannot be called: unexpected argument '--kee' found; see hdr-hmac --help"),
        (
            "--check",
            "hdr-hmac cannot be called: its command line asks for something else than headers; remove the verb, --check, \
             --print-config and --format; options of hdr-bridge stand before --",
        ),
    ] {
        let error = helper::<Hmac>(line, home.path()).err().unwrap();
        assert_eq!((error.to_string().as_str(), error.exit_code()), (message, 2));
    }
}

#[test]
fn a_profile_makes_headers_for_the_server_that_it_is_bound_to_alone() {
    let home = tempfile::tempdir().unwrap();
    let bound = |server: &str| {
        let config = format!("[profiles.acme]\nserver = \"{server}\"\n[profiles.acme.hdr-hmac]\nkey = \"file:key\"\n");
        std::fs::write(home.path().join("bound.toml"), config).unwrap();
        std::fs::write(home.path().join("key"), "0123456789abcdef0123456789abcdef").unwrap();
        let file = home.path().join("bound.toml").display().to_string();
        InProcess::<Hmac>::new(
            &["hdr-hmac", "--config", &file, "--profile", "acme"].map(Into::into),
            CallerOptions::default(),
        )
        .unwrap()
    };
    assert_eq!(lines(&make(&bound("https://mcp.example"), post(None)).unwrap()).len(), 2);
    let error = make(&bound("https://other.example/"), post(None)).unwrap_err();
    let message = "profile acme is bound to https://other.example and not to https://mcp.example: its origin is another one; use \
                   another profile, or change its server in ";
    assert!(error.to_string().starts_with(message), "{error}");
    assert_eq!(error.exit_code(), 2);
}

#[test]
fn a_request_that_would_break_a_signature_base_is_refused() {
    for (method, url, digest) in [
        ("POST\n", "https://mcp.example/", None),
        ("", "https://mcp.example/", None),
        ("POST", "mcp.example", None),
        ("POST", "https://mcp.example/", Some("a\nb")),
    ] {
        assert_eq!(HttpRequest::new(method, url, digest).unwrap_err().exit_code(), 1, "{method:?} {url} {digest:?}");
    }
}

/// How many seconds from now others are to be asked for, and the end; about.
fn seconds(life: Life) -> [i64; 2] {
    let Life::Until { renewal, end } = life else { unreachable!("{life:?}") };
    [renewal, end].map(|at| at.signed_duration_since(chrono::Utc::now()).num_seconds())
}

#[test]
fn the_life_of_a_bearer_token_is_less_by_min_life() {
    let home = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::minting();
    // Half of its hour by default, and at most half an hour. Where no token can have as much, half a minute passes between
    // renewals.
    for (number, (min_life, renewal)) in
        [("", 1800), (" --min-life 10m", 3000), (" --min-life 2h", 30), (" --min-life 10m --no-cache", 3000)]
            .into_iter()
            .enumerate()
    {
        let line = format!("--token-url {} {CLIENT} --scope {number}{min_life}", endpoint.url());
        let bearer = helper::<Bearer>(&line, home.path()).unwrap();
        for _ in 0..if number == 3 { 1 } else { 2 } {
            let [renewed, end] = seconds(make(&bearer, post(None)).unwrap().life);
            assert!((renewal - 5..=renewal).contains(&renewed), "{min_life}: {renewed}");
            assert!((3595..=3600).contains(&end), "{min_life}: {end}");
        }
    }
}

#[test]
fn the_life_of_headers_is_that_of_what_they_are_made_of() {
    let home = tempfile::tempdir().unwrap();
    let life = |made: Result<Made, Error>| made.unwrap().life;
    // {"alg":"HS256"}.{"exp":4102444800}: the year 2100.
    std::fs::write(home.path().join("jwt"), "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjQxMDI0NDQ4MDB9.c2ln").unwrap();
    std::fs::write(home.path().join("opaque"), "opaque-token").unwrap();
    let given = |file: &str| {
        let bearer = helper::<Bearer>(&format!("--token file:HOME/{file} --log off"), home.path()).unwrap();
        life(make(&bearer, post(None)))
    };
    let Life::Until { renewal, end } = given("jwt") else { unreachable!("it has an exp") };
    assert_eq!((end - renewal, end.timestamp()), (chrono::TimeDelta::seconds(30), 4_102_444_800));
    assert_eq!(given("opaque"), Life::Unknown);
    let jwt = |ttl: &str| {
        let options = format!("--key file:HOME/key --alg HS256 --now 1700000000 --ttl {ttl} --log off");
        life(make(&helper::<Jwt>(&options, home.path()).unwrap(), post(None)))
    };
    for (ttl, renewal, end) in [("1h", 3570, 3600), ("100s", 90, 100), ("10s", 9, 10)] {
        let at = |seconds: i64| chrono::DateTime::from_timestamp(1_700_000_000 + seconds, 0).unwrap();
        assert_eq!(jwt(ttl), Life::Until { renewal: at(renewal), end: at(end) }, "{ttl}");
    }
    let hmac = helper::<Hmac>("--key file:HOME/key --log off", home.path()).unwrap();
    assert_eq!(life(make(&hmac, post(None))), Life::OneRequest);
    let tenant = helper::<Tenant>("--tenant acme --log off", home.path()).unwrap();
    assert_eq!(life(make(&tenant, post(None))), Life::Unknown);
}

#[test]
fn a_call_that_fails_keeps_its_warnings_and_steps_and_is_logged_as_a_run() {
    let home = tempfile::tempdir().unwrap();
    let line = "--key file:HOME/key -H X-A:{file:HOME/none} --explain --log HOME/log";
    let hmac = helper::<Hmac>(line, home.path()).unwrap();
    let CallOutcome { result, steps, .. } = outcome(&hmac, post(None));
    let message = result.unwrap_err().to_string();
    assert!(message.contains("none cannot be read"), "{message}");
    assert!(steps.iter().any(|step| step.contains("/key")), "{steps:?}");
    let log = std::fs::read_to_string(home.path().join("log")).unwrap();
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(log.contains(" hdr-hmac exit=3 ") && log.contains(&message), "{log}");
}

#[test]
fn a_warning_is_told_once_and_not_with_each_request() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("short"), "secret").unwrap();
    let hmac = helper::<Hmac>("--key file:HOME/short --log HOME/log", home.path()).unwrap();
    assert_eq!(outcome(&hmac, post(None)).warnings.len(), 1);
    assert_eq!(outcome(&hmac, post(None)).warnings, [""; 0]);
    let log = std::fs::read_to_string(home.path().join("log")).unwrap();
    assert_eq!(log.lines().count(), 1, "{log}");
}

#[test]
fn what_its_words_leave_open_is_said_by_the_caller() {
    let home = tempfile::tempdir().unwrap();
    let config = "[profiles.acme]\nserver = \"https://mcp.example\"\n[profiles.acme.hdr-hmac]\nkey = \"file:key\"\n";
    std::fs::write(home.path().join("config.toml"), config).unwrap();
    std::fs::write(home.path().join("key"), "0123456789abcdef0123456789abcdef").unwrap();
    let call = |words: &str, url: Option<&str>| -> Result<Made, Error> {
        let words = words.replace("HOME", &home.path().display().to_string());
        let words: Vec<_> = words.split(' ').map(|word| word.replace(',', " ").into()).collect();
        let caller = CallerOptions { server_url: url, server_name: Some("acme"), log: Some("off"), explain: false };
        make(&InProcess::<Hmac>::new(&words, caller)?, Call::default())
    };
    let url = Some("https://mcp.example/mcp");
    // The profile that is bound to the URL is found by it.
    let words = "hdr-hmac --config HOME/config.toml -H X-Server:{server:name}/{server:host}";
    assert_eq!(lines(&call(words, url).unwrap()), ["X-Server: acme/mcp.example"]);
    assert_eq!(call(words, Some("https://other.example")).unwrap_err().exit_code(), 3);
    let error = call(&format!("{words} --profile acme"), Some("https://other.example")).unwrap_err();
    assert!(error.to_string().contains("not to https://other.example of --server-url"), "{error}");
    // Its own words win.
    let own = format!("{words} --server-url https://mcp.example/own --server-name own");
    assert_eq!(lines(&call(&own, Some("https://other.example")).unwrap()), ["X-Server: own/mcp.example"]);
}

#[test]
fn a_named_pipe_is_read_once_in_a_call_and_anew_in_the_next_one() {
    let home = tempfile::tempdir().unwrap();
    let pipe = home.path().join("pipe");
    let private = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, private, 0).unwrap();
    let line = "--key file:HOME/key -H X-A:{file:HOME/pipe} --add X-B:{file:HOME/pipe} --log off";
    let hmac = helper::<Hmac>(line, home.path()).unwrap();
    for secret in ["one", "two"] {
        let made = thread::scope(|scope| {
            scope.spawn(|| std::fs::write(&pipe, secret).unwrap());
            make(&hmac, post(None)).unwrap()
        });
        assert_eq!(lines(&made), [format!("X-A: {secret}"), format!("X-B: {secret}")]);
    }
}

#[test]
fn what_is_left_for_later_is_done_after_the_headers_are_handed_over() {
    let home = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::minting();
    let line = format!("--token-url {} {CLIENT}", endpoint.url());
    let bearer = helper::<Bearer>(&line, home.path()).unwrap();
    make(&bearer, post(None)).unwrap();
    // An entry that is over, and is pruned once another token is kept.
    let entry = std::fs::read_dir(home.path().join("cache")).unwrap().next().unwrap().unwrap().path();
    let old = entry.with_file_name(format!("{}.failure", "0".repeat(64)));
    std::fs::write(&old, "{}").unwrap();
    let refused = Secret::new(b"token-0".to_vec());
    let mut was_there = None;
    bearer.call(post(Some(&refused)), |_| was_there = Some(old.exists()));
    assert_eq!((was_there, old.exists()), (Some(true), false));
}
