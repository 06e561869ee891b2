//! What programs and servers say in messages: whatever stands around a secret in whatever form, it is not seen.

use hdr::error::{OutsideText, Redactor};

use crate::random::Random;
use crate::secrets::{self, is_seen, planted};

pub(crate) const CHANGES: u64 = 4000;
pub(crate) const WORDS: &[&str] = &[
    "Bearer ",
    "Basic ",
    "https://user:password@h.example/path?query",
    "\\\"",
    "\\n",
    "%25",
    "%2",
    "&quot;",
    "&#x",
    "\n  ",
    "eyJ",
    "token=",
    "0f8fad5b-d9cb-469f-a165-70867728950e",
    "AADSTS7000215: ",
    "=",
    "==",
    "--option",
    "/home/user/file",
    "://",
    "@",
];

pub(crate) fn check(bytes: &[u8]) {
    let mut random = Random::of(bytes);
    let secret = &*secrets::any(&mut random);
    let bytes = planted(secret, bytes, &mut random);
    let redactor = Redactor::default();
    redactor.add(secret.as_bytes());
    if random.below(4) == 0 {
        redactor.add(b"abc");
    }
    let text = OutsideText::new(&bytes);
    let short = [text.shown(&redactor), text.shown_with_path(&redactor)].into_iter().chain(text.lines(&redactor));
    for shown in short {
        assert!(shown.len() <= 200 && shown.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{shown}");
        assert!(!is_seen(secret, &shown), "{secret} in {shown}");
    }
    for message in text.messages(&redactor, "hdr-hmac: ") {
        assert!(!message.contains(|c: char| c.is_control()), "{message}");
        assert!(!is_seen(secret, &message), "{secret} in {message}");
    }
    let cut = OutsideText::limited(&bytes, random.below(bytes.len() + 1)).shown(&redactor);
    assert!(!is_seen(secret, &cut), "{secret} in {cut}");
}
