//! Keys as editors and `openssl rand` save them.

use crate::common::{CANARY, Helper};
use crate::{HEX_KEY, KEY, hmac, openssl, with_key};

/// The helper that signs `m` with the key in this file.
fn signing_with(key: impl AsRef<[u8]>) -> Helper {
    with_key("file:~/k").file("k", key, 0o600).args(["--message", "m", "--format", "token", "--encoding", "base64"])
}

/// The HMAC of `m` under a key in hex.
fn hmac_of(hex_key: &str) -> String {
    let line = "openssl dgst -sha256 -mac HMAC -macopt hexkey:$1 -binary | openssl base64 -A";
    openssl::text(line, &[hex_key], "m")
}

#[test]
fn line_breaks_inside_an_encoded_key_do_not_matter() {
    for (encoding, convert) in [
        ("base64", "openssl base64"),
        ("base64", "openssl base64 | sed 's/$/\\r/'"),
        ("base64url", "openssl base64 | tr +/ -_ | tr -d ="),
        ("hex", "od -An -v -tx1 | tr -d ' '"),
    ] {
        let text = openssl::text(&format!("printf %s \"$1\" | {convert}"), &[KEY], "");
        assert!(text.trim_end().contains('\n'), "{text}");
        signing_with(&text).args(["--key-encoding", encoding]).run().prints(&hmac("sha256", "m"));
    }
}

#[test]
fn a_mark_is_no_part_of_a_key() {
    let utf16 = |bytes: fn(u16) -> [u8; 2]| KEY.encode_utf16().chain([13, 10]).flat_map(bytes).collect::<Vec<_>>();
    let saved = [
        [b"\xef\xbb\xbf", KEY.as_bytes(), b"\r\n"].concat(),
        [b"\xff\xfe".to_vec(), utf16(u16::to_le_bytes)].concat(),
        [b"\xfe\xff".to_vec(), utf16(u16::to_be_bytes)].concat(),
    ];
    for key in saved {
        signing_with(&key).run().prints(&hmac("sha256", "m"));
    }
    for encoding in ["hex", "base64"] {
        let text = if encoding == "hex" { HEX_KEY.to_owned() } else { openssl::text("openssl base64 -A", &[], KEY) };
        let helper = signing_with(format!("\u{feff}{text}\n")).args(["--key-encoding", encoding]);
        helper.run().prints(&hmac("sha256", "m"));
    }
}

/// One in a few thousand random keys begins like that.
#[test]
fn bytes_that_only_look_like_a_mark_stay_and_raw_keeps_all() {
    let rest = "00d8".repeat(16);
    for (key, options) in [
        (format!("fffe{rest}"), vec![]),
        (format!("feff0001{rest}"), vec![]),
        (format!("efbbbf80{rest}"), vec![]),
        (format!("fffe{}", "4100".repeat(16)), vec!["--key-encoding", "raw"]),
        (format!("efbbbf{}", "41".repeat(32)), vec!["--key-encoding", "raw"]),
    ] {
        signing_with(bytes(&key)).args(&options).run().prints(&hmac_of(&key));
    }
}

#[test]
fn what_is_no_api_key_is_not_printed_as_one() {
    for (kept, message) in [
        (
            format!("API_KEY={CANARY}\n"),
            "it begins with `NAME=`, as a line of a .env file does; store only the token, or use --env-file and env:NAME",
        ),
        (
            format!("{{\"key\":\"{CANARY}\"}}"),
            "it begins with `{`, as JSON does; name the field with the token: json:PATH:FIELD",
        ),
        (format!("\"{CANARY}\""), "it begins with a quote; store the token without quotes"),
    ] {
        let helper =
            with_key("file:~/k").file("k", KEY, 0o600).file("api", kept, 0o600).args(["--api-key", "file:~/api"]);
        helper.run().fails(3, &format!("--api-key: the secret is not a token: {message}"));
    }
}

/// The bytes that are written in hex here.
fn bytes(text: &str) -> Vec<u8> {
    let digits: Vec<_> = text.chars().collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap()).collect()
}
