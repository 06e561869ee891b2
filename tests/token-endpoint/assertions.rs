//! JWTs on the wire: of a client that authenticates, or as a grant (RFC 7523).

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::common::CANARY;
use crate::endpoint::Endpoint;
use crate::requests::{body, sent};
use crate::script::{answer, gives, scripted, url};
use crate::{Home, headers, helper, openssl};

/// Header and claims of a JWT.
pub(crate) fn decoded(jwt: &str) -> [Value; 2] {
    let part = |number| jwt.split('.').nth(number).unwrap();
    [0, 1].map(|number| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part(number)).unwrap()).unwrap())
}

/// The claims of a JWT but those that differ from run to run, which are looked at here.
#[track_caller]
fn lasting(claims: &Value, life: i64) -> Value {
    let mut claims = claims.clone();
    let object = claims.as_object_mut().unwrap();
    let [issued, expires] = ["iat", "exp"].map(|name| object.remove(name).unwrap().as_i64().unwrap());
    assert_eq!(expires - issued, life);
    assert_eq!(object.remove("jti").unwrap().as_str().unwrap().len(), 36);
    claims
}

/// A HOME with the RSA key `key.pem` and its public half.
fn home_with_key() -> Home {
    let home = Home::new();
    let line =
        "openssl genrsa -out \"$1/key.pem\" 2048 && openssl rsa -in \"$1/key.pem\" -pubout -out \"$1/public.pem\"";
    openssl::shell(&format!("umask 077; {line}"), &[home.path().to_str().unwrap()], "");
    home
}

