//! Tokens that are kept or printed with more than themselves, from a file and from a command alike.

use crate::common::{CANARY, Helper};
use crate::endpoint::{Endpoint, reply};
use crate::{EXECUTABLE, asking, bearer, jwt, now, with_key};

const TWICE: &str = "warning: -H Authorization: the value after `Bearer ` begins with `Bearer ` too, which is \
                     dropped; remove one of the two";

/// The helper with a token that is in a file, and with one that a command prints.
fn having(text: impl AsRef<[u8]>) -> [Helper; 2] {
    let command = Helper::new(EXECUTABLE).args(["--command", "cat ~/token"]);
    [with_key("file:~/token"), command].map(|helper| helper.file("token", text.as_ref(), 0o600))
}

#[test]
fn a_second_bearer_is_left_out_and_stays_elsewhere() {
    for text in ["Bearer abc\n", "bearer abc", r#"{"access_token":"Bearer abc"}"#, "\"BEARER  abc\""] {
        for helper in having(text) {
            helper.run().prints_saying(&bearer("abc"), &[TWICE]);
        }
    }
    for helper in having("Bearer abc") {
        helper.again().header("X-A: {token}").run().prints(r#"{"X-A":"Bearer abc"}"#);
        helper.args(["--format", "token"]).run().prints("Bearer abc");
    }
    let endpoint = Endpoint::new(|_, _, connection| {
        reply(connection, 200, r#"{"access_token":"Bearer abc","token_type":"Bearer","expires_in":3600}"#);
    });
    asking(&endpoint).run().prints_saying(&bearer("abc"), &[TWICE]);
}

#[test]
fn a_jwt_behind_bearer_has_its_end() {
    let [file, command] = having(format!("Bearer {}", jwt(&format!(r#"{{"exp":{}}}"#, now() - 5))));
    assert_eq!(file.run().code(), Some(3));
    assert_eq!(command.run().code(), Some(3));
}

#[test]
fn what_is_no_token_is_refused() {
    for (text, cause) in [
        (format!("TOKEN={CANARY}"), "begins with `NAME=`, as a line of a .env file does"),
        (format!("export MY_TOKEN='{CANARY}'"), "begins with `NAME=`, as a line of a .env file does"),
        ("<html><body>Sign in</body></html>".to_owned(), "begins with `<`, as HTML and placeholders like <token> do"),
        (format!("{{'token': '{CANARY}'}}"), "begins with `{`, as JSON does"),
        (format!("\"{CANARY}"), "begins with a quote"),
    ] {
        let [file, command] = having(&text);
        let said = file.again().run().stderr();
        let fact = format!("hdr-bearer-refresh: --token: what file:~/token holds is not a token: it {cause}; ");
        assert!(said.starts_with(&fact), "{said}");
        assert_eq!(file.run().code(), Some(3));
        let message = format!(
            "--command: cat did not print a usable token: it {cause}; make the command print only a token, or JSON"
        );
        command.run().fails(3, &message);
    }
    let inner = serde_json::json!({ "access_token": format!("A_TOKEN={CANARY}") }).to_string();
    for helper in having(inner) {
        let said = helper.again().run().stderr();
        assert!(said.contains("its token begins with `NAME=`, as a line of a .env file does; "), "{said}");
        assert_eq!(helper.run().code(), Some(3));
    }
    for helper in having("QUJDRA==") {
        helper.run().prints(&bearer("QUJDRA=="));
    }
}

/// Nothing is sent then.
#[test]
fn neither_is_it_sent_as_another_token() {
    let endpoint = Endpoint::minting();
    for (option, kept) in [
        ("--refresh-token", format!(r#"{{"refresh_token":"{CANARY}"}}"#)),
        ("--subject-token", format!("TOKEN={CANARY}")),
        ("--assertion", format!("\"{CANARY}\"")),
        ("--client-assertion", format!("export TOKEN={CANARY}")),
    ] {
        let words = ["--token-url", &endpoint.url(), "--client-id", "abc", option, "file:~/token"];
        let outcome = Helper::new(EXECUTABLE).args(words).file("token", kept, 0o600).run();
        let said = outcome.stderr();
        let fact = format!("hdr-bearer-refresh: {option}: what file:~/token holds is not a token: it begins with ");
        assert!(said.starts_with(&fact), "{said}");
        assert_eq!(outcome.code(), Some(3));
    }
    assert_eq!(endpoint.requests().len(), 0);
}

#[test]
fn a_mark_is_no_part_of_a_token() {
    let utf16 = |text: &str| [b"\xff\xfe".to_vec(), text.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat();
    for text in ["abc\r\n", "{\"access_token\":\"abc\"}\r\n"] {
        for bytes in [utf16(text), format!("\u{feff}{text}").into_bytes()] {
            for helper in having(&bytes) {
                helper.run().prints(&bearer("abc"));
            }
        }
    }
}

/// A secret that is a field of a file is one like any other: it names the entry in the cache.
#[test]
fn a_field_of_a_file_is_a_secret_of_the_request() {
    let endpoint = Endpoint::minting();
    let words = ["--token-url", &endpoint.url(), "--client-id", "{json:~/c.json:id}"];
    let helper = Helper::new(EXECUTABLE).args(words).args(["--client-secret", "json:~/c.json:secret"]);
    let helper = helper.file("c.json", r#"{"id":"me","secret":"one"}"#, 0o600);
    for _ in 0..2 {
        helper.again().run().prints(&bearer("token-0"));
    }
    let request = endpoint.requests()[0].to_lowercase();
    assert!(request.contains("authorization: basic bwu6b25l\r\n"), "{request}");
    let helper = helper.prepared_by(r#"echo '{"id":"me","secret":"two"}' > ~/c.json"#);
    helper.run().prints(&bearer("token-1"));
}
