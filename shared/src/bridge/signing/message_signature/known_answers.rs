//! The test cases of RFC 9421 appendix B.2: signature bases, and the signature that is the same each time.

use super::*;
use crate::bridge::signing::header;
use crate::secret::Secret;
use crate::sign::algorithm::Algorithm;
use crate::sign::key::SigningKey;

/// The request of appendix B.2.
const BODY: &[u8] = br#"{"hello": "world"}"#;
const DIGEST: &str =
    "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:";

fn signed_base(names: &str, parameters: &str) -> String {
    let fields = [("date", "Tue, 20 Apr 2021 02:07:55 GMT"), ("content-type", "application/json")];
    let headers = fields.map(|(name, value)| header(name, value.as_bytes(), false).unwrap());
    let url = "https://example.com/foo?param=Value&Pet=dog";
    let request = Unsigned { method: "POST", url, body: Some(BODY), headers: &headers };
    let components = Component::parse_all(names).unwrap();
    let parameters = format!("{}{parameters}", inner_list(&components));
    String::from_utf8(base(&components, &request, Some(DIGEST), &parameters).unwrap()).unwrap()
}

#[test]
fn b_2_1_minimal() {
    assert_eq!(
        signed_base("", r#";created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd""#),
        r#""@signature-params": ();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd""#
    );
}

#[test]
fn b_2_3_full_coverage() {
    let names = "date @method @path @query @authority content-type content-digest content-length";
    assert_eq!(
        signed_base(names, r#";created=1618884473;keyid="test-key-rsa-pss""#),
        format!(
            r#""date": Tue, 20 Apr 2021 02:07:55 GMT
"@method": POST
"@path": /foo
"@query": ?param=Value&Pet=dog
"@authority": example.com
"content-type": application/json
"content-digest": {DIGEST}
"content-length": 18
"@signature-params": ("date" "@method" "@path" "@query" "@authority" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-rsa-pss""#
        )
    );
}

#[test]
fn b_2_6_ed25519() {
    let base = signed_base(
        "date @method @path @authority content-type content-length",
        r#";created=1618884473;keyid="test-key-ed25519""#,
    );
    let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n-----END PRIVATE KEY-----\n";
    let key = SigningKey::parse("--sign-key", Secret::new(pem.as_bytes().to_vec()), None, None, None).unwrap();
    let key = ReadyKey::new("--sign-key", Algorithm::EdDSA, &key).unwrap();
    assert_eq!(
        STANDARD.encode(key.sign(base.as_bytes()).unwrap()),
        "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
    );
}

/// The examples of sections 2.2.2 to 2.2.7.
#[test]
fn derived_components_are_those_of_the_examples() {
    let value_of = |name: &str, url: &str| {
        let [component] = Component::parse_all(name).unwrap().try_into().unwrap();
        let request = Unsigned { method: "POST", url, body: None, headers: &[] };
        String::from_utf8(value(&component, &request, None).unwrap()).unwrap()
    };
    for (name, url, expected) in [
        ("@target-uri", "https://www.example.com/path?param=value", "https://www.example.com/path?param=value"),
        ("@authority", "https://www.example.com/path?param=value", "www.example.com"),
        ("@authority", "https://WWW.example.com:443/", "www.example.com"),
        ("@scheme", "http://www.example.com/path?param=value", "http"),
        ("@request-target", "https://www.example.com/path?param=value", "/path?param=value"),
        ("@path", "https://www.example.com/path?param=value", "/path"),
        ("@path", "https://www.example.com", "/"),
        (
            "@query",
            "https://www.example.com/path?param=value&foo=bar&baz=bat%2Dman",
            "?param=value&foo=bar&baz=bat%2Dman",
        ),
        ("@query", "https://www.example.com/path?queryString", "?queryString"),
        ("@query", "https://www.example.com/path", "?"),
    ] {
        assert_eq!(value_of(name, url), expected, "{name} of {url}");
    }
}
