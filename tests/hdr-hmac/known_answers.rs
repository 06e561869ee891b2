//! Signatures that others have published.

use crate::with_key;

/// The message of RFC 4231 section 4.3 and RFC 2202 section 3, case 2; its key is `Jefe`.
const MESSAGE: &str = "what do ya want for nothing?";

const SHA1: &str = "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79";
const SHA256: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
const SHA384: &str = "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649";
const SHA512: &str = "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fd\
                      caeab1a34d4a6b4b636e070a38bce737";

/// What is said of the key of the RFCs.
fn short(bits: u32, name: &str) -> String {
    format!("warning: the key is shorter than the {bits} bits that {name} requires; make a longer one")
}

#[test]
fn rfc_4231_and_rfc_2202() {
    for (options, signature) in [
        (vec![], SHA256),
        (vec!["--algorithm", "sha256"], SHA256),
        (vec!["--algorithm", "sha1"], SHA1),
        (vec!["--algorithm", "sha384"], SHA384),
        (vec!["--algorithm", "sha512"], SHA512),
        (vec!["--encoding", "hex"], SHA256),
        (vec!["--encoding", "base64"], "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="),
        (vec!["--encoding", "base64url"], "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM"),
        (vec!["--encoding", "base64", "--algorithm", "sha1"], "7/zfauXrL6LSdBbV8YTfnCWafHk="),
        (vec!["--encoding", "base64url", "--algorithm", "sha1"], "7_zfauXrL6LSdBbV8YTfnCWafHk"),
    ] {
        let (bits, name) = match options.last() {
            Some(&"sha1") => (160, "sha1"),
            Some(&"sha384") => (384, "sha384"),
            Some(&"sha512") => (512, "sha512"),
            _ => (256, "sha256"),
        };
        let helper = with_key("env:K").env("K", "Jefe").args(["--message", MESSAGE]).args(options);
        let headers = format!(r#"{{"X-S":"v={signature}"}}"#);
        helper.header("X-S: v={signature}").run().prints_saying(&headers, &[&short(bits, name)]);
    }
}

#[test]
fn a_key_is_decoded_as_told() {
    for (encoding, key) in [
        ("raw", "Jefe"),
        ("hex", "4a656665"),
        ("hex", "4A656665"),
        ("base64", "SmVmZQ=="),
        ("base64", "SmVmZQ"),
        ("base64url", "SmVmZQ"),
        ("base64url", "SmVmZQ=="),
    ] {
        let helper = with_key("file:~/k").file("k", format!("{key}\n"), 0o600).args(["--key-encoding", encoding]);
        helper.args(["--message", MESSAGE, "--format", "token"]).run().prints_saying(SHA256, &[&short(256, "sha256")]);
    }
    for (encoding, key) in [
        ("hex", "4a65666"),
        ("hex", "Jefe"),
        ("hex", "4a 65 66 65"),
        ("base64", "SmVm Q=="),
        ("base64", "-_-_"),
        ("base64url", "+/+/"),
        ("base64", "S"),
        ("base64", "="),
    ] {
        let message = format!(
            "--key: the key cannot be decoded: it is not {encoding}, as --key-encoding says; name the right encoding"
        );
        with_key("env:K").env("K", key).args(["--key-encoding", encoding]).run().fails(3, &message);
    }
}

#[test]
fn rfc_9421_b_2_5() {
    let shared_secret = "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==";
    // It signs a Content-Type, which no helper prints; so this is its signature base, as text.
    let base = concat!(
        r#""date": Tue, 20 Apr 2021 02:07:55 GMT\n"#,
        r#""@authority": example.com\n"#,
        r#""content-type": application/json\n"#,
        r#""@signature-params": ("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret""#,
    );
    let helper = with_key("env:K").env("K", shared_secret).args(["--key-encoding", "base64", "--encoding", "base64"]);
    let outcome = helper.args(["--message", base, "--format", "token"]).run();
    outcome.prints("pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=");
}

#[test]
fn a_key_that_is_weak_or_ends_by_mistake_gets_a_warning() {
    let blank = "warning: the key ends in a blank or a line break, which is a part of it; remove it where the key is kept, or \
                 leave it if the server has it too";
    for (key, algorithm, said) in [
        ("x".to_owned(), "sha256", vec![short(256, "sha256")]),
        ("x".repeat(31), "sha256", vec![short(256, "sha256")]),
        ("x".repeat(32), "sha256", vec![]),
        ("x".repeat(20), "sha1", vec![]),
        ("x".repeat(63), "sha512", vec![short(512, "sha512")]),
        ("x".repeat(32) + "\n", "sha256", vec![]),
        ("x".repeat(32) + "\n\n", "sha256", vec![blank.to_owned()]),
        ("x".repeat(32) + " ", "sha256", vec![blank.to_owned()]),
        ("x \n".to_owned(), "sha256", vec![short(256, "sha256"), blank.to_owned()]),
    ] {
        let said: Vec<_> = said.iter().map(String::as_str).collect();
        let helper = with_key("file:~/k").file("k", key, 0o600).args(["--algorithm", algorithm, "-H", "X-A: a"]);
        helper.run().prints_saying(r#"{"X-A":"a"}"#, &said);
    }
}
