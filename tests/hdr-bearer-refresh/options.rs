//! Command lines that name no token, or not one alone.

use crate::common::{CANARY, Helper};
use crate::{EXECUTABLE, Endpoint, asking};

/// The helper with these words, each of which has no blanks in it.
fn with(words: &str) -> Helper {
    Helper::new(EXECUTABLE).args(words.split_whitespace()).env("K", CANARY)
}

/// The first word of a line is an option.
const URL: &str = "--token-url https://login.example.com/token";

#[test]
fn somebody_must_be_named_who_has_a_token() {
    let message = "no authorization server is named: no option says where the token comes from; give --token-url URL, --issuer \
                   URL, or --discover to ask the MCP server which one it trusts";
    with("").run().fails(2, message);
    with("--client-id abc --client-secret env:K --scope a").run().fails(2, message);
}

#[test]
fn two_who_have_one_are_too_many() {
    for (words, both) in [
        ("--token-url https://a --issuer https://b", "--token-url and --issuer or --discover"),
        ("--token-url https://a --discover", "--token-url and --issuer or --discover"),
        ("--token env:K --command id", "--command and --token"),
        ("--issuer https://a --command id", "--issuer or --discover and --command"),
        ("--token-url https://a --token env:K --command id", "--token-url and --command and --token"),
    ] {
        let message = format!("{both} are given: each says where the token comes from; keep only one of them");
        with(words).run().fails(2, &message);
    }
}

#[test]
fn a_url_that_would_show_credentials_is_refused_and_not_repeated() {
    let plain = "cannot be used: plain HTTP exposes credentials to the network; write https://; plain HTTP is allowed only \
                 for a loopback host";
    let no_url = "cannot be used: it is not an absolute URL with a host; write the whole URL: https://HOST/PATH";
    for (url, what) in [
        (format!("http://login.example.com/{CANARY}"), format!("http://login.example.com {plain}")),
        (format!("http://127.0.0.1.example.com/?{CANARY}"), format!("http://127.0.0.1.example.com {plain}")),
        (format!("login.example.com/{CANARY}"), no_url.to_owned()),
        (format!("ftp://login.example.com/{CANARY}"), no_url.to_owned()),
        (String::new(), no_url.to_owned()),
        (
            format!("https://user:{CANARY}@login.example.com/token"),
            "cannot be used: it contains a user name or password; remove it".to_owned(),
        ),
        (
            format!("https://login.example.com/token#{CANARY}"),
            "cannot be used: it has a fragment; remove the # and what follows it".to_owned(),
        ),
    ] {
        for option in ["--token-url", "--issuer"] {
            let helper = Helper::new(EXECUTABLE).args([option, &url]);
            helper.run().fails(2, &format!("{option} {what}"));
        }
    }
}

#[test]
fn the_mcp_server_must_be_known_to_be_asked() {
    let unknown =
        "the URL of the server is not known: the client did not pass it (Codex never does); give --server-url";
    with("--discover").run().fails(2, &format!("--discover: {unknown}"));
    with("--token env:K --verify").run().fails(2, &format!("--verify: {unknown}"));
    let plain = "--server-url http://mcp.example.com cannot be used: plain HTTP exposes credentials to the network; write \
                 https://; plain HTTP is allowed only for a loopback host";
    with("--discover --server-url http://mcp.example.com/mcp").run().fails(2, plain);
    with("--token env:K --verify --server-url ws://mcp.example.com/mcp").run().fails(2, plain);
}

#[test]
fn what_a_grant_needs_must_be_there() {
    let source = |option: &str| {
        format!(
            "{option} is missing: no option says where it is kept; give {option} file:PATH, env:NAME, json:PATH:FIELD or cmd:COMMAND LINE"
        )
    };
    let auth = |option: &str, method: &str| {
        format!(
            "{option} is missing: client authentication {method} needs it; give {option}, or choose another --client-auth"
        )
    };
    for (words, message) in [
        ("--grant refresh-token", source("--refresh-token")),
        ("--grant token-exchange", source("--subject-token")),
        ("--grant jwt-bearer", source("--assertion-key")),
        (
            "--assertion-key file:~/hs256",
            "--iss is missing: an assertion names its issuer, and the key does not contain it; give --iss TEXT".to_owned(),
        ),
        (
            "--refresh-token env:K --subject-token env:K",
            "more than one grant is given: --refresh-token, --assertion-key and --subject-token are a grant each; keep one of \
             them, or choose with --grant"
                .to_owned(),
        ),
        ("--client-secret env:K", auth("--client-id", "basic")),
        ("--client-id a --client-auth post", auth("--client-secret", "post")),
        ("--client-id a --client-auth private-key-jwt", auth("--client-key", "private-key-jwt")),
        ("--client-id a --client-auth tls", auth("--tls-cert", "tls")),
    ] {
        with(&format!("{URL} {words}")).file("hs256", CANARY, 0o600).run().fails(2, &message);
    }
}