/// The key of `home` signed this JWT.
#[track_caller]
fn assert_signed(home: &Home, jwt: &str) {
    let (signed, signature) = jwt.rsplit_once('.').unwrap();
    std::fs::write(home.path().join("signature"), URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    let line = "openssl dgst -sha256 -verify \"$1/public.pem\" -signature \"$1/signature\"";
    assert_eq!(openssl::text(line, &[home.path().to_str().unwrap()], signed), "Verified OK\n");
}

/// The parameter `name` of a form, as it is written there.
#[track_caller]
pub(crate) fn field(body: &str, name: &str) -> String {
    let value = body.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    value.unwrap_or_else(|| panic!("{name} in {body}")).to_owned()
}

#[test]
fn a_client_proves_itself_with_its_key() {
    let home = home_with_key();
    let endpoint = Endpoint::minting();
    let helper = home.helper().args(["--token-url", &endpoint.url(), "--client-id", "abc"]);
    helper.args(["--client-key", "file:~/key.pem", "--client-kid", "k1"]).run().prints(&headers(0));
    let body = body(&endpoint);
    let jwt = field(&body, "client_assertion");
    let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    assert_eq!(
        body,
        format!("grant_type=client_credentials&client_id=abc&client_assertion_type={kind}&client_assertion={jwt}")
    );
    assert_signed(&home, &jwt);
    let [header, claims] = decoded(&jwt);
    assert_eq!(header, json!({ "typ": "JWT", "alg": "RS256", "kid": "k1" }));
    assert_eq!(lasting(&claims, 60), json!({ "iss": "abc", "sub": "abc", "aud": endpoint.url() }));
}

#[test]
fn what_is_no_private_key_is_no_shared_secret_either() {
    let home = home_with_key();
    home.write("key.txt", "not a key\n");
    let endpoint = Endpoint::minting();
    let helper = home.helper().args(["--token-url", &endpoint.url(), "--client-id", "abc"]);
    helper.args(["--client-key", "file:~/key.txt"]).run().fails(
        3,
        "--client-key is not a usable key: it is not a private key, and was read as a shared secret; give a private key in PEM \
         or a JWK, or --client-secret and --client-auth client-secret-jwt",
    );
    assert_eq!(endpoint.requests(), Vec::<String>::new());
}

#[test]
fn a_client_proves_itself_with_a_jwt_of_its_secret() {
    let helper = helper().args(["--client-id", "abc", "--client-secret", "file:~/secret"]);
    let body = sent(helper.args(["--client-auth", "client-secret-jwt", "--client-aud", "https://login.example.com"]));
    assert!(!body.contains(CANARY), "{body}");
    let jwt = field(&body, "client_assertion");
    let (signed, signature) = jwt.rsplit_once('.').unwrap();
    let mac = openssl::shell("openssl dgst -sha256 -hmac \"$1\" -binary", &[CANARY], signed);
    assert_eq!(URL_SAFE_NO_PAD.decode(signature).unwrap(), mac);
    let [header, claims] = decoded(&jwt);
    assert_eq!(header, json!({ "typ": "JWT", "alg": "HS256" }));
    assert_eq!(lasting(&claims, 60), json!({ "iss": "abc", "sub": "abc", "aud": "https://login.example.com" }));
}

#[test]
fn each_attempt_has_an_assertion_of_its_own() {
    let home = home_with_key();
    for (parameter, arguments) in [
        ("client_assertion", ["--client-id", "abc", "--client-key", "file:~/key.pem"]),
        ("assertion", ["--iss", "me", "--assertion-key", "file:~/key.pem"]),
    ] {
        let endpoint = scripted(vec![answer(503, "", ""), answer(503, "", ""), gives(2)]);
        home.helper().args(["--token-url", &endpoint.url()]).args(arguments).run().prints(&headers(2));
        let ids = endpoint.requests().into_iter().map(|request| {
            let [_, claims] = decoded(&field(request.rsplit("\r\n\r\n").next().unwrap(), parameter));
            claims["jti"].to_string()
        });
        assert_eq!(ids.collect::<BTreeSet<_>>().len(), 3);
    }
}

#[test]
fn an_assertion_is_a_grant() {
    let home = home_with_key();
    let endpoint = Endpoint::minting();
    let helper = home.helper().args(["--token-url", &endpoint.url(), "--assertion-key", "file:~/key.pem"]);
    let named = ["--iss", "me", "--sub", "you", "--aud", "a", "--aud", "b", "--assertion-claim", "box=enterprise"];
    helper.args(named).args(["--scope", "s"]).run().prints(&headers(0));
    let body = body(&endpoint);
    let jwt = field(&body, "assertion");
    let kind = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
    assert_eq!(body, format!("grant_type={kind}&assertion={jwt}&scope=s"));
    assert_signed(&home, &jwt);
    let [header, claims] = decoded(&jwt);
    assert_eq!(header, json!({ "typ": "JWT", "alg": "RS256" }));
    assert_eq!(lasting(&claims, 60), json!({ "iss": "me", "sub": "you", "aud": ["a", "b"], "box": "enterprise" }));
}

#[test]
fn a_google_service_account_brings_all_that_is_needed() {
    let home = home_with_key();
    let endpoint = Endpoint::minting();
    let key = std::fs::read_to_string(home.path().join("key.pem")).unwrap();
    let account = json!({
        "type": "service_account", "client_email": "me@project.example.com", "private_key_id": "k1",
        "private_key": key, "token_uri": url(&endpoint),
    });
    home.write("account.json", &account.to_string());
    let helper = home.helper().args(["--assertion-key", "file:~/account.json", "--scope", "s1", "--scope", "s2"]);
    helper.run().prints(&headers(0));
    let body = body(&endpoint);
    let jwt = field(&body, "assertion");
    assert_eq!(body, format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={jwt}"));
    assert_signed(&home, &jwt);
    let [header, claims] = decoded(&jwt);
    assert_eq!(header, json!({ "typ": "JWT", "alg": "RS256", "kid": "k1" }));
    let expected = json!({ "iss": "me@project.example.com", "aud": url(&endpoint), "scope": "s1 s2" });
    assert_eq!(lasting(&claims, 3600), expected);
}

/// The keys of both assertions are read as they are kept, and RFC 9864's name of EdDSA is told where it is asked for.
#[test]
fn keys_as_they_are_kept_and_either_name_of_ed25519() {
    let endpoint = Endpoint::minting();
    let url = format!("{}/token", endpoint.origin());
    let pem = openssl::text("openssl genpkey -algorithm ED25519", &[], "");
    let kept = openssl::text("openssl base64 -A", &[], &pem);
    let asking = |options: &[&str]| {
        let helper =
            helper().file("kept", &kept, 0o600).args(["--token-url", &url, "--client-id", "abc", "--no-cache"]);
        helper.args(options).run()
    };
    let client = ["--client-key", "file:~/kept"];
    asking(&client).prints(&headers(0));
    asking(&[&client[..], &["--client-alg", "Ed25519"]].concat()).prints(&headers(1));
    let grant = ["--grant", "jwt-bearer", "--iss", "a", "--assertion-key", "file:~/kept", "--assertion-alg", "Ed25519"];
    asking(&grant).prints(&headers(2));
    let names = [("client_assertion", "EdDSA"), ("client_assertion", "Ed25519"), ("assertion", "Ed25519")];
    for (request, (name, algorithm)) in endpoint.requests().iter().zip(names) {
        let (_, form) = request.split_once("\r\n\r\n").unwrap();
        let [header, _] = decoded(&field(form, name));
        assert_eq!(header["alg"], algorithm);
    }
    let said = asking(&[&client[..], &["--explain"]].concat()).stderr();
    assert!(
        said.contains("--client-key signs with EdDSA; some servers want --client-alg Ed25519, its newer name\n"),
        "{said}"
    );
}
