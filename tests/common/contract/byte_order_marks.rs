//! Secrets as Notepad and PowerShell save them: with a byte order mark, in UTF-16.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use super::minimal;
use super::profiles::with_profiles;

/// `text` in each encoding that has a mark.
fn saved(text: &str) -> [Vec<u8>; 3] {
    let units = || text.encode_utf16();
    [
        [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        [b"\xff\xfe".to_vec(), units().flat_map(u16::to_le_bytes).collect()].concat(),
        [b"\xfe\xff".to_vec(), units().flat_map(u16::to_be_bytes).collect()].concat(),
    ]
}

#[test]
fn a_mark_is_no_part_of_a_secret() {
    for newline in ["", "\n", "\r\n"] {
        for bytes in saved(&format!("s3cret{newline}")) {
            let helper = minimal().file("v", bytes, 0o600);
            helper
                .header("X-A: {file:~/v}")
                .header("X-B: {cmd:cat ~/v}")
                .run()
                .prints(r#"{"X-A":"s3cret","X-B":"s3cret"}"#);
        }
    }
    let [marked, ..] = saved("s3cret");
    minimal().env("V", OsStr::from_bytes(&marked)).header("X-A: {env:V}").run().prints(r#"{"X-A":"s3cret"}"#);
}

#[test]
fn neither_is_it_one_of_json_or_of_a_dotenv_file() {
    for bytes in saved("{\"k\": \"s3cret\", \"m\": \"\u{feff}s3cret\"}\r\n") {
        let helper = minimal().file("f.json", bytes, 0o600).header("X-A: {json:~/f.json:k}{json:~/f.json:m}");
        helper.run().prints(r#"{"X-A":"s3crets3cret"}"#);
    }
    for bytes in saved("V=s3cret\r\nW=w\r\n") {
        let helper = minimal().file("env", bytes, 0o600).args(["--env-file", "~/env"]);
        helper.header("X-A: {env:V}{env:W}").run().prints(r#"{"X-A":"s3cretw"}"#);
    }
}

#[test]
fn a_config_file_may_have_one() {
    for bytes in saved(&format!("[profiles.p.{}]\nheader = \"X-A: p\"\n", crate::NAME)) {
        let helper = with_profiles("").prepared_by("rm ~/.config/hdr/config.toml");
        helper.file(".config/hdr/config.toml", bytes, 0o600).args(["--profile", "p"]).run().prints(r#"{"X-A":"p"}"#);
    }
}

#[test]
fn a_secret_that_is_a_mark_alone_is_empty() {
    for bytes in saved("").into_iter().chain(saved("\n")) {
        let message = "-H X-A: file:~/v is empty: an empty secret protects nothing; put the secret there";
        minimal().file("v", bytes, 0o600).header("X-A: {file:~/v}").run().fails(3, message);
    }
}
