//! Which headers are printed, and that all others are refused by their names.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use super::{CANARY, minimal};

#[test]
fn a_header_without_a_colon_is_refused() {
    for text in ["", "X-A", "Authorization=x", CANARY] {
        for (option, shown) in [("-H", "-H"), ("--header", "-H"), ("--add", "--add")] {
            let message =
                format!("{shown} has no colon: a header is a name, a colon and a value; write 'NAME: TEMPLATE'");
            minimal().args([option, text]).run().fails(2, &message);
        }
    }
}

#[test]
fn a_name_is_a_token() {
    for (name, shown) in [
        ("", ""),
        (" ", " "),
        ("X A", "X A"),
        ("X-A ", "X-A "),
        (" X-A", " X-A"),
        ("X-A\t", "X-A?"),
        ("X\n-A", "X?-A"),
        ("X\u{1b}[31m", "X?[31m"),
        ("X-\u{e9}", "X-??"),
        ("X(A)", "X(A)"),
        ("\"X\"", "\"X\""),
        ("X/A", "X/A"),
        ("X@A", "X@A"),
        ("{uuid}", "{uuid}"),
        ("X\u{7f}", "X?"),
    ] {
        for option in ["-H", "--add"] {
            let message = format!(
                "header name `{shown}` is not valid: a name is letters, digits and !#$%&'*+-.^_`|~ (RFC 9110); write -H 'NAME: \
                 TEMPLATE' with such a name"
            );
            minimal().args([option, &format!("{name}: v")]).run().fails(6, &message);
        }
    }
    let all = "!#$%&'*+-.^_`|~09azAZ";
    minimal().header(&format!("{all}: v")).run().prints(&format!(r#"{{"{all}":"v"}}"#));
}

#[test]
fn a_name_of_the_transport_or_of_mcp_is_reserved() {
    for name in [
        "hOST",
        "cOnnection",
        "Keep-alive",
        "PROXY-CONNECTION",
        "Te",
        "tRailer",
        "transfer-Encoding",
        "UPgrade",
        "Content-Length",
        "content-tYpe",
        "CONTENT-encoding",
        "aCCept",
        "orIgin",
        "refereR",
        "last-EVENT-id",
        "Mcp-Session-Id",
        "mcp-protocol-version",
        "MCP-Anything",
        "mcP-",
    ] {
        let message = format!(
            "header {name} is reserved: the client sets it, and another value breaks the connection; remove it"
        );
        minimal().header(&format!("{name}: v")).run().fails(6, &message);
        minimal().args(["--add", &format!("{name}:v")]).run().fails(6, &message);
    }
    let near = ["Accept-Encoding", "Cookie", "User-Agent", "Mcp", "X-Mcp-Session-Id", "Hosts", "Authorization"];
    let helper = near.iter().fold(minimal(), |helper, name| helper.header(&format!("{name}: v")));
    let pairs: Vec<_> = near.iter().map(|name| format!("\"{name}\":\"v\"")).collect();
    helper.run().prints(&format!("{{{}}}", pairs.join(",")));
}

#[test]
fn a_name_stands_once_whatever_its_case() {
    for options in [["-H", "X-A: 1", "-H", "X-A: 1"], ["-H", "X-A: 1", "--add", "X-A: 2"]] {
        let message = "header X-A is given twice: names are unique, ignoring case; remove one";
        minimal().args(options).run().fails(6, message);
    }
    let message = "header x-a is given twice: names are unique, ignoring case; remove one";
    minimal().args(["-H", "X-A: 1", "--add", "x-a: 2"]).run().fails(6, message);
}

const EMPTY: &str = "its value is empty; give it a value or remove the header";
const BLANK: &str = "its value begins or ends with a blank; trim it";
const CHARACTER: &str = "its value has a character that is not visible ASCII, space or tab; check it for a line break or an accented letter";

#[test]
fn a_value_that_was_written_badly_is_refused() {
    for (text, what) in [
        ("", EMPTY),
        (" \t ", EMPTY),
        ("v ", BLANK),
        ("v\t", BLANK),
        (r"v\t", BLANK),
        (r"\tv", BLANK),
        (r"a\nb", CHARACTER),
        ("a\nb", CHARACTER),
        ("caf\u{e9}", CHARACTER),
        ("\u{1f600}", CHARACTER),
    ] {
        minimal().header(&format!("X-A:{text}")).run().fails(6, &format!("header X-A cannot be sent: {what}"));
    }
}

#[test]
fn a_value_that_came_from_outside_is_refused() {
    for (bytes, what) in [
        (b" v".as_slice(), BLANK),
        (b"\tv", BLANK),
        (b"v ", BLANK),
        (b"v\t", BLANK),
        (b" ", BLANK),
        (b"a\rb", CHARACTER),
        (b"a\nb", CHARACTER),
        (b"v\r\nX-B: injected", CHARACTER),
        (b"\x01", CHARACTER),
        (b"a\x1fb", CHARACTER),
        (b"a\x7fb", CHARACTER),
        (b"caf\xc3\xa9", CHARACTER),
        (b"caf\xe9", CHARACTER),
        (b"\xff\xfe\x01", CHARACTER),
        (b"\xef\xbb\xbf\x1bv", CHARACTER),
        (b"v\xef\xbb\xbf", CHARACTER),
    ] {
        let message = format!("header X-A cannot be sent: {what}");
        minimal().env("V", OsStr::from_bytes(bytes)).header("X-A: {env:V}").run().fails(6, &message);
        minimal().file("v", bytes, 0o600).args(["--add", "X-A: {file:~/v}"]).run().fails(6, &message);
    }
    let message = format!("header X-A cannot be sent: {CHARACTER}");
    minimal().file("v", b"a\0b", 0o600).header("X-A: {file:~/v}").run().fails(6, &message);
    minimal().header(r"X-A: {cmd:printf 'a\0b'}").run().fails(6, &message);
}

#[test]
fn all_that_json_must_escape_arrives_unharmed() {
    let value = (0x20..0x7f).map(char::from).collect::<String>();
    let outcome = minimal().env("V", format!("a\t{value}b")).header("X-A: {env:V}").run();
    let json: serde_json::Value = serde_json::from_slice(outcome.stdout()).unwrap();
    assert_eq!(json, serde_json::json!({ "X-A": format!("a\t{value}b") }));
}

#[test]
fn stdout_has_at_most_64_kib() {
    let around = "{\"X-Long\":\"\",\"X-A\":\"a\"}\n".len();
    for (unit, printed, count) in [("v", "v", (64 << 10) - around), ("\"", "\\\"", ((64 << 10) - around) / 2)] {
        let with = |value: String| minimal().env("V", value).header("X-Long: {env:V}").header("X-A: a").run();
        with(unit.repeat(count)).prints(&format!(r#"{{"X-Long":"{}","X-A":"a"}}"#, printed.repeat(count)));
        with(unit.repeat(count + 1)).fails(
            6,
            "header X-Long is too long: all headers together are larger than 64 KiB, and Codex accepts no more; shorten it",
        );
    }
}
