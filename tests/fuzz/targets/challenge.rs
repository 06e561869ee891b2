//! `WWW-Authenticate` (RFC 9110 section 11.6.1), each line by itself.

use hdr::fuzz::challenges;

pub(crate) const CHANGES: u64 = 80_000;
pub(crate) const WORDS: &[&str] = &[
    "Bearer ",
    "Basic realm=\"",
    "DPoP algs=\"ES256\"",
    "Negotiate YII==",
    "resource_metadata=\"",
    "scope=\"a b\"",
    "error=invalid_token",
    " = ",
    ", ",
    ",",
    "\\\"",
    "\\\\",
    "\"",
    "=",
    "https://mcp.example.com/.well-known/oauth-protected-resource",
];

pub(crate) fn check(bytes: &[u8]) {
    let found = challenges(bytes.split(|byte| *byte == b'\n'));
    for (scheme, parameters) in &found {
        assert!(is_token(scheme), "{scheme}");
        for (name, _) in parameters {
            assert!(is_token(name) && !name.contains(|c: char| c.is_ascii_uppercase()), "{name}");
        }
    }
    // Written as the standard has it, in one line or in many, they are the same.
    let written: Vec<_> = found.iter().map(|(scheme, parameters)| write(scheme, parameters)).collect();
    assert_eq!(challenges(&written), found);
    assert_eq!(challenges([written.join(" ,")]), found);

    // A line that can be read counts, whatever stands in those around it.
    let lines = || bytes.split(|byte| *byte == b'\n');
    let own = ("Bearer".to_owned(), vec![("scope".to_owned(), "a \"b\", c".to_owned())]);
    let line = write(&own.0, &own.1);
    let after = challenges(lines().chain([line.as_bytes()]));
    assert_eq!((after.last(), &after[..after.len() - 1]), (Some(&own), &found[..]));
    let before = challenges([line.as_bytes()].into_iter().chain(lines()));
    assert!(before.first().is_some_and(|(scheme, parameters)| *scheme == own.0 && parameters.first() == own.1.first()));
}

fn write(scheme: &str, parameters: &[(String, String)]) -> String {
    let quoted = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"");
    let parameter = |(name, value): &(String, String)| format!("{name}=\"{}\"", quoted(value));
    format!("{scheme} {}", parameters.iter().map(parameter).collect::<Vec<_>>().join(", "))
}

fn is_token(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !text.is_empty() && text.chars().all(is_part)
}
