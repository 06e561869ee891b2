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

/// It signs this header and these claims with RS256.
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
fn a_preset_without_what_it_needs_is_refused() {
    let needs = |preset, option| {
        format!("--preset {preset} needs {option}: the preset makes its claims from {option}; give {option}")
    };
    let one_of = "--preset google-service-account needs one of --aud and --scope: a self-signed token names either the service \
                  or what it may do there; give one of the two";
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
        "--key is no Google service account: --preset google-service-account takes the client_email out of one; give the JSON \
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
        let message = format!("{option}: only --preset {owner} takes it; leave it out, or name the preset");
        signing_with(keys::rsa()).args(options).run().fails(2, &message);
    }
}

#[test]
fn a_claim_of_the_preset_cannot_be_set() {
    let message = |option, preset, claim| {
        format!("--preset {preset}: the claim {claim} cannot be set: {option} sets it already; leave one of them out")
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
            "--ttl: the service of --preset {preset} refuses tokens that live longer than {life}; leave --ttl and --backdate out, or give less"
        )
    };
    for (options, message) in [
        (["github-app", "--ttl", "601s"], long("github-app", "10m")),
        (["google-service-account", "--ttl", "61m"], long("google-service-account", "60m")),
        (["snowflake", "--ttl", "3601s"], long("snowflake", "60m")),
        (
            ["github-app", "--alg", "PS256"],
            "--alg PS256: the service of --preset github-app verifies RS256 alone; leave --alg out".to_owned(),
        ),
        (
            ["snowflake", "--alg", "ES256"],
            "--alg ES256: the service of --preset snowflake verifies RS256 alone; leave --alg out".to_owned(),
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
    let remedy = "give an RSA private key of 2048 to 4096 bits (PEM or JWK), or use --alg";
    let github = |helper: Helper| helper.args(["--preset", "github-app", "--app-id", "1"]).run();
    let message = format!(
        "--key is not a usable key: it is an EC key on P-256, and RS256 signs with another kind; {remedy} ES256"
    );
    github(signing_with(keys::p256())).fails(3, &message);
    let message =
        format!("--key is not a usable key: it is a shared secret, and RS256 signs with another kind; {remedy} HS256");
    github(signing()).fails(3, &message);
}
