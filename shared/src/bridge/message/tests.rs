use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> Message {
    let message = Message::parse(Bytes::copy_from_slice(text.as_bytes())).expect("a message");
    assert_eq!(message.text(), text.as_bytes());
    message
}

fn call(text: &str) -> Call {
    parse(text).call().expect("a call").clone()
}

fn reply(text: &str) -> Reply {
    parse(text).reply().expect("a response").clone()
}

fn id(json: &str) -> Id {
    Id::parse(json).expect("a value")
}

#[test]
fn a_request_has_a_method_and_an_id() {
    let message =
        parse(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"name":"b"}}}"#);
    assert!(matches!(message.kind(), Kind::Request(_)));
    let expected =
        Call { id: Some(id("1")), method: "tools/call".to_owned(), name: Some("a".to_owned()), ..Call::default() };
    assert_eq!(message.call(), Some(&expected));

    let message = parse(r#"{"id":null,"method":5}"#);
    assert!(matches!(message.kind(), Kind::Request(_)));
    assert_eq!(message.call(), Some(&Call { id: Some(Id::parse("null").unwrap()), ..Call::default() }));
}

#[test]
fn a_notification_has_no_id() {
    let text = r#"{"method":"notifications/cancelled","params":{"requestId":"\u0031","reason":"x"}}"#;
    assert!(matches!(parse(text).kind(), Kind::Notification(_)));
    assert_eq!(call(text).cancels, Some(id("\"1\"")));
    assert_eq!(call(text).id, None);
}

#[test]
fn params_say_what_a_request_is_about() {
    let found = call(
        r#"{"id":1,"method":"resources/read","params":{"_meta":{"a":[{"io.modelcontextprotocol/protocolVersion":"x"}],
           "io.modelcontextprotocol/protocolVersion":"2026-07-28"},"uri":"file:///\u00e9"}}"#,
    );
    assert_eq!(found.protocol_version.as_deref(), Some("2026-07-28"));
    assert_eq!(found.uri.as_deref(), Some("file:///é"));
    for text in [r#"{"id":1,"method":"a","params":[{"name":"x"}]}"#, r#"{"id":1,"method":"a","params":"name"}"#] {
        assert_eq!(call(text), Call { id: Some(id("1")), method: "a".to_owned(), ..Call::default() });
    }
}

