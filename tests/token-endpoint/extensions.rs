//! What servers ask for beyond RFC 6749: other grants, JSON bodies, further headers, and names as their consoles have them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::assertions::{decoded, field};
use crate::common::{CANARY, Helper};
use crate::endpoint::{Endpoint, reply};
use crate::requests::{body, sent};
use crate::script::{answer, gives, json as answers, scripted};
use crate::{Home, asking, headers, helper, jwt};

const SECRET: [&str; 4] = ["--client-id", "abc", "--client-secret", "file:~/secret"];

/// The value of a header of the only request.
#[track_caller]
fn header(endpoint: &Endpoint, name: &str) -> Option<String> {
    let requests = endpoint.requests();
    assert_eq!(requests.len(), 1, "{requests:?}");
    let head = requests[0].split("\r\n\r\n").next().unwrap().to_owned();
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    let values: Vec<_> = lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect();
    assert!(values.len() < 2, "{head}");
    values.first().map(|value| (*value).to_owned())
}

#[test]
fn an_extension_grant_has_the_parameters_it_is_given() {
    let zoom = helper().args(SECRET).args(["--grant", "account_credentials", "--param", "account_id=a1"]);
    assert_eq!(sent(zoom), "grant_type=account_credentials&account_id=a1");
    let saml = "urn:ietf:params:oauth:grant-type:saml2-bearer";
    let saml =
        helper().args(["--grant", saml, "--param", "assertion={file:~/secret}", "--scope", "s", "--client-id", "abc"]);
    assert_eq!(
        sent(saml),
        format!(
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Asaml2-bearer&scope=s&assertion={CANARY}&client_id=abc"
        )
    );
    let password = ["--grant", "password", "--param", "username=u", "--param", "password={file:~/secret}"];
    let password = helper().args(SECRET).args(["--client-auth", "client_secret_post"]).args(password);
    assert_eq!(
        sent(password),
        format!("grant_type=password&username=u&password={CANARY}&client_id=abc&client_secret={CANARY}")
    );
}

#[test]
fn a_grant_goes_by_the_name_of_its_rfc_too() {
    for (name, options, expected) in [
        ("client_credentials", &[][..], "grant_type=client_credentials&client_id=a"),
        ("refresh_token", &["--refresh-token", "file:~/secret"], "grant_type=refresh_token&refresh_token="),
        (
            "urn:ietf:params:oauth:grant-type:token-exchange",
            &["--subject-token", "file:~/secret"],
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token=",
        ),
        (
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
            &["--assertion", "file:~/secret"],
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=",
        ),
    ] {
        let body = sent(helper().args(["--client-id", "a", "--grant", name]).args(options));
        assert!(body.starts_with(expected), "{body}");
    }
}

#[test]
fn a_name_that_is_a_known_one_but_for_a_slip_is_refused() {
    for (slip, near) in [
        ("client_credential", "client_credentials"),
        ("client-credantials", "client-credentials"),
        ("refreshtoken", "refresh-token"),
        ("jwtbearer", "jwt-bearer"),
        ("urn:ietf:params:oauth:grant-type:token_exchange", "urn:ietf:params:oauth:grant-type:token-exchange"),
    ] {
        let endpoint = Endpoint::minting();
        let message = format!("--grant {slip}: no grant has that name; write {near}");
        asking(&endpoint.url()).args(["--grant", slip]).run().fails(2, &message);
        assert_eq!(endpoint.requests(), [""; 0]);
    }
    let message = "--grant a b: it is neither the name of a grant nor a URI; write one of client-credentials refresh-token \
                   jwt-bearer token-exchange, or the grant_type of an extension grant";
    asking("https://a").args(["--grant", "a b"]).run().fails(2, message);
}

