use hyper::body::Bytes;

use super::*;

fn message(text: &str) -> Message {
    Message::parse(Bytes::copy_from_slice(text.as_bytes())).expect("a message")
}

fn begun(version: Option<&str>, id: Option<&'static str>) -> Session {
    let session = Session::default();
    let id = id.map(HeaderValue::from_static);
    session.begin(message(r#"{"id":0,"method":"initialize"}"#), id, version.map(str::to_owned));
    session
}

fn remember(session: &Session, text: &str) {
    let message = message(text);
    session.remember(message.call().expect("a call"), &message);
}

/// What a new session is told behind `initialize`.
fn rest(session: &Session) -> Vec<String> {
    let (initialize, rest) = session.messages().expect("a session");
    assert_eq!(initialize.text(), r#"{"id":0,"method":"initialize"}"#);
    rest.iter().map(|message| String::from_utf8(message.text().to_vec()).unwrap()).collect()
}

#[test]
fn each_revision_has_its_headers() {
    let shown = |session: &Session| {
        let line = |(name, value): &(HeaderName, HeaderValue)| format!("{name}: {}", value.to_str().unwrap());
        session.headers().iter().map(line).collect::<Vec<_>>().join("|")
    };
    assert_eq!(shown(&Session::default()), "");
    for (version, id, headers, has_streams) in [
        (None, Some("s"), "mcp-session-id: s", false),
        (Some("2024-11-05"), None, "", false),
        (Some("2025-03-26"), Some("s"), "mcp-session-id: s", true),
        (Some("2025-06-18"), Some("s"), "mcp-session-id: s|mcp-protocol-version: 2025-06-18", true),
        (Some("2025-11-25"), None, "mcp-protocol-version: 2025-11-25", true),
        // What no header may have is left out.
        (Some("2025-11-25\n"), Some("s"), "mcp-session-id: s", true),
    ] {
        let session = begun(version, id);
        assert_eq!((shown(&session).as_str(), session.has_streams()), (headers, has_streams), "{version:?}");
    }
}

#[test]
fn a_new_session_is_told_what_the_last_one_knew() {
    let session = begun(Some("2025-11-25"), Some("a"));
    assert!(!session.is_initialized() && rest(&session).is_empty());
    let of =
        |method: &str, uri: &str| format!(r#"{{"id":1,"method":"resources/{method}","params":{{"uri":"{uri}"}}}}"#);
    let again = r#"{"id":7,"method":"resources/subscribe","params":{"uri":"a:2"}}"#;
    for text in [
        &of("subscribe", "a:1"),
        &of("subscribe", "a:2"),
        r#"{"id":2,"method":"logging/setLevel","params":{"level":"info"}}"#,
        r#"{"method":"notifications/initialized"}"#,
        r#"{"id":3,"method":"logging/setLevel","params":{"level":"debug"}}"#,
        &of("subscribe", "a:3"),
        &of("unsubscribe", "a:1"),
        &of("unsubscribe", "a:9"),
        again,
        r#"{"id":4,"method":"resources/subscribe"}"#,
        r#"{"id":5,"method":"tools/call","params":{"uri":"a:4"}}"#,
    ] {
        remember(&session, text);
    }
    let expected = [
        r#"{"method":"notifications/initialized"}"#,
        r#"{"id":3,"method":"logging/setLevel","params":{"level":"debug"}}"#,
        &of("subscribe", "a:3"),
        again,
    ];
    assert_eq!(rest(&session), expected);
    let before = session.number();
    session.renew(Some(HeaderValue::from_static("b")));
    assert_ne!(session.number(), before);
    assert_eq!((session.id(), session.version().as_deref()), (Some(HeaderValue::from_static("b")), Some("2025-11-25")));
    assert_eq!(rest(&session), expected);
    // A session that the client itself begins knows nothing.
    session.begin(message(r#"{"id":0,"method":"initialize"}"#), None, None);
    assert!(rest(&session).is_empty() && !session.is_initialized() && session.id().is_none());
}
