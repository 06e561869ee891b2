use proptest::prelude::*;

use super::*;
use crate::bridge::id::Id;

fn message(text: impl Into<String>) -> Message {
    Message::parse(Bytes::from(text.into())).expect("a message")
}

/// The answer with these tools.
fn answer(tools: &str) -> Message {
    message(format!(r#"{{"jsonrpc":"2.0","id":1,"result":{{"tools":[{tools}]}}}}"#))
}

/// A tool with this schema.
fn tool(name: &str, schema: &str) -> String {
    format!(r#"{{"name":"{name}","inputSchema":{schema}}}"#)
}

/// What is said of a tool with this schema, which is cut out; empty where it stays.
fn refusal(schema: &str) -> String {
    let answer = answer(&tool("a", schema));
    let page = Tools::new::<&str>(&[]).read(&answer, true, true);
    let is_whole = page.text == answer.text();
    assert_eq!(is_whole, page.notices.is_empty(), "{page:?}");
    if !is_whole {
        assert_eq!(page.text, r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[]}}"#);
    }
    // A revision without annotations has no invalid ones.
    assert_eq!(Tools::new::<&str>(&[]).read(&answer, true, false).text, answer.text());
    let said = page.notices.concat();
    let said = said.strip_prefix("the tool \"a\" is left out of the list: ").unwrap_or_default();
    said.strip_suffix("; the server must mend it").unwrap_or_default().to_owned()
}

/// The headers of a call of a tool with this schema and these arguments.
fn headers(schema: &str, arguments: &str) -> Vec<String> {
    let mut tools = Tools::new::<&str>(&[]);
    tools.read(&answer(&tool("a", schema)), true, true);
    shown(&tools, &format!(r#"{{"id":1,"method":"tools/call","params":{{"name":"a","arguments":{arguments}}}}}"#))
}

fn shown(tools: &Tools, text: &str) -> Vec<String> {
    let headers = tools.headers(&message(text));
    headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().expect("ASCII"))).collect()
}

/// The headers of a call that has more than its method and name.
fn parameters(schema: &str, arguments: &str) -> Vec<String> {
    let headers = headers(schema, arguments);
    assert_eq!(headers.get(..2).expect("two"), ["mcp-method: tools/call", "mcp-name: a"]);
    headers.get(2..).expect("two").to_vec()
}

#[test]
fn an_argument_is_a_header_where_properties_alone_lead_to_it() {
    let schema = r#"{"type":"object","properties":{
        "region":{"type":"string","x-mcp-header":"Region"},
        "deep":{"type":"object","properties":{"a b":{"properties":{"n":{"x-mcp-header":"N","type":"integer"}}}}},
        "is":{"type":"boolean","description":"x","x-mcp-h\u0065ader":"Is"},
        "x-mcp-header":{"type":"string"},"default":{"type":"string","x-mcp-header":"Default"},
        "yes":true,"no":false}}"#;
    assert_eq!(refusal(schema), "");
    let arguments = r#"{"region":"eu","deep":{"a b":{"n":7}},"is":false,"x-mcp-header":"x","default":"d"}"#;
    let expected = ["mcp-param-region: eu", "mcp-param-n: 7", "mcp-param-is: false", "mcp-param-default: d"];
    assert_eq!(parameters(schema, arguments), expected);
    assert_eq!(parameters(schema, r#"{"region":null,"deep":{"a b":5},"n":1}"#), [""; 0]);
    assert_eq!(parameters(schema, r#"{"region":"a","region":"b","r\u0065gion":"c"}"#), ["mcp-param-region: c"]);
    assert_eq!(parameters(schema, "null"), [""; 0]);
}

#[test]
fn values_are_written_as_headers_can_have_them() {
    let schema = r#"{"properties":{"v":{"type":"string","x-mcp-header":"V"}}}"#;
    let value = |json: &str| parameters(schema, &format!(r#"{{"v":{json}}}"#)).concat();
    let expected = [
        (r#""us-west1""#, "us-west1"),
        (r#""Hello, 世界""#, "=?base64?SGVsbG8sIOS4lueVjA==?="),
        (r#"" padded ""#, "=?base64?IHBhZGRlZCA=?="),
        (r#""line1\nline2""#, "=?base64?bGluZTEKbGluZTI=?="),
        (r#""=?base64?literal?=""#, "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
        (r#""=?base64?literal""#, "=?base64?literal"),
        (r#""a \t~b""#, "a \t~b"),
        (r#""\ta""#, "=?base64?CWE=?="),
        (r#""\u007f""#, "=?base64?fw==?="),
        (r#""""#, ""),
        (r#""\u0061""#, "a"),
        ("42", "42"),
        ("-7.0", "-7"),
        ("1e2", "100"),
        ("9007199254740993", "9007199254740993"),
        ("1.5", "1.5"),
        ("1e400", "1e400"),
        ("true", "true"),
    ];
    for (json, written) in expected {
        assert_eq!(value(json), format!("mcp-param-v: {written}"), "{json}");
    }
    for json in ["null", "{}", "[\"a\"]"] {
        assert_eq!(value(json), "", "{json}");
    }
}

#[test]
fn a_tool_with_an_invalid_annotation_is_cut_out() {
    let property = |property: &str| refusal(&format!(r#"{{"type":"object","properties":{{"p":{property}}}}}"#));
    let not_a_name = |value: &str| format!("its x-mcp-header {value} is not a header name");
    for value in [r#""""#, r#""a b""#, r#""a:""#, r#""a\u000d\u000ab""#, r#""é""#, "5", "null", "{\"a\":1}"] {
        assert_eq!(property(&format!(r#"{{"type":"string","x-mcp-header":{value}}}"#)), not_a_name(&quotable(value)));
    }
    let type_of_a = "its x-mcp-header \"A\" is on a type other than string, integer and boolean";
    for kind in [r#""number""#, r#""object""#, r#""array""#, r#""null""#, r#"["string"]"#, r#"["string","null"]"#, "1"]
    {
        assert_eq!(property(&format!(r#"{{"x-mcp-header":"A","type":{kind}}}"#)), type_of_a, "{kind}");
    }
    assert_eq!(property(r#"{"x-mcp-header":"A"}"#), type_of_a);
    let twice = r#"{"properties":{"a":{"type":"string","x-mcp-header":"Ab"},
        "b":{"properties":{"c":{"type":"string","x-mcp-header":"aB"}}}}}"#;
    assert_eq!(refusal(twice), "its x-mcp-header \"aB\" is there twice");
}

#[test]
fn an_annotation_that_is_not_reachable_is_invalid() {
    let annotated = r#"{"type":"string","x-mcp-header":"A"}"#;
    let elsewhere = [
        r#"{"properties":{"p":{"type":"array","items":@}}}"#,
        r#"{"properties":{"p":{"prefixItems":[{},@]}}}"#,
        r#"{"properties":{"p":{"oneOf":[{"type":"null"},@]}}}"#,
        r#"{"anyOf":[{"properties":{"p":@}}]}"#,
        r#"{"allOf":[@]}"#,
        r#"{"not":@}"#,
        r#"{"if":{"properties":{"p":@}}}"#,
        r#"{"then":@,"else":{}}"#,
        r#"{"$defs":{"p":@}}"#,
        r#"{"definitions":{"p":{"properties":{"q":@}}}}"#,
        r#"{"patternProperties":{"p":@}}"#,
        r#"{"additionalProperties":@}"#,
        r#"{"properties":{"p":{"additionalProperties":@}}}"#,
        r#"{"properties":[@]}"#,
        r#"{"properties":{"p":[@]}}"#,
        r#"{"x-other":{"deep":[[@]]}}"#,
        "@",
        "[@]",
    ];
    for schema in elsewhere {
        let said = refusal(&schema.replace('@', annotated));
        assert_eq!(said, "its x-mcp-header is on something other than a property of its arguments", "{schema}");
    }
    // What looks like one is a value or a name.
    for schema in [
        r#"{"default":@}"#,
        r#"{"properties":{"p":{"const":@,"enum":[@],"examples":[@]}}}"#,
        r#"{"$defs":{"x-mcp-header":{}},"items":{"properties":{"x-mcp-header":true}}}"#,
        "5",
        "[]",
    ] {
        assert_eq!(refusal(&schema.replace('@', annotated)), "", "{schema}");
    }
}

#[test]
fn only_so_many_annotations_are_taken() {
    let many = |count: usize| {
        let properties: Vec<_> =
            (0..count).map(|n| format!(r#""p{n}":{{"type":"string","x-mcp-header":"N{n}"}}"#)).collect();
        format!(r#"{{"properties":{{{}}}}}"#, properties.join(","))
    };
    let deep = |depth: usize| {
        let begin = r#"{"properties":{"a":"#.repeat(depth);
        format!(r#"{begin}{{"type":"string","x-mcp-header":"A"}}{}"#, "}}".repeat(depth))
    };
    let too_many = "it has more than 128 x-mcp-header, or one more than 128 levels deep";
    assert_eq!((refusal(&many(128)), refusal(&many(129))), (String::new(), too_many.to_owned()));
    assert_eq!((refusal(&deep(128)), refusal(&deep(129))), (String::new(), too_many.to_owned()));
    assert_eq!(refusal(&deep(50_000)), too_many);
    assert_eq!(refusal(&format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))), "");
}

#[test]
fn tools_are_cut_out_and_nothing_else_changes() {
    let cut = |tools: &str, ignored: &[&str]| {
        let text = format!("{{ \"id\":1.0 ,\"result\": {{\"x\":1e400, \"tools\":[{tools}],\"y\":[ ]}} }}");
        let page = Tools::new(ignored).read(&message(text.clone()), true, true);
        let (before, behind) = text.split_once(tools).expect("the tools");
        let shown = String::from_utf8(page.text.to_vec()).expect("text");
        shown.strip_prefix(before).and_then(|rest| rest.strip_suffix(behind)).expect("the rest").to_owned()
    };
    let [a, b, c] = ["a", "b", "c"].map(|name| format!("{{ \"name\":\"{name}\",\"n\":1.0 }}"));
    let all = format!("\r\n {a} ,\t{b}\n, {c} ");
    assert_eq!(cut(&all, &["x", "A", "?"]), all);
    assert_eq!(cut(&all, &["a"]), format!("\r\n {b}\n, {c} "));
    assert_eq!(cut(&all, &["b"]), format!("\r\n {a}\n, {c} "));
    assert_eq!(cut(&all, &["c"]), format!("\r\n {a} ,\t{b} "));
    assert_eq!(cut(&all, &["a", "b"]), format!("\r\n {c} "));
    assert_eq!(cut(&all, &["b", "c"]), format!("\r\n {a} "));
    assert_eq!(cut(&all, &["*"]), "\r\n  ");
    assert_eq!(cut("", &["*"]), "");
    assert_eq!(cut(r#"5,{"name":"delete_all"},{"name":7},[]"#, &["del*"]), r#"5,{"name":7},[]"#);
    assert_eq!(
        cut(r#"{"name":"x","name":"\u0061b"}, {"name":"ab","name":"x"}"#, &["ab"]),
        r#"{"name":"ab","name":"x"}"#
    );
}

#[test]
fn an_ignored_tool_is_cut_out_without_a_word() {
    let mut tools = Tools::new(&["secret_*"]);
    let invalid = tool("secret_a", r#"{"x-mcp-header":""}"#);
    let page = tools.read(&answer(&invalid), true, true);
    assert_eq!((page.text, page.notices), (answer("").text().clone(), Vec::new()));
    assert!(tools.is_ignored("secret_a") && !tools.is_ignored("a_secret_"));
}

#[test]
fn hints_say_which_calls_may_be_repeated() {
    let mut tools = Tools::new::<&str>(&[]);
    let tool = |name: &str, annotations: &str| format!(r#"{{"annotations":{annotations},"name":"{name}"}}"#);
    let listed = [
        tool("read", r#"{"readOnlyHint":true,"title":"x"}"#),
        tool("put", r#"{"idempotentHint":true,"readOnlyHint":false}"#),
        tool("last", r#"{"readOnlyHint":true,"readOnlyHint":false}"#),
        tool("text", r#"{"readOnlyHint":"true","idempotentHint":1,"destructiveHint":true}"#),
        tool("deep", r#"{"a":{"readOnlyHint":true}}"#),
        tool("none", "null"),
        r#"{"name":"bare","readOnlyHint":true}"#.to_owned(),
    ];
    tools.read(&answer(&listed.join(",")), true, false);
    let names = ["read", "put", "last", "text", "deep", "none", "bare", "unknown"];
    assert_eq!(names.map(|name| tools.is_repeatable(name)), [true, true, false, false, false, false, false, false]);
}

#[test]
fn a_listing_has_pages() {
    let mut tools = Tools::new::<&str>(&[]);
    let page = |name: &str, more: &str| {
        message(format!(
            r#"{{"result":{{"tools":[{{"name":"{name}","annotations":{{"readOnlyHint":true}}}}]{more}}},"id":1}}"#
        ))
    };
    let more = r#","nextCursor":"\u0062""#;
    assert_eq!(tools.read(&page("a", more), true, true).next_cursor.as_deref(), Some(r#""\u0062""#));
    assert_eq!(tools.read(&page("b", ""), false, true).next_cursor, None);
    let known = |tools: &Tools| ["a", "b", "c"].map(|name| tools.is_repeatable(name));
    assert_eq!(known(&tools), [true, true, false]);
    // What a new listing has not come to yet is known from the last.
    tools.read(&page("c", more), true, true);
    assert_eq!(known(&tools), [true, true, true]);
    tools.read(&page("b", r#","nextCursor":null"#), false, true);
    assert_eq!(known(&tools), [false, true, true]);
    // An error is no listing.
    let error = message(r#"{"id":1,"error":{"code":1,"message":"x"}}"#);
    assert_eq!(tools.read(&error, true, true).text, error.text());
    assert_eq!(known(&tools), [false, true, true]);
}

#[test]
fn the_method_and_the_name_are_headers() {
    let tools = Tools::new::<&str>(&[]);
    let of = |text: &str| shown(&tools, text).join("|");
    assert_eq!(
        of(r#"{"id":1,"method":"prompts/get","params":{"name":"é"}}"#),
        "mcp-method: prompts/get|mcp-name: =?base64?w6k=?="
    );
    assert_eq!(
        of(r#"{"id":1,"method":"resources/read","params":{"uri":"file:///a b","name":"x"}}"#),
        "mcp-method: resources/read|mcp-name: file:///a b"
    );
    assert_eq!(
        of(r#"{"id":1,"method":"tools/call","params":{"name":"","uri":"x"}}"#),
        "mcp-method: tools/call|mcp-name: "
    );
    assert_eq!(of(r#"{"id":1,"method":"tools/call","params":{"uri":"x"}}"#), "mcp-method: tools/call");
    assert_eq!(of(r#"{"id":1,"method":"tools/list","params":{"name":"x","uri":"y"}}"#), "mcp-method: tools/list");
    assert_eq!(of(r#"{"method":"notifications/a"}"#), "mcp-method: notifications/a");
    assert_eq!(of(r#"{"id":1,"result":{}}"#), "");
}

#[test]
fn a_listing_is_asked_for_in_the_name_of_the_client() {
    let call = message(
        r#"{"id":1,"method":"tools/call","params":{"_meta":{"progressToken":1,"io.modelcontextprotocol/clientInfo":{"name":"x" },
        "io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/logLevel":"debug"}}}"#,
    );
    let begin = r#"{"jsonrpc":"2.0","id":"own","method":"tools/list","params":{"#;
    let meta = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"x" }}}}"#;
    assert_eq!(list_request(&call, &Id::string("own"), None), format!("{begin}{meta}"));
    let next = list_request(&call, &Id::string("own"), Some(r#""\u0062""#));
    assert_eq!(next, format!(r#"{begin}"cursor":"\u0062",{meta}"#));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_stays_is_as_it_was(names in prop::collection::vec("[ab]{1,2}", 0..8), blanks in prop::collection::vec("[ \\t\\r\\n]{0,2}", 16)) {
        let item = |name: &String| format!("{{\"name\":\"{name}\",\"n\":1e400,\"n\":1.0}}");
        let mut text = String::new();
        for (number, (name, blanks)) in names.iter().zip(blanks.chunks(2)).enumerate() {
            let comma = if number == 0 { "" } else { "," };
            text.extend([comma, &blanks[0], &item(name), &blanks[1]]);
        }
        let answer = answer(&text);
        let page = Tools::new(&["*a"]).read(&answer, true, true);
        let parsed = |text: &[u8]| serde_json::from_slice::<serde_json::Value>(text).expect("JSON");
        let mut expected = parsed(answer.text());
        let kept = |tool: &serde_json::Value| !tool["name"].as_str().expect("a name").ends_with('a');
        expected["result"]["tools"].as_array_mut().expect("tools").retain(kept);
        prop_assert_eq!(parsed(&page.text), expected);
        let kept: Vec<_> = names.iter().filter(|name| !name.ends_with('a')).map(item).collect();
        let shown = String::from_utf8(page.text.to_vec()).expect("text");
        let shown: String = shown.chars().filter(|c| !c.is_whitespace()).collect();
        prop_assert!(shown.ends_with(&format!("[{}]}}}}", kept.join(","))), "{}", shown);
        if kept.len() == names.len() {
            prop_assert_eq!(&page.text, answer.text());
        }
    }
}