#[test]
fn a_value_that_cannot_be_understood_is_refused() {
    let no_duration = "it is not a duration of at most ten years; write a whole number and a unit: 500ms, 8s, 5m, 1h";
    let no_algorithm = "helpers do not sign with it; write HS256";
    for (words, message) in [
        ("--min-life 5", format!("--min-life: {no_duration}")),
        ("--assume-life 1d", format!("--assume-life: {no_duration}")),
        ("--assume-life 0s", "--assume-life: the duration is zero; give a longer one".to_owned()),
        ("--client-alg hs256 --client-key env:K", format!("--client-alg hs256: {no_algorithm}")),
        ("--assertion-alg hs256 --assertion-key env:K", format!("--assertion-alg hs256: {no_algorithm}")),
        ("--scope {timestmap}", UNKNOWN.replace("OPTION", "--scope")),
        ("--client-id {timestmap}", UNKNOWN.replace("OPTION", "--client-id")),
        ("--param a={timestmap}", UNKNOWN.replace("OPTION", "--param a")),
        ("--param scope=a", "--param scope cannot be set: it has an option of its own; use --scope".to_owned()),
        ("--param a=1 --param a=2", "--param a cannot be set: it is given twice; remove one".to_owned()),
    ] {
        with(&format!("{URL} {words}")).run().fails(2, &message);
    }
}

const UNKNOWN: &str =
    "OPTION: {timestmap} is unknown: no placeholder has that name; write {timestamp}, or {{ for a brace";

/// In another one the newest refresh token would not be found, and a consumed one sent.
#[test]
fn a_directory_relative_to_the_working_directory_is_refused() {
    for option in ["--cache-dir", "--state-dir"] {
        let message = format!(
            "{option} cannot be used: it is a relative path, and clients choose the working directory; write an absolute path \
             or ~/…"
        );
        for directory in ["", ".", "hdr", "../hdr", "~", "~other/hdr"] {
            let given = |words: &str| with(words).args([option, directory]);
            given(&format!("{URL} --refresh-token env:K")).run().fails(2, &message);
            given("status").run().fails(2, &message);
            given("forget --all").run().fails(2, &message);
        }
    }
}

#[test]
fn a_choice_that_is_none_is_told_by_clap() {
    for (option, shown, choices) in [
        (
            "--client-auth",
            "--client-auth <METHOD>",
            "basic, basic-raw, post, none, private-key-jwt, client-secret-jwt, tls",
        ),
        ("--preset", "--preset <NAME>", "github-installation"),
        ("--body", "--body <FORMAT>", "form, json"),
        ("--on-reask", "--on-reask <TOKEN>", "mint, reuse, auto"),
    ] {
        let error = format!(
            "error: invalid value '(not shown, it may be a secret)' for '{shown}'\n  [possible values: {choices}]\n\n\
             For more information, try '--help'.\n"
        );
        with(&format!("{URL} {option} {CANARY}")).run().ends(2, "", &error);
    }
    for (option, given, near) in
        [("--client-auth", "basic_raw", "basic-raw"), ("--preset", "github-instalation", "github-installation")]
    {
        let outcome = with(&format!("{URL} {option} {given}")).run();
        let (said, tip) = (format!("error: invalid value '{given}' for '{option} "), format!("exists: '{near}'"));
        assert!(outcome.stderr().starts_with(&said) && outcome.stderr().contains(&tip), "{}", outcome.stderr());
        assert_eq!(outcome.code(), Some(2));
    }
    for (given, missing) in [("--tls-cert", "--tls-key"), ("--tls-key", "--tls-cert")] {
        let outcome = with(&format!("{URL} {given} ~/a.pem")).run();
        let error = format!("error: the following required arguments were not provided:\n  {missing} <FILE>\n\n");
        assert!(outcome.stderr().starts_with(&error), "{}", outcome.stderr());
        assert_eq!(outcome.code(), Some(2));
    }
}

