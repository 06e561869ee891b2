#![expect(clippy::string_slice, reason = "texts of the tests are cut between characters")]

use proptest::prelude::*;

use super::*;

fn is_valid(text: &str) -> bool {
    let mut scanner = Scanner::new(text);
    scanner.value().is_ok() && scanner.end().is_ok()
}

#[test]
fn the_grammar_is_that_of_the_rfc() {
    let valid = [
        "0",
        "-0",
        "1.5e+10",
        "1E400",
        "9007199254740993",
        "123456789012345678901234567890",
        "\"\"",
        "true",
        "false",
        "null",
        "{}",
        "[]",
        " \t\r\n[ ] ",
        "[1 , 2]",
        r#"{"a":1,"a":2}"#,
        r#"{"":{}}"#,
        r#""\ud800""#,
        r#""\udc00\ud800""#,
        r#""\"\\\/\b\f\n\r\t\u00e9""#,
        "\"\u{7f}\u{80}\u{10ffff}\u{2028}\"",
        r#"[[],{},[{}],""]"#,
    ];
    for text in valid {
        assert!(is_valid(text), "{text}");
    }
    let invalid = [
        "",
        " ",
        "01",
        "-",
        "+1",
        "1.",
        ".5",
        "1e",
        "1e+",
        "0x1",
        "NaN",
        "Infinity",
        "tru",
        "True",
        "nul",
        "\"",
        "\"\\\"",
        "'a'",
        r#""\x""#,
        r#""\u12""#,
        r#""\u12g4""#,
        "\"\t\"",
        "\"\n\"",
        "\"\0\"",
        "\"0123456\u{1f}\"",
        "{",
        "}",
        "[",
        "]",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1}",
        "{]",
        "{1:2}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{\"a\" 1}",
        "{\"a\":1 \"b\":2}",
        "1 2",
        "{}{}",
        "[],",
        "\u{feff}{}",
        "\u{a0}1",
        "nulll",
        "1a",
        "[1]]",
        "{\"a\":1}}",
        "// c\n1",
        "--1",
        "[\"a\":1]",
        "{\"a\",1}",
    ];
    for text in invalid {
        assert!(!is_valid(text), "{text}");
    }
}

#[test]
fn events_come_with_their_places() {
    let text = r#" {"a" : [1, "b\n"], "c": {} } "#;
    let mut scanner = Scanner::new(text);
    let mut found = Vec::new();
    loop {
        let event = scanner.event().expect("valid");
        if event == Event::Done {
            break;
        }
        found.push((text[scanner.place()].to_owned(), scanner.depth()));
    }
    let expected = [
        ("{", 1),
        ("\"a\" :", 1),
        ("[", 2),
        ("1", 2),
        ("\"b\\n\"", 2),
        ("]", 1),
        ("\"c\":", 1),
        ("{", 2),
        ("}", 1),
        ("}", 0),
    ];
    assert_eq!(found, expected.map(|(text, depth)| (text.to_owned(), depth)));
    assert_eq!(scanner.event(), Ok(Event::Done));
}

#[test]
fn nesting_of_any_depth_is_gone_through() {
    let depth = 100_000;
    let arrays = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    assert!(is_valid(&arrays));
    assert!(!is_valid(&arrays[1..]) && !is_valid(&arrays[..arrays.len() - 1]));
    let mixed = format!("{}1{}", "[{\"a\":".repeat(depth), "}]".repeat(depth));
    assert!(is_valid(&mixed));
    // One container that is closed as the other, wherever it is.
    for level in [0, 1, 31, 63, 64, 65, 127, 128, 4095, 99_999] {
        let wrong = format!("{}1{}{}", "[".repeat(depth), "]".repeat(depth - 1 - level), "}".repeat(1 + level));
        assert!(!is_valid(&wrong), "{level}");
    }
    let mut scanner = Scanner::new(&mixed);
    assert_eq!(scanner.value(), Ok(0..mixed.len()));
    assert!(scanner.nesting.depth() == 0);
}

