//! Private keys as people keep them: whatever was done to the file, it is the same key.

use std::sync::Mutex;

use serde_json::json;

use crate::common::Helper;
use crate::{keys, openssl, signing_with, with_key};

/// The token that it prints, saying nothing.
#[track_caller]
fn token(helper: Helper) -> String {
    let outcome = helper.args(["--format", "token"]).run();
    let token = String::from_utf8_lossy(outcome.stdout()).into_owned();
    outcome.ends(0, &token, "");
    token
}

/// `kept` is the same key as `key`: in a variable if it is text, else in a file.
#[track_caller]
fn is_the_key(key: &str, kept: impl AsRef<[u8]>) {
    static KNOWN: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());
    let known = KNOWN.lock().expect("no panic").iter().find(|(known, _)| known == key).map(|(_, token)| token.clone());
    let expected = known.unwrap_or_else(|| {
        let token = token(signing_with(key));
        KNOWN.lock().expect("no panic").push((key.to_owned(), token.clone()));
        token
    });
    let helper = match std::str::from_utf8(kept.as_ref()) {
        Ok(text) => with_key("env:K").env("K", text).args(["--now", "1700000000"]),
        Err(_) => signing_with(&kept),
    };
    assert_eq!(token(helper), expected, "{}", String::from_utf8_lossy(kept.as_ref()));
}

/// What `line` makes of each of two keys, whose signatures are the same each time, is the key still.
#[track_caller]
fn converted_is_the_key(line: &str) {
    for key in [keys::ed25519(), keys::rsa()] {
        is_the_key(key, openssl::shell(line, &[], key));
    }
}

#[test]
fn line_breaks_that_were_lost_or_written_out() {
    for line in [
        "tr '\\n' ' '",
        "tr -d '\\n'",
        "tr -d ' \\n'",
        "sed 's/^/    /'",
        "sed 's/$/\\r/'",
        "tr '\\n' '\\r'",
        "awk '{printf \"%s\\\\n\", $0}'",
        "awk '{printf \"%s\\\\\\\\n\", $0}'",
        "awk '{printf \"%s\\\\r\\\\n\", $0}'",
        "sed 's/$/\\\\/'",
        "sed 's/.*/\"&\\\\n\"/'",
        "sed 's/.*/\"&\",/'",
        "sed G",
    ] {
        converted_is_the_key(line);
    }
}

#[test]
fn quotes_and_text_around_it() {
    for line in [
        "printf '\"'; cat; printf '\"'",
        "printf \"'\"; cat; printf \"'\"",
        "printf 'PRIVATE_KEY=\"'; awk '{printf \"%s\\\\n\", $0}'; printf '\"'",
        "printf 'key: |\\n'; sed 's/^/  /'",
        "printf 'Bag Attributes\\n    localKeyID: 54\\nKey Attributes: <No Attributes>\\n'; cat",
        "sed 's/-----$/---/'  | sed '1s/$/--/'",
        "printf '\\n\\n'; cat",
    ] {
        converted_is_the_key(line);
    }
}

#[test]
fn the_whole_of_it_encoded() {
    for line in [
        "openssl base64",
        "openssl base64 -A",
        "openssl base64 -A | tr +/ -_ | tr -d =",
        "openssl base64 | openssl base64 -A",
        "awk '{printf \"%s\\\\n\", $0}' | openssl base64 -A",
        "printf '\"'; openssl base64 -A; printf '\"'",
        "od -An -v -tx1",
        "sed 's/+/%2B/g; s/ /%20/g' | awk '{printf \"%s%%0A\", $0}'",
    ] {
        converted_is_the_key(line);
    }
    let quoted = serde_json::Value::from(keys::rsa()).to_string().replace('/', "\\/");
    is_the_key(keys::rsa(), quoted);
}

#[test]
fn der_and_its_base64() {
    for convert in ["openssl pkey -outform DER", "openssl pkey -traditional -outform DER"] {
        for encode in ["cat", "openssl base64", "openssl base64 -A", "openssl base64 -A | tr -d =", "od -An -v -tx1"] {
            converted_is_the_key(&format!("{convert} | {encode}"));
        }
    }
    converted_is_the_key("sed /-----/d");
    converted_is_the_key("sed /-----/d | tr '\\n' ' '");
    converted_is_the_key("sed /-----/d | sed 's/^/\\t/'");
    // SEC 1, whose signatures differ each time.
    for convert in ["openssl ec -outform DER", "openssl pkcs8 -topk8 -nocrypt -outform DER"] {
        let der = openssl::shell(convert, &[], keys::p256());
        assert!(token(signing_with(der)).starts_with("eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9."));
    }
}

