//! Credentials that another system renews: which of them share an entry of the cache, and what seals it.

use crate::common::{CANARY, Helper};
use crate::endpoint::Endpoint;
use crate::kept::{CACHE, names};
use crate::{EXECUTABLE, bearer, jwt};

/// Options that take such a credential, and what else is needed then.
const RENEWED: [(&str, &[&str]); 4] = [
    ("--subject-token", &[]),
    ("--client-secret", &["--client-id", "abc"]),
    ("--client-assertion", &[]),
    ("--assertion", &[]),
];

/// A server, and runs in one HOME that give it a credential.
struct Exchange {
    endpoint: Endpoint,
    helper: Helper,
}

impl Exchange {
    fn new((option, others): (&str, &[&str])) -> Self {
        let endpoint = Endpoint::minting();
        let helper = Helper::new(EXECUTABLE).args(["--token-url", &endpoint.url(), option, "env:S"]).args(others);
        Self { endpoint, helper }
    }

    /// Whether a token had to be asked for with this credential.
    fn asks_with(&self, credential: &str) -> bool {
        let before = self.endpoint.requests().len();
        assert_eq!(self.helper.again().env("S", credential).run().code(), Some(0));
        self.endpoint.requests().len() > before
    }
}

#[test]
fn a_jwt_that_was_renewed_finds_the_token_of_the_one_before() {
    for option in RENEWED {
        let exchange = Exchange::new(option);
        let with = |claims: &str| exchange.asks_with(&jwt(claims));
        let one = r#"{"iss":"i","sub":"s","aud":["a","b"],"act":{"sub":"c","iss":"d"},"n":1,"iat":1,"jti":"1"}"#;
        assert!(with(one), "{option:?}");
        for renewed in [
            r#"{"iss":"i","sub":"s","aud":["a","b"],"act":{"sub":"c","iss":"d"},"n":1,"iat":2,"nbf":2,"exp":9,"jti":"2"}"#,
            r#"{"auth_time":7,"act":{"iss":"d","sub":"c"},"aud":["a","b"],"n":1,"sub":"s","iss":"i"}"#,
            "{ \"iss\": \"\\u0069\",\n \"sub\":\"s\",\"aud\":[\"a\", \"b\"],\"act\":{\"sub\":\"c\",\"iss\":\"d\"},\"n\":1}",
        ] {
            assert!(!with(renewed), "{option:?} {renewed}");
        }
        // Another header and another signature make no other claims.
        let parts = jwt(one);
        let claims = parts.split('.').nth(1).unwrap();
        assert!(!exchange.asks_with(&format!("eyJhbGciOiJSUzI1NiIsImtpZCI6ImIifQ.{claims}.b3RoZXI")), "{option:?}");
    }
}

