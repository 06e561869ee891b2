//! Keys in JSON: what they must have, and which of several signs.

use serde_json::{Value, json};

use crate::{keys, openssl, signing_with, unsigned};

const NO_KEY: &str =
    "give a private JWK, a JWKS or a Google service account; --key-encoding raw uses any bytes unchanged";
const PRIVATE: &str = "give the private JWK, the one with `d`";
const CLAIMS: &str = r#"{"exp":1700003600,"iat":1700000000}"#;

fn parsed(jwk: &str) -> Value {
    serde_json::from_str(jwk).expect("a JWK")
}

/// `jwk` with these members replaced; null takes one away.
fn with(jwk: &str, members: Value) -> String {
    let (Value::Object(mut jwk), Value::Object(members)) = (parsed(jwk), members) else { panic!("no objects") };
    jwk.extend(members);
    jwk.retain(|_, value| !value.is_null());
    Value::Object(jwk).to_string()
}

#[track_caller]
fn is_unusable(key: &str, cause: &str, remedy: &str) {
    signing_with(key).run().fails(3, &format!("--key is not a usable key: {cause}; {remedy}"));
}

#[test]
fn a_jwk_that_cannot_sign() {
    let ec = |members| with(keys::P256_JWK, members);
    let ed = |members| with(keys::ED25519_JWK, members);
    let oct = |members| with(keys::OCT_JWK, members);
    let rsa = |members| with(r#"{"kty":"RSA","e":"AQAB","n":"sXch"}"#, members);
    let number = "AQAB";
    let all = json!({ "d": number, "p": number, "q": number, "dp": number, "dq": number, "qi": number });
    let without = |name: &str| with(&rsa(all.clone()), json!({ name: null }));
    let no_primes = |name: &str| {
        format!("it is an RSA JWK without `{name}`: a signer needs its primes and the values computed from them")
    };
    let give_primes = "give the JWK with p, q, dp, dq and qi, or the key as PEM";
    let public = "it is a public JWK, which cannot sign".to_owned();
    let ed_remedy = "give an Ed25519 private key (PEM or JWK)";
    let curves = "give an RSA private key, an EC one on P-256 or P-384, or an Ed25519 one";
    for (key, cause, remedy) in [
        (ec(json!({ "d": null })), public.clone(), PRIVATE),
        (ed(json!({ "d": null })), public.clone(), PRIVATE),
        (rsa(json!({})), public, PRIVATE),
        (rsa(json!({ "d": number })), no_primes("p"), give_primes),
        (without("q"), no_primes("q"), give_primes),
        (without("qi"), no_primes("qi"), give_primes),
        (ec(json!({ "d": "not base64" })), "its `d` is not base64url".to_owned(), NO_KEY),
        (ec(json!({ "x": "+/" })), "its `x` is not base64url".to_owned(), NO_KEY),
        (oct(json!({ "k": null })), "it is an oct JWK without `k`".to_owned(), NO_KEY),
        (oct(json!({ "k": "" })), "it is an oct JWK without `k`".to_owned(), NO_KEY),
        (oct(json!({ "kty": "AKP" })), "it is a JWK of the unknown kind AKP".to_owned(), NO_KEY),
        (ec(json!({ "crv": "P-521" })), "it is a key on P-521".to_owned(), curves),
        (ec(json!({ "crv": "secp256k1" })), "it is a key on secp256k1".to_owned(), curves),
        (ed(json!({ "crv": "X25519" })), "it is a key on X25519".to_owned(), curves),
        (ed(json!({ "d": "AQAB" })), "it is damaged: an Ed25519 key has 32 bytes".to_owned(), ed_remedy),
        (oct(json!({ "alg": "A128KW" })), "its JWK is for A128KW, not for signatures".to_owned(), NO_KEY),
    ] {
        is_unusable(&key, &cause, remedy);
    }
}

#[test]
fn a_public_half_that_belongs_to_another_key() {
    let (damaged, remedy) =
        ("it is damaged: its public part does not belong to it", "give the original key file, or make a new key");
    // The point of RFC 7517 appendix A.1, which is one of the curve.
    let other = json!({
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    });
    is_unusable(&with(keys::P256_JWK, other), damaged, remedy);
    is_unusable(&with(keys::P256_JWK, json!({ "y": "AQAB" })), damaged, remedy);
    let other = json!({ "x": "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE" });
    is_unusable(&with(keys::ED25519_JWK, other), damaged, remedy);
}

#[test]
fn json_that_is_no_key() {
    for (text, cause) in [
        ("{", "it looks like JSON but cannot be read (line 1)"),
        ("{\"kty\":\"oct\",\n\"k\":\"canary\"", "it looks like JSON but cannot be read (line 2)"),
        ("{} canary", "it looks like JSON but cannot be read (line 1)"),
        (
            "{\"type\":\"authorized_user\",\"refresh_token\":\"canary\"}",
            "it is a credential of type authorized_user, without a key",
        ),
        ("{\"type\":\"service_account\"}", "it is a credential of type service_account, without a key"),
        ("{\"keys\":[]}", "it is a JWKS without keys"),
    ] {
        is_unusable(text, cause, NO_KEY);
    }
    let remedy = "give a private JWK, a JWKS or a Google service account, or name the member that holds the key: \
                  json:PATH:FIELD";
    for text in ["{}", "{\"k\":\"canary\"}"] {
        is_unusable(text, "it is JSON, but not a key: it has neither `kty` nor `keys`", remedy);
    }
}

/// RFC 7517 section 4: the names of its members are unique.
#[test]
fn a_jwk_with_a_member_that_is_there_twice() {
    let begins_with = |members: &str, jwk: &str| jwk.replacen('{', &format!("{{{members},"), 1);
    for (members, name) in [
        (r#""use":"enc","use":"sig""#, "use"),
        (r#""key_ops":["verify"],"\u006bey_ops":["sign"]"#, "key_ops"),
        (r#""d":"AQAB""#, "d"),
        (r#""x-other":{"alg":"none","alg":"ES256"}"#, "alg"),
    ] {
        let cause = format!("it has the member {name} twice, and readers differ in which one counts");
        let jwk = begins_with(members, keys::P256_JWK);
        is_unusable(&jwk, &cause, "remove one of them");
        is_unusable(&format!(r#"{{"keys":[{jwk}]}}"#), &cause, "remove one of them");
    }
}

#[test]
fn an_algorithm_in_the_file_holds() {
    let helper = || signing_with(with(keys::OCT_JWK, json!({ "alg": "HS512" })));
    helper().args(["--alg", "HS256"]).run().fails(
        3,
        "--key is not a usable key: its file restricts it to HS512, and HS256 is requested; give a shared secret (raw bytes \
         or an oct JWK), or use --alg HS512",
    );
    let outcome = helper().args(["--format", "token"]).run();
    let token = String::from_utf8_lossy(outcome.stdout()).into_owned();
    outcome.ends(0, &token, "");
    assert_eq!(token.rsplit_once('.').unwrap().0, unsigned(r#"{"typ":"JWT","alg":"HS512"}"#, CLAIMS));
}

/// It prints a token with this header.
#[track_caller]
fn has_header(key: &str, options: &[&str], header: &str) {
    let outcome = signing_with(key).args(options).args(["--format", "token"]).run();
    let token = String::from_utf8_lossy(outcome.stdout()).into_owned();
    outcome.ends(0, &token, "");
    let unsigned = unsigned(header, CLAIMS);
    assert_eq!(token.rsplit_once('.').map(|(signed, _)| signed), Some(&*unsigned), "{header}");
}

fn jwks() -> String {
    let named = |jwk: &str, kid: &str| parsed(&with(jwk, json!({ "kid": kid })));
    json!({ "keys": [named(keys::OCT_JWK, "a"), named(keys::P256_JWK, "b"), named(keys::ED25519_JWK, "c")] })
        .to_string()
}

#[test]
fn kid_chooses_from_a_jwks() {
    let jwks = jwks();
    has_header(&jwks, &["--kid", "a"], r#"{"typ":"JWT","alg":"HS256","kid":"a"}"#);
    has_header(&jwks, &["--kid", "b"], r#"{"typ":"JWT","alg":"ES256","kid":"b"}"#);
    has_header(&jwks, &["--kid", "c"], r#"{"typ":"JWT","alg":"EdDSA","kid":"c"}"#);
    let several =
        "--key: it is a JWKS with several keys, and no key id selects one; name one with --kid and its key id";
    signing_with(&jwks).run().fails(2, several);
    signing_with(&jwks).args(["--kid", "thumbprint"]).run().fails(2, several);
    let message = "--key is not a usable key: it is a JWKS without the key d, with the key ids: a b c; name one that it has with --kid";
    signing_with(&jwks).args(["--kid", "d"]).run().fails(3, message);
    let one = json!({ "keys": [parsed(keys::ED25519_JWK)] }).to_string();
    has_header(&one, &[], r#"{"typ":"JWT","alg":"EdDSA"}"#);
}

#[test]
fn kid_on_the_command_line_wins_over_the_file() {
    let jwk = with(keys::OCT_JWK, json!({ "kid": "of the file" }));
    has_header(&jwk, &[], r#"{"typ":"JWT","alg":"HS256","kid":"of the file"}"#);
    has_header(&jwk, &["--kid", "of-{timestamp:unix}"], r#"{"typ":"JWT","alg":"HS256","kid":"of-1700000000"}"#);
    let account = json!({
        "type": "service_account", "private_key": keys::rsa(), "private_key_id": "0123ab", "client_email": "a@b",
    });
    has_header(&account.to_string(), &[], r#"{"typ":"JWT","alg":"RS256","kid":"0123ab"}"#);
}

#[test]
fn kid_can_be_the_thumbprint() {
    // RFC 8037 appendix A.3.
    let header = r#"{"typ":"JWT","alg":"EdDSA","kid":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"}"#;
    has_header(keys::ED25519_JWK, &["--kid", "thumbprint"], header);
    has_header(&with(keys::ED25519_JWK, json!({ "x": null, "kid": "k" })), &["--kid", "thumbprint"], header);
    // RFC 7638 section 3: the required members in lexical order.
    let members = r#"{"crv":"P-256","kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
    let hash = crate::base64url(openssl::shell("openssl dgst -sha256 -binary", &[], members));
    let header = format!(r#"{{"typ":"JWT","alg":"ES256","kid":"{hash}"}}"#);
    has_header(keys::P256_JWK, &["--kid", "thumbprint"], &header);
    signing_with(keys::OCT_JWK).args(["--kid", "thumbprint"]).run().fails(
        2,
        "--kid thumbprint: the key is a shared secret, and its thumbprint would help to guess it; give the key id itself",
    );
}

#[test]
fn a_jwk_that_is_not_for_signing() {
    let remedy = "give a JWK for signatures: `use` is \"sig\" and `key_ops` has \"sign\", where it has them";
    for jwk in [keys::P256_JWK, keys::ED25519_JWK, keys::OCT_JWK] {
        for (members, name) in [
            (json!({ "use": "enc" }), "use"),
            (json!({ "use": "" }), "use"),
            (json!({ "use": ["sig"] }), "use"),
            (json!({ "key_ops": ["verify"] }), "key_ops"),
            (json!({ "key_ops": [] }), "key_ops"),
            (json!({ "key_ops": ["deriveKey", "wrapKey"] }), "key_ops"),
            (json!({ "use": "sig", "key_ops": ["verify"] }), "key_ops"),
        ] {
            let cause = format!("its JWK has a `{name}` that forbids signing");
            is_unusable(&with(jwk, members.clone()), &cause, remedy);
            let set = json!({ "keys": [parsed(&with(jwk, members))] }).to_string();
            is_unusable(&set, &cause, remedy);
        }
        for members in [json!({ "use": "sig" }), json!({ "key_ops": ["verify", "sign"] })] {
            assert_eq!(signing_with(with(jwk, members)).run().code(), Some(0));
        }
    }
}

/// RFC 9864: EdDSA with an Ed25519 key has a name of its own, and both are the same algorithm.
#[test]
fn either_name_of_ed25519_in_the_file() {
    for (in_file, options, expected) in [
        ("EdDSA", &[][..], "EdDSA"),
        ("Ed25519", &[], "Ed25519"),
        ("EdDSA", &["--alg", "Ed25519"], "Ed25519"),
        ("Ed25519", &["--alg", "EdDSA"], "EdDSA"),
    ] {
        let helper = signing_with(with(keys::ED25519_JWK, json!({ "alg": in_file })));
        let outcome = helper.args(options).args(["--format", "token"]).run();
        let token = String::from_utf8_lossy(outcome.stdout()).into_owned();
        let signed = token.rsplit_once('.').map(|(signed, _)| signed);
        assert_eq!(signed, Some(&*unsigned(&format!(r#"{{"typ":"JWT","alg":"{expected}"}}"#), CLAIMS)), "{in_file}");
    }
    let said = signing_with(keys::ED25519_JWK).arg("--explain").run().stderr();
    assert!(said.contains("the client must reconnect; some servers want --alg Ed25519, its newer name\n"), "{said}");
}