#[test]
fn of_members_with_one_name_the_last_counts() {
    let found = call(
        r#"{"id":1,"method":"a","params":{"name":"b","uri":"c"},"i\u0064":2,"m\u0065thod":"d","params":{"n\u0061me":"e","name":5,"name":"f"}}"#,
    );
    let expected = Call { id: Some(id("2")), method: "d".to_owned(), name: Some("f".to_owned()), ..Call::default() };
    assert_eq!(found, expected);
    assert_eq!(call(r#"{"method":"a","params":{"name":"b"},"params":null}"#).name, None);
    assert_eq!(call(r#"{"method":"a","params":{"name":"b","name":1}}"#).name, None);
}

#[test]
fn a_response_has_no_method() {
    let result = Reply { id: Some(id("1e400")), error: None, has_result: true };
    assert_eq!(reply(r#"{"jsonrpc":"2.0","id":1e400,"result":null}"#), result);
    assert_eq!(reply(r#"{"error":null,"result":{"method":"x"},"id":10e399}"#), result);
    let error = |code, message: &str| Some(ErrorReply { code, message: message.to_owned() });
    let found = reply(r#"{"id":null,"error":{"code":-32020,"message":"a\nb","data":{"code":1}}}"#);
    assert_eq!(found, Reply { id: None, error: error(Some(-32020), "a\nb"), has_result: false });
    assert_eq!(reply(r#"{"error":{"code":1.5,"message":2}}"#).error, error(None, ""));
    assert_eq!(reply(r#"{"error":"x"}"#).error, error(None, ""));
    assert_eq!(reply("{}"), Reply::default());
}

#[test]
fn a_batch_has_messages() {
    let text = r#" [ {"id":1,"method":"a"} , 5, [{}],{"result":1,"id":"b"}, {"method":"c"}] "#;
    let message = parse(text);
    let Kind::Batch(members) = message.kind() else { panic!("{message:?}") };
    let texts: Vec<_> = members.iter().map(|member| member.text().clone()).collect();
    assert_eq!(texts, [r#"{"id":1,"method":"a"}"#, r#"{"result":1,"id":"b"}"#, r#"{"method":"c"}"#]);
    assert!(matches!(members[0].kind(), Kind::Request(call) if call.id == Some(id("1"))));
    assert!(matches!(members[1].kind(), Kind::Response(reply) if reply.id == Some(id("\"b\""))));
    assert!(matches!(members[2].kind(), Kind::Notification(_)));
    // They are parts of the same text, not copies.
    let range = message.text().as_ptr_range();
    assert!(members.iter().all(|member| range.contains(&member.text().as_ptr())));
    assert_eq!(members[1].with_id(&id("7")), r#"{"result":1,"id":7}"#);
    assert_eq!(message.with_id(&id("7")), text);
}

#[test]
fn what_is_no_message_is_refused() {
    let refusal = |text: &[u8]| Message::parse(Bytes::copy_from_slice(text)).expect_err("no message");
    for text in [
        &b""[..],
        b"{",
        b"[",
        b"{}x",
        b"{\"a\":\"\xff\"}",
        b"{\"a\":\"\xed\xa0\x80\"}",
        b"[{]",
        b"nul",
        b"\xef\xbb\xbf{}",
    ] {
        assert_eq!(refusal(text), Unusable::NotJson, "{text:?}");
    }
    for text in ["1", "\"a\"", "null", " true "] {
        assert_eq!(refusal(text.as_bytes()), Unusable::NotMessage, "{text}");
    }
    assert_eq!(refusal(b" [ ] "), Unusable::EmptyBatch);
    assert_eq!(refusal(b" [ ] ]"), Unusable::NotJson);
}

#[test]
fn nesting_of_any_depth_is_no_obstacle() {
    let depth = 100_000;
    let deep = format!("{}{}", "[{\"id\":".repeat(depth), "}]".repeat(depth).replacen('}', "0}", 1));
    for name in ["params", "x", "error", "id"] {
        let text = format!("{{\"{name}\":{deep},\"method\":\"a\"}}");
        assert_eq!(call(&text).method, "a");
    }
    assert!(matches!(parse(&format!("[{deep}]")).kind(), Kind::Batch(members) if members.is_empty()));
}

#[test]
fn an_id_is_put_in_place_or_put_in() {
    let with = |text: &str| parse(text).with_id(&id("\"x\""));
    assert_eq!(with(r#"{"a": 1 ,"id" : null , "b":1e400}"#), r#"{"a": 1 ,"id" : "x" , "b":1e400}"#);
    assert_eq!(with(r#"{"id":1,"i\u0064":[2 ,3]}"#), r#"{"id":1,"i\u0064":"x"}"#);
    assert_eq!(with(r#" { "error":{"id":5}} "#), r#" {"id":"x", "error":{"id":5}} "#);
    assert_eq!(with("{ }"), r#"{"id":"x" }"#);
    assert_eq!(with("{}"), r#"{"id":"x"}"#);
}

#[test]
fn a_text_is_brought_into_one_line() {
    let lines = Bytes::from_static(b"{\r\n  \"a\": \"\\n\",\n\r \"b\":\t1}\r");
    assert_eq!(one_line(lines), &b"{  \"a\": \"\\n\", \"b\":\t1}"[..]);
    let line = Bytes::from_static(b"{ }");
    assert_eq!(one_line(line.clone()).as_ptr(), line.as_ptr());
}

#[test]
fn values_are_found_by_their_path() {
    let message = parse(r#"{"id":1,"result":{"protocolVersion":"2025-\u0030 6-18","n":1.0}}"#);
    assert_eq!(message.string_at(&["result", "protocolVersion"]).as_deref(), Some("2025-0 6-18"));
    assert_eq!(message.value_at(&["result", "n"]), Some("1.0"));
    assert_eq!(message.string_at(&["result", "n"]), None);
}

/// Values of JSON, written in ways that libraries alter.
fn values() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,4})?",
        any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
        "\"(\\\\u[0-9a-fA-F]{4}|\\\\[\"\\\\/bfnrt]|[a-zé😀 ]){0,12}\"",
        prop::sample::select(vec!["true", "false", "null"]).prop_map(str::to_owned),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        let member = (prop::sample::select(vec!["id", "method", "a", "result"]), inner.clone());
        prop_oneof![
            prop::collection::vec(inner, 0..6).prop_map(|items| format!("[{}]", items.join(" ,"))),
            prop::collection::vec(member, 0..6).prop_map(|members| {
                let members: Vec<_> = members.iter().map(|(name, value)| format!("\"{name}\" :{value}")).collect();
                format!("{{{}}}", members.join(",\r\n"))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_value_stands_as_it_came(id in values(), params in values(), own in values()) {
        let text = format!("{{\"id\":{id}, \"params\":{params},\"method\":\"a\"}}");
        let message = parse(&text);
        let call = message.call().expect("a call");
        prop_assert_eq!(call.id.as_ref().expect("an id").as_json(), &id);
        prop_assert_eq!(message.value_at(&["params"]), Some(&*params));
        let changed = message.with_id(&Id::parse(&own).expect("a value"));
        prop_assert_eq!(&changed, &format!("{{\"id\":{own}, \"params\":{params},\"method\":\"a\"}}"));
        let line = one_line(message.text().clone());
        prop_assert_eq!(&line, &text.replace(['\r', '\n'], ""));
        prop_assert!(Message::parse(line).is_ok());
    }

    #[test]
    fn any_bytes_are_taken(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _is_no_panic = Message::parse(bytes.into());
    }
}
