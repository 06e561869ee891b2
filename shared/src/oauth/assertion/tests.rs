use std::process::Command;

use super::*;
use crate::oauth::token;
use crate::sign::encoding::KeyEncoding;

fn key() -> AssertionKey {
    let secret = Secret::new(vec![7; 32]);
    let key = SigningKey::parse("--client-key", secret, Some(KeyEncoding::Raw), None, None).unwrap();
    AssertionKey::new("--client-key", key, None, Some("k1"), None).unwrap()
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn claim(name: &str, value: impl Into<Value>) -> Claim {
    Claim { option: "--assertion-claim", name: name.to_owned(), value: value.into() }
}

#[test]
fn a_client_says_more_of_itself_than_who_it_is() {
    let others = vec![claim("scope", "rest_webservices"), claim("aud", vec!["a", "b"])];
    let assertion = Assertion::of_client(key(), "abc", None, others).unwrap();
    let claims = token::claims(&assertion.sign("https://issuer", None, at(0)).unwrap()).unwrap();
    assert_eq!((&claims["scope"], &claims["aud"]), (&"rest_webservices".into(), &vec!["a", "b"].into()));
    for (name, given, remedy) in [
        ("sub", None, "use --client-id"),
        ("aud", None, "use --client-aud"),
        ("exp", None, "remove it: each attempt makes its own"),
    ] {
        let error = Assertion::of_client(key(), "abc", given, vec![claim(name, "x")]).unwrap_err();
        let expected = format!("--assertion-claim {name} cannot be set: it is set in another way; {remedy}");
        assert_eq!((error.to_string(), error.exit_code()), (expected, 2));
    }
    assert!(Assertion::of_client(key(), "abc", Some("a"), vec![claim("aud", vec!["b"])]).is_err());
}

#[test]
fn each_attempt_has_its_own_id_and_times() {
    let assertion = Assertion::of_client(key(), "abc", None, Vec::new()).unwrap();
    let [first, second] = [1_700_000_000, 1_700_000_005].map(|now| {
        let signed = assertion.sign("https://issuer", Some("a"), at(now)).unwrap();
        token::claims(&signed).unwrap()
    });
    assert_ne!(first["jti"], second["jti"]);
    let mut rest = second;
    rest.remove("jti");
    let expected = r#"{"aud":"https://issuer","exp":1700000065,"iat":1700000005,"iss":"abc","sub":"abc"}"#;
    assert_eq!(serde_json::to_string(&rest).unwrap(), expected);
}

#[test]
fn a_grant_names_its_parties_once() {
    let others = vec![claim("tenant", "t1")];
    let audience = ["a".to_owned(), "b".to_owned()];
    let assertion = Assertion::of_grant(key(), Some("me".to_owned()), None, &audience, others).unwrap();
    let claims = token::claims(&assertion.sign("unused", None, at(0)).unwrap()).unwrap();
    assert_eq!(serde_json::to_string(&claims["aud"]).unwrap(), r#"["a","b"]"#);
    assert_eq!((&claims["sub"], &claims["tenant"]), (&"me".into(), &"t1".into()));

    for (name, remedy) in [("iss", "use --iss, --sub and --aud"), ("jti", "remove it: each attempt makes its own")] {
        let others = vec![claim(name, "")];
        let error = Assertion::of_grant(key(), Some("me".to_owned()), None, &[], others).unwrap_err();
        let expected = format!("--assertion-claim {name} cannot be set: it is set in another way; {remedy}");
        assert_eq!(error.to_string(), expected);
    }
    let error = Assertion::of_grant(key(), None, None, &[], Vec::new()).unwrap_err();
    assert_eq!(error.exit_code(), 2);
}

#[test]
fn google_wants_the_scope_inside_and_an_hour() {
    let mut key = key();
    key.key.client_email = Some("robot@project.example".to_owned());
    let assertion = Assertion::of_grant(key, None, None, &[], Vec::new()).unwrap();
    let claims = token::claims(&assertion.sign("https://token", Some("a b"), at(0)).unwrap()).unwrap();
    assert_eq!(claims.get("sub"), None);
    let found = ["iss", "scope", "aud"].map(|name| claims[name].as_str().unwrap());
    assert_eq!(found, ["robot@project.example", "a b", "https://token"]);
    assert_eq!(claims["exp"], 3600);
}

/// What a line of shell prints, run in `directory`.
#[expect(clippy::disallowed_methods, reason = "the test runs openssl")]
fn shell(directory: &tempfile::TempDir, line: &str) -> String {
    let output = Command::new("sh").args(["-ec", line]).current_dir(directory.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_certificate_names_the_key_as_openssl_does() {
    let directory = tempfile::tempdir().unwrap();
    let new = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=x -keyout /dev/stdout -out c.pem";
    let pem = Secret::new(shell(&directory, new).into_bytes());
    let certificate = directory.path().join("c.pem");
    let key = || SigningKey::parse("--assertion-key", pem.clone(), None, None, None).unwrap();
    let named = AssertionKey::new("--assertion-key", key(), None, Some("thumbprint"), certificate.to_str()).unwrap();
    for (name, found) in [("sha1", &named.header.parameters.x5t), ("sha256", &named.header.parameters.x5t_s256)] {
        let line = format!("openssl x509 -in c.pem -outform DER | openssl {name} -binary | basenc --base64url");
        assert_eq!(found.as_deref(), Some(shell(&directory, &line).trim_end().trim_end_matches('=')));
    }
    assert_eq!(named.header.parameters.kid.as_deref(), Some(key().thumbprint("").unwrap().as_str()));
    let error = AssertionKey::new("--assertion-key", key(), None, None, Some("/missing")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "--assertion-cert /missing cannot be used: it does not exist; name a regular file that this user can read"
    );
}

#[test]
fn a_service_account_brings_all_it_needs() {
    let directory = tempfile::tempdir().unwrap();
    let pem = shell(&directory, "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 2>&-");
    let file = serde_json::json!({
        "type": "service_account",
        "private_key_id": "k7",
        "private_key": pem,
        "client_email": "robot@project.example",
        "token_uri": "https://oauth2.example.com/token",
    });
    let key =
        SigningKey::parse("--assertion-key", Secret::new(file.to_string().into_bytes()), None, None, None).unwrap();
    assert_eq!(key.token_uri.as_deref(), Some("https://oauth2.example.com/token"));
    let key = AssertionKey::new("--assertion-key", key, None, None, None).unwrap();
    assert_eq!((key.header.algorithm(), key.header.parameters.kid.as_deref()), (Algorithm::RS256, Some("k7")));
    let assertion = Assertion::of_grant(key, None, None, &[], Vec::new()).unwrap();
    let claims = token::claims(&assertion.sign("https://oauth2.example.com/token", None, at(0)).unwrap()).unwrap();
    assert_eq!((&claims["iss"], &claims["exp"]), (&"robot@project.example".into(), &3600.into()));
}

/// RFC 9864: the newer name of EdDSA, which some servers know alone.
#[test]
fn the_header_has_the_name_that_was_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let pem = shell(&directory, "openssl genpkey -algorithm ED25519");
    let key = || SigningKey::parse("--client-key", Secret::new(pem.clone().into_bytes()), None, None, None).unwrap();
    for (asked, name) in [(None, "EdDSA"), (Some(Algorithm::EdDSA), "EdDSA"), (Some(Algorithm::Ed25519), "Ed25519")] {
        let key = AssertionKey::new("--client-key", key(), asked, None, None).unwrap();
        let signed = Assertion::of_client(key, "a", None, Vec::new())
            .unwrap()
            .sign("https://a", None, DateTime::UNIX_EPOCH)
            .unwrap();
        let header = signed.expose_text().unwrap().split('.').next().unwrap();
        let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
        assert_eq!(header["alg"], name);
    }
}
