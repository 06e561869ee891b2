use super::*;

fn redactor(secrets: &[&str]) -> Redactor {
    let redactor = Redactor::default();
    for secret in secrets {
        redactor.add(secret.as_bytes());
    }
    redactor
}

fn shown(secrets: &[&str], text: &str) -> String {
    OutsideText::new(text).shown(&redactor(secrets))
}

#[test]
fn a_secret_is_cut_out_in_every_form() {
    let secret = "p\"a/s+s %w\u{e9}rd";
    for (text, expected) in [
        ("no p\"a/s+s %w\u{e9}rd here", "no [redacted] here"),
        (r#"no p\"a\/s+s %w\u00e9rd here"#, "no [redacted] here"),
        ("no p%22a%2Fs%2bs%20%25w%C3%A9rd.", "no [redacted]."),
        ("x=p%22a%2Fs%2Bs+%25w%C3%A9rd&y=1", "x=[redacted]&y=1"),
        ("p&quot;a/s+s %w&#233;rd", "[redacted]"),
        ("no cCJhL3MrcyAld8OpcmQ= here", "no [redacted] here"),
        ("no cCJhL3MrcyAld8OpcmQ, here", "no [redacted], here"),
        ("Basic YWJjOnAiYS9zK3MgJXfDqXJk!", "Basic [redacted]!"),
        ("Basic YWJjOnAlMjJhJTJGcyUyQnMrJTI1dyVDMyVBOXJk!", "Basic [redacted]!"),
        ("begins with p\"a/s+s %", "begins with [redacted]"),
        ("begins with p\"a/s+s", "begins with p\"a/s+s"),
    ] {
        assert_eq!(shown(&[secret], text), expected, "{text}");
    }
}

#[test]
fn a_short_secret_is_cut_out_as_a_word_alone() {
    for (secret, text, expected) in [
        (
            "abc",
            "abc is no abcd, (abc) \"abc\" abc_d xabc abc",
            "[redacted] is no abcd, ([redacted]) \"[redacted]\" abc_d xabc [redacted]",
        ),
        ("a\"b", r#"it is a\"b."#, "it is [redacted]."),
        ("abc", "Basic aWQ6YWJj", "Basic [redacted]"),
        ("abcd", "xabcdx", "x[redacted]x"),
        ("!", "a ! b!!", "a [redacted] b!!"),
    ] {
        assert_eq!(shown(&[secret], text), expected, "{text}");
    }
}

#[test]
fn what_takes_its_place_shows_no_part_of_it() {
    for (secret, text, expected) in [
        ("redacted", "it is redacted", "it is ***"),
        ("act", "an act", "an ***"),
        ("hunter2\n", "no hunter2", "no [redacted]"),
        ("Bearer hunter2", "no hunter2", "no [redacted]"),
        ("Basic dTpodW50ZXIy", "no hunter2", "no [redacted]"),
        ("hunter??", "no hunter\u{e9}", "no [redacted]"),
    ] {
        assert_eq!(shown(&[secret], text), expected, "{text}");
    }
}

#[test]
fn a_key_shows_no_line_of_itself_and_hides_no_other_word() {
    let pem = "-----BEGIN KEY-----\nMHcCAQEEIDE1Y2Zi\nabc4567/+==\n-----END KEY-----\n";
    assert_eq!(shown(&[pem], "a KEY: abc4567/+=="), "a KEY: [redacted]");
    assert_eq!(shown(&[pem], pem), "[redacted]");
    let json = format!("{{\"client_email\":\"robot\",\"private_key\":{pem:?}}}");
    assert_eq!(shown(&[&json], "no client_email; abc4567/+== private_key"), "no client_email; [redacted] private_key");
    let lines = OutsideText::new("key:\n-----BEGIN KEY-----\nMHcCAQEEIDE1Y2Zi\nend").lines(&redactor(&[pem]));
    assert_eq!(lines, ["key:", "[redacted]", "end"]);
}

#[test]
fn what_a_program_printed_is_a_secret_member_by_member() {
    let redactor = Redactor::default();
    redactor.add_output(b"{\"token\":\"s3cr\",\"more\":[\"other\"]}\n");
    assert_eq!(
        OutsideText::new("got s3cr and other, no token").shown(&redactor),
        "got [redacted] and [redacted], no token"
    );
}

#[test]
fn what_a_program_printed_is_a_secret_whatever_its_form() {
    for (output, text, expected) in [
        ("{\"access_token\":\"tokABCDEFGHIJ\",\"x\":", "bad tokABCDEFGHIJ", "bad [redacted]"),
        ("token:\ntokABCDEFGHIJ\n", "bad token tokABCDEFGHIJ", "bad token [redacted]"),
        ("one\nhunter-two.xyz three", "no hunter-two.xyz", "no [redacted]"),
        ("{\"a\":\"tokABCDEFGHIJ\",\"a\":\"x\"}", "bad tokABCDEFGHIJ", "bad [redacted]"),
        ("{\n\"access_token\":\"tokABCDEFGHIJ\"\n}", "access_token is tokABCDEFGHIJ", "access_token is [redacted]"),
        ("{\"expires_in\":3600,\"a\":[1.5e3,{\"b\":true}]}", "expires in 3600", "expires in 3600"),
        ("{\"a\":1} tokABCDEFGHIJ", "bad tokABCDEFGHIJ", "bad [redacted]"),
    ] {
        let redactor = Redactor::default();
        redactor.add_output(output.as_bytes());
        assert_eq!(OutsideText::new(text).shown(&redactor), expected, "{output}");
    }
}

#[test]
fn what_looks_like_a_token_is_cut_out() {
    for token in [
        "eyJhbGciOiJub25lIn0.e30.",
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln",
        "eyJhbGciOiJS",
        "AbCdEfGhIj.KlMnOpQrSt.UvWxYzAbCd",
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "xoxb-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx",
        "ya29.a0AfH6SMBx1234567890abcdefghijk",
        "hvs.CAESIJlU9JMYEhOPYv4igdhm9PnZDrabYTobQ4Ymnlq1qY",
        "abcdefghijklmnopqrstuvwxyz0123456789",
        "opaque-token-0123456789-abcdef",
        "opaque_access_token_12345",
        "0123456789abcdef0123456789abcdef",
        "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC/+==",
        "/9j/4AAQSkZJRgABAQEAYABgAAD/2wBD",
    ] {
        assert_eq!(shown(&[], &format!("got {token}, which")), "got [redacted], which", "{token}");
    }
    assert_eq!(shown(&[], "access_token=abcdefghijklmnopqrstuvwx1"), "access_token=[redacted]");
    assert_eq!(shown(&[], "x%20abcdefghij%2Bklmnopqrst12345"), "x%20[redacted]");
}

#[test]
fn what_is_no_token_is_shown() {
    for text in [
        "AADSTS7000215: Invalid client secret provided",
        "Trace ID: 0f8fad5b-d9cb-469f-a165-70867728950e Timestamp: 2024-01-01 00:00:00Z",
        "correlation_id=0f8fad5b-d9cb-469f-a165-70867728950e",
        "give --subject-token-type or --use-oauth2-client-credentials",
        "unsupported_grant_type_oauth2 ERR_HTTP2_INVALID_SESSION_STATE",
        "login2.eu-west-1.example-company.com and robot@my-project-123456.iam.gserviceaccount.com",
        "at 2026-11-26T16:23:48.123456789+00:00",
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "Donaudampfschifffahrtsgesellschaftskapitaen",
        "/home/user1/.config/hdr/config2.toml and ~/work/project-2/.hdr-tenant-file",
        "Microsoft.AspNetCore.Authentication",
        "version 1.2.3-beta.4",
        "grant_type=client_credentials&scope=mcp.read",
    ] {
        assert_eq!(shown(&[], text), text);
    }
}

#[test]
fn of_urls_the_origin_is_shown() {
    for (text, origin, path) in [
        ("see https://h.example:8443/a/b?c=d#e.", "see https://h.example:8443.", "see https://h.example:8443/a/b."),
        ("(https://u:p@h.example/)", "(https://h.example)", "(https://h.example/)"),
        (
            "at https://h.example/0123456789abcdef01234567/x",
            "at https://h.example",
            "at https://h.example/[redacted]/x",
        ),
        (
            "https://h.example/0f8fad5b-d9cb-469f-a165-70867728950e/v2.0",
            "https://h.example",
            "https://h.example/0f8fad5b-d9cb-469f-a165-70867728950e/v2.0",
        ),
        ("postgres://u:p@h/db://x y", "postgres://h y", "postgres://h/db://x y"),
        ("login.example.com/oauth2/v2.0/token", "login.example.com/[redacted]", "login.example.com/[redacted]"),
    ] {
        let text = OutsideText::new(text);
        assert_eq!(text.shown(&redactor(&[])), origin);
        assert_eq!(text.shown_with_path(&redactor(&[])), path);
    }
}

#[test]
fn it_is_cut_after_it_was_redacted() {
    let long = format!("{} supersecret", "x".repeat(190));
    assert_eq!(shown(&["supersecret"], &long), format!("{} [redacted]", "x".repeat(190)).get(..200).unwrap());
    assert_eq!(shown(&[], "caf\u{e9}\t\u{1}\n"), "caf?? ?");
    let cut = OutsideText::limited("so the token is gho_16C7e42F", 28);
    assert_eq!(cut.shown(&redactor(&[])), "so the token is [redacted]");
    assert_eq!(OutsideText::new("so the token is gho_16C7e42F").shown(&redactor(&[])), "so the token is gho_16C7e42F");
    assert_eq!(format!("{cut:?}"), "[text from outside]");
    assert_eq!(OutsideText::new("a…b\u{e9}").messages(&redactor(&[]), ""), ["a…b?"]);
}

/// The ways in which somebody may write a secret down.
#[cfg(feature = "encoding")]
fn forms(secret: &str) -> Vec<String> {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
    let escaped = |keeps: fn(u8) -> bool, escape: fn(u8) -> String| {
        secret.bytes().map(|byte| if keeps(byte) { char::from(byte).to_string() } else { escape(byte) }).collect()
    };
    let pair = format!("id:{secret}");
    let json = serde_json::to_string(secret).unwrap();
    vec![
        secret.to_owned(),
        json.strip_prefix('"').and_then(|json| json.strip_suffix('"')).unwrap_or_default().to_owned(),
        escaped(|byte| byte.is_ascii_alphanumeric(), |byte| format!("\\u{byte:04X}")),
        escaped(|byte| byte.is_ascii_alphanumeric(), |byte| format!("%{byte:02X}")),
        escaped(|_| false, |byte| format!("%{byte:02x}")),
        escaped(
            |byte| byte.is_ascii_alphanumeric(),
            |byte| if byte == b' ' { "+".to_owned() } else { format!("%{byte:02X}") },
        ),
        STANDARD.encode(secret),
        STANDARD_NO_PAD.encode(secret),
        URL_SAFE.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
        format!("Basic {}", STANDARD.encode(pair)),
    ]
}

#[cfg(feature = "encoding")]
proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 200, failure_persistence: None, ..proptest::test_runner::Config::default() })]

    #[test]
    fn no_form_of_a_secret_is_shown(secret in "[!-~][ -~]{6,40}[!-~]", before in "[a-z ]{0,20}", cut in 8_usize..40) {
        let beginning = secret.get(..cut.min(secret.len())).unwrap().trim_end();
        let is_long = beginning.len() >= ROW_OF_A_SECRET;
        for form in forms(&secret).into_iter().chain(is_long.then(|| forms(beginning)).into_iter().flatten()) {
            let shown = shown(&[&secret], &format!("{before} {form} end"));
            assert!(!shown.contains(&form), "{secret:?} as {form:?} in {shown:?}");
            // Nor is it, or eight characters of it, what remains.
            for row in secret.as_bytes().windows(ROW_OF_A_SECRET) {
                let is_there = shown.as_bytes().windows(row.len()).any(|part| part == row);
                assert!(!is_there || before.as_bytes().windows(row.len()).any(|part| part == row), "{secret:?} in {shown:?}");
            }
        }
    }
}

/// From this many characters on the beginning of a secret is one.
#[cfg(feature = "encoding")]
const ROW_OF_A_SECRET: usize = 8;

#[test]
fn the_path_of_an_issuer_is_judged_without_the_port_before_it() {
    let secret = "Zx81kQ0vLr7TnB3cWd5y";
    for (url, shown) in [
        ("https://h.example:8443/realms/my-long-realm-name1", "https://h.example:8443/realms/my-long-realm-name1"),
        ("http://[::1]:80/realms/my-long-realm-name1", "http://[::1]:80/realms/my-long-realm-name1"),
        ("https://h.example:8443/a/Zx81kQ0vLr7TnB3cWd5yA9uE", "https://h.example:8443[redacted]"),
        ("of x:8443/Zx81kQ0vLr7TnB3cWd5yA9", "of x:[redacted]"),
        ("https://h.example:84/Zx81kQ0vLr7TnB3cWd5y/a", "https://h.example:84/[redacted]/a"),
    ] {
        let redactor = Redactor::default();
        redactor.add(secret.as_bytes());
        assert_eq!(OutsideText::new(url).shown_with_path(&redactor), shown);
    }
}