#[test]
fn a_remedy_names_options_that_are_there() {
    let rsa = "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out";
    let ec = "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out";
    let prepared = |words: &str| {
        with(words).prepared_by(&format!("{rsa} ~/rsa 2>&-; {ec} ~/ec; openssl pkey -in ~/ec -pubout -out ~/pub"))
    };
    let unusable = |option: &str, cause: &str, remedy: &str| format!("{option} is not a usable key: {cause}; {remedy}");
    let client = format!("{URL} --client-id a");
    let jwt_bearer = format!("{client} --grant jwt-bearer --iss i");
    let other_kind = |kind: &str, algorithm: &str| format!("it is an {kind}, and {algorithm} signs with another kind");
    prepared(&format!("{client} --client-key file:~/rsa --client-alg Ed25519")).run().fails(
        3,
        &unusable(
            "--client-key",
            &other_kind("RSA key", "Ed25519"),
            "give an Ed25519 private key (PEM or JWK), or use --client-alg RS256",
        ),
    );
    prepared(&format!("{jwt_bearer} --assertion-key file:~/rsa --assertion-alg ES256")).run().fails(
        3,
        &unusable(
            "--assertion-key",
            &other_kind("RSA key", "ES256"),
            "give an EC private key on P-256 (PEM or JWK), or use --assertion-alg RS256",
        ),
    );
    let installation = "--preset github-installation --app-id 1 --installation-id 2 --assertion-key file:~/ec --api-url \
                        https://127.0.0.1:1";
    prepared(installation).run().fails(
        3,
        &unusable(
            "--assertion-key",
            &other_kind("EC key on P-256", "RS256"),
            "give an RSA private key of 2048 to 4096 bits (PEM or JWK)",
        ),
    );
    prepared(&format!("{client} --client-auth client-secret-jwt --client-secret file:~/rsa")).run().fails(
        3,
        &unusable(
            "--client-secret",
            "it is a private key in PEM, not a shared secret",
            "give it with --client-key to sign with it, or give the secret that the server has too",
        ),
    );
    prepared(&format!("{client} --client-auth client-secret-jwt --client-secret file:~/pub")).run().fails(
        3,
        &unusable(
            "--client-secret",
            "it is a public key in PEM, not a shared secret",
            "give the secret that the server has too",
        ),
    );
    for (words, code) in [
        (format!("{client} --client-key file:~/rsa --client-alg HS256"), 3),
        (format!("{client} --client-key file:~/pub"), 3),
        (format!("{jwt_bearer} --assertion-key file:~/pub"), 3),
    ] {
        let outcome = prepared(&words).run();
        assert_eq!(outcome.code(), Some(code), "{}", outcome.stderr());
        assert!(!outcome.stderr().contains("--key-encoding"), "{}", outcome.stderr());
    }
}

#[test]
fn a_client_secret_that_is_a_json_object_is_told() {
    let endpoint = Endpoint::minting();
    let helper = Helper::new(EXECUTABLE).args(["--token-url", &endpoint.url(), "--client-id", "a"]);
    let helper = helper.args(["--client-secret", "file:~/s"]).file("s", r#"{"secret":"abc"}"#, 0o600);
    let warning = "warning: --client-secret is a JSON object, and the whole object is used as the secret; if the secret is a member \
                   of it, name that: json:PATH:FIELD";
    helper.run().prints_saying(r#"{"Authorization":"Bearer token-0"}"#, &[warning]);
}

#[test]
fn an_option_of_a_verb_stands_beside_it() {
    for (words, option, verb) in [
        ("--json", "--json", "status"),
        ("forget --json", "--json", "status"),
        ("--all", "--all", "forget"),
        ("status --all", "--all", "forget"),
        ("--refresh-token-too", "--refresh-token-too", "forget"),
        ("status --refresh-token-too", "--refresh-token-too", "forget"),
        ("--no-revoke", "--no-revoke", "forget"),
        ("status --no-revoke", "--no-revoke", "forget"),
    ] {
        let message = format!("{option} cannot be used here: it belongs to the verb {verb}; add {verb}");
        with(&format!("{URL} {words}")).run().fails(2, &message);
    }
}

#[test]
fn a_bare_secret_is_refused_and_not_repeated() {
    for option in ["--client-secret", "--client-key", "--refresh-token", "--subject-token", "--assertion-key"] {
        let message = format!(
            "{option} does not take a bare value: a secret on a command line can be read by every process of the machine; name \
             where it is kept: env:NAME, file:PATH, json:PATH:FIELD or cmd:COMMAND LINE"
        );
        for secret in [CANARY, &format!("--{CANARY}"), "", "$SECRET"] {
            with(&format!("{URL} --client-id a")).args([option, secret]).run().fails(2, &message);
        }
    }
}

#[test]
fn a_mistake_is_found_before_anybody_is_asked() {
    let endpoint = Endpoint::minting();
    for (options, code) in [(["-H", "X A: a"], 6), (["-H", "X-A: {tokens}"], 2), (["--min-life", "x"], 2)] {
        assert_eq!(asking(&endpoint).args(options).run().code(), Some(code), "{options:?}");
    }
    assert_eq!(endpoint.requests(), [""; 0]);
}

#[test]
fn help_says_what_discovery_hands_to_whom() {
    let outcome = with("--help").run();
    let help = String::from_utf8_lossy(outcome.stdout()).split_whitespace().collect::<Vec<_>>().join(" ");
    let danger = "--discover Ask the MCP server for its authorization server (RFC 9728). The issuer that it names gets \
                  no secret that could be used elsewhere, such as a client secret or a refresh token. To send one, add \
                  --issuer with the issuer that the MCP server must name.";
    assert!(help.contains(danger), "{help}");
}