#[test]
fn a_string_ends_where_it_ends_at_any_length() {
    for length in 0..40 {
        let plain = "x".repeat(length);
        for (behind, ends) in
            [("\"", true), ("\\n\"", true), ("é\"", true), ("\u{80}\"", true), ("\u{1f}\"", false), ("\n\"", false)]
        {
            let text = format!("\"{plain}{behind}");
            assert_eq!(is_valid(&text), ends, "{text}");
            assert!(!is_valid(&text[..text.len() - 1]), "{text}");
        }
    }
}

#[test]
fn of_members_with_one_name_the_last_counts() {
    let text = r#"{"a":{"b":1},"\u0061":{"b":2,"c":[{"b":4}],"\u0062":3},"d":"x"}"#;
    assert_eq!(value_at(text, &["a", "b"]), Some("3"));
    assert_eq!(value_at(text, &["d"]), Some("\"x\""));
    assert_eq!(value_at(text, &["d", "b"]), None);
    assert_eq!(value_at(text, &["e"]), None);
    assert_eq!(value_at::<&str>(" 1 ", &[]), Some("1"));
    assert_eq!(value_at(r#"{"a":{"b":1},"a":null}"#, &["a", "b"]), None);
}

#[test]
fn a_string_says_what_its_escapes_say() {
    let said = |raw: &str| Text::of(raw).map(|text| text.unescaped().into_owned());
    assert_eq!(said(r#""a\"\\\/\b\f\n\r\t\u0041""#).as_deref(), Some("a\"\\/\u{8}\u{c}\n\r\tA"));
    assert_eq!(said(r#""\ud83d\ude00\uD83D\uDE00""#).as_deref(), Some("😀😀"));
    assert_eq!(said(r#""\ud800""#).as_deref(), Some("\u{fffd}"));
    assert_eq!(said(r#""\ud800\ud83d\ude00\udc00\u0041""#).as_deref(), Some("\u{fffd}😀\u{fffd}A"));
    assert_eq!(said(r#""\ud800\n""#).as_deref(), Some("\u{fffd}\n"));
    assert_eq!(said("1"), None);
    assert!(Text::new(r"\u006det\u0068od").is("method") && !Text::new("Method").is("method"));
}

/// Texts that are JSON, and texts that nearly are.
fn texts() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        prop::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "\\",
            "\"a\"",
            "\"\\u00e9\"",
            "\"\\ud83d\\ude00\"",
            "true",
            "false",
            "null",
            "0",
            "-1",
            "1.5",
            "1e400",
            "12345678901234567890",
            " ",
            "\n",
            "\t",
            "\u{0}",
            "e",
            ".",
            "+",
            "é",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    prop::collection::vec(token, 0..12).prop_map(|tokens| tokens.concat())
}

/// Values of JSON as another library writes them.
fn values() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Into::into),
            prop::collection::vec((any::<String>(), inner), 0..8)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_valid_is_so_for_serde_json(text in texts()) {
        // It refuses surrogates that stand alone where it reads strings, but not where it skips them.
        let theirs = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
        prop_assert_eq!(is_valid(&text), theirs);
    }

    #[test]
    fn what_serde_json_writes_is_gone_through(value in values(), cut in any::<prop::sample::Index>(), is_pretty in any::<bool>()) {
        let text = if is_pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.expect("JSON");
        prop_assert!(is_valid(&text));
        let cut = cut.index(text.len());
        if let Some(part) = text.get(..cut) {
            prop_assert_eq!(is_valid(part), serde_json::from_str::<serde::de::IgnoredAny>(part).is_ok());
        }
        if let Some(object) = value.as_object() {
            for (name, member) in object {
                let found = value_at(&text, &[name.as_str()]).expect("a member");
                prop_assert_eq!(&serde_json::from_str::<serde_json::Value>(found).expect("JSON"), member);
            }
        }
        if let Some(string) = value.as_str() {
            prop_assert_eq!(Text::of(&text).expect("a string").unescaped(), string);
        }
    }
}
