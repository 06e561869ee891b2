//! A refresh token that was replaced goes to the token endpoint that replaced it, for the client that it was issued to, and
//! nowhere else; also where an earlier version kept it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::common::Helper;
use crate::endpoint::{Endpoint, reply};
use crate::proxies::Tunnel;
use crate::rotation::{self, Manner, Rotating, arguments};
use crate::tls::Certificates;
use crate::{Home, headers};

const PATIENT: Manner = Manner { strict: false, pause: Duration::ZERO, first_life: 3600 };

/// A server that writes down which refresh token comes for which client, and where.
fn recording() -> (Endpoint, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&seen);
    let endpoint = Endpoint::new(move |number, request, connection| {
        let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
        if let Some(issuer) = path.strip_prefix("/.well-known/oauth-authorization-server") {
            let host = request.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
            let origin = format!("http://{host}");
            let metadata = format!(r#"{{"issuer":"{origin}{issuer}","token_endpoint":"{origin}{issuer}/token"}}"#);
            return reply(connection, 200, &metadata);
        }
        let body = request.split_once("\r\n\r\n").unwrap_or_default().1;
        let field = |name: &str| {
            body.split('&').find_map(|field| field.strip_prefix(name)?.strip_prefix('=')).unwrap_or_default().to_owned()
        };
        kept.lock().unwrap().push(format!("{path} {} {}", field("client_id"), field("refresh_token")));
        let tokens = format!(r#""access_token":"token-{number}","refresh_token":"refresh-{}""#, number + 1);
        reply(connection, 200, &format!(r#"{{{tokens},"token_type":"Bearer","expires_in":3600}}"#));
    });
    (endpoint, seen)
}

/// A command line that refreshes at a place for a client.
fn refreshing(home: &Home, place: [&str; 2], client: &str) -> Helper {
    home.helper().args(place).args(["--client-id", client, "--refresh-token", "file:~/refresh", "--fresh"])
}

#[test]
fn it_goes_to_one_endpoint_for_one_client() {
    let home = rotation::home();
    let (endpoint, seen) = recording();
    let origin = endpoint.origin();
    let [a, b] = ["a", "b"].map(|path| format!("{origin}/{path}/token"));
    let issuer = format!("{origin}/a");
    let run = |place: [&str; 2], client: &str| {
        assert_eq!(refreshing(&home, place, client).run().code(), Some(0), "{place:?}");
        seen.lock().unwrap().drain(..).collect::<Vec<_>>()
    };
    let refused = |place: [&str; 2], client: &str, ours: &str| {
        let outcome = refreshing(&home, place, client).run();
        assert_eq!(outcome.code(), Some(3), "{place:?}");
        let cause = format!("it was issued by {origin} to client abc, and this run uses {origin} as client {ours}; ");
        assert!(outcome.stderr().contains(&cause), "{}", outcome.stderr());
        assert!(seen.lock().unwrap().is_empty());
    };
    assert_eq!(run(["--token-url", &a], "abc"), ["/a/token abc refresh-0"]);
    assert_eq!(run(["--token-url", &a], "abc"), ["/a/token abc refresh-1"]);
    // The one in the file is consumed, and what replaced it is for nobody else.
    refused(["--token-url", &b], "abc", "abc at another token endpoint");
    refused(["--token-url", &a], "other", "other");
    // However the endpoint was found, it is the same one, and so it is in another spelling.
    assert_eq!(run(["--issuer", &issuer], "abc"), ["/a/token abc refresh-2"]);
    let dots = format!("{}/./a/x/../%74oken?", origin.to_uppercase());
    let sent = run(["--token-url", &dots], "abc");
    assert!(sent.len() == 1 && sent[0].ends_with(" abc refresh-4"), "{sent:?}");
    // Forgotten, it is no reason to refuse anything.
    let forget = ["--token-url", &b, "--client-id", "other", "--refresh-token", "file:~/refresh", "forget"];
    home.helper()
        .args(forget)
        .arg("--refresh-token-too")
        .run()
        .prints("forgot 0 access tokens\nforgot 1 refresh token");
    assert_eq!(run(["--token-url", &b], "abc"), ["/b/token abc refresh-0"]);
}

/// Metadata may name one endpoint for those who show a certificate, and move it.
#[test]
fn the_endpoint_for_certificates_is_another_one() {
    let (first, second) = (Rotating::new(PATIENT), Rotating::new(PATIENT));
    let aliases = Arc::new(Mutex::new(first.endpoint.url()));
    let named = Arc::clone(&aliases);
    let issuer = Endpoint::new(move |_, request, connection| {
        let host = request.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
        let alias = named.lock().unwrap().clone();
        let metadata = format!(
            r#"{{"issuer":"http://{host}","token_endpoint":"http://{host}/token","mtls_endpoint_aliases":{{"token_endpoint":"{alias}"}}}}"#
        );
        reply(connection, 200, &metadata);
    });
    let home = rotation::home();
    let certificates = Certificates::new();
    let certificate = ["--tls-cert", &certificates.path("good.pem"), "--tls-key", &certificates.path("good.key")];
    let run = || {
        refreshing(&home, ["--issuer", &issuer.origin()], "abc").args(certificate).args(["--client-auth", "tls"]).run()
    };
    assert_eq!((run().code(), run().code()), (Some(0), Some(0)));
    assert_eq!(first.presented(), [0, 1]);
    *aliases.lock().unwrap() = second.endpoint.url();
    let refused = run();
    assert_eq!((refused.code(), second.presented()), (Some(3), Vec::new()), "{}", refused.stderr());
}

/// The key and the rotated refresh token `refresh-1` that a version kept which named a chain by its first token alone: for
/// the client `abc` at `https://elsewhere.example.com`, in the place of `refresh-0`.
const KEPT: [(&str, &[u8]); 2] = [
    ("key", include_bytes!("kept/key")),
    (
        concat!("310c618484d4eac718d7582e9cccb15d", "ddad2f9ba1c3c20d523c1ef41323c929", ".refresh"),
        include_bytes!("kept/refresh"),
    ),
];

/// A HOME with what the earlier version kept.
fn home_of_earlier_version() -> Home {
    let home = rotation::home();
    let state = home.path().join(".local/state/hdr");
    fs::create_dir_all(&state).unwrap();
    fs::set_permissions(&state, fs::Permissions::from_mode(0o700)).unwrap();
    for (name, bytes) in KEPT {
        fs::write(state.join(name), bytes).unwrap();
        fs::set_permissions(state.join(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
    home
}

/// The names of the rotated refresh tokens in a HOME.
fn chains(home: &Home) -> Vec<String> {
    let names = fs::read_dir(home.path().join(".local/state/hdr")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".refresh")).collect()
}

/// The authorization server `https://elsewhere.example.com`, and what leads to it.
struct Elsewhere {
    server: Rotating,
    certificates: Certificates,
    tunnel: Tunnel,
}

impl Elsewhere {
    fn new() -> Self {
        let (server, certificates) = (Rotating::new(PATIENT), Certificates::new());
        let tls = certificates.in_front_of(&server.endpoint, "elsewhere");
        let tunnel = Tunnel::to(tls.trim_start_matches("https://"));
        Self { server, certificates, tunnel }
    }

    fn helper(&self, home: &Home, url: &str) -> Helper {
        let way = ["--proxy", &self.tunnel.origin, "--ca-cert", &self.certificates.path("ca.pem")];
        home.helper().args(arguments(url)).args(way)
    }
}

#[test]
fn what_an_earlier_version_kept_is_taken_over() {
    let home = home_of_earlier_version();
    let elsewhere = Elsewhere::new();
    let helper = elsewhere.helper(&home, "https://elsewhere.example.com/token").arg("--fresh");
    helper.again().run().prints(&headers(1));
    // The token that the first one was replaced by, not the first one.
    assert_eq!(elsewhere.server.presented(), [1]);
    let names = chains(&home);
    assert!(names.len() == 1 && names[0] != KEPT[1].0, "{names:?}");
    helper.run().prints(&headers(2));
    assert_eq!(chains(&home), names);
}

#[test]
fn what_an_earlier_version_kept_for_others_is_sent_to_nobody() {
    let elsewhere = Elsewhere::new();
    let url = "https://elsewhere.example.com/token";
    for (url, client, ours) in [
        ("https://127.0.0.1:1/token", "abc", "https://127.0.0.1:1 as client abc"),
        (url, "other", "https://elsewhere.example.com as client other"),
    ] {
        let home = home_of_earlier_version();
        let mut words = arguments(url);
        words[3] = client;
        let way = ["--proxy", &elsewhere.tunnel.origin, "--ca-cert", &elsewhere.certificates.path("ca.pem")];
        let path = home.path().join(".local/state/hdr").join(KEPT[1].0);
        home.helper().args(words).args(way).run().fails(
            3,
            &format!(
                "the rotated refresh token {} is for another client or authorization server: it was issued \
                 by https://elsewhere.example.com to client abc, and this run uses {ours}; use the options that it was issued with, put a \
                 new refresh token into its source, or remove this one with forget --refresh-token-too",
                path.display()
            ),
        );
        assert_eq!(chains(&home), [KEPT[1].0]);
        let forget = home.helper().args(words).args(["forget", "--refresh-token-too"]).run();
        assert_eq!(String::from_utf8_lossy(forget.stdout()), "forgot 0 access tokens\nforgot 1 refresh token\n");
        assert!(chains(&home).is_empty());
    }
    assert!(elsewhere.server.presented().is_empty());
}

/// A run that was killed after it had taken the token over, and before it removed the file.
#[test]
fn a_file_that_was_taken_over_before_is_used_no_more() {
    let home = home_of_earlier_version();
    let elsewhere = Elsewhere::new();
    let helper = elsewhere.helper(&home, "https://elsewhere.example.com/token").arg("--fresh");
    helper.again().run().prints(&headers(1));
    fs::write(home.path().join(".local/state/hdr").join(KEPT[1].0), KEPT[1].1).unwrap();
    let mode = fs::Permissions::from_mode(0o600);
    fs::set_permissions(home.path().join(".local/state/hdr").join(KEPT[1].0), mode).unwrap();
    helper.run().prints(&headers(2));
    assert_eq!(elsewhere.server.presented(), [1, 1]);
    assert_eq!(chains(&home).len(), 1);
}
