//! What the issuer gets that the MCP server alone names: nothing that could be used elsewhere.

use crate::assertions::{decoded, field};
use crate::common::{CANARY, Helper};
use crate::endpoint::{Endpoint, reply};
use crate::helper;
use crate::script::token;

/// An MCP server that names itself as the issuer, lists these ways to authenticate, and gives tokens.
fn naming_itself(methods: &'static str) -> Endpoint {
    naming("/t", methods, "ORIGIN/token")
}

/// The same with this path of the issuer and this token endpoint.
fn naming(issuer: &'static str, methods: &'static str, token_endpoint: &'static str) -> Endpoint {
    Endpoint::new(move |_, request, connection| {
        let host = request.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        let origin = format!("http://{host}");
        let path = request.split(' ').nth(1).unwrap();
        let body = match path {
            "/.well-known/oauth-protected-resource/mcp" => {
                format!(r#"{{"resource":"{origin}/mcp","authorization_servers":["{origin}{issuer}"]}}"#)
            }
            _ if path.strip_prefix("/.well-known/oauth-authorization-server") == Some(issuer) => format!(
                r#"{{"issuer":"{origin}{issuer}","token_endpoint":"{}","token_endpoint_auth_methods_supported":[{methods}]}}"#,
                token_endpoint.replace("ORIGIN", &origin)
            ),
            "/token" => token(0),
            _ => return reply(connection, 404, "{}"),
        };
        reply(connection, 200, &body);
    })
}

/// The helper that lets this server name its issuer; in HOME there are a secret, a JWT and a key.
fn discovering(server: &Endpoint) -> Helper {
    let key = "umask 077; openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ~/ec.pem 2>/dev/null";
    let arguments = ["--discover", "--server-url", &format!("{}/mcp", server.origin()), "--timeout", "4s"];
    helper().file("jwt", crate::jwt(&format!(r#"{{"sub":"{CANARY}"}}"#)), 0o600).prepared_by(key).args(arguments)
}

/// The bodies of the token requests; no request at all may hold the secret.
#[track_caller]
fn asked(server: &Endpoint) -> Vec<String> {
    let requests = server.requests();
    assert!(requests.iter().all(|request| !request.contains(CANARY)), "{requests:?}");
    let tokens = requests.iter().filter(|request| request.starts_with("POST /token"));
    tokens.map(|request| request.split_once("\r\n\r\n").unwrap().1.to_owned()).collect()
}

/// That these options send nothing to the issuer that was found, and that the message names what would have been sent.
#[track_caller]
fn withheld(line: &str, named: &str) {
    let server = naming_itself(r#""client_secret_post","private_key_jwt""#);
    let issuer = format!("{}/t", server.origin());
    let them = if named.contains(" and ") { "they are" } else { "it is" };
    let expected = format!(
        "{named} cannot be sent to the issuer {issuer}: the MCP server named this issuer, and with --discover alone no \
         credential is sent that could be used elsewhere; add --issuer {issuer} if {them} meant for that issuer, or --any-issuer to trust \
         any issuer that the MCP server names"
    );
    discovering(&server).args(line.split(' ')).run().fails(2, &expected);
    assert_eq!(asked(&server), [""; 0], "{line}");
    let paths: Vec<_> = server.requests().iter().map(|it| it.split(' ').nth(1).unwrap().to_owned()).collect();
    assert!(!paths.iter().any(|path| path.ends_with("/t")), "not even its metadata is asked for: {paths:?}");
}

#[test]
fn a_client_secret_is_withheld_in_whichever_method() {
    for method in [
        "",
        " --client-auth basic",
        " --client-auth basic-raw",
        " --client-auth post",
        " --client-auth client-secret-jwt",
    ] {
        withheld(&format!("--client-id abc --client-secret file:~/secret{method}"), "--client-secret");
    }
    // The server's metadata might choose the secret.
    withheld("--client-id abc --client-secret file:~/secret --client-key file:~/ec.pem", "--client-secret");
}

#[test]
fn a_grant_that_is_a_secret_is_withheld() {
    withheld("--client-id abc --refresh-token file:~/secret", "--refresh-token");
    withheld("--client-id abc --refresh-token file:~/secret --no-cache", "--refresh-token");
    withheld("--subject-token file:~/jwt", "--subject-token");
    withheld("--subject-token file:~/secret --client-id a --client-key file:~/ec.pem", "--subject-token");
    withheld("--assertion-key file:~/secret --iss a", "--assertion-key");
    withheld(
        "--client-id abc --client-secret file:~/secret --refresh-token file:~/secret",
        "--client-secret and --refresh-token",
    );
}

#[test]
fn an_assertion_that_another_system_signed_is_withheld() {
    withheld("--assertion file:~/jwt", "--assertion");
    withheld("--client-assertion file:~/jwt", "--client-assertion");
    withheld("--client-assertion file:~/jwt --assertion file:~/jwt", "--client-assertion and --assertion");
}

#[test]
fn an_assertion_for_another_audience_is_withheld() {
    withheld("--client-id abc --client-key file:~/ec.pem --client-aud https://login.example.com", "--client-aud");
    withheld("--assertion-key file:~/ec.pem --iss a --aud https://login.example.com", "--aud");
    withheld(r#"--client-id abc --client-key file:~/ec.pem --client-claim-json aud=["a"]"#, "--client-claim-json");
    withheld(r#"--assertion-key file:~/ec.pem --iss a --assertion-claim-json aud=["a"]"#, "--assertion-claim-json");
}

#[test]
fn a_template_that_reads_a_source_is_withheld() {
    for (option, named) in [
        ("--param x={file:~/secret}", "--param"),
        ("--grant account_credentials --param x={file:~/secret}", "--param"),
        ("--token-header X-Key:{file:~/secret}", "--token-header"),
        ("--client-id a --client-key file:~/ec.pem --client-claim a={file:~/secret}", "--client-claim"),
        ("--grant client-credentials --scope {file:~/secret}", "--scope"),
        ("--grant client-credentials --resource https://a/{env:HOME}", "--resource"),
        ("--grant client-credentials --audience {env:PATH}", "--audience"),
        ("--grant client-credentials --client-id {file:~/secret}", "--client-id"),
        ("--assertion-key file:~/ec.pem --iss {file:~/secret}", "--iss"),
        ("--assertion-key file:~/ec.pem --iss a --sub {file:~/secret}", "--sub"),
        ("--assertion-key file:~/ec.pem --iss a --assertion-claim a={file:~/secret}", "--assertion-claim"),
        ("--client-id a --client-key file:~/ec.pem --client-kid {file:~/secret}", "--client-kid"),
    ] {
        withheld(option, named);
    }
}

#[test]
fn what_is_of_no_use_elsewhere_is_sent() {
    for (line, body) in [
        ("--grant client-credentials --client-id abc", "grant_type=client_credentials&resource=RESOURCE&client_id=abc"),
        (
            "--grant client-credentials --param a=b --client-id abc",
            "grant_type=client_credentials&resource=RESOURCE&a=b&client_id=abc",
        ),
    ] {
        let server = naming_itself("");
        discovering(&server).args(line.split(' ')).run().prints(&crate::headers(0));
        let resource = server.origin().replace(':', "%3A").replace('/', "%2F") + "%2Fmcp";
        assert_eq!(asked(&server), [body.replace("RESOURCE", &resource)], "{line}");
    }
}

#[test]
fn an_assertion_for_the_issuer_that_was_found_is_sent() {
    for line in ["--client-id abc --client-key file:~/ec.pem", "--assertion-key file:~/ec.pem --iss a --sub b"] {
        let server = naming_itself(r#""private_key_jwt""#);
        discovering(&server).args(line.split(' ')).run().prints(&crate::headers(0));
        let bodies = asked(&server);
        let name = if line.starts_with("--client") { "client_assertion" } else { "assertion" };
        let [_, claims] = decoded(&field(&bodies[0], name));
        assert_eq!(claims["aud"], format!("{}/t", server.origin()), "{line}");
    }
}

#[test]
fn an_issuer_that_is_named_or_any_that_is_trusted_gets_it() {
    for option in ["--issuer", "--any-issuer"] {
        let server = naming_itself(r#""client_secret_post""#);
        let helper = discovering(&server).args(["--client-id", "abc", "--client-secret", "file:~/secret", option]);
        let issuer = format!("{}/t", server.origin());
        let helper = if option == "--issuer" { helper.arg(issuer) } else { helper };
        helper.again().run().prints(&crate::headers(0));
        let last = server.requests().last().unwrap().clone();
        assert!(last.ends_with(&format!("&client_id=abc&client_secret={CANARY}")), "{last}");
        // What is cached for it is served to this command line alone.
        let count = server.requests().len();
        helper.run().prints(&crate::headers(0));
        assert_eq!(server.requests().len(), count);
    }
}

#[test]
fn a_token_that_was_cached_with_any_issuer_is_not_served_without() {
    let server = naming_itself(r#""client_secret_post""#);
    let helper = discovering(&server).args(["--client-id", "abc", "--client-secret", "file:~/secret"]);
    helper.again().arg("--any-issuer").run().prints(&crate::headers(0));
    assert_eq!(helper.run().code(), Some(2));
}

#[test]
fn the_rule_holds_in_a_profile() {
    for (further, code) in [("", 2), ("any-issuer = true", 0)] {
        let server = naming_itself("");
        let url = format!("{}/mcp", server.origin());
        let profile = format!(
            "[profiles.a]\nserver = '{url}'\n[profiles.a.hdr-bearer-refresh]\ndiscover = true\nclient-id = 'abc'\n\
             client-secret = 'file:~/secret'\n{further}\n"
        );
        let helper = helper().prepared_by("mkdir -p ~/.config/hdr").file(".config/hdr/config.toml", profile, 0o600);
        let outcome = helper.args(["--profile", "a", "--server-url", &url]).run();
        assert_eq!(outcome.code(), Some(code), "{further}");
        let has_secret = server.requests().iter().any(|request| request.contains(": Basic "));
        assert_eq!(has_secret, code == 0, "{:?}", server.requests());
    }
}

#[test]
fn any_issuer_is_about_what_discovery_finds() {
    for (line, cause) in [
        (
            "--any-issuer --token-url http://127.0.0.1:1",
            "it applies to the issuer that --discover finds; give --discover too, or remove it",
        ),
        (
            "--any-issuer --discover --server-url http://127.0.0.1:1 --issuer http://127.0.0.1:1",
            "--issuer says which one it must be; remove one of them",
        ),
    ] {
        helper().args(line.split(' ')).run().fails(2, &format!("--any-issuer cannot be used here: {cause}"));
    }
}

#[test]
fn an_issuer_that_a_shell_would_read_is_quoted() {
    let server = Endpoint::new(|_, request, connection| {
        let host = request.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        let body = format!(r#"{{"resource":"http://{host}/mcp","authorization_servers":["https://a/$(id)"]}}"#);
        reply(connection, 200, &body);
    });
    let outcome = discovering(&server).args(["--refresh-token", "file:~/secret"]).run();
    assert_eq!(outcome.code(), Some(2));
    let message = outcome.stderr();
    assert!(message.contains("; add --issuer 'https://a/$(id)' if it is meant"), "{message}");
}

/// That neither an entry nor the log has the secret.
const NOT_IN_FILES: &str = "test -e ~/.cache/hdr && ! grep -r canary ~/.cache ~/.local";

/// A secret that looks like none, as an MCP server that has seen it may repeat it.
const PASSWORD: &str = "pass-canary-word";

#[test]
fn an_issuer_that_repeats_a_secret_is_shown_without_it() {
    let server = naming("/pass-canary-word/x", "", "ORIGIN/token");
    let helper = discovering(&server).file("password", PASSWORD, 0o600);
    let helper = helper.args("--client-id abc --client-secret file:~/password".split(' '));
    let issuer = format!("{}/[redacted]/x", server.origin());
    let again = helper.again().args(["--any-issuer", "--explain"]);
    let (status, files) = (helper.beside().arg("status"), helper.beside());
    helper.run().fails(
        2,
        &format!(
            "--client-secret cannot be sent to the issuer {issuer}: the MCP server named this issuer, and with --discover alone \
             no credential is sent that could be used elsewhere; add --issuer URL if it is meant for that issuer, or --any-issuer to trust \
             any issuer that the MCP server names"
        ),
    );
    let asked = again.run();
    assert_eq!(asked.code(), Some(0));
    assert!(!asked.stderr().contains(PASSWORD), "{}", asked.stderr());
    assert!(asked.stderr().contains(&format!("a token from {issuer}, ")), "{}", asked.stderr());
    let listed = status.run();
    let listed = String::from_utf8_lossy(listed.stdout()).into_owned();
    assert!(listed.contains(&issuer) && !listed.contains(PASSWORD), "{listed}");
    let _ = files.prepared_by(NOT_IN_FILES);
}

#[test]
fn an_endpoint_whose_host_repeats_a_secret_is_refused() {
    let endpoint = Box::leak(format!("https://{CANARY}.invalid/token").into_boxed_str());
    let server = naming("/t", "", endpoint);
    let helper = discovering(&server).args("--client-id abc --client-secret file:~/secret --any-issuer".split(' '));
    let message = format!(
        "the token_endpoint in {} cannot be used: its host contains a secret, or text that looks like one; give the \
         right one with --token-url",
        server.origin()
    );
    helper.run().fails(4, &message);
}

#[test]
fn an_issuer_with_a_query_is_refused() {
    let server = naming("/t?tenant=a", "", "ORIGIN/token");
    let message = format!(
        "the resource metadata of {} cannot be used: its authorization server is a URL with a query, and an issuer has none; \
         give --issuer or --token-url instead of --discover",
        server.origin()
    );
    discovering(&server).args(["--client-id", "abc", "--client-auth", "none"]).run().fails(4, &message);
    let message = "--issuer cannot be used: it has a query, and an issuer has none; remove the ? and what follows it";
    helper().args(["--issuer", "https://h/t?tenant=a", "--client-id", "abc"]).run().fails(2, message);
}

/// Also where the option that sends it is not for secrets.
#[test]
fn a_secret_in_a_scope_or_a_client_id_is_kept_in_no_file() {
    for options in
        [["--client-id", "abc", "--scope", "a {file:~/secret}"], ["--client-id", "{file:~/secret}", "--scope", "a"]]
    {
        let server = naming_itself("");
        let url = format!("{}/token", server.origin());
        let helper = helper()
            .file("other", "other-secret-1", 0o600)
            .args(["--token-url", &url, "--timeout", "4s"])
            .args(options);
        let helper = helper.args(["--client-secret", "file:~/other"]);
        let (status, files) = (helper.beside().arg("status"), helper.beside());
        assert_eq!(helper.run().code(), Some(0));
        let listed = status.run();
        let listed = String::from_utf8_lossy(listed.stdout()).into_owned();
        assert!(listed.contains("[redacted]") && !listed.contains(CANARY), "{listed}");
        let _ = files.prepared_by(NOT_IN_FILES);
    }
}
