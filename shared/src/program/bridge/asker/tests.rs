use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use tokio::task::{LocalSet, spawn_local};

use self::endpoint::Endpoint;
use super::*;
use crate::bridge::credentials::{Credentials, Issued, Means};
use crate::client::mark::Marks;
use crate::os::clock;
use crate::run::{HttpRequest, RunOptions};

#[path = "../../../../../tests/common/endpoint.rs"]
#[expect(clippy::disallowed_methods, clippy::arithmetic_side_effects, reason = "it listens on loopback")]
mod endpoint;

const URL: &str = "https://mcp.example/mcp";

/// The credentials of the helper in `line`, in which HOME is a folder of this test alone.
fn credentials(line: &str, home: &Path) -> Result<Credentials, Error> {
    let line = line.replace("HOME", &home.display().to_string());
    let words: Vec<OsString> = line.split(' ').map(|word| word.replace(',', " ").into()).collect();
    let caller = CallerOptions { server_url: Some(URL), log: Some("off"), ..CallerOptions::default() };
    let (helper, now) = (Some(of_words(&words, caller, None)?), Box::new(clock::now));
    Ok(Credentials::new(Means { own: None, helper, now, tell: Box::new(|_| {}) }))
}

/// A folder with a key, and the options of a client with it.
fn client(endpoint: &Endpoint) -> (tempfile::TempDir, String) {
    let home = tempfile::tempdir().unwrap();
    for (file, text) in [("key", "0123456789abcdef0123456789abcdef"), ("config.toml", "")] {
        #[expect(clippy::disallowed_methods, reason = "a file of this test")]
        std::fs::write(home.path().join(file), text).unwrap();
    }
    let directories = "--cache-dir HOME/cache --state-dir HOME/state --config HOME/config.toml";
    (home, format!("--token-url {} --client-id c --client-secret file:HOME/key {directories}", endpoint.url()))
}

fn request() -> HttpRequest {
    HttpRequest::new("POST", URL, None).unwrap()
}

fn lines(issued: &Issued) -> String {
    let lines = issued.headers().unwrap();
    lines.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect::<Vec<_>>().join("\n")
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, test);
}

#[test]
fn sixty_four_requests_refused_at_once_cost_one_token_request() {
    let endpoint = Endpoint::minting();
    let (home, options) = client(&endpoint);
    run(async {
        // Whatever folder a helper is said to be in, it is called in this process.
        let credentials = credentials(&format!("/no/such/hdr-bearer-refresh.exe {options}"), home.path()).unwrap();
        let first = credentials.current(&request()).await.unwrap();
        assert_eq!(lines(&first), "authorization: Bearer token-0");
        let one = || {
            let (credentials, first) = (credentials.clone(), Rc::clone(&first));
            spawn_local(async move { credentials.after_refusal(&first, &request()).await })
        };
        for task in std::iter::repeat_with(one).take(64).collect::<Vec<_>>() {
            assert_eq!(lines(&task.await.unwrap().unwrap()), "authorization: Bearer token-1");
        }
        assert_eq!(endpoint.requests().len(), 2);
    });
}

#[test]
fn a_server_that_refuses_each_token_costs_three_more_in_a_minute() {
    let endpoint = Endpoint::minting();
    let (home, options) = client(&endpoint);
    run(async {
        let credentials = credentials(&format!("hdr-bearer-refresh {options}"), home.path()).unwrap();
        let mut issued = credentials.current(&request()).await.unwrap();
        for _ in 0..3 {
            issued = credentials.after_refusal(&issued, &request()).await.unwrap();
        }
        for _ in 0..20 {
            issued = credentials.current(&request()).await.unwrap();
            let failure = credentials.after_refusal(&issued, &request()).await.unwrap_err();
            assert!(failure.message.contains("3 were made after refusals in the last minute"), "{failure}");
        }
        assert_eq!(endpoint.requests().len(), 4);
    });
}

#[test]
fn a_token_that_is_all_there_is_is_an_error_and_read_anew_by_the_next_request() {
    let endpoint = Endpoint::minting();
    let (home, _) = client(&endpoint);
    run(async {
        let line = "hdr-bearer-refresh --token file:HOME/key --config HOME/config.toml";
        let credentials = credentials(line, home.path()).unwrap();
        let first = credentials.current(&request()).await.unwrap();
        let failure = credentials.after_refusal(&first, &request()).await.unwrap_err();
        assert!(failure.message.contains("the same were made again"), "{failure}");
        #[expect(clippy::disallowed_methods, reason = "a file of this test")]
        std::fs::write(home.path().join("key"), "another-token").unwrap();
        let next = credentials.current(&request()).await.unwrap();
        assert_eq!(lines(&next), "authorization: Bearer another-token");
    });
}

#[test]
fn signatures_are_made_for_each_request() {
    let endpoint = Endpoint::minting();
    let (home, _) = client(&endpoint);
    run(async {
        let line = "hdr-hmac --key file:HOME/key --config HOME/config.toml -H X-Id:{uuid}";
        let credentials = credentials(line, home.path()).unwrap();
        credentials.prepare().await;
        let first = credentials.current(&request()).await.unwrap();
        let second = credentials.current(&request()).await.unwrap();
        assert_ne!(lines(&first), lines(&second));
    });
}