#[test]
fn the_grant_and_its_parameters_are_in_status_and_in_the_name_of_the_entry() {
    let home = Home::new();
    let endpoint = Endpoint::minting();
    let zoom = |id: &str| {
        let account = format!("account_id={id}");
        home.asking(&endpoint.url()).args(["--grant", "account_credentials", "--param", &account])
    };
    zoom("a").run().prints(&headers(0));
    zoom("a").run().prints(&headers(0));
    zoom("b").run().prints(&headers(1));
    home.asking(&endpoint.url()).run().prints(&headers(2));
    let status = home.helper().args(["status", "--json"]).run();
    let status: Value = serde_json::from_slice(status.stdout()).unwrap();
    let mut grants: Vec<_> = status["tokens"].as_array().unwrap().iter().map(|row| row["grant"].to_string()).collect();
    grants.sort();
    assert_eq!(grants, [r#""account_credentials""#, r#""account_credentials""#, r#""client-credentials""#]);
}

#[test]
fn client_authentication_goes_by_the_name_of_its_rfc_too() {
    let post = format!("grant_type=client_credentials&client_id=abc&client_secret={CANARY}");
    assert_eq!(sent(helper().args(SECRET).args(["--client-auth", "client_secret_post"])), post);
    let basic = sent(helper().args(SECRET).args(["--client-auth", "client_secret_basic"]));
    assert_eq!(basic, "grant_type=client_credentials");
    let signed = sent(helper().args(SECRET).args(["--client-auth", "client_secret_jwt"]));
    assert_eq!(decoded(&field(&signed, "client_assertion"))[0]["alg"], "HS256");
    // What is missing for a method is told with our name of it.
    for (name, missing, method) in [
        ("private_key_jwt", "--client-key", "private-key-jwt"),
        ("tls_client_auth", "--tls-cert", "tls"),
        ("self_signed_tls_client_auth", "--tls-cert", "tls"),
    ] {
        let helper = helper().args(["--token-url", "https://a", "--client-id", "abc", "--client-auth", name]);
        let message = format!(
            "{missing} is missing: client authentication {method} needs it; give {missing}, or choose another --client-auth"
        );
        helper.run().fails(2, &message);
    }
    // In a profile as well.
    let endpoint = Endpoint::minting();
    let profile = format!(
        "[profiles.a.hdr-bearer-refresh]\ntoken-url = '{}'\nclient-id = 'abc'\nclient-secret = 'file:~/secret'\n\
         client-auth = 'client_secret_post'\ngrant = 'client_credentials'\n",
        endpoint.url()
    );
    let helper = helper().prepared_by("mkdir -p ~/.config/hdr").file(".config/hdr/config.toml", profile, 0o600);
    helper.args(["--profile", "a"]).run().prints(&headers(0));
    assert_eq!(body(&endpoint), post);
}

#[test]
fn basic_goes_without_form_encoding_where_the_server_does_not_decode() {
    let home = Home::new();
    home.write("odd", "p%+/: w");
    let endpoint = Endpoint::minting();
    let given = ["--token-url", &endpoint.url(), "--client-id", "a@b", "--client-secret", "file:~/odd"];
    home.helper().args(given).args(["--client-auth", "basic-raw"]).run().prints(&headers(0));
    assert_eq!(header(&endpoint, "authorization"), Some(format!("Basic {}", STANDARD.encode("a@b:p%+/: w"))));
    let colon = ["--client-id", "a:b", "--client-secret", "file:~/odd", "--client-auth", "basic-raw"];
    home.helper().args(["--token-url", &endpoint.url()]).args(colon).run().fails(
        2,
        "--client-id cannot be sent with --client-auth basic-raw: it contains a colon, and without form encoding the server \
         cannot know where the secret begins; choose --client-auth basic or post",
    );
}

#[test]
fn a_secret_that_encoding_changes_may_be_wanted_as_it_is() {
    let home = Home::new();
    home.write("odd", "p/q+r=");
    for (secret, is_told) in [("odd", true), ("secret", false)] {
        let endpoint = scripted(vec![answers(401, r#"{"error":"invalid_client"}"#)]);
        let source = format!("file:~/{secret}");
        let given = ["--token-url", &endpoint.url(), "--client-id", "abc", "--client-secret", &source];
        let outcome = home.helper().args(given).run();
        let said = outcome.stderr();
        let advice = "some servers do not decode the form encoding of basic: try --client-auth basic-raw or post";
        assert_eq!((outcome.code(), said.contains(advice)), (Some(4), is_told), "{said}");
    }
}

#[test]
fn a_refused_extension_grant_names_its_parameters() {
    let endpoint = scripted(vec![answers(400, r#"{"error":"invalid_grant"}"#)]);
    let helper = asking(&endpoint.url()).args(["--grant", "account_credentials", "--param", "account_id=a"]);
    let message = format!(
        "{} refused the token request: it answered 400 (invalid_grant); check the --param options of the grant \
         account_credentials",
        endpoint.origin()
    );
    helper.run().fails(4, &message);
}

#[test]
fn the_client_id_may_stand_in_the_body_beside_basic() {
    for method in ["basic", "basic-raw"] {
        let helper = helper().args(SECRET).args(["--client-auth", method, "--param", "client_id=abc"]);
        assert_eq!(sent(helper), "grant_type=client_credentials&client_id=abc", "{method}");
    }
    for method in ["post", "client-secret-jwt"] {
        let helper = asking("https://127.0.0.1:1").args(["--client-auth", method, "--param", "client_id=abc"]);
        helper.run().fails(2, "--param client_id cannot be set: it has an option of its own; use --client-id");
    }
    let helper = asking("https://127.0.0.1:1").args(["--param", "client_secret={file:~/secret}"]);
    helper.run().fails(2, "--param client_secret cannot be set: it has an option of its own; use --client-secret");
}

#[test]
fn a_body_may_be_json() {
    let endpoint = Endpoint::minting();
    let options = ["--body", "json", "--scope", "a", "--scope", "b", "--audience", "x", "--param", "q=\"é"];
    let resources = ["--resource", "https://a", "--resource", "https://b", "--param", "n=1", "--param", "n=2"];
    let json_param = ["--param-json", r#"claims={"a":[1,true]}"#, "--client-auth", "post"];
    asking(&endpoint.url()).args(options).args(resources).args(json_param).run().prints(&headers(0));
    let expected = json!({
        "grant_type": "client_credentials", "scope": "a b", "audience": "x", "resource": ["https://a", "https://b"],
        "q": "\"é", "n": ["1", "2"], "claims": { "a": [1, true] }, "client_id": "abc", "client_secret": CANARY,
    });
    assert_eq!(serde_json::from_str::<Value>(&body(&endpoint)).unwrap(), expected);
    assert_eq!(header(&endpoint, "content-type").as_deref(), Some("application/json"));
    assert_eq!(header(&endpoint, "accept").as_deref(), Some("application/json"));
    assert_eq!(header(&endpoint, "authorization"), None);
    // Where the secret is in the header, it is not in the body.
    let endpoint = Endpoint::minting();
    let helper =
        asking(&endpoint.url()).args(["--body", "json", "--grant", "account_credentials", "--param", "account_id=a"]);
    helper.run().prints(&headers(0));
    assert_eq!(body(&endpoint), r#"{"grant_type":"account_credentials","account_id":"a"}"#);
    assert!(header(&endpoint, "authorization").is_some());
}

#[test]
fn a_json_parameter_needs_a_json_body() {
    for (given, by) in [(&[][..], "here"), (&["--body", "form"], "with --body form")] {
        let message = format!(
            "--param-json cannot be used {by}: it is a member of a JSON body, and the body is a form; add --body json, or write \
             --param NAME=TEXT"
        );
        asking("https://127.0.0.1:1").args(["--param-json", "a=1"]).args(given).run().fails(2, &message);
    }
    for (text, message) in [
        ("a={", "--param-json a: the text after `=` is not valid JSON; quote strings: NAME='\"text\"'"),
        ("scope=1", "--param-json scope cannot be set: it has an option of its own; use --scope"),
    ] {
        asking("https://127.0.0.1:1").args(["--body", "json", "--param-json", text]).run().fails(2, message);
    }
}

#[test]
fn a_header_goes_with_the_token_request_alone() {
    let server = Endpoint::new(|_, request, connection| {
        let host = request.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        let origin = format!("http://{host}");
        let body = match request.split(' ').nth(1).unwrap() {
            "/.well-known/oauth-protected-resource/mcp" => {
                format!(r#"{{"resource":"{origin}/mcp","authorization_servers":["{origin}"]}}"#)
            }
            "/.well-known/oauth-authorization-server" => {
                format!(r#"{{"issuer":"{origin}","token_endpoint":"{origin}/token"}}"#)
            }
            "/token" => r#"{"access_token":"token-0","expires_in":3600}"#.to_owned(),
            _ => return reply(connection, 404, "{}"),
        };
        reply(connection, 200, &body);
    });
    let url = format!("{}/mcp", server.origin());
    let helper =
        helper().args(["--discover", "--server-url", &url, "--issuer", &server.origin(), "--client-id", "abc"]);
    let helper =
        helper.args(["--token-header", "X-Gateway-Key: k {file:~/secret}", "--token-header", "User-Agent: me/1"]);
    helper.run().prints(&headers(0));
    let requests = server.requests();
    let (token, others): (Vec<_>, Vec<_>) = requests.iter().partition(|request| request.starts_with("POST /token "));
    let line = format!("\r\nx-gateway-key: k {CANARY}\r\n");
    assert!(token.len() == 1 && token[0].contains(&line) && token[0].contains("\r\nuser-agent: me/1\r\n"), "{token:?}");
    assert!(
        others.len() > 2 && others.iter().all(|other| !other.contains(CANARY) && !other.contains("me/1")),
        "{others:?}"
    );
}

#[test]
fn a_header_that_the_request_sets_itself_is_refused() {
    for name in ["Host", "content-length", "Content-Type", "Transfer-Encoding", "Accept", "Connection", "Authorization"]
    {
        let message = format!("--token-header {name} cannot be set: the token request sets it itself; remove it");
        asking("https://127.0.0.1:1").args(["--token-header", &format!("{name}: x")]).run().fails(2, &message);
    }
    let twice = "--token-header x-a cannot be set: it is given twice, and names are unique, ignoring case; remove it";
    let twice_given = ["--token-header", "X-A: 1", "--token-header", "x-a: 2"];
    asking("https://127.0.0.1:1").args(twice_given).run().fails(2, twice);
    for (text, message) in [
        (
            "X A: b",
            "--token-header cannot be set: the text before its colon is not a header name (RFC 9110); write 'NAME: TEMPLATE'",
        ),
        (CANARY, "--token-header has no colon: a header is a name, a colon and a value; write 'NAME: TEMPLATE'"),
    ] {
        asking("https://127.0.0.1:1").args(["--token-header", text]).run().fails(2, message);
    }
    // Without basic a gateway may have the header.
    let endpoint = Endpoint::minting();
    let helper = asking(&endpoint.url()).args([
        "--client-auth",
        "post",
        "--token-header",
        "Authorization: Bearer {file:~/secret}",
    ]);
    helper.run().prints(&headers(0));
    assert_eq!(header(&endpoint, "authorization"), Some(format!("Bearer {CANARY}")));
}

#[test]
fn what_a_header_holds_is_not_repeated() {
    let refusal = format!(r#"{{"error":"invalid_request","error_description":"bad key {CANARY}"}}"#);
    let endpoint = scripted(vec![answers(400, &refusal)]);
    let helper = helper().args(["--token-url", &endpoint.url(), "--client-id", "abc", "--explain"]);
    let outcome = helper.args(["--token-header", "X-Key: {file:~/secret}"]).run();
    let said = outcome.stderr();
    assert!(outcome.code() == Some(4) && said.contains("bad key [redacted]") && !said.contains(CANARY), "{said}");
    let sent = "hdr-bearer-refresh: sent: grant client-credentials, client authentication none, client abc, a form with \
                grant_type client_id, headers X-Key\n";
    assert!(said.contains(sent), "{said}");
}

/// NetSuite wants its scope in the client's assertion, signed with PS256.
#[test]
fn a_client_says_in_its_assertion_what_it_wants() {
    let key = "umask 077; openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out ~/rsa.pem 2>/dev/null";
    let signed =
        ["--client-id", "abc", "--client-key", "file:~/rsa.pem", "--client-kid", "c1", "--client-alg", "PS256"];
    let helper =
        |claim: &[&str]| helper().prepared_by(key).args(signed).args(["--grant", "client-credentials"]).args(claim);
    let text = sent(helper(&[
        "--client-claim",
        "scope=rest_webservices",
        "--client-claim",
        "who={server:name}",
        "--server-name",
        "n",
    ]));
    let [head, claims] = decoded(&field(&text, "client_assertion"));
    assert_eq!((&head["alg"], &head["kid"]), (&json!("PS256"), &json!("c1")));
    assert_eq!(
        (&claims["iss"], &claims["scope"], &claims["who"]),
        (&json!("abc"), &json!("rest_webservices"), &json!("n"))
    );
    let in_json = sent(helper(&["--client-claim-json", r#"scope=["restlets","rest_webservices"]"#]));
    assert_eq!(decoded(&field(&in_json, "client_assertion"))[1]["scope"], json!(["restlets", "rest_webservices"]));
    for (claim, message) in [
        ("sub=x", "--client-claim sub cannot be set: it is set in another way; use --client-id"),
        ("aud=x", "--client-claim aud cannot be set: it is set in another way; use --client-aud"),
        ("jti=x", "--client-claim jti cannot be set: it is set in another way; remove it: each attempt makes its own"),
    ] {
        let helper = helper(&["--client-claim", claim]).args(["--token-url", "https://127.0.0.1:1"]);
        helper.run().fails(2, message);
    }
}

#[test]
fn a_ready_made_assertion_is_read_anew_for_each_attempt() {
    for option in ["--assertion", "--client-assertion"] {
        let home = Home::new();
        home.write("jwt", &jwt(r#"{"sub":"a","jti":"one"}"#));
        let (path, next) = (home.path().join("jwt"), jwt(r#"{"sub":"a","jti":"two"}"#));
        let renewed = next.clone();
        let renews: crate::script::Step = Box::new(move |connection| {
            std::fs::write(&path, &renewed).unwrap();
            answer(503, "", "")(connection);
        });
        let endpoint = scripted(vec![renews, gives(0)]);
        let source = format!("file:{}", home.path().join("jwt").display());
        home.helper().args(["--token-url", &endpoint.url(), option, &source]).run().prints(&headers(0));
        let sent: Vec<_> = endpoint.requests().iter().map(|request| request.contains(&next)).collect();
        assert_eq!(sent, [false, true], "{option}");
    }
}

#[test]
fn an_option_of_a_profile_that_is_not_sent_is_not_read_either() {
    let endpoint = Endpoint::minting();
    let profile = format!(
        "[profiles.a.hdr-bearer-refresh]\ntoken-url = '{}'\nclient-id = 'abc'\nclient-secret = 'file:~/none'\n\
         refresh-token = 'file:~/none'\naud = 'x'\nparam-json = 'a=1'\n",
        endpoint.url()
    );
    let helper = helper().prepared_by("mkdir -p ~/.config/hdr").file(".config/hdr/config.toml", profile, 0o600);
    let with = |words: &[&str]| -> Helper { helper.again().args(["--profile", "a"]).args(words) };
    let public = with(&["--grant", "client-credentials", "--client-auth", "none"]);
    public.run().prints(&headers(0));
    assert_eq!(body(&endpoint), "grant_type=client_credentials&client_id=abc");
    with(&["--command", "printf token-7"]).run().prints(&headers(7));
    // What the command line names elsewhere displaces the secret, which a public client does not miss.
    let other = Endpoint::minting();
    let elsewhere = ["--token-url", &other.url(), "--grant", "client-credentials", "--client-auth", "none"];
    let outcome = with(&elsewhere).run();
    assert_eq!(outcome.code(), Some(2), "its refresh token is missed");
    let profile = format!(
        "[profiles.b.hdr-bearer-refresh]\ntoken-url = '{}'\nclient-id = 'abc'\nclient-secret = 'file:~/none'\n",
        endpoint.url()
    );
    let helper = helper.again().file("b.toml", profile, 0o600).args(["--config", "~/b.toml", "--profile", "b"]);
    helper.args(["--token-url", &other.url(), "--client-auth", "none"]).run().prints(&headers(0));
    assert_eq!(body(&other), "grant_type=client_credentials&client_id=abc");
}
