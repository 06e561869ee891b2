//! `--preset`: what a service expects, and what it would refuse.

use serde_json::json;

use crate::common::Helper;
use crate::{keys, openssl, signing, signing_with, unsigned};

fn account() -> String {
    let email = "svc@project.iam.gserviceaccount.com";
    let account =
        json!({ "type": "service_account", "private_key": keys::rsa(), "private_key_id": "9f", "client_email": email });
    account.to_string()
}

fn preset(key: &str, name: &str) -> Helper {
    signing_with(key).args(["--preset", name])
}

/// It signs this header and these claims.
#[track_caller]
fn makes(helper: Helper, header: &str, claims: &str) {
    let outcome = helper.args(["--format", "token"]).run();
    let token = String::from_utf8_lossy(outcome.stdout()).into_owned();
    outcome.ends(0, &token, "");
    assert_eq!(token.rsplit_once('.').map(|(signed, _)| signed), Some(&*unsigned(header, claims)), "{claims}");
}

const HEADER: &str = r#"{"typ":"JWT","alg":"RS256"}"#;

#[test]
fn github_app() {
    let helper = || preset(keys::rsa(), "github-app").args(["--app-id", "Iv23{nonce}", "--nonce", "x"]);
    makes(helper(), HEADER, r#"{"exp":1700000540,"iat":1699999940,"iss":"Iv23x"}"#);
    let options = ["--ttl", "1m", "--backdate", "0s", "--kid", "k"];
    let header = r#"{"typ":"JWT","alg":"RS256","kid":"k"}"#;
    makes(helper().args(options), header, r#"{"exp":1700000060,"iat":1700000000,"iss":"Iv23x"}"#);
}

#[test]
fn google_service_account() {
    let header = r#"{"typ":"JWT","alg":"RS256","kid":"9f"}"#;
    let email = "svc@project.iam.gserviceaccount.com";
    let helper = || preset(&account(), "google-service-account");
    let claims = format!(
        r#"{{"aud":"https://pubsub.googleapis.com/","exp":1700003600,"iat":1700000000,"iss":"{email}","sub":"{email}"}}"#
    );
    makes(helper().args(["--aud", "https://pubsub.googleapis.com/"]), header, &claims);
    let claims = format!(r#"{{"exp":1700003600,"iat":1700000000,"iss":"{email}","scope":"a b","sub":"{email}"}}"#);
    makes(helper().args(["--scope", "a b"]), header, &claims);
}

#[test]
fn snowflake() {
    let hash = "openssl pkey -pubout -outform DER | openssl dgst -sha256 -binary | openssl base64 -A";
    let fingerprint = openssl::text(hash, &[], keys::rsa());
    let helper = |account| preset(keys::rsa(), "snowflake").args(["--account", account, "--user", "jane"]);
    for (account, identifier) in [("myorg-acc", "MYORG-ACC"), ("xy1.eu-central-1.aws", "XY1"), ("xy1-ab.global", "XY1")]
    {
        let claims = format!(
            r#"{{"exp":1700003540,"iat":1700000000,"iss":"{identifier}.JANE.SHA256:{fingerprint}","sub":"{identifier}.JANE"}}"#
        );
        makes(helper(account), HEADER, &claims);
    }
    let outcome = helper("a").run();
    let json: serde_json::Value = serde_json::from_slice(outcome.stdout()).unwrap();
    let names: Vec<_> = json.as_object().unwrap().keys().collect();
    assert_eq!(names, ["Authorization", "X-Snowflake-Authorization-Token-Type"]);
    assert_eq!(json["X-Snowflake-Authorization-Token-Type"], "KEYPAIR_JWT");
}

#[test]
fn a_password_in_the_account_is_not_shown() {
    let fails = |account: &str, message: &str| {
        preset(keys::rsa(), "snowflake").args(["--account", account, "--user", "jane"]).run().fails(2, message);
    };
    let remedy = "remove it, up to and including the @";
    let message = format!("--account cannot be used: it contains a user name or password; {remedy}");
    for account in ["https://u:hunter2@acme-xy.snowflakecomputing.com", "u:hunter2@acme-xy", "https://u@example.com/x"]
    {
        fails(account, &message);
    }
    let other = |shown| {
        format!(
            "--account {shown} is not a Snowflake account: neither its host nor its path names one; give ORGANIZATION-ACCOUNT, or \
             the host that ends in .snowflakecomputing.com"
        )
    };
    fails("a b", &other("a b"));
    // Wherever an option is quoted, a URL in it shows no userinfo.
    signing()
        .args(["--claims", "https://u:hunter2@x/y"])
        .run()
        .fails(2, "--claims https://x/y: it does not exist; name a readable file that holds one JSON object");
    fails("https://example.com/hunter2?x=hunter2", &other("https://example.com"));
}

#[test]
fn a_preset_without_what_it_needs_is_refused() {
    let needs = |preset, option| {
        format!("--preset {preset} needs {option}: the preset computes its claims from {option}; give {option}")
    };
    let one_of = "--preset google-service-account needs one of --aud and --scope: a self-signed token has either an audience or \
                  a scope; give one of the two";
    let (pem, account) = (keys::rsa(), account());
    for (key, options, message) in [
        (pem, vec!["github-app"], needs("github-app", "--app-id")),
        (pem, vec!["github-app", "--app-id", ""], needs("github-app", "--app-id")),
        (pem, vec!["snowflake"], needs("snowflake", "--account")),
        (pem, vec!["snowflake", "--account", "a"], needs("snowflake", "--user")),
        (&account, vec!["google-service-account"], one_of.to_owned()),
        (&account, vec!["google-service-account", "--aud", "a", "--scope", "b"], one_of.to_owned()),
    ] {
        signing_with(key).arg("--preset").args(options).run().fails(2, &message);
    }
    preset(pem, "google-service-account").args(["--aud", "a"]).run().fails(
        3,
        "--key is not a Google service account: --preset google-service-account reads the client_email of one; give the JSON \
         file that Google made for the service account",
    );
}

#[test]
fn an_option_of_another_preset_is_refused() {
    for (options, option, owner) in [
        (vec!["--app-id", "a"], "--app-id", "github-app"),
        (vec!["--scope", "a"], "--scope", "google-service-account"),
        (vec!["--account", "a"], "--account", "snowflake"),
        (vec!["--user", "a"], "--user", "snowflake"),
        (vec!["--preset", "github-app", "--app-id", "1", "--scope", "a"], "--scope", "google-service-account"),
        (vec!["--preset", "github-app", "--app-id", "1", "--user", "a"], "--user", "snowflake"),
        (vec!["--preset", "snowflake", "--account", "a", "--user", "b", "--app-id", "1"], "--app-id", "github-app"),
    ] {
        let message = format!("{option}: only --preset {owner} uses it; remove it, or name the preset");
        signing_with(keys::rsa()).args(options).run().fails(2, &message);
    }
}

#[test]
fn a_claim_of_the_preset_cannot_be_set() {
    let message = |option, preset, claim| {
        format!("--preset {preset}: the claim {claim} cannot be set: {option} sets it already; remove one of them")
    };
    let github = || preset(keys::rsa(), "github-app").args(["--app-id", "1"]);
    github().args(["--iss", "a"]).run().fails(2, &message("--iss", "github-app", "iss"));
    github().args(["--claim", "iss=a"]).run().fails(2, &message("--claim", "github-app", "iss"));
    let google = preset(&account(), "google-service-account").args(["--aud", "a", "--sub", "b"]);
    google.run().fails(2, &message("--sub", "google-service-account", "sub"));
}

#[test]
fn a_token_that_the_service_would_refuse_is_refused() {
    let long = |preset, life| {
        format!(
            "--ttl: the service of --preset {preset} refuses tokens that live longer than {life}; remove --ttl and --backdate, or give less"
        )
    };
    for (options, message) in [
        (["github-app", "--ttl", "601s"], long("github-app", "10m")),
        (["google-service-account", "--ttl", "61m"], long("google-service-account", "60m")),
        (["snowflake", "--ttl", "3601s"], long("snowflake", "60m")),
        (
            ["github-app", "--alg", "PS256"],
            "--alg PS256: the service of --preset github-app verifies RS256 alone; remove --alg".to_owned(),
        ),
        (
            ["snowflake", "--alg", "ES256"],
            "--alg ES256: the service of --preset snowflake verifies RS256 alone; remove --alg".to_owned(),
        ),
    ] {
        signing_with(keys::rsa()).arg("--preset").args(options).run().fails(2, &message);
    }
    makes(
        preset(keys::rsa(), "github-app").args(["--app-id", "1", "--ttl", "10m"]),
        HEADER,
        r#"{"exp":1700000600,"iat":1699999940,"iss":"1"}"#,
    );
}

#[test]
fn a_key_that_the_service_does_not_take_is_refused() {
    let remedy = "give an RSA private key of 2048 to 4096 bits (PEM or JWK)";
    let github = |helper: Helper| helper.args(["--preset", "github-app", "--app-id", "1"]).run();
    let message =
        format!("--key is not a usable key: it is an EC key on P-256, and RS256 signs with another kind; {remedy}");
    github(signing_with(keys::p256())).fails(3, &message);
    let message =
        format!("--key is not a usable key: it is a shared secret, and RS256 signs with another kind; {remedy}");
    github(signing()).fails(3, &message);
}

#[test]
fn app_store_connect() {
    let header = r#"{"typ":"JWT","alg":"ES256","kid":"2X9R4HXF34"}"#;
    let helper = || preset(keys::p256(), "app-store-connect").args(["--kid", "2X9R4HXF34"]);
    let team = r#"{"aud":"appstoreconnect-v1","exp":1700001140,"iat":1700000000,"iss":"57246542"}"#;
    makes(helper().args(["--iss", "57246542"]), header, team);
    let person = r#"{"aud":"appstoreconnect-v1","exp":1700001140,"iat":1700000000,"sub":"user"}"#;
    makes(helper(), header, person);
    let store = r#"{"aud":"appstoreconnect-v1","bid":"com.example","exp":1700001200,"iat":1700000000,"iss":"a"}"#;
    makes(helper().args(["--iss", "a", "--claim", "bid=com.example", "--ttl", "20m"]), header, store);
    let refused = "--ttl: the service of --preset app-store-connect refuses tokens that live longer than 20m; remove --ttl \
                   and --backdate, or give less";
    for options in [&["--ttl", "21m"][..], &["--ttl", "20m", "--backdate", "1s"]] {
        helper().args(options).run().fails(2, refused);
    }
    preset(keys::p256(), "app-store-connect").run().fails(
        2,
        "--preset app-store-connect needs --kid: App Store Connect finds the key by its id, which is not in the key; \
         give --kid with the key's 10-character id, as in AuthKey_….p8",
    );
    let jwk = keys::P256_JWK.replacen('{', r#"{"kid":"k7","#, 1);
    makes(preset(&jwk, "app-store-connect"), r#"{"typ":"JWT","alg":"ES256","kid":"k7"}"#, person);
    let rsa = "--key is not a usable key: it is an RSA key, and ES256 signs with another kind; give an EC private key on \
               P-256 (PEM or JWK)";
    preset(keys::rsa(), "app-store-connect").args(["--kid", "a"]).run().fails(3, rsa);
}

/// A key as Ghost shows it.
const GHOST: &str = "6400000000000000000000a1:2b7e151628aed2a6abf7158809cf4f3c2b7e151628aed2a6abf7158809cf4f3c";

#[test]
fn ghost_admin() {
    let header = r#"{"typ":"JWT","alg":"HS256","kid":"6400000000000000000000a1"}"#;
    let claims = r#"{"aud":"/admin/","exp":1700000300,"iat":1700000000}"#;
    let signed = unsigned(header, claims);
    let (_, secret) = GHOST.split_once(':').expect("a colon");
    let line = "openssl dgst -sha256 -mac HMAC -macopt hexkey:$1 -binary | openssl base64 -A | tr +/ -_ | tr -d =";
    let token = format!("{signed}.{}", openssl::text(line, &[secret], &signed));
    for key in [GHOST.to_owned(), format!("{GHOST}\n\n"), format!(" \"{GHOST}\"\r\n")] {
        preset(&key, "ghost-admin").run().prints(&format!(r#"{{"Authorization":"Ghost {token}"}}"#));
    }
    let version = r#"{"aud":"/v3/admin/","exp":1700000300,"iat":1700000000}"#;
    makes(preset(GHOST, "ghost-admin").args(["--aud", "/v3/admin/"]), header, version);
    let cannot = |cause: &str| {
        format!(
            "--key is not an Admin API key of Ghost: {cause}; copy the Admin API key whole, as ID:SECRET, from Settings, \
             Integrations"
        )
    };
    for (key, cause) in [
        (secret, "it has no colon"),
        ("22444f78447824223cefc48062", "it is a Content API key (26 hex digits), which cannot sign"),
        ("6400000000000000000000a1:", "its id or its secret is not hex"),
        ("6400000000000000000000a1:secret", "its id or its secret is not hex"),
        (keys::rsa(), "it has no colon"),
    ] {
        preset(key, "ghost-admin").run().fails(3, &cannot(cause));
    }
    preset(GHOST, "ghost-admin")
        .args(["--key-encoding", "hex"])
        .run()
        .fails(2, "--key-encoding: the key of --preset ghost-admin has one fixed encoding; remove it");
    preset(GHOST, "ghost-admin").args(["--ttl", "6m"]).run().fails(
        2,
        "--ttl: the service of --preset ghost-admin refuses tokens that live longer than 5m; remove --ttl and \
         --backdate, or give less",
    );
    preset(GHOST, "ghost-admin")
        .args(["--alg", "HS512"])
        .run()
        .fails(2, "--alg HS512: the service of --preset ghost-admin verifies HS256 alone; remove --alg");
}

/// No part of the key is shown, not its secret alone either.
#[test]
fn the_secret_of_ghost_is_hidden() {
    let (_, secret) = GHOST.split_once(':').expect("a colon");
    let outcome = preset(GHOST, "ghost-admin").args(["--explain", "--claim", &format!("x={secret}")]).run();
    assert_eq!(outcome.code(), Some(0));
    assert!(!outcome.stderr().contains(secret), "{}", outcome.stderr());
}

#[test]
fn the_account_of_snowflake_as_a_host_or_a_url() {
    let helper = |account| preset(keys::rsa(), "snowflake").args(["--account", account, "--user", "jane"]);
    let expected = helper("myorg-acc").args(["--format", "token"]).run().stdout().to_vec();
    for account in [
        "MYORG-ACC",
        "myorg.acc",
        "myorg-acc.snowflakecomputing.com",
        "https://myorg-acc.snowflakecomputing.com/",
        "https://myorg-acc.privatelink.snowflakecomputing.com/api/v2/statements",
        "https://app.snowflake.com/myorg/acc/#/homepage",
    ] {
        assert_eq!(helper(account).args(["--format", "token"]).run().stdout(), expected, "{account}");
    }
    helper("https://example.com/x").run().fails(
        2,
        "--account https://example.com is not a Snowflake account: neither its host nor its path names one; give \
         ORGANIZATION-ACCOUNT, or the host that ends in .snowflakecomputing.com",
    );
}

#[test]
fn a_life_that_a_service_refuses_is_warned_of_without_a_preset() {
    let warns = |helper: Helper, service: &str, minutes: u32, preset: &str| {
        let outcome = helper.args(["--format", "token"]).run();
        let warning = format!(
            "hdr-jwt: warning: {service} refuses tokens that live longer than {minutes}m; give --ttl {minutes}m or less, \
             or --preset {preset}\n"
        );
        outcome.ends(0, &String::from_utf8_lossy(outcome.stdout()), &warning);
    };
    let apple = |key| signing_with(key).args(["--aud", "appstoreconnect-v1"]);
    warns(apple(keys::p256()), "App Store Connect", 20, "app-store-connect");
    warns(apple(keys::p256()).args(["--aud", "b", "--ttl", "21m"]), "App Store Connect", 20, "app-store-connect");
    let claim = ["--claim", "aud=appstoreconnect-v1"];
    warns(signing_with(keys::p256()).args(claim), "App Store Connect", 20, "app-store-connect");
    assert_eq!(apple(keys::p256()).args(["--ttl", "20m"]).run().stderr(), "");
    warns(signing().args(["--aud", "/v5/admin/"]), "Ghost", 5, "ghost-admin");
    let google = ["--aud", "https://storage.googleapis.com/", "--ttl", "2h"];
    warns(signing_with(keys::rsa()).args(google), "Google", 60, "google-service-account");
    let snowflake = ["--iss", "A.B.SHA256:x", "--ttl", "61m"];
    warns(signing_with(keys::rsa()).args(snowflake), "Snowflake", 60, "snowflake");
}