#[test]
fn a_jwt_of_any_other_claim_is_another_token() {
    for option in RENEWED {
        let exchange = Exchange::new(option);
        let usual = r#""iss":"i","sub":"s","aud":"a""#;
        for claims in [
            usual,
            r#""iss":"j","sub":"s","aud":"a""#,
            r#""iss":"i","sub":"t","aud":"a""#,
            r#""iss":"i","sub":"s","aud":"b""#,
            r#""iss":"i","sub":"s","aud":["a"]"#,
            r#""iss":"i","sub":"s""#,
            r#""iss":"i","aud":"a""#,
            &format!(r#"{usual},"scope":"read""#),
            &format!(r#"{usual},"scope":"write""#),
            &format!(r#"{usual},"azp":"x""#),
            &format!(r#"{usual},"tid":"x""#),
            &format!(r#"{usual},"act":{{"sub":"x"}}"#),
            &format!(r#"{usual},"act":{{"sub":"x","act":{{"sub":"y"}}}}"#),
            &format!(r#"{usual},"act":{{"sub":"x","jti":"y"}}"#),
            &format!(r#"{usual},"act":{{"sub":"x","exp":1}}"#),
            &format!(r#"{usual},"may_act":{{"sub":"x"}}"#),
            &format!(r#"{usual},"groups":["x","y"]"#),
            &format!(r#"{usual},"groups":["y","x"]"#),
            &format!(r#"{usual},"groups":"x""#),
            &format!(r#"{usual},"cnf":null"#),
            &format!(r#"{usual},"n":1"#),
            &format!(r#"{usual},"n":"1""#),
            &format!(r#"{usual},"n":true"#),
            &format!(r#"{usual},"n":100000000000000000001"#),
            &format!(r#"{usual},"n":100000000000000000002"#),
            &format!(r#"{usual},"":"""#),
            "",
        ] {
            let token = jwt(&format!("{{{claims}}}"));
            assert!(exchange.asks_with(&token), "{option:?} {claims}");
            assert!(!exchange.asks_with(&token), "{option:?} {claims}");
        }
    }
}

#[test]
fn what_is_no_jwt_counts_by_its_value() {
    for option in RENEWED {
        let exchange = Exchange::new(option);
        let signed = jwt(r#"{"iss":"i"}"#);
        let (unsigned, _) = signed.rsplit_once('.').unwrap();
        for token in ["opaque", "opaque too", "a.b.c", "a.b.d", unsigned, &format!("{signed}.x"), &signed] {
            assert!(exchange.asks_with(token), "{option:?} {token}");
            assert!(!exchange.asks_with(token), "{option:?} {token}");
        }
    }
}

/// Without a credential it is asked for, or somebody has to sign in.
const CLIENT: &str = "client-credentials";

#[test]
fn a_renewed_jwt_opens_what_other_credentials_sealed_and_status_says_where_none_did() {
    let endpoint = Endpoint::minting();
    let origin = endpoint.origin();
    let helper = Helper::new(EXECUTABLE).args(["--token-url", &endpoint.url(), "--client-id", "abc"]);
    let status = |helper: &Helper| {
        let printed = helper.beside().arg("status").run();
        let text = String::from_utf8(printed.stdout().to_vec()).unwrap();
        let json = helper.beside().args(["status", "--json"]).run();
        let json: serde_json::Value = serde_json::from_slice(json.stdout()).unwrap();
        let by = json["tokens"][0]["sealed_by"].as_str().unwrap().to_owned();
        (text.split_once("  expires in ").unwrap().0.to_owned(), by)
    };
    let whose = format!("access   {origin}  client abc");
    for (others, secret, sealed) in [
        (["--subject-token", "env:J"].as_slice(), jwt(r#"{"sub":"s","iat":1}"#), false),
        (&["--subject-token", "env:J"], "opaque".to_owned(), true),
        (&["--client-secret", "env:J"], jwt(r#"{"sub":"s","iat":1}"#), false),
        (&["--client-secret", "env:J"], CANARY.to_owned(), true),
        (&["--subject-token", "env:J", "--client-secret", "env:S"], jwt(r#"{"sub":"s","iat":1}"#), true),
        (&["--grant", CLIENT, "--scope", "{server:host}", "--server-url", "https://a"], String::new(), false),
        (&["--grant", CLIENT], String::new(), false),
    ] {
        let run = helper.again().args(others).env("S", CANARY).env("J", secret);
        assert_eq!(run.run().code(), Some(0), "{others:?}");
        let grant = if others.contains(&"--subject-token") { "token-exchange" } else { "client-credentials" };
        let scope = if others.contains(&"--scope") { "  scope a" } else { "" };
        let expected = if sealed { ("", "credential") } else { ("  sealed with the user key alone", "key") };
        assert_eq!(
            status(&helper),
            (format!("{whose}  grant {grant}{scope}{}", expected.0), expected.1.to_owned()),
            "{others:?}"
        );
        std::fs::remove_dir_all(helper.path(CACHE)).unwrap();
    }
    helper.beside().args(["--command", "echo a"]).run().prints(&bearer("a"));
    assert_eq!(status(&helper), ("access   echo".to_owned(), "key".to_owned()));
}

/// What the version before named and wrote otherwise is no error, and goes.
#[test]
fn an_entry_of_an_earlier_version_is_a_miss_and_is_removed() {
    let endpoint = Endpoint::minting();
    let helper = crate::asking(&endpoint);
    helper.again().run().prints(&bearer("token-0"));
    let [name] = &names(&helper, CACHE, ".token")[..] else { panic!("one entry") };
    let path = helper.path(CACHE).join(name);
    let contents = std::fs::read(&path).unwrap();
    let text = String::from_utf8_lossy(&contents).into_owned();
    assert!(text.contains(r#","sealed_by":"credential"}"#), "{text}");
    let header = text.split_once('\n').unwrap().0.replace(r#","sealed_by":"credential""#, "");
    let earlier = helper.path(CACHE).join(format!("{}.token", "0".repeat(64)));
    let sealed = contents.splitn(2, |byte| *byte == b'\n').nth(1).unwrap();
    std::fs::write(&earlier, [header.as_bytes(), b"\n", sealed].concat()).unwrap();
    std::fs::set_permissions(&earlier, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    helper.again().run().prints(&bearer("token-0"));
    helper.again().arg("--fresh").run().prints(&bearer("token-1"));
    assert_eq!(&names(&helper, CACHE, ".token")[..], std::slice::from_ref(name));
}
