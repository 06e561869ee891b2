//! Key files in the place of the shared secret: whoever has the public key could forge each signature, and a private key
//! is not made to be given to the server.

use crate::openssl::{shell, text};
use crate::{minimal, with_key};

const REMEDY: &str = "give the secret that the server has too; --key-encoding raw uses any bytes unchanged";
const PUBLIC_JWK: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
const PRIVATE_JWK: &str = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
 "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

/// An Ed25519 key in PEM.
fn private() -> String {
    text("openssl genpkey -algorithm ED25519", &[], "")
}

fn public() -> String {
    text("openssl pkey -pubout", &[], private())
}

/// Both readers of a file refuse it, and only `--key-encoding raw` takes it.
#[track_caller]
fn is_refused(key: impl AsRef<[u8]>, form: &str) {
    let helper = || with_key("file:~/key").file("key", key.as_ref(), 0o600);
    let message = format!("--key is not a shared secret: it is {form}; {REMEDY}");
    helper().run().fails(3, &message);
    helper().args(["--scheme", "kong", "--algorithm", "sha512", "--key-id", "a"]).run().fails(3, &message);
    assert_eq!(helper().args(["--key-encoding", "raw"]).run().code(), Some(0));
}

#[test]
fn a_private_key_is_no_shared_secret_in_whatever_form() {
    let der = "a private key in DER";
    let rsa = text("openssl genrsa 2048", &[], "");
    is_refused(&rsa, "a private key in PEM");
    is_refused(text("openssl rsa -traditional", &[], &rsa), "a private key in PEM");
    is_refused(shell("openssl pkey -outform DER", &[], &rsa), der);
    is_refused(shell("openssl rsa -traditional -outform DER", &[], &rsa), der);
    for (convert, coding) in [
        ("openssl base64", "in base64"),
        ("openssl base64 -A | tr +/ -_ | tr -d =", "in base64"),
        ("od -An -v -tx1 | tr -d ' \\n'", "in hex"),
        ("od -An -v -tx1", "in hex"),
        ("od -An -v -tx1 | tr -d '\\n' | tr ' ' :", "in hex"),
        ("od -An -v -tx1 | sed 's/ / 0x/g; s/$/,/'", "in hex"),
        ("printf 0x; od -An -v -tx1 | tr -d ' \\n'", "in hex"),
        ("printf '\"'; openssl base64 -A; printf '\"'", "as a JSON string"),
        ("printf \"'\"; openssl base64 -A; printf \"'\"", "in quotes"),
        ("openssl base64 -A | openssl base64", "in base64"),
    ] {
        let text = text(&format!("openssl pkey -outform DER | {{ {convert}; }}"), &[], &rsa);
        is_refused(text, &format!("{der}, written {coding}"));
    }
    let body: String = private().lines().filter(|line| !line.starts_with("--")).collect();
    is_refused(body, &format!("{der}, written in base64"));
    is_refused(private().replace('\n', "\\n"), "a private key in PEM");
    is_refused(format!("  {}", private().replace('\n', "\r\n  ")), "a private key in PEM");
    is_refused(PRIVATE_JWK, "a private JWK");
    is_refused(format!(r#"{{"keys":[{PRIVATE_JWK}]}}"#), "a private JWK");
    let account = format!(r#"{{"type":"service_account","private_key":"{}"}}"#, private().replace('\n', "\\n"));
    is_refused(account, "a Google service account with its private key");
    is_refused(shell("iconv -t UTF-16", &[], private()), "a private key in PEM");
    for to in ["UTF-16LE", "UTF-16BE"] {
        is_refused(shell("iconv -t \"$1\"", &[to], private()), "a private key in PEM, written in UTF-16");
    }
}

#[test]
fn neither_is_a_public_one() {
    let pem = "a public key in PEM";
    is_refused(public(), pem);
    is_refused(shell("openssl pkey -pubout -outform DER", &[], private()), "a public key in DER");
    is_refused(text("openssl base64 -A | openssl base64 -A", &[], public()), &format!("{pem}, written in base64"));
    is_refused(public().replace('\n', "%0A").replace(' ', "%20"), &format!("{pem}, written with percent-encoding"));
    is_refused(
        public().replace('+', "%2B").replace(' ', "+").replace('\n', "%0A"),
        &format!("{pem}, written with percent-encoding"),
    );
    let certificate = "openssl req -x509 -key /dev/stdin -subj /CN=x -days 1";
    is_refused(text(certificate, &[], private()), "a certificate in PEM");
    is_refused("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOkeVSmyMrXl me@host", "an OpenSSH public key");
    is_refused(PUBLIC_JWK, "a public JWK");
    let quoted = serde_json::Value::from(PUBLIC_JWK).to_string();
    is_refused(&quoted, "a public JWK, written as a JSON string");
    is_refused(quoted.trim_matches('"'), "a public JWK, written as a JSON string");
    is_refused(text("openssl base64", &[], quoted), "a public JWK, written in base64");
}

#[test]
fn one_that_is_found_by_decoding_the_key_is_none_either() {
    for (encoding, encode) in [
        ("hex", "od -An -v -tx1 | tr -d ' \\n'"),
        ("base64", "openssl base64 -A"),
        ("base64url", "openssl base64 -A | tr +/ -_"),
    ] {
        let key = text(&format!("openssl pkey -pubout -outform DER | {encode}"), &[], private());
        let message = format!("--key is not a shared secret: it is a public key in DER; {REMEDY}");
        with_key("env:K").env("K", key).args(["--key-encoding", encoding]).run().fails(3, &message);
    }
}

#[test]
fn a_private_key_in_a_member_of_json_is_none_either() {
    let message = |what: &str| format!("--key is not a shared secret: it is JSON with {what} in it; {REMEDY}");
    for (line, what) in [
        ("openssl base64 -A", "a private key in PEM, written in base64"),
        ("openssl pkey -outform DER | openssl base64 -A", "a private key in DER, written in base64"),
    ] {
        let member = text(line, &[], private());
        for json in [format!(r#"{{"key":"{member}"}}"#), format!(r#"{{"a":[1,{{"b":"{member}"}}]}}"#)] {
            with_key("env:K").env("K", json).run().fails(3, &message(what));
        }
    }
    let raw = format!(r#"{{"key":"{}"}}"#, text("openssl base64 -A", &[], private()));
    assert_eq!(with_key("env:K").env("K", raw).args(["--key-encoding", "raw"]).run().code(), Some(0));
}

#[test]
fn a_json_object_that_signs_as_a_whole_is_told() {
    let warning = "hdr-hmac: warning: --key is a JSON object, and the whole object is used as the secret; if the secret is a member \
                   of it, name that: json:PATH:FIELD\n";
    let secret = r#"{"secret":"0123456789abcdef0123456789abcdef"}"#;
    let outcome = minimal().env("K", secret).run();
    assert_eq!((outcome.code(), outcome.stderr().as_str()), (Some(0), warning));
    let raw = minimal().env("K", secret).args(["--key-encoding", "raw"]).run();
    assert_eq!((raw.code(), raw.stderr().as_str()), (Some(0), ""));
}

#[test]
fn a_secret_that_only_looks_like_a_key_signs() {
    let secrets = [
        "correct horse, battery: my private key",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "\"a quoted secret of some length, kept with its quotes\"",
        "{\"kind\":\"a secret that is JSON, for whatever reason\"}",
        "100%25 of a secret, with a percent sign",
    ];
    for secret in secrets {
        assert_eq!(minimal().env("K", secret).run().code(), Some(0), "{secret}");
    }
}