#[test]
fn a_command_is_run_once_and_again_after_a_refusal() {
    let endpoint = Endpoint::minting();
    let (home, _) = client(&endpoint);
    run(async {
        let script = "sh HOME/script HOME";
        let text = "echo x >> $1/runs; printf '{\"Authorization\":\"Bearer %s\"}' \"$(grep -c x $1/runs)\"";
        #[expect(clippy::disallowed_methods, reason = "a file of this test")]
        std::fs::write(home.path().join("script"), text).unwrap();
        let credentials = credentials(script, home.path()).unwrap();
        let first = credentials.current(&request()).await.unwrap();
        assert_eq!(lines(&first), "authorization: Bearer 1");
        assert_eq!(lines(&credentials.current(&request()).await.unwrap()), "authorization: Bearer 1");
        let second = credentials.after_refusal(&first, &request()).await.unwrap();
        assert_eq!(lines(&second), "authorization: Bearer 2");
    });
}

#[test]
fn own_headers_are_rendered_anew_after_a_refusal_and_for_each_request_where_they_depend_on_it() {
    let home = tempfile::tempdir().unwrap();
    let key = home.path().join("key");
    #[expect(clippy::disallowed_methods, reason = "a file of this test")]
    let write = |text: &str| std::fs::write(&key, text).unwrap();
    write("one");
    let header = format!("X-Key: {{file:{}}}", key.display());
    let templates = HeaderTemplates::parse(&[header], &[], Vec::new(), &[]).unwrap();
    let run_of = |call| {
        let server = crate::server::Server::new(None, Some(URL))?;
        let given = RunOptions {
            timeout: Duration::from_secs(8),
            now: None,
            nonce: None,
            explain: false,
            env_files: &[],
            server,
            prints_headers: true,
            profile: None,
            marks: Marks::default(),
            call: Some(call),
        };
        Run::new(given, clock::monotonic())
    };
    run(async {
        let (own, now) = (Some(of_templates(templates, run_of)), Box::new(clock::now));
        let credentials = Credentials::new(Means { own, helper: None, now, tell: Box::new(|_| {}) });
        let first = credentials.current(&request()).await.unwrap();
        write("two");
        assert_eq!(lines(&credentials.current(&request()).await.unwrap()), "x-key: one");
        assert_eq!(lines(&credentials.after_refusal(&first, &request()).await.unwrap()), "x-key: two");
        let second = credentials.current(&request()).await.unwrap();
        let failure = credentials.after_refusal(&second, &request()).await.unwrap_err();
        assert!(failure.message.contains("the same were made again"), "{failure}");
        std::fs::remove_file(&key).unwrap();
        let failure = credentials.current(&request()).await.unwrap_err();
        assert!(failure.message.starts_with("-H X-Key: file:"), "{failure}");
    });
}

#[test]
fn a_helper_that_hdr_tenant_wraps_is_called_in_this_process_too() {
    let endpoint = Endpoint::minting();
    let (home, options) = client(&endpoint);
    run(async {
        let wrapped = format!("hdr-bearer-refresh {options} --add X-Wrapped:{{env:HDR_TENANT}}");
        // Where it was started it would not learn which token was refused.
        let line = format!("hdr-tenant --tenant acme -- /no/such/folder/{wrapped}");
        let credentials = credentials(&line, home.path()).unwrap();
        let first = credentials.current(&request()).await.unwrap();
        assert_eq!(lines(&first), "x-tenant-id: acme\nauthorization: Bearer token-0\nx-wrapped: acme");
        let second = credentials.after_refusal(&first, &request()).await.unwrap();
        assert_eq!(lines(&second), "x-tenant-id: acme\nauthorization: Bearer token-1\nx-wrapped: acme");
        assert!(Rc::ptr_eq(&second, &credentials.current(&request()).await.unwrap()));
        assert_eq!(endpoint.requests().len(), 2);
    });
    run(async {
        // Each tenant has tokens of its own.
        let line = format!("hdr-tenant --tenant other -- hdr-bearer-refresh {options} --command printenv,HDR_TENANT");
        let line = line.replace(&format!("--token-url {} ", endpoint.url()), "").replace("--client-id c ", "");
        let line = line.replace("--client-secret file:HOME/key ", "");
        let credentials = credentials(&line, home.path()).unwrap();
        let issued = credentials.current(&request()).await.unwrap();
        assert_eq!(lines(&issued), "x-tenant-id: other\nauthorization: Bearer other");
    });
    run(async {
        let line = "hdr-tenant --tenant acme -- hdr-hmac --key file:HOME/key --config HOME/config.toml -H X-Id:{uuid}";
        let credentials = credentials(line, home.path()).unwrap();
        let first = credentials.current(&request()).await.unwrap();
        assert_ne!(lines(&first), lines(&credentials.current(&request()).await.unwrap()));
        let line = "hdr-tenant --tenant acme -- hdr-hmac --key file:HOME/none --config HOME/config.toml";
        let credentials = self::credentials(line, home.path()).unwrap();
        let failure = credentials.current(&request()).await.unwrap_err();
        assert!(failure.message.starts_with("hdr-tenant: hdr-hmac: --key: file:"), "{failure}");
    });
}