/// A file ends without its last byte where that looks like the line break that editors add.
#[test]
fn der_that_ends_in_a_line_break() {
    let mut key = Vec::new();
    while key.last() != Some(&b'\n') {
        key = openssl::shell("openssl genpkey -algorithm ED25519 -outform DER", &[], "");
    }
    is_the_key(&openssl::text("openssl pkey -inform DER", &[], &key), &key);
}

#[test]
fn a_label_that_is_of_another_form() {
    let pkcs1 = openssl::text("openssl pkey -traditional", &[], keys::rsa());
    is_the_key(keys::rsa(), pkcs1.replace("RSA PRIVATE", "PRIVATE"));
    is_the_key(keys::rsa(), keys::rsa().replace("PRIVATE", "RSA PRIVATE"));
    let certificate = openssl::text("openssl req -x509 -key /dev/stdin -subj /CN=x -days 1", &[], keys::rsa());
    is_the_key(keys::rsa(), [certificate.as_str(), &keys::public(keys::rsa()), keys::rsa()].concat());
    is_the_key(keys::rsa(), [keys::rsa(), &certificate, &certificate].concat().replace('\n', " "));
}

#[test]
fn json_in_other_wrappings() {
    let account = json!({ "type": "service_account", "private_key": keys::rsa(), "client_email": "a@b" }).to_string();
    for kept in [
        openssl::text("openssl base64", &[], &account),
        openssl::text("openssl base64 -A", &[], &account),
        format!("'{account}'"),
        serde_json::Value::from(account.as_str()).to_string(),
        account.replace("\\n", "\n"),
        account.replace("\\n", "\r\n"),
    ] {
        is_the_key(keys::rsa(), kept);
    }
    for kept in [
        openssl::text("openssl base64 -A", &[], keys::ED25519_JWK),
        format!("'{}'", keys::ED25519_JWK),
        openssl::text("openssl base64", &[], format!(r#"{{"keys":[{}]}}"#, keys::ED25519_JWK)),
    ] {
        is_the_key(keys::ED25519_JWK, kept);
    }
}

/// It is never a shared secret, and told what it is.
#[test]
fn a_private_key_is_no_shared_secret_in_any_of_them() {
    let (pem, der) = ("a private key in PEM", "a private key in DER");
    for (line, form) in [
        ("tr '\\n' ' '", pem.to_owned()),
        ("openssl base64 -A", format!("{pem}, written in base64")),
        ("sed /-----/d", format!("{der}, written in base64")),
        ("openssl pkey -outform DER", der.to_owned()),
    ] {
        let kept = openssl::shell(line, &[], keys::rsa());
        for options in [["--alg", "HS256"], ["--key-encoding", "base64"]] {
            signing_with(&kept).args(options).run().fails(
                3,
                &format!(
                    "--key is not a usable key: it is {form}, not a shared secret; remove --key-encoding and \
                     the HS algorithm to sign with it; --key-encoding raw uses any bytes unchanged"
                ),
            );
        }
        assert_eq!(signing_with(&kept).args(["--key-encoding", "raw"]).run().code(), Some(0));
        assert_eq!(signing_with(&kept).args(["--key-encoding", "base64", "--alg", "RS256"]).run().code(), Some(0));
    }
}

/// `openssl rand -base64 64` breaks its line.
#[test]
fn line_breaks_in_an_encoded_secret() {
    for (encoding, lines, line) in [
        ("base64", "openssl base64", "openssl base64 -A"),
        ("base64url", "openssl base64 | tr +/ -_", "openssl base64 -A | tr +/ -_"),
        ("hex", "od -An -v -tx1 | tr -d ' '", "od -An -v -tx1 | tr -d ' \\n'"),
    ] {
        let secret = "a secret of more than one line, as long as HS512 calls for: 64 bytes";
        let [broken, joined] = [lines, line].map(|line| openssl::text(line, &[], secret));
        assert!(broken.trim_end().contains('\n'), "{broken}");
        let token_of = |kept: &str| token(signing_with(kept).args(["--key-encoding", encoding, "--alg", "HS512"]));
        assert_eq!(token_of(&broken), token_of(&joined));
        assert_eq!(token_of(&broken.replace('\n', "\\n")), token_of(&joined));
        let warning = "hdr-jwt: warning: the key contains a line break, which is a part of it; give --key-encoding base64 \
                       or hex if it is written so\n";
        assert_eq!(signing_with(&broken).run().stderr(), warning);
    }
}
